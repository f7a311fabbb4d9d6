"""The table of schedules: soonest fire first, live, with the last fires as marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Revision
from dashboard.polls import depends_on
from runs.models import Run, Workflow
from runs.models.run import SPARSE
from schedules.ledger import book
from schedules.models import Pause, Schedule, ScheduleQuerySet, Vital
from schedules.outlook import next_fire, switched_off
from schedules.pausing.shown import pauses_of, vitals_of
from schedules.timing import Timing

PAGE_SIZE = 25
MARKS = 12
DAY = timedelta(days=1)
STATES = {
    "active": ("Active", Q(is_active=True)),
    "paused": ("Paused", Q(enabled=False)),
    "over": ("Over", Q(is_active=False, enabled=True)),
}
RUN_FIELDS = ("run_id", "schedule_id", "status", "phase", "title", "created_at")


@dataclass(frozen=True)
class Wanted:
    """The filters of the URL."""

    state: str = ""
    agent: str = ""
    text: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> Wanted:
        given = {name: query.get(name, "").replace("\0", "").strip() for name in ("agent", "q")}
        state = query.get("state", "")
        return cls(state if state in STATES else "", given["agent"], given["q"])

    def apply(self, schedules: ScheduleQuerySet) -> ScheduleQuerySet:
        if self.state:
            schedules = schedules.filter(STATES[self.state][1])
        if self.agent:
            schedules = schedules.filter(workflow_id=self.agent)
        if self.text:
            schedules = schedules.filter(
                Q(name__icontains=self.text)
                | Q(workflow__title__icontains=self.text)
                | Q(cron_expression__icontains=self.text)
                | Q(schedule_id=self.text)
            )
        return schedules

    def __bool__(self) -> bool:
        return bool(self.state or self.agent or self.text)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """As a URL has them, without those that are not set."""
        given = (("state", self.state), ("agent", self.agent), ("q", self.text))
        return [(name, value) for name, value in given if value]


@dataclass(frozen=True)
class Line:
    """One row; `recent` are its newest runs, oldest first; `missed` fires are those of a day."""

    schedule: Schedule
    words: str
    next_at: datetime | None
    recent: list[Run]
    missed: int
    pause: Pause | None
    vital: Vital | None

    @property
    def last(self) -> Run | None:
        return self.recent[-1] if self.recent else None


def token(request: HttpRequest) -> str:
    may = [request.user.has_perm(f"schedules.{verb}_schedule") for verb in ("change", "add")]
    tables = Revision.of("schedules", "runs", "ledger")
    return f"{tables}|{may}|{request.GET.urlencode()}"


@depends_on("schedules", "runs", "ledger")
@require_safe
@needs("schedules.view_schedule")
@ptag(token)
def schedule_list(request: HtmxRequest) -> HttpResponse:
    wanted = Wanted.read(request.GET)
    context = _table(request, wanted)
    if request.htmx:
        return render(request, "schedules/schedule_list.html#table", context)
    return render(request, "schedules/schedule_list.html", context | _choices(wanted))


def _table(request: HttpRequest, wanted: Wanted) -> dict[str, Any]:
    found = wanted.apply(Schedule.objects.present())
    found = found.order_by("-is_active", F("next_run_at").asc(nulls_last=True), "name", "pk")
    page = Paginator(found.values_list("pk", flat=True), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    shown = found.filter(pk__in=list(page.object_list))
    schedules = shown.select_related("workflow").defer(
        "raw", "parameters", "workflow__raw", "workflow__parameters"
    )
    now = timezone.now()
    recent, off = recent_runs(schedules), switched_off()
    ids = [one.pk for one in schedules]
    missed = book.missed_since(ids, now - DAY)
    pauses, vitals = pauses_of(ids), vitals_of(ids)
    return {
        "off": off,
        "may_switch": not off and request.user.has_perm("schedules.change_schedule"),
        "here": quote(request.get_full_path()),
        "wanted": wanted,
        "page": page,
        "lines": [
            Line(
                one,
                Timing.of(one).words,
                None if off else next_fire(one, now),
                recent[one.pk],
                missed.get(one.pk, 0),
                None if one.enabled else pauses.get(one.pk),
                vitals.get(one.pk),
            )
            for one in schedules
        ],
        "any": bool(page.paginator.count) or Schedule.objects.present().exists(),
        "token": token(request),
    }


def recent_runs(schedules: Iterable[Schedule]) -> dict[str, list[Run]]:
    """The newest runs of each schedule, oldest first: two queries, each along an index."""
    ids = [schedule.pk for schedule in schedules]
    newest = Run.objects.of_schedule(OuterRef("pk")).newest()
    since = Schedule.objects.filter(pk__in=ids).annotate(
        oldest=Subquery(newest.values("place")[MARKS - 1 : MARKS])
    )
    wanted = Q(pk__in=[])
    for pk, oldest in since.values_list("pk", "oldest"):
        wanted |= SPARSE["schedule_id"] & Q(schedule_id=pk, place__gte=oldest or 0)
    found: defaultdict[str, list[Run]] = defaultdict(list)
    for run in Run.objects.filter(wanted).only(*RUN_FIELDS).order_by("place"):
        found[run.schedule_id].append(run)
    return found


def _choices(wanted: Wanted) -> dict[str, Any]:
    theirs = Schedule.objects.present().filter(workflow=OuterRef("pk"))
    agents = Workflow.objects.filter(Exists(theirs))
    choices = list(agents.values_list("wpid", "title")[:500])
    if wanted.agent and wanted.agent not in dict(choices):
        choices.append((wanted.agent, wanted.agent))
    return {"agents": choices, "states": [(value, name) for value, (name, _) in STATES.items()]}
