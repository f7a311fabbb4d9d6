"""Whether a rule asks for what became of a run.

Each answer is a key, which stands for the thing that happened: a rule tells of it once, however
often it is looked at. None: not what the rule asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from runs.models import FailureGroup, Rule, Run, RunQuerySet

State = FailureGroup.State
TOLD = (Run.Phase.COMPLETED, Run.Phase.FAILED)
"""What says whether an agent works; a run that was canceled says nothing."""


def concerns(rule: Rule, run: Run) -> bool:
    """Whether the run is one of those that the rule is about."""
    is_of = is_about(rule, run.workflow_id, run.schedule_id)
    return is_of and rule.group_id in (None, run.failure_group_id)


def is_about(rule: Rule, workflow_id: str | None, schedule_id: str) -> bool:
    """Whether the rule is about that agent and that schedule."""
    return rule.workflow_id in (None, workflow_id) and rule.schedule_id in ("", schedule_id)


def key_at_end(rule: Rule, run: Run) -> str | None:
    """Of a run that has ended."""
    return AT_END[Rule.Event(rule.event)](rule, run) if concerns(rule, run) else None


def key_meanwhile(rule: Rule, run: Run, now: datetime) -> str | None:
    """Of a run that is going on."""
    if not concerns(rule, run):
        return None
    if rule.event == Rule.Event.STUCK:
        return f"stuck {run.pk} {run.attempt}" if run.stuck_at else None
    if rule.event == Rule.Event.SLOW and run.started_at is not None:
        return _slow_key(run) if now - run.started_at > limit(rule) else None
    return None


def limit(rule: Rule) -> timedelta:
    return timedelta(minutes=rule.minutes)


def _ended(rule: Rule, run: Run) -> str | None:
    return f"ended {run.pk} {run.attempt}" if run.status in rule.statuses else None


def _streak(rule: Rule, run: Run) -> str | None:
    """Once for each row of failures, when it has become that long."""
    if run.phase != Run.Phase.FAILED:
        return None
    until_now = _likewise(rule, run).filter(place__lte=run.place)
    good = until_now.filter(phase=Run.Phase.COMPLETED).newest().values_list("place", flat=True)
    failed = until_now.failed().filter(place__gt=good.first() or 0).order_by("place")
    first = list(failed.values_list("run_id", flat=True)[: rule.count])
    return f"streak {first[0]}" if len(first) == rule.count else None


def _recovered(rule: Rule, run: Run) -> str | None:
    if run.phase != Run.Phase.COMPLETED:
        return None
    before = _likewise(rule, run).filter(phase__in=TOLD, place__lt=run.place).newest()
    phases = list(before.values_list("phase", flat=True)[: rule.count])
    failed = phases.count(Run.Phase.FAILED)
    return f"recovered {run.pk}" if failed == rule.count else None


def _slow(rule: Rule, run: Run) -> str | None:
    spent = run.duration
    return _slow_key(run) if spent is not None and spent > limit(rule) else None


def _slow_key(run: Run) -> str:
    return f"slow {run.pk} {run.attempt}"


def _failure(rule: Rule, run: Run) -> str | None:
    """Once for each time that a failure becomes new, or comes back."""
    group = run.failure_group
    if group is None or group.state not in (State.NEW, State.BACK):
        return None
    turned = group.state_at if group.state == State.BACK else group.first_at
    if turned is None or turned < rule.since:
        return None
    return f"failure {group.pk} {group.state} {turned.timestamp():.0f}"


def _never(_rule: Rule, _run: Run) -> None:
    """A run that has ended is not stuck; and no run tells of a fire that was missed."""
    return


AT_END: dict[Rule.Event, Callable[[Rule, Run], str | None]] = {
    Rule.Event.ENDED: _ended,
    Rule.Event.STREAK: _streak,
    Rule.Event.RECOVERED: _recovered,
    Rule.Event.SLOW: _slow,
    Rule.Event.STUCK: _never,
    Rule.Event.FAILURE: _failure,
    **dict.fromkeys(Rule.OF_FIRES, _never),
}


def _likewise(rule: Rule, run: Run) -> RunQuerySet:
    """The runs that are in one row with it: of the rule's schedule, else of the run's agent."""
    if rule.schedule_id:
        return Run.objects.of_schedule(rule.schedule_id)
    return Run.objects.filter(workflow=run.workflow_id)
