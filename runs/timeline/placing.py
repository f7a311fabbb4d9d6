"""Gives every step its bar on one axis of time, which reaches over the whole run."""

from __future__ import annotations

from runs.timeline.step import Axis, Step

LEAST_PERCENT = 1.0


def place(steps: list[Step]) -> Axis | None:
    """Sets the steps' bars; None if no time is known of any."""
    timed = [step for top in steps for step in top.walk() if step.started and step.ended]
    if not timed:
        return None
    start = min(step.started for step in timed if step.started)
    end = max(step.ended for step in timed if step.ended)
    whole = max((end - start).total_seconds(), 0.001)
    for step in timed:
        if step.started and step.seconds is not None:
            offset = (step.started - start).total_seconds() / whole * 100
            width = max(step.seconds / whole * 100, LEAST_PERCENT)
            step.bar = (round(min(offset, 100 - LEAST_PERCENT), 2), round(width, 2))
    return Axis(start, end)
