"""When a schedule fires, as it is typed: one field or more for each kind of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from schedules import cron
from schedules.forms.builder import BUILT, FIELDS, START, BuilderForm, Typed, followed, shown
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


class Kinds(forms.RadioSelect):
    """Those that are `unknown` to the server are shown, but cannot be chosen."""

    unknown: Collection[str] = ()

    def create_option(self, name: str, value: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *rest, **more)
        if value in self.unknown:
            option["attrs"]["disabled"] = True
        return option


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


class TimingForm(BuilderForm):
    """When it fires. All fields are there for every kind; only those of the chosen one count."""

    use_required_attribute = False
    saved: Mapping[str, datetime | None] = {}
    """Instants as they are upstream: left untouched, they need not lie ahead."""
    zone_offers: tuple[str, ...] = ()
    """Where the zone is not clear: those that may be meant."""

    kind = forms.ChoiceField(
        label="Fires",
        choices=KINDS,
        widget=Kinds,
        initial=Schedule.Kind.CRON,
    )
    cron = forms.CharField(
        label="Cron",
        required=False,
        max_length=1000,
        help_text="Minute, hour, day of the month, month, day of the week; or @daily and the like.",
        widget=forms.TextInput(
            {"class": "mono", "list": "patterns", "placeholder": START.expression, **PLAIN}
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
        help_text="A city, a country, CET or UTC+2 finds it.",
        widget=forms.TextInput({"placeholder": "Europe/Berlin", **PLAIN}),
    )

    def __init__(
        self, data: Typed | None = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        given = dict(initial or {})
        written = str(given.get("cron") or "")
        self.typed = None if data is None else followed(data)
        super().__init__(self.typed, initial=shown(written) | {"was": written} | given)

    def agreed(self) -> dict[str, list[str]]:
        """What the field and the builder came to, by name; of a bound form."""
        return {name: (self.typed or QueryDict()).getlist(name) for name in ("cron", *FIELDS)}

    def clean_timezone(self) -> str:
        typed = self.cleaned_data["timezone"]
        if not typed:
            raise ValidationError("Name the time zone, such as Europe/Berlin or UTC.")
        if typed == self.initial.get("timezone"):
            return self._known_zone(typed)
        viewer = timezone.get_current_timezone_name()
        try:
            return cron.find_zone(typed, timezone.now(), viewer)
        except cron.ManyZonesError as exc:
            self.zone_offers = tuple(exc.offers)
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

    @property
    def is_built(self) -> bool:
        """The builder leads, of a form that was checked."""
        chosen = self.cleaned_data.get("kind"), self.cleaned_data.get("by")
        return chosen == (Schedule.Kind.CRON, BUILT)

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
        if self.is_built:
            super().clean()
        else:
            for name in ("by", "was", *FIELDS):
                self.errors.pop(name, None)

    def _known_zone(self, name: str) -> str:
        try:
            return cron.load_zone(name).key
        except cron.ZoneError as exc:
            raise ValidationError(str(exc)) from exc

    def _check_cron(self) -> None:
        if self.is_built and set(FIELDS) & set(self.errors):
            self.errors.pop("cron", None)  # it is not the one that leads
            return
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
        if "unit" in self.errors:
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
