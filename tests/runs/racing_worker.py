"""One of several workers at once: `python -m tests.runs.racing_worker SEED`.

At the first line it is told it claims a feed and says whether it could; at the second it lets go,
and mirrors the same answers as the others in an order of its own.
"""

import random
import sys

import django

django.setup()

from dashboard import feeds  # noqa: E402
from runs import mirror  # noqa: E402
from tests.runs.test_mirror_order import T0, life  # noqa: E402


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main(seed: int) -> None:
    say("ready")
    with feeds.claim("live") as lease:
        say("held" if lease else "refused")
    answers = life(attempts=3, ending="completed", pauses=2)
    random.Random(seed).shuffle(answers)
    for answer in answers:
        mirror.save_runs([answer], seen_at=T0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
