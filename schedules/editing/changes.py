"""What an edit changes, field by field."""

from __future__ import annotations

from dataclasses import dataclass

from schedules.editing.states import PARAMETER, State, label, words


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str
    is_parameter: bool
    verdict: str
    """ "added", "removed" or "changed"."""


def changes(before: State, after: State) -> list[Change]:
    """Those fields that differ, parameters last; [] if it changes nothing."""
    fields = [*before, *(field for field in after if field not in before)]
    return [
        _change(field, before, after)
        for field in sorted(fields, key=lambda field: field.startswith(PARAMETER))
        if field not in before or field not in after or before[field] != after[field]
    ]


def _change(field: str, before: State, after: State) -> Change:
    told = words(field, before), words(field, after)
    if field not in before or not told[0]:
        verdict = "added"
    else:
        verdict = "changed" if field in after and told[1] else "removed"
    return Change(label(field), *told, field.startswith(PARAMETER), verdict)
