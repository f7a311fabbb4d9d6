"""The blocks of two runs, by their labels, and the items of their loops."""

from __future__ import annotations

from datetime import timedelta

from dashboard.templatetags.ui import duration, shortened
from runs.comparison.order import merged
from runs.comparison.parts import (
    LONGEST,
    LONGEST_NAME,
    ONLY_HERE,
    ONLY_THERE,
    SAME,
    Block,
    Part,
    Told,
)
from runs.timeline import Step, Timeline

MOST_STEPS = 300
MOST_ITEMS = 50
AT_LEAST = timedelta(seconds=5)
BELOW = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "


def steps(here: Timeline, there: Timeline) -> Part[Block]:
    found, left_out = _blocks(_last_attempt(here), _last_attempt(there), "")
    found.sort(key=lambda block: not block.differs)
    left_out += max(len(found) - MOST_STEPS, 0)
    return Part(found[:MOST_STEPS], left_out, is_cut=bool(here.left_out or there.left_out))


def _last_attempt(timeline: Timeline) -> list[Step]:
    attempts = [step for step in timeline.steps if step.kind == "attempt"]
    return attempts[-1].children if attempts else timeline.steps


def _blocks(here: list[Step], there: list[Step], within: str) -> tuple[list[Block], int]:
    """Depth first, and how many items were left out: of each loop those that differ are kept.

    What is within a block that only one has goes without saying.
    """
    ours, theirs = _named(here), _named(there)
    groups: list[list[Block]] = []
    items: list[list[Block]] = []
    left_out = 0
    for name in merged(ours, theirs):
        one, another = ours.get(name), theirs.get(name)
        label = _label(one, another)
        inner = f"{within}{BELOW}{label}" if within else label
        both = (one.children, another.children) if one and another else ([], [])
        below, more = _blocks(*both, inner)
        verdict = _verdict_of(one, another)
        if verdict == SAME and any(block.differs for block in below):
            verdict = "Differs within"
        group = [Block(label, shortened(within, LONGEST), _told(one), _told(another), verdict)]
        groups.append(group + below)
        left_out += more
        if name[0] == "item":
            items.append(groups[-1])
    items.sort(key=lambda group: not group[0].differs)
    dropped = {id(group) for group in items[MOST_ITEMS:]}
    kept = [block for group in groups if id(group) not in dropped for block in group]
    return kept, left_out + len(dropped)


type Name = tuple[str, str, int]


def _named(steps: list[Step]) -> dict[Name, Step]:
    """What a step is found by in the other run: its label, and how often that came before."""
    found: dict[Name, Step] = {}
    counts: dict[str, int] = {}
    for step in steps:
        if step.kind in ("block", "item"):
            nth = counts[step.title] = counts.get(step.title, 0) + 1
            found[step.kind, step.title, nth] = step
    return found


def _label(here: Step | None, there: Step | None) -> str:
    steps = [step for step in (here, there) if step]
    label = shortened(steps[0].title, LONGEST_NAME)
    notes = dict.fromkeys(shortened(step.note, 40) for step in steps if step.note)
    return f"{label} ({' | '.join(notes)})" if notes and steps[0].kind == "item" else label


def _told(step: Step | None) -> Told | None:
    if step is None:
        return None
    reason = step.reason if step.has_failed else ""
    return Told(shortened(step.status, 40), step.seconds, shortened(reason, LONGEST))


def _verdict_of(here: Step | None, there: Step | None) -> str:
    if there is None:
        return ONLY_HERE
    if here is None:
        return ONLY_THERE
    if here.status != there.status:
        return "Other status"
    if here.has_failed and here.reason != there.reason:
        return "Other reason"
    if here.kind == "item" and here.note != there.note:
        return "Other value"
    return change(here.took, there.took).capitalize() or SAME


def change(here: timedelta | None, there: timedelta | None) -> str:
    """How much longer or shorter it took; "" for what differs from run to run anyway."""
    if here is None or there is None:
        return ""
    shorter, longer = sorted((here, there))
    if longer - shorter < AT_LEAST or longer < 1.5 * shorter:
        return ""
    return f"{duration(longer - shorter)} {'longer' if here > there else 'shorter'}"
