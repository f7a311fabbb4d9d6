"""`python -m tests.schedules.racing_ledger make SCHEDULES`, `… settle` or `… stall`.

`make` writes a ledger for racers: schedules with a fire that has a run, one that has none, and a
run that has no fire. `settle` goes on until nothing is left; `stall` stops for good in the middle
of its second transaction.
"""

import sys
import time
from itertools import count

import django

django.setup()

from schedules.ledger import expecting, settling  # noqa: E402
from tests.schedules.ledgers import HOUR, MINUTE, NOON, SECOND, hourly, started  # noqa: E402

NOW = NOON + 2 * HOUR + 6 * MINUTE


def make(schedules: int) -> None:
    made = [hourly(f"wfs_{number}") for number in range(schedules)]
    expecting.look_ahead(NOON)
    for number, schedule in enumerate(made):
        at = NOON + HOUR + number * SECOND / schedules
        started(schedule, at, fire=NOON + HOUR)
        started(schedule, at + 9 * MINUTE)


def settle() -> None:
    settling.BATCH = 20
    while settling.settle(NOW, NOW).changed:
        pass


def stall() -> None:
    tell, calls = settling.tell, count(1)

    def told(fires: int) -> int:
        if next(calls) == 2:
            time.sleep(3600)
        return tell(fires)

    settling.tell = told
    settle()


if __name__ == "__main__":
    verbs = {"make": lambda: make(int(sys.argv[2])), "settle": settle, "stall": stall}
    verbs[sys.argv[1]]()
