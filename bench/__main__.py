"""`python -m bench [--quick] [name …]`: run the named benches, or all."""

import argparse
from collections.abc import Callable

from bench import page, refresh, table

BENCHES: dict[str, Callable[[], None]] = {"refresh": refresh.run, "page": page.run}
"""Besides the runs table, whose size can be chosen."""


def main() -> None:
    known = ["table", *BENCHES]
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure.")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="the table alone, at 50,000 runs")
    wanted = parser.parse_args()
    if unknown := set(wanted.names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there is {', '.join(known)}")
    names = wanted.names or (["table"] if wanted.quick else known)
    if "table" in names:
        table.run(quick=wanted.quick)
    for name, measure in BENCHES.items():
        if name in names:
            measure()


if __name__ == "__main__":
    main()
