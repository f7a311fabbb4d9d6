"""The form of a schedule: strict, and with a sentence at each field that needs another look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from dashboard.skyvern.schema import ScheduleRequest
from runs.parameters import ParametersForm
from schedules import cron
from schedules.models import Schedule
from schedules.timing import Timing

LEAD = timedelta(seconds=60)
"""How far ahead the server wants a first or only fire."""
MAX_INTERVAL_SECONDS = 2**31 - 1
KINDS = [
    (Schedule.Kind.CRON.value, "On a cron pattern"),
    (Schedule.Kind.INTERVAL.value, "At an interval"),
    (Schedule.Kind.ONCE.value, "Once"),
]
UNITS = {"minutes": 60, "hours": 3600, "days": 86_400, "seconds": 1}
PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class LocalTimeField(forms.CharField):
    """A date and time without a zone; which instant it is, the form's own zone decides."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"type": "datetime-local", "step": "1", **PLAIN})
        super().__init__(required=False, max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError as exc:
            raise ValidationError("Write it as 2026-12-31T09:00.", code="invalid") from exc
        if found.tzinfo is not None:
            raise ValidationError("Leave the offset out; the zone is a field of its own.")
        return found


class TimingForm(forms.Form):
    """When it fires. All fields are there for every kind; only those of the chosen one count."""

    use_required_attribute = False
    saved: Mapping[str, datetime | None] = {}
    """Instants as they are upstream: left untouched, they need not lie ahead."""

    kind = forms.ChoiceField(
        label="Fires",
        choices=KINDS,
        widget=forms.RadioSelect,
        initial=Schedule.Kind.CRON,
    )
    cron = forms.CharField(
        label="Cron",
        required=False,
        max_length=1000,
        help_text="Minute, hour, day of the month, month, day of the week; or @daily and the like.",
        widget=forms.TextInput(
            {"class": "mono", "list": "patterns", "placeholder": "0 9 * * 1-5", **PLAIN}
        ),
    )
    every = forms.IntegerField(
        label="Every", required=False, min_value=1, widget=forms.TextInput({"inputmode": "numeric"})
    )
    unit = forms.ChoiceField(
        label="Unit", required=False, choices=[(unit, unit) for unit in UNITS], initial="minutes"
    )
    first_fire_at = LocalTimeField(
        label="First fire", help_text="In the zone below. Empty: one interval from now."
    )
    run_at = LocalTimeField(label="At", help_text="In the zone below, a minute ahead at least.")
    timezone = forms.CharField(
        label="Time zone",
        required=False,
        max_length=100,
        widget=forms.TextInput({"list": "zones", "placeholder": "UTC", **PLAIN}),
    )

    def clean_timezone(self) -> str:
        typed = self.cleaned_data["timezone"]
        if not typed:
            raise ValidationError("Name the time zone, such as Europe/Berlin or UTC.")
        try:
            return cron.load_zone(typed).key
        except cron.ZoneError as exc:
            raise ValidationError(str(exc)) from exc

    def clean(self) -> dict[str, Any]:
        checks = {
            Schedule.Kind.CRON: self._check_cron,
            Schedule.Kind.INTERVAL: self._check_interval,
            Schedule.Kind.ONCE: self._check_once,
        }
        if (kind := self.cleaned_data.get("kind")) in checks:
            self._forget_the_other_kinds(kind)
            checks[Schedule.Kind(kind)]()
        return self.cleaned_data

    def timing(self) -> Timing:
        """Of a valid form."""
        return Timing(
            self.cleaned_data["kind"],
            self.cleaned_data["timezone"],
            self.cleaned_data["cron"],
            self.cleaned_data.get("interval_seconds"),
            self.cleaned_data.get("first_fire_at"),
            self.cleaned_data.get("run_at"),
        )

    def _forget_the_other_kinds(self, kind: str) -> None:
        """What was typed for a kind that is not chosen is kept on screen, but is never wrong."""
        own = {
            Schedule.Kind.CRON: {"cron"},
            Schedule.Kind.INTERVAL: {"every", "unit", "first_fire_at"},
            Schedule.Kind.ONCE: {"run_at"},
        }
        for name in set().union(*own.values()) - own[Schedule.Kind(kind)]:
            self.errors.pop(name, None)
            self.cleaned_data[name] = "" if name == "cron" else None

    def _check_cron(self) -> None:
        if "cron" in self.errors:
            return
        try:
            pattern = cron.parse(self.cleaned_data["cron"])
            cron.check_pace(pattern, timezone.now())
        except cron.CronError as exc:
            self.add_error("cron", str(exc))
        else:
            self.cleaned_data["cron"] = str(pattern)

    def _check_interval(self) -> None:
        every = self.cleaned_data.get("every")
        if every is None:
            if "every" not in self.errors:
                self.add_error("every", "Give a whole number.")
            return
        seconds = every * UNITS[self.cleaned_data.get("unit") or "minutes"]
        if seconds < cron.MIN_GAP_SECONDS:
            self.add_error("every", "Skyvern wants at least 5 minutes between two fires.")
        elif seconds > MAX_INTERVAL_SECONDS:
            self.add_error("every", "That is longer than 68 years, the most Skyvern takes.")
        else:
            self.cleaned_data["interval_seconds"] = seconds
        self._settle("first_fire_at")

    def _check_once(self) -> None:
        if self.cleaned_data.get("run_at") is None and "run_at" not in self.errors:
            self.add_error("run_at", "Say when.")
        self._settle("run_at")

    def _settle(self, name: str) -> None:
        """Turn a local time into the instant it means, or say why there is none."""
        naive, zone_name = self.cleaned_data.get(name), self.cleaned_data.get("timezone")
        if naive is None or zone_name is None:
            return
        zone, saved = cron.load_zone(zone_name), self.saved.get(name)
        shown = cron.instants(naive, zone)
        if saved is not None and naive == saved.astimezone(zone).replace(tzinfo=None):
            self.cleaned_data[name] = saved  # untouched; it may lie in the past
        elif not shown:
            self.add_error(name, "The clocks skip that time in this zone; choose another.")
        elif shown[0] < timezone.now() + LEAD:
            self.add_error(name, "It must be at least a minute ahead.")
        else:
            self.cleaned_data[name] = shown[0]


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


def form_of(schedule: Schedule, data: QueryDict | None = None) -> ScheduleForm:
    """The form as it shows a saved schedule, or what was typed over it."""
    saved = {
        "first_fire_at": _whole_seconds(schedule.first_fire_at),
        "run_at": _whole_seconds(schedule.run_at),
    }
    every, unit = _in_units(schedule.interval_seconds)
    initial = {
        "kind": schedule.kind,
        "cron": schedule.cron_expression,
        "every": every,
        "unit": unit,
        **{name: _local(at, schedule.timezone) for name, at in saved.items()},
        "timezone": schedule.timezone,
        "name": schedule.name,
        "description": schedule.description,
        "enabled": schedule.enabled,
    }
    form = ScheduleForm(data, initial=initial)
    form.saved = saved
    _keep_to_kind(form, schedule.kind)
    return form


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
