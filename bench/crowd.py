"""What two hundred browsers with the runs table open cost the server, and whether its memory stays.

`python -m bench.crowd SETTLING SECONDS` measures on its environment's database, and prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from bench import history
from bench.browsers import watching
from bench.databases import report_each
from bench.visitor import cpu_seconds, megabytes, watched_table
from bench.web import save, settle_into, web

BROWSERS = 200
RUNS = 5_000


def run(*, quick: bool) -> None:
    """Measure on both databases, print, and keep the figures as JSON."""
    settling, seconds = (3, 4) if quick else (20, 600)
    report_each("crowd", f"{BROWSERS} browsers polling for {seconds} s", settling, seconds)


def measure(settling: int, seconds: int) -> dict[str, float]:
    """Nothing changes meanwhile, as most of the time: all polls of the table find it unchanged.

    `settling`: seconds until the first rush is over, after which a slow server is asked less often.
    """
    settle_into(Path(os.environ["SKYDECK_VAR"]))
    from django.contrib.auth.models import User

    User.objects.create_superuser("bench", password="bench")
    save([history.run(number) for number in range(RUNS)])
    with web() as url, watching(watched_table(url), BROWSERS) as answers:
        time.sleep(settling)
        memory, spent, answered = [megabytes()], cpu_seconds(), answers()
        begun = time.monotonic()
        for _ in range(10):
            time.sleep(seconds / 10)
            memory.append(megabytes())
        took = time.monotonic() - begun
        spent, answered = cpu_seconds() - spent, answers() - answered
    return {
        "percent_of_one_core": 100 * spent / took,
        "answers_per_second": answered / took,
        "cpu_milliseconds_per_answer": 1000 * spent / answered,
        "megabytes_at_first": memory[0],
        "megabytes_at_the_end": memory[-1],
        "megabytes_at_most": max(memory),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
