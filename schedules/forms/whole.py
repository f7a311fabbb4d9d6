"""A whole schedule as a form: what it is called, when it fires, whether it is active."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils import timezone

from dashboard.skyvern.schema import ScheduleRequest
from runs.parameters import ParametersForm, Picker
from schedules import cron
from schedules.forms.builder import START, Typed
from schedules.forms.timing import KINDS, LEAD, UNITS, Kinds, TimingForm
from schedules.models import Schedule


class ScheduleForm(TimingForm):
    """A whole schedule but its parameters, which have a form of their own."""

    name = forms.CharField(label="Name", required=False, max_length=500)
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 2, "class": "grows"}),
    )
    enabled = forms.BooleanField(
        label="Active", required=False, initial=True, help_text="Off: saved, but paused."
    )

    def __init__(
        self, data: Typed | None = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        now, viewer = timezone.now(), timezone.get_current_timezone_name()
        offers = [(offer.name, offer.words) for offer in cron.zone_offers(now, viewer)]
        zone = self.fields["timezone"]
        zone.widget = Picker(offers, zone.widget.attrs)

    def keep_to(self, kinds: Collection[str], why: str) -> None:
        """Offer these kinds only; the others are shown, with the reason why they are not."""
        field = cast("forms.ChoiceField", self.fields["kind"])
        cast("Kinds", field.widget).unknown = {value for value, _ in KINDS} - set(kinds)
        field.help_text = why

    def request(self, parameters: dict[str, Any]) -> ScheduleRequest:
        """The body to send: every field, because a PUT clears what it does not hold."""
        given: dict[str, Any] = {
            "cron_expression": self.cleaned_data.get("cron"),
            "interval_seconds": self.cleaned_data.get("interval_seconds"),
            "first_fire_at": self.cleaned_data.get("first_fire_at"),
            "run_at": self.cleaned_data.get("run_at"),
            "name": self.cleaned_data["name"],
            "description": self.cleaned_data["description"],
            "parameters": parameters,
        }
        once = self.cleaned_data["kind"] == Schedule.Kind.ONCE
        return ScheduleRequest(
            timezone=self.cleaned_data["timezone"],
            enabled=True if once else self.cleaned_data["enabled"],
            **{name: value for name, value in given.items() if value not in (None, "", {})},
        )


def form_of(schedule: Schedule, data: Typed | None = None) -> ScheduleForm:
    """The form as it shows a saved schedule, or what was typed over it."""
    form = ScheduleForm(data, initial=_shown(schedule))
    form.saved = _saved(schedule)
    _keep_to_kind(form, schedule.kind)
    return form


def copy_of(schedule: Schedule, data: Typed | None = None) -> ScheduleForm:
    """The form of a new schedule like that one, which starts paused."""
    shown = _shown(schedule)
    ahead = timezone.now() + LEAD
    gone = [name for name, at in _saved(schedule).items() if at and at < ahead]
    name = f"{str(schedule)[:490]} (copy)"
    return ScheduleForm(
        data, initial=shown | dict.fromkeys(gone, "") | {"name": name, "enabled": False}
    )


def chosen_values(parameters: ParametersForm, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What to save: a default left untouched is not pinned, so the schedule follows the agent.

    Of a valid form. What was `stored` stays stored, even where it equals the default.
    """
    defaults = {found.key: found.default for found in parameters.parameters.values()}
    return {
        key: value
        for key, value in parameters.values().items()
        if key in stored or defaults[key] is None or value != defaults[key]
    }


def _saved(schedule: Schedule) -> dict[str, datetime | None]:
    return {
        "first_fire_at": _whole_seconds(schedule.first_fire_at),
        "run_at": _whole_seconds(schedule.run_at),
    }


def _shown(schedule: Schedule) -> dict[str, Any]:
    every, unit = _in_units(schedule.interval_seconds)
    return {
        "kind": schedule.kind,
        "cron": schedule.cron_expression or START.expression,
        "every": every,
        "unit": unit,
        **{name: _local(at, schedule.timezone) for name, at in _saved(schedule).items()},
        "timezone": schedule.timezone,
        "name": schedule.name,
        "description": schedule.description,
        "enabled": schedule.enabled,
    }


def _keep_to_kind(form: ScheduleForm, kind: str) -> None:
    """Upstream never turns a one-time schedule into a recurring one, nor back."""
    field = cast("forms.ChoiceField", form.fields["kind"])
    once = kind == Schedule.Kind.ONCE
    field.choices = [one for one in KINDS if (one[0] == Schedule.Kind.ONCE) == once]


def _in_units(seconds: int | None) -> tuple[int | None, str]:
    if not seconds:
        return None, "minutes"
    unit = max((unit for unit in UNITS if seconds % UNITS[unit] == 0), key=lambda name: UNITS[name])
    return seconds // UNITS[unit], unit


def _whole_seconds(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None


def _local(at: datetime | None, zone_name: str) -> str:
    if at is None:
        return ""
    try:
        return at.astimezone(cron.load_zone(zone_name)).strftime("%Y-%m-%dT%H:%M:%S")
    except cron.ZoneError:
        return ""
