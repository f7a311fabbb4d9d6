"""Which steps of a long run start out folded, so that it can be overlooked."""

from __future__ import annotations

from runs.timeline.step import Step, Timeline

LONG = 20
"""More steps than that under one are folded."""
SIBLINGS = 10
"""Of more items than that each is folded."""


def folded(timeline: Timeline, path: list[Step]) -> set[str]:
    """The keys of those; never of one on the `path` from the top to what is looked at."""
    seen = {step.key for step in path[:-1]}
    return {key for key in _long(timeline.steps) if key not in seen}


def _long(steps: list[Step]) -> set[str]:
    found = set()
    many = sum(step.kind == "item" for step in steps) > SIBLINGS
    for step in steps:
        if len(step.children) > LONG or (many and step.kind == "item"):
            found.add(step.key)
        found |= _long(step.children)
    return found
