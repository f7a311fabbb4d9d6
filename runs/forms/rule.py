"""What a team admin fills in to have somebody told of something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from dashboard.models import Channel
from dashboard.templatetags.ui import words
from runs.forms.fields import IntegerText, upstream_id
from runs.models import FailureGroup, Rule, Workflow

MOST_COUNT, MOST_MINUTES, MOST_GAP = 100, 100_000, 1_440
ENDS = ("failed", "terminated", "timed_out", "canceled", "completed")
USUAL = Rule()
BAD_ENDS = ["failed", "terminated", "timed_out"]
OF_EVENT = {
    Rule.Event.ENDED: ("statuses", "Choose at least one."),
    Rule.Event.STREAK: ("count", "Say how many times."),
    Rule.Event.RECOVERED: ("count", "Say after how many failures."),
    Rule.Event.SLOW: ("minutes", "Say how long."),
    Rule.Event.LATE: ("minutes", "Say how long."),
    Rule.Event.RESUMED: ("count", "Say after how many missed fires."),
}


class ClockField(forms.TimeField):
    """A time of day, to the minute."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TimeInput({"type": "time", "step": "60"}, format="%H:%M")
        super().__init__(required=False, widget=widget, **more)


if TYPE_CHECKING:
    Base = forms.ModelForm[Rule]
else:
    Base = forms.ModelForm


class RuleForm(Base):
    """All fields are there for every event; only those of the chosen one count."""

    use_required_attribute = False

    event = forms.ChoiceField(label="When", choices=Rule.Event.choices, widget=forms.RadioSelect)
    statuses = forms.MultipleChoiceField(
        label="Ends as",
        required=False,
        choices=[(status, words(status)) for status in ENDS],
        widget=forms.CheckboxSelectMultiple,
    )
    count = IntegerText(1, MOST_COUNT, label="How many in a row")
    minutes = IntegerText(1, MOST_MINUTES, label="Minutes")
    agent = forms.CharField(
        label="Agent",
        required=False,
        max_length=200,
        help_text="Its title or id; empty for any agent.",
        widget=forms.TextInput({"list": "agents", "autocomplete": "off", "placeholder": "Any"}),
    )
    schedule_id = upstream_id("wfs", "Schedule", "Only this schedule; empty for any.")
    group = forms.ModelChoiceField(
        FailureGroup.objects.filter(merged_into=None),
        required=False,
        label="Only this failure",
        widget=forms.HiddenInput,
    )
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.all(),
        label="Tell",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose where to send it."},
    )
    gap_minutes = IntegerText(
        0,
        MOST_GAP,
        label="Minutes between messages",
        help_text="What happens in between is gathered into the next one; 0 sends each at once.",
    )
    quiet_from = ClockField(label="Quiet from")
    quiet_until = ClockField(label="until")
    quiet_zone = forms.CharField(label="In the time zone", required=False, max_length=64)

    class Meta:
        model = Rule
        fields = (
            *("name", "event", "statuses", "count", "minutes", "schedule_id", "group"),
            *("channels", "gap_minutes", "quiet_from", "quiet_until", "quiet_zone"),
        )

    def __init__(self, *, rule: Rule | None, given: Mapping[str, str], data: Any = None) -> None:
        """`given` fills in a new one: agent, schedule, failure (ids) and event."""
        super().__init__(data, instance=rule, initial=None if rule else _initial(given))
        if rule and rule.workflow:
            self.initial["agent"] = rule.workflow_id
        self.fields["name"].required = False
        self.fields["name"].help_text = "If it is empty, the rule is called by what it looks for."
        self.workflow: Workflow | None = None

    @property
    def failure(self) -> FailureGroup | None:
        """The one that it is about, to be named on the page."""
        value = self["group"].value()
        field = self.fields["group"]
        try:
            found = field.clean(getattr(value, "pk", value))
        except ValidationError:
            return None
        return found if isinstance(found, FailureGroup) else None

    def clean_agent(self) -> str:
        typed: str = self.cleaned_data["agent"].replace("\0", "")
        found = Workflow.objects.called(typed, 2)
        if typed and len(found) != 1:
            some = "Several agents are" if found else "No agent is"
            raise ValidationError(f"{some} called so; write its id.", code="agent")
        self.workflow = Workflow.objects.get(pk=found[0][0]) if found else None
        return typed

    def clean_quiet_zone(self) -> str:
        name = self.cleaned_data["quiet_zone"] or "UTC"
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError) as exc:
            raise ValidationError("Name it like Europe/Berlin or UTC.", code="zone") from exc

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        event = given.get("event")
        if event in OF_EVENT:
            name, sentence = OF_EVENT[Rule.Event(event)]
            if not given.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        since: time | None = given.get("quiet_from")
        until: time | None = given.get("quiet_until")
        if (since is None) != (until is None):
            self.add_error("quiet_until" if since else "quiet_from", "Say both, or neither.")
        elif since is not None and since == until:
            self.add_error("quiet_until", "Choose another time: it would never be quiet.")
        self._say_nothing_of_the_rest(given)
        return given

    def _say_nothing_of_the_rest(self, given: dict[str, Any]) -> None:
        """What belongs to another event is left as it is by default, right or wrong."""
        event = given.get("event", "")
        for name in ("statuses", "count", "minutes"):
            if name not in OF_EVENT.get(event, ()):
                self.errors.pop(name, None)
                given[name] = getattr(USUAL, name)
        if event in Rule.OF_FIRES:
            given["group"] = None
        if given.get("gap_minutes") is None and "gap_minutes" not in self.errors:
            given["gap_minutes"] = USUAL.gap_minutes


def _initial(given: Mapping[str, str]) -> dict[str, Any]:
    event = given.get("event", "")
    return {
        "event": event if event in Rule.Event else Rule.Event.ENDED,
        "statuses": BAD_ENDS,
        "count": 3,
        "minutes": 60,
        "agent": given.get("agent", "")[:200],
        "schedule_id": given.get("schedule", "")[:128],
        "group": given.get("failure", "")[:18],
        "gap_minutes": 5,
        "quiet_zone": timezone.get_current_timezone_name(),
    }
