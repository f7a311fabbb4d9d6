"""`python -m bench [name …]`: run the named benches, or all."""

import sys

from bench import page, refresh

BENCHES = {"refresh": refresh.run, "page": page.run}


def main(names: list[str]) -> None:
    unknown = set(names) - BENCHES.keys()
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there is {', '.join(BENCHES)}")
    for name in names or BENCHES:
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
