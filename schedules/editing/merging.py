"""Two edits of one schedule: what each of them changed, and the form that holds both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.http import QueryDict

from runs.parameters import ParametersForm
from schedules.editing.states import PARAMETER, WHEN, State, label, words
from schedules.forms import ScheduleForm
from schedules.forms.builder import FIELDS

THEIRS, MINE, CLASH = "theirs", "mine", "clash"
WHEN_FIELDS = (
    *("kind", "by", "was", "cron", *FIELDS),
    *("every", "unit", "first_fire_at", "run_at"),
)


@dataclass(frozen=True)
class Line:
    """A field that somebody changed. `verdict`: whose change it is; CLASH if both did."""

    field: str
    label: str
    opened: str | None
    """As it was when the form was opened; None where that is not known."""
    theirs: str
    mine: str
    verdict: str
    kept: str = ""
    """Of a clash: whose was chosen to stay."""


def three_way(base: State | None, theirs: State, mine: State) -> list[Line]:
    """The fields in which the two differ now. Without a base each of them is a clash."""
    fields = [*theirs, *(field for field in mine if field not in theirs)]
    return [
        Line(
            field,
            label(field),
            None if base is None else words(field, base),
            words(field, theirs),
            words(field, mine),
            _verdict(field, base, theirs, mine),
        )
        for field in fields
        if theirs.get(field) != mine.get(field)
    ]


def _verdict(field: str, base: State | None, theirs: State, mine: State) -> str:
    if base is None:
        return CLASH
    if base.get(field) == mine.get(field):
        return THEIRS
    return MINE if base.get(field) == theirs.get(field) else CLASH


def merged(
    typed: QueryDict, fields: Collection[str], form: ScheduleForm, parameters: ParametersForm
) -> QueryDict:
    """What was typed, but for those fields what the two forms show: theirs, as they are saved."""
    data = typed.copy()
    for field in fields:
        source = parameters if field.startswith(PARAMETER) else form
        for name in _names(field, parameters):
            value = source[name].value() if name in source.fields else None
            data.pop(name, None)
            if value not in (None, "", False):
                told = value if isinstance(value, list) else ["on" if value is True else str(value)]
                data.setlist(name, told)
    return data


def _names(field: str, parameters: ParametersForm) -> list[str]:
    """The names under which a browser sends it."""
    if field == WHEN:
        return list(WHEN_FIELDS)
    if not field.startswith(PARAMETER):
        return [field]
    key = field.removeprefix(PARAMETER)
    found = [name for name, asked in parameters.parameters.items() if asked.key == key]
    return [each for name in found for each in (name, f"{name}-empty")]
