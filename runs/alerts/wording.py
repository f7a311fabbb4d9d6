"""How rules, and what they tell, are put into words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Literal

from django.conf import settings

from dashboard.notify.message import Document, Event
from dashboard.templatetags.ui import duration, iso, shortened, words
from runs import reasons
from runs.bundle.hiding import hider
from runs.models import Alert, Rule, Run

LISTED = 20
"""Events in one message; more are counted."""
LONGEST_REASON = 500
LONGEST_NAME = 80

type Tone = Literal["good", "bad", "plain"]


TITLES = {
    Rule.Event.ENDED: "{agent}: {status}",
    Rule.Event.STREAK: "{agent} failed {times} in a row",
    Rule.Event.RECOVERED: "{agent} works again after {failures}",
    Rule.Event.SLOW: "{agent} took {took}, more than {limit}",
    Rule.Event.STUCK: "A run of {agent} is stuck",
    Rule.Event.FAILURE: "{agent}: a new failure",
}
STILL = "{agent} has been running for more than {limit}"
BACK = "{agent}: a failure is back again"
CONDITIONS = {
    Rule.Event.ENDED: "a run ends as {statuses}",
    Rule.Event.STREAK: "runs fail {times} in a row",
    Rule.Event.RECOVERED: "it works again after {failures}",
    Rule.Event.SLOW: "a run takes longer than {limit}",
    Rule.Event.STUCK: "a run is stuck",
    Rule.Event.FAILURE: "a failure is new or back again",
    Rule.Event.MISSED: "a fire is missed",
    Rule.Event.LATE: "a fire is late by more than {limit}",
    Rule.Event.RESUMED: "it fires again after {misses}",
}
GOOD = (Rule.Event.RECOVERED, Rule.Event.RESUMED)


def title(rule: Rule, run: Run) -> str:
    """What has happened, as "Invoices failed 3 times in a row"."""
    event = Rule.Event(rule.event)
    template = TITLES[event]
    if event == Rule.Event.SLOW and run.is_live:
        template = STILL
    if event == Rule.Event.FAILURE and run.failure_group and run.failure_group.state == "back":
        template = BACK
    return template.format(
        agent=agent_of(run) or run.pk,
        status=words(run.status).lower(),
        took=duration(run.duration),
        **_amounts(rule),
    )


def condition(rule: Rule) -> str:
    """What a rule asks for, as "runs fail 3 times in a row"."""
    statuses = listed([words(status).lower() for status in rule.statuses])
    return CONDITIONS[Rule.Event(rule.event)].format(statuses=statuses, **_amounts(rule))


def _amounts(rule: Rule) -> dict[str, str]:
    once = rule.count == 1
    return {
        "times": "once" if once else f"{rule.count} times",
        "failures": "a failure" if once else f"{rule.count} failures",
        "misses": "a missed one" if once else f"{rule.count} missed ones",
        "limit": spent(rule.minutes),
    }


def agent_of(run: Run) -> str:
    named = str(run.workflow) if run.workflow else run.title
    return shortened(" ".join(named.split()), LONGEST_NAME)


def spent(minutes: int) -> str:
    return duration(timedelta(minutes=minutes)).replace("m 00s", " min").replace("h 00m", " h")


def listed(names: Sequence[str]) -> str:
    """ "failed, terminated or timed out"."""
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def link(path: str) -> str:
    """The whole address; "" where the settings do not say under which one people come."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else ""


def document(rule: Rule, alerts: Sequence[Alert], count: int) -> Document:
    """Of the first alerts, oldest first; `count` is how many there are in all."""
    hide = hider()
    shown = alerts[:LISTED]
    return {
        "title": hide(subject(shown[0], count)),
        "rule": hide(f"By the rule “{rule}”."),
        "tone": tone(rule, shown[0].run),
        "url": link((shown[0] if count == 1 else rule).get_absolute_url()),
        "events": [_event(rule, alert, hide) for alert in shown],
        "more": count - len(shown),
    }


def subject(first: Alert, count: int) -> str:
    return first.title if count == 1 else f"{first.title}, and {count - 1:,} more"


def tone(rule: Rule, run: Run | None) -> Tone:
    if rule.event in GOOD:
        return "good"
    is_fine = rule.event == Rule.Event.ENDED and run and run.phase != Run.Phase.FAILED
    return "plain" if is_fine else "bad"


def _event(rule: Rule, alert: Alert, hide: Callable[[str], str]) -> Event:
    run = alert.run
    return {
        "kind": rule.event,
        "title": hide(alert.title),
        "reason": hide((_reason(run) if run else "") or alert.reason),
        "run_id": run.pk if run else "",
        "status": run.status if run else "",
        "agent": hide(agent_of(run) if run else alert.agent),
        "at": iso(alert.at, "seconds"),
        "path": alert.get_absolute_url(),
        "url": link(alert.get_absolute_url()),
    }


def _reason(run: Run) -> str:
    """Why it failed, and at which block; "" for one that did not."""
    block = run.failure_group.block if run.failure_group else ""
    reason = shortened(" ".join(reasons.sentence(run.failure_reason).split()), LONGEST_REASON)
    where = f"At “{shortened(block, LONGEST_NAME)}”: " if block and reason else ""
    return where + reason
