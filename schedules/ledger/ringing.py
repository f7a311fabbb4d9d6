"""Holds what became of fires against the alert rules that are about fires."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from dashboard.templatetags.ui import duration, shortened
from runs.alerts import matching, raising
from runs.alerts.wording import LONGEST_NAME
from runs.models import Alert, Rule
from schedules.models import Fire, Schedule
from schedules.moments import moment_in

RAN = (Fire.State.ON_TIME, Fire.State.LATE)
NOT_EXPECTED = (Fire.State.DUE, Fire.State.SKIPPED, Fire.State.EXTRA)
UNTOLD = (Fire.Cause.NONE, Fire.Cause.UNKNOWN)

type Asked = Callable[[Rule, Fire, bool], str | None]


def ring(
    fires: Sequence[Fire],
    now: datetime,
    *,
    caught_up: Collection[int] = (),
    punctual: Collection[int] = (),
) -> None:
    """Write the alerts that rules ask for of fires that have just been settled.

    To be called within the transaction that settles them, which makes both of it happen once.
    `caught_up`: the ids of those that had been missed and began after all; `punctual`: of more
    that have been settled, which are read only where a rule needs them.
    """
    on = Rule.objects.on() if fires or punctual else []
    rules = [rule for rule in on if rule.event in Rule.OF_FIRES and rule.since <= now]
    if not rules:
        return
    began = Fire.objects.for_lists().filter(pk__in=punctual).order_by("due_at")
    told = [fire for fire in (*fires, *began) if fire.pk and not fire.is_backfilled]
    schedules = _schedules({fire.schedule_id for fire in told})
    raising.write(
        [
            _alert(rule, key, fire, schedule)
            for rule in rules
            for fire in told
            if matching.is_about(
                rule, (schedule := schedules[fire.schedule_id]).workflow_id, schedule.pk
            )
            if (key := _ASKED[Rule.Event(rule.event)](rule, fire, fire.pk in caught_up))
        ]
    )


def _schedules(ids: Collection[str]) -> dict[str, Schedule]:
    found = Schedule.objects.select_related("workflow")
    return found.defer("raw", "parameters", "workflow__raw", "workflow__parameters").in_bulk(
        list(ids)
    )


def _missed(_rule: Rule, fire: Fire, _caught_up: bool) -> str | None:
    return f"missed {fire.pk}" if fire.state == Fire.State.MISSED else None


def _late(rule: Rule, fire: Fire, _caught_up: bool) -> str | None:
    is_late = fire.state == Fire.State.LATE and (fire.late_seconds or 0) > rule.minutes * 60
    return f"late {fire.pk}" if is_late else None


def _resumed(rule: Rule, fire: Fire, caught_up: bool) -> str | None:
    """Once for each row of missed ones: its last one is what the key names."""
    if fire.state not in RAN:
        return None
    fires = Fire.objects.filter(schedule=fire.schedule_id, due_at__lt=fire.due_at)
    before = fires.exclude(state__in=NOT_EXPECTED).values_list("pk", "state")
    row = [(fire.pk, Fire.State.MISSED)] if caught_up else []
    row += [(pk, Fire.State(state)) for pk, state in before[: rule.count - len(row)]]
    if len(row) < rule.count or any(state != Fire.State.MISSED for _, state in row):
        return None
    return f"resumed {row[0][0]}"


_ASKED: dict[Rule.Event, Asked] = {
    Rule.Event.MISSED: _missed,
    Rule.Event.LATE: _late,
    Rule.Event.RESUMED: _resumed,
}


def _alert(rule: Rule, key: str, fire: Fire, schedule: Schedule) -> Alert:
    return Alert(
        rule=rule,
        key=key,
        run_id=fire.run_id,
        title=_title(Rule.Event(rule.event), fire, schedule),
        agent=_named(schedule.workflow),
        reason="" if fire.cause in UNTOLD else f"{fire.get_cause_display()}.",
        path=fire.get_absolute_url(),
        at=fire.run.created_at if fire.run else fire.due_at,
    )


def _title(event: Rule.Event, fire: Fire, schedule: Schedule) -> str:
    due = moment_in(schedule.timezone, fire.due_at)
    whose = f"{_named(schedule)} of {_named(schedule.workflow)}"
    if event == Rule.Event.MISSED:
        return f"{whose}: the fire of {due} was missed"
    if event == Rule.Event.LATE:
        late = duration(timedelta(seconds=fire.late_seconds or 0))
        return f"{whose}: the fire of {due} began {late} late"
    return f"{whose} fires again: that of {due} began"


def _named(one: object) -> str:
    return shortened(" ".join(str(one).split()), LONGEST_NAME)
