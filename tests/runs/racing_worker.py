"""One of several workers at once: `python -m tests.runs.racing_worker START SEED`, on its own
connection. Claims a feed, then mirrors the same answers as the others in an order of its own."""

import random
import sys
import time

import django

django.setup()

from dashboard import feeds  # noqa: E402
from runs import mirror  # noqa: E402
from tests.runs.test_mirror_order import T0, life  # noqa: E402


def main(start: float, seed: int) -> None:
    time.sleep(max(0.0, start - time.time()))
    with feeds.claim("live") as lease:
        sys.stdout.write("held" if lease else "refused")
        if lease:
            time.sleep(1)
    answers = life(attempts=3, ending="completed", pauses=2)
    random.Random(seed).shuffle(answers)
    for answer in answers:
        mirror.save_runs([answer], seen_at=T0)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
