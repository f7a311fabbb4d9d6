"""`python -m bench [--quick] [name …]`: run the named benches, or all."""

import argparse
import os
from collections.abc import Callable

from bench import crowd, evidence, mirror, page, refresh, schedules, table
from ops import system

SIZED: dict[str, Callable[..., None]] = {
    "table": table.run,
    "crowd": crowd.run,
    "mirror": mirror.run,
    "evidence": evidence.run,
    "schedules": schedules.run,
    "page": page.run,
}
"""Those that can be had quicker: fewer runs, fewer samples."""
QUICK = ("table", "crowd", "mirror", "page")
"""What is measured within two minutes."""
BENCHES: dict[str, Callable[[], None]] = {"refresh": refresh.run}


def main() -> None:
    known = [*SIZED, *BENCHES]
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure.")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help=f"smaller; of all, {', '.join(QUICK)}")
    wanted = parser.parse_args()
    if unknown := set(wanted.names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there is {', '.join(known)}")
    os.environ.pop("DATABASE_URL", None)  # somebody's own: each bench fills a database
    names = wanted.names or (QUICK if wanted.quick else known)
    if "page" in names:
        system.need_browser()  # before the others have taken their time
    for name in names:
        if name in SIZED:
            SIZED[name](quick=wanted.quick)
        else:
            BENCHES[name]()


if __name__ == "__main__":
    main()
