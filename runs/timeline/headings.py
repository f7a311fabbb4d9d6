"""Headings over steps: the items of a loop, and attempts."""

from __future__ import annotations

from runs.timeline.step import Step

WORST_FIRST = ("running", "failed", "terminated", "timed_out", "canceled")


def over(key: str, kind: str, title: str, children: list[Step]) -> Step:
    """It spans them, and is as bad as the worst of them."""
    statuses = [child.status for child in children]
    status = next((bad for bad in WORST_FIRST if bad in statuses), statuses[-1] if statuses else "")
    starts = [child.started for child in children if child.started]
    ends = [child.ended for child in children if child.ended]
    step = Step(key=key, kind=kind, title=title, status=status, children=children)
    if starts:
        step.started = min(starts)
        step.seconds = (max(ends) - step.started).total_seconds() if ends else None
    return step
