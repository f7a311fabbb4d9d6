"""What an edit changes, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import unified_diff

from dashboard.templatetags.ui import shortened
from schedules.editing.states import PARAMETER, State, label, words

LONGEST = 2_000
"""Characters of a value that are shown."""
MOST_LINES = 500
"""Lines of a value that are compared."""
AROUND = 2


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str
    is_parameter: bool
    verdict: str
    """ "added", "removed" or "changed"."""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Of a value of several lines: those that differ, and some around, each with "+", "-", " "
        or "@" for what is left out; [] where the values are shown whole."""
        before, after = self.before.splitlines(), self.after.splitlines()
        if min(len(before), len(after)) < 2 or max(len(before), len(after)) > MOST_LINES:
            return []
        found = list(unified_diff(before, after, n=AROUND, lineterm=""))[2:]
        return [(line[0], shortened(line[1:], LONGEST)) for line in found]

    @property
    def shown(self) -> tuple[str, str]:
        return shortened(self.before, LONGEST), shortened(self.after, LONGEST)


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
