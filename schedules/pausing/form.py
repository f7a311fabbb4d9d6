"""What is asked before a schedule, or many, are paused: why, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from schedules import cron
from schedules.models import MOST_REASON, Pause, Vital
from schedules.moments import moment
from schedules.pausing import vital

MORNING = time(8)
LONGEST = timedelta(days=5 * 366)
HOURS = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}
PLAIN = {"type": "datetime-local", "autocomplete": "off"}


class PauseForm(forms.Form):
    """Times are by the viewer's clocks, and say so. `until()` gives the instant of a valid form."""

    use_required_attribute = False

    reason = forms.CharField(
        label="Why",
        max_length=MOST_REASON,
        help_text="Whoever finds it paused reads this.",
        widget=forms.Textarea({"rows": 2, "class": "grows", "maxlength": MOST_REASON}),
        error_messages={
            "required": "Say why: whoever finds it paused will ask.",
            "max_length": f"Say it in {MOST_REASON} characters.",
        },
    )
    until = forms.ChoiceField(label="It goes on again", widget=forms.RadioSelect, initial="open")
    at = forms.CharField(
        label="Date and time", required=False, max_length=40, widget=forms.TextInput(PLAIN)
    )

    def __init__(self, data: Any = None, *, pause: Pause | None = None, **more: Any) -> None:
        """`pause`: the one whose reason and end are to be changed."""
        self.zone = ZoneInfo(timezone.get_current_timezone_name())
        super().__init__(data, initial=_initial(pause, self.zone), **more)
        morning = moment(self.morning.astimezone(self.zone))
        self.fields["until"].choices = [  # type: ignore[attr-defined]  # of a ChoiceField
            ("open", "when someone resumes it"),
            ("1h", "in 1 hour"),
            ("4h", "in 4 hours"),
            ("morning", f"tomorrow morning ({morning} {self.zone.key})"),
            ("at", "at a date and time"),
        ]
        self.fields["at"].help_text = f"By the clocks of {self.zone.key}."

    @property
    def morning(self) -> datetime:
        tomorrow = timezone.now().astimezone(self.zone).date() + timedelta(days=1)
        naive = datetime.combine(tomorrow, MORNING)
        later = naive + timedelta(hours=1)  # where the clocks skip it
        return (cron.instants(naive, self.zone) or cron.instants(later, self.zone))[0]

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("until") == "at" and "at" not in self.errors:
            try:
                self.cleaned_data["resume_at"] = self._instant(self.cleaned_data["at"])
            except ValidationError as exc:
                self.add_error("at", exc)
        return self.cleaned_data

    def resume_at(self) -> datetime | None:
        """When it is to be resumed by itself; None: when someone does it."""
        chosen = self.cleaned_data["until"]
        if chosen in HOURS:
            return timezone.now() + HOURS[chosen]
        if chosen == "morning":
            return self.morning
        found: datetime | None = self.cleaned_data.get("resume_at")
        return found

    def _instant(self, text: str) -> datetime:
        if not text:
            raise ValidationError("Say when, or choose another end.", code="required")
        try:
            naive = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError as exc:
            raise ValidationError("Write it as 2026-12-31T09:00.", code="invalid") from exc
        ahead = naive - timezone.now().astimezone(self.zone).replace(tzinfo=None)
        if ahead > LONGEST:
            raise ValidationError("That is more than five years ahead.", code="far")
        if ahead < -timedelta(days=1):
            raise ValidationError("That time is over; choose one that lies ahead.", code="past")
        found = cron.instants(naive, self.zone)
        if len(found) != 1:
            skip = "show that time twice" if found else "skip that time"
            raise ValidationError(
                f"The clocks of {self.zone.key} {skip} then; choose another.", code="clocks"
            )
        if found[0] <= timezone.now():
            raise ValidationError("That time is over; choose one that lies ahead.", code="past")
        return found[0]


class VitalPauseForm(PauseForm):
    """Of a schedule that is vital: it is asked twice."""

    def __init__(self, data: Any = None, *, mark: Vital, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["knows_vital"] = knowing(mark)


class StopForm(forms.Form):
    """Before a vital schedule is deleted or called off."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, mark: Vital) -> None:
        super().__init__(data)
        self.fields["knows_vital"] = knowing(mark)


def knowing(mark: Vital) -> forms.BooleanField:
    """The tick by which a person shows that they know what they stop."""
    untold = vital.why_untold(mark)
    label = (
        "I know it is vital, and that nobody is told"
        if untold
        else f"I know it is vital, and that {mark.owner_name} is told"
    )
    return forms.BooleanField(
        label=label,
        help_text=untold,
        error_messages={"required": "It is vital: tick this, or leave it running."},
    )


def _initial(pause: Pause | None, zone: ZoneInfo) -> dict[str, Any]:
    if pause is None:
        return {}
    told: dict[str, Any] = {"reason": pause.reason, "until": "at" if pause.resume_at else "open"}
    if pause.resume_at:
        told["at"] = pause.resume_at.astimezone(UTC).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    return told
