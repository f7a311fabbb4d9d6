"""What is to come over all schedules: the week by the hour, the coming day one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import ptag

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.models import Feed, Revision
from dashboard.polls import depends_on
from schedules import week
from schedules.models import Fire, Hour, Schedule
from schedules.outlook import switched_off

TABLES = ("schedules", "ledger", "hours")
PAGE_SIZE = 60
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Listed:
    """One fire to come."""

    at: datetime
    schedule: Schedule


@dataclass(frozen=True)
class Group:
    """The listed fires of an hour, which begins then; `hour` is what is known of all of it."""

    begin: datetime
    fires: list[Listed]
    hour: Hour | None

    @property
    def is_told(self) -> bool:
        """One fire alone says all there is to say of its hour."""
        return len(self.fires) > 1 or (self.hour is not None and self.hour.fires > 1)

    @property
    def more(self) -> int:
        return max(0, self.hour.fires - len(self.fires)) if self.hour else 0


def token(request: HttpRequest) -> str:
    """Moves on with the hour, as what is shown does."""
    zone, hour = timezone.get_current_timezone_name(), f"{timezone.now():%d%H}"
    return f"{Revision.of(*TABLES)}|{request.GET.urlencode()}|{zone}|{hour}"


@depends_on(*TABLES)
@require_safe
@needs("schedules.view_schedule")
@ptag(token)
def coming(request: HtmxRequest) -> HttpResponse:
    """`?hour=` is one of the week, in UTC; without it the coming day, `?after=` its next page."""
    now = timezone.now()
    off = switched_off()
    asked = _moment(request.GET.get("hour", ""))
    chosen = _full(asked) if asked else None
    context: dict[str, Any] = {"off": off, "chosen": chosen, "token": token(request)}
    if not off:
        zone = week.shown_in(ZoneInfo(timezone.get_current_timezone_name()), now)
        hours = list(Hour.objects.filter(begin__gte=_full(now)).defer("first")[: week.HOURS])
        context |= {
            "week": week.week(hours, zone, now, chosen),
            "zone_name": zone.key,
            "worst": week.worst(hours),
            "is_reckoned": Feed.objects.filter(pk="hours", succeeded_at__isnull=False).exists(),
            **(
                _of_hour(week.same_by_clock(chosen, zone))
                if chosen
                else _of_day(request, hours, now)
            ),
        }
    page = "schedules/coming.html"
    return render(request, f"{page}#live" if request.htmx else page, context)


def _of_hour(begins: Sequence[datetime]) -> dict[str, Any]:
    """As far as they were written down."""
    groups = []
    for hour in Hour.objects.filter(begin__in=begins):
        told = [(hour.begin + timedelta(minutes=minute), name) for minute, name in hour.first]
        groups.append(Group(hour.begin, _listed(told), hour))
    return {"groups": groups}


def _of_day(request: HttpRequest, hours: Iterable[Hour], now: datetime) -> dict[str, Any]:
    """Along the ledger, a page at a time; it also holds what a pause will have skipped."""
    fires = Fire.objects.open().filter(due_at__gte=now, due_at__lt=now + DAY)
    # not by a join: SQLite would read and sort all fires of all schedules
    fires = fires.filter(Exists(Schedule.objects.filter(pk=OuterRef("schedule"), is_active=True)))
    at, _, name = request.GET.get("after", "").partition("_")
    if (after := _moment(at)) and "\0" not in name:
        fires = fires.filter(due_at__gte=after).exclude(due_at=after, schedule__lte=name)
    ordered = fires.order_by("due_at", "schedule_id").values_list("due_at", "schedule_id")
    found = list(ordered[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    known = {hour.begin: hour for hour in hours if hour.begin >= now}  # of this one a part is over
    groups = [
        Group(begin, list(each), known.get(begin))
        for begin, each in groupby(_listed(shown), key=lambda one: _full(one.at))
    ]
    last = f"{shown[-1][0].isoformat()}_{shown[-1][1]}" if len(found) > PAGE_SIZE else ""
    return {"groups": groups, "later": last, "is_later": bool(after)}


def _listed(told: Sequence[tuple[datetime, str]]) -> list[Listed]:
    """In order; of schedules that are gone by now, nothing."""
    present = Schedule.objects.present().select_related("workflow")
    schedules = present.only("name", "timezone", "workflow__title").in_bulk(
        list({name for _, name in told})
    )
    return [Listed(at, schedules[name]) for at, name in told if name in schedules]


def _full(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or not date(1970, 1, 2) < found.date() < date(9000, 1, 1):
        return None
    return found.astimezone(UTC)
