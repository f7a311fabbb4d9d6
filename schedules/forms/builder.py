"""The builder of cron patterns beside the field they are written in: one of them leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from schedules import cron
from schedules.cron.building import HOUR_STEPS, MINUTE_STEPS, PLACES, WORKING_DAYS
from schedules.cron.words import PLACES as PLACE_WORDS
from schedules.cron.words import WEEKDAYS

BUILT, TYPED, CUSTOM = "built", "typed", "custom"
RHYTHMS = [
    (cron.Rhythm.MINUTES.value, "Every few minutes"),
    (cron.Rhythm.HOURS.value, "Every few hours"),
    (cron.Rhythm.DAILY.value, "Every day"),
    (cron.Rhythm.WEEKDAYS.value, "Monday to Friday"),
    (cron.Rhythm.WEEKLY.value, "On days of the week"),
    (cron.Rhythm.MONTHLY.value, "On a day of the month"),
    (cron.Rhythm.LAST_DAY.value, "On the last day of the month"),
    (cron.Rhythm.NTH.value, "On a weekday of the month"),
    (CUSTOM, "Custom, as written below"),
]
FROM_MONDAY = [*range(1, 7), 0]
DAYS = [(str(day), WEEKDAYS[day]) for day in FROM_MONDAY]
SHORT_DAYS = [(str(day), WEEKDAYS[day][:3]) for day in FROM_MONDAY]
NTH = [(place, PLACE_WORDS[int(place) if place.isdecimal() else place]) for place in PLACES]
START = cron.Plan(cron.Rhythm.WEEKDAYS, at=time(9))
FIELDS = (
    *("rhythm", "minute_step", "hour_step", "minute", "at", "days", "day", "place", "weekday"),
)
Typed = Mapping[str, Any]


class ClockField(forms.TimeField):
    def __init__(self, **options: Any) -> None:
        formats = ["%H:%M", "%H:%M:%S", "%H.%M", "%I:%M %p", "%I %p"]
        widget = forms.TimeInput({"type": "time", "autocomplete": "off"}, format="%H:%M")
        errors = {"invalid": "Write it as 09:30."}
        super().__init__(
            required=False,
            input_formats=formats,
            widget=widget,
            error_messages=errors,
            **options,
        )


class BuilderForm(forms.Form):
    """What the builder asks; `plan()` is what it says, of a valid form."""

    by = forms.ChoiceField(
        label="Pattern",
        required=False,
        choices=[(BUILT, "Built here"), (TYPED, "Written by hand")],
        widget=forms.RadioSelect,
        initial=TYPED,
    )
    was = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    """The expression that the builder and the field both stood for when the page was made."""
    rhythm = forms.ChoiceField(label="Repeats", required=False, choices=RHYTHMS)
    minute_step = forms.TypedChoiceField(
        label="Every",
        required=False,
        coerce=int,
        choices=[(step, f"{step} minutes") for step in MINUTE_STEPS],
    )
    hour_step = forms.TypedChoiceField(
        label="Every",
        required=False,
        coerce=int,
        choices=[(step, f"{step} hours" if step > 1 else "hour") for step in HOUR_STEPS],
    )
    minute = forms.IntegerField(
        label="At minute",
        required=False,
        min_value=0,
        max_value=59,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    days = forms.MultipleChoiceField(
        label="On", required=False, choices=SHORT_DAYS, widget=forms.CheckboxSelectMultiple
    )
    day = forms.IntegerField(
        label="On day",
        required=False,
        min_value=1,
        max_value=31,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    place = forms.ChoiceField(label="On the", required=False, choices=NTH)
    weekday = forms.ChoiceField(label="Weekday", required=False, choices=DAYS)
    at = ClockField(label="At")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        asked = ASKED.get(cleaned.get("rhythm", ""), ())
        for name in {*FIELDS, "was"} - {*asked, "rhythm"}:
            self.errors.pop(name, None)
        for name in asked:
            if name not in self.errors and cleaned.get(name) in (None, "", []):
                self.add_error(name, ValidationError(MISSING[name], code="required"))
        return cleaned

    def plan(self) -> cron.Plan:
        told = self.cleaned_data
        rhythm = cron.Rhythm(told["rhythm"])
        given = {name: told[name] for name in ASKED[rhythm]}
        step = given.pop("minute_step", 0) or given.pop("hour_step", 0)
        if "days" in given:
            given["days"] = frozenset(map(int, given["days"]))
        if "weekday" in given:
            given["weekday"] = int(given["weekday"])
        return cron.Plan(rhythm, step=step, **given)


MISSING = {
    "minute_step": "Choose how often.",
    "hour_step": "Choose how often.",
    "minute": "Give a minute, 0 to 59.",
    "at": "Give a time, such as 09:30.",
    "days": "Choose a day at least.",
    "day": "Give a day, 1 to 31.",
    "place": "Choose which one.",
    "weekday": "Choose the weekday.",
}


ASKED: dict[str, tuple[str, ...]] = {
    cron.Rhythm.MINUTES: ("minute_step",),
    cron.Rhythm.HOURS: ("hour_step", "minute"),
    cron.Rhythm.DAILY: ("at",),
    cron.Rhythm.WEEKDAYS: ("at",),
    cron.Rhythm.WEEKLY: ("days", "at"),
    cron.Rhythm.MONTHLY: ("day", "at"),
    cron.Rhythm.LAST_DAY: ("at",),
    cron.Rhythm.NTH: ("place", "weekday", "at"),
}
"""The fields that count for each rhythm."""


def shown(expression: str) -> dict[str, Any]:
    """The fields of the builder as they stand for an expression."""
    plan = cron.plan_of(expression)
    filled: dict[str, Any] = {
        "rhythm": plan.rhythm.value if plan else CUSTOM,
        "minute_step": "15",
        "hour_step": "1",
        "minute": "0",
        "at": "09:00",
        "days": ["1"],
        "day": "1",
        "place": "1",
        "weekday": "1",
    }
    if plan is None:
        return filled
    asked = ASKED[plan.rhythm]
    told = {
        "minute_step": str(plan.step),
        "hour_step": str(plan.step),
        "minute": str(plan.minute),
        "at": f"{plan.at:%H:%M}",
        "days": [str(day) for day in FROM_MONDAY if day in plan.days],
        "day": str(plan.day),
        "place": plan.place,
        "weekday": str(plan.weekday),
    }
    filled |= {name: told[name] for name in asked}
    if plan.rhythm == cron.Rhythm.WEEKDAYS:
        filled["days"] = [str(day) for day in sorted(WORKING_DAYS)]
    return filled


def followed(typed: Typed) -> MultiValueDict[str, Any]:
    """What was typed, with the builder and the field in agreement: one follows the other.

    A builder that leads and lacks something leaves both as they are.
    """
    data = _mutable(typed)
    written = str(data.get("cron") or "")
    builder = BuilderForm(data)
    built = _built(builder)
    if _leads(builder, built, written):
        data["by"] = BUILT
        if built is not None:
            data["cron"] = data["was"] = built
        return data
    data["by"] = TYPED
    data["was"] = written
    for name, value in shown(written).items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def _built(builder: BuilderForm) -> str | None:
    if not builder.is_valid() or builder.cleaned_data["rhythm"] in ("", CUSTOM):
        return None
    return builder.plan().expression


def _leads(builder: BuilderForm, built: str | None, written: str) -> bool:
    """Whether the builder does: by the choice, unless only the other one was touched.

    Without scripts nothing chooses for a person, so what was touched since the page was made
    counts; scripts empty `was`, for they choose with each touch.
    """
    if builder.data.get("rhythm") in (None, "", CUSTOM):
        return False
    chosen = builder.data.get("by") == BUILT
    was = str(builder.data.get("was") or "")
    if not was:
        return chosen
    same = built is None or cron.plan_of(built) == cron.plan_of(was)
    if written != was and same:
        return False
    return chosen or (written == was and not same)


def _mutable(typed: Typed) -> MultiValueDict[str, Any]:
    if isinstance(typed, QueryDict):
        return typed.copy()
    data: MultiValueDict[str, Any] = QueryDict(mutable=True)
    for name, value in typed.items():
        if value is not None:
            data.setlist(name, value if isinstance(value, list) else [value])
    return data
