"""Holds what became of runs against the rules, and writes an alert for each that asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from dashboard.models import Revision
from runs.alerts import matching, wording
from runs.mirror.writing import writing
from runs.models import Alert, Rule, Run, RunEnd

MOST = 200
"""Runs at a time."""
DETAIL_WAIT = timedelta(seconds=20)
"""For so long a run is waited for to be read whole: which block failed is told by that."""

type Found = tuple[Rule, Run, str]


def look() -> None:
    """At the runs that have ended since the last look, and at those that go on for too long."""
    if RunEnd.objects.exists():
        while _look_at_ended() == MOST:
            pass
    _look_at_live()


def _look_at_ended() -> int:
    """How many were looked at. The alerts are written and the work is done with in one go."""
    now = timezone.now()
    waited = Q(run__detail__fetched_at__gte=F("at")) | Q(at__lte=now - DETAIL_WAIT)
    with writing("alerts"):
        due = RunEnd.objects.filter(waited | Q(at__gt=now)).order_by("at")
        ends = list(due.select_for_update(of=("self",))[:MOST])
        if not ends:
            return 0
        rules = list(Rule.objects.on())
        runs = _runs([end.run_id for end in ends])
        _write(
            (rule, run, key)
            for end in ends
            for rule in rules
            if (run := runs.get(end.run_id))
            and run.is_final
            and end.at >= rule.since
            and (key := matching.key_at_end(rule, run))
        )
        RunEnd.objects.filter(pk__in=[end.pk for end in ends]).delete()
    return len(ends)


def _look_at_live() -> None:
    """At runs that have not ended: whether they are stuck, or take too long."""
    rules = list(Rule.objects.on().filter(event__in=(Rule.Event.SLOW, Rule.Event.STUCK)))
    if not rules:
        return
    now = timezone.now()
    limits = [matching.limit(rule) for rule in rules if rule.event == Rule.Event.SLOW]
    wanted = Q(stuck_at__isnull=False)
    if limits:
        wanted |= Q(started_at__lt=now - min(limits))
    live = Run.objects.live().filter(wanted).values_list("pk", flat=True)
    runs = _runs(list(live)).values()
    found = [
        (rule, run, key)
        for run in runs
        for rule in rules
        if (key := matching.key_meanwhile(rule, run, now))
    ]
    known = set(
        Alert.objects.filter(rule__in=rules, key__in={key for *_, key in found}).values_list(
            "rule_id", "key"
        )
    )
    fresh = [one for one in found if (one[0].pk, one[2]) not in known]
    if fresh:
        with writing("alerts"):
            _write(fresh)


def _runs(run_ids: list[str]) -> dict[str, Run]:
    runs = Run.objects.filter(pk__in=run_ids).select_related("workflow", "failure_group")
    return {run.pk: run for run in runs.defer("raw", "workflow__raw", "workflow__parameters")}


def _write(found: Iterable[Found]) -> None:
    write(
        [
            Alert(rule=rule, key=key, run=run, title=wording.title(rule, run), at=_moment(run))
            for rule, run, key in found
        ]
    )


def write(alerts: Sequence[Alert]) -> None:
    """Keep what rules ask for, whatever it is about; what is known by its key is left as it is."""
    if alerts:
        Alert.objects.bulk_create(alerts, ignore_conflicts=True)
        Revision.bump("alerts")


def _moment(run: Run) -> datetime:
    return run.ended_at or timezone.now()
