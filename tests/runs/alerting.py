"""What the tests of alerts share: rules, and what they find."""

from __future__ import annotations

from typing import Any

import time_machine

from dashboard.models import Channel
from runs.alerts import raising
from runs.models import Alert, Rule
from tests.runs.failing import NOON

Event = Rule.Event


def make(event: Rule.Event, **more: Any) -> Rule:
    """A rule that tells a channel of its own."""
    name = more.pop("name", event)
    usual = {"statuses": ["failed"], "gap_minutes": 0, "since": NOON}
    made = Rule.objects.create(name=name, event=event, **usual | more)
    made.channels.add(
        Channel.objects.create(name=name, kind="slack", address="https://hooks.example.com/x")
    )
    return made


def look(clock: time_machine.Traveller) -> list[str]:
    """What alerts there are once the runs that ended have been looked at."""
    clock.shift(raising.DETAIL_WAIT)
    raising.look()
    return list(Alert.objects.order_by("pk").values_list("title", flat=True))
