"""What the runs table shows, in one line: "50 of 10,000+ runs; 3 running; 2 new"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dashboard.templatetags.ui import words
from runs.models import Run
from runs.paging import NEWER_CAP, Count


def summed(shown: Sequence[Run], total: Count, arrived: int) -> str:
    """Counts among `shown` what still goes on; `arrived` are new ones that are not shown yet."""
    live = Counter(words(run.status).lower() for run in shown if run.is_live)
    parts = [_of(len(shown), total)]
    parts += [f"{count} {word}" for word, count in live.most_common()]
    if arrived:
        parts.append(f"{capped(arrived)} new")
    return "; ".join(parts)


def capped(arrived: int) -> str:
    return f"{NEWER_CAP}+" if arrived > NEWER_CAP else str(arrived)


def _of(shown: int, total: Count) -> str:
    number = max(shown, total.number)
    runs = f"{number:,}{'+' if total.is_least else ''} run{'' if number == 1 else 's'}"
    if not shown:
        return "No runs"
    return runs if shown == number and not total.is_least else f"{shown} of {runs}"
