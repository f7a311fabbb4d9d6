"""Fires newest first, a page at a time, with the times between them in which nobody watched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from schedules.ledger.book.asked import Asked
from schedules.models import Fire, FireQuerySet, Gap, Schedule

PAGE_SIZE = 50
MOST_GAPS = 50
WINDOW = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """A fire, or a gap; `at` is where it stands among the others."""

    at: datetime
    fire: Fire | None = None
    gap: Gap | None = None


@dataclass(frozen=True)
class Page:
    fires: list[Fire]
    lines: list[Line]
    older: str
    """What the next page begins after; "" on the last one."""


def page_of(
    asked: Asked,
    zone: ZoneInfo,
    now: datetime,
    *,
    schedule: Schedule | None = None,
    older: str = "",
    size: int = PAGE_SIZE,
) -> Page:
    """Of one schedule, or of all. `older`: what the page before told, or anything."""
    before = _read(older)
    found = list(walk(asked, zone, now, schedule=schedule, before=before, enough=size + 1))
    fires, more = found[:size], len(found) > size
    until = before[0] if before else now
    older = cursor(fires[-1]) if more else ""
    return Page(fires, _lines(fires, until, is_last=not more), older)


def cursor(fire: Fire) -> str:
    return f"{fire.due_at.isoformat()}_{fire.pk}"


def walk(
    asked: Asked,
    zone: ZoneInfo,
    now: datetime,
    *,
    schedule: Schedule | None,
    before: tuple[datetime, int] | None,
    enough: int,
) -> Iterator[Fire]:
    """At most `enough` settled fires, newest first; with their runs and schedules."""
    fires = asked.apply(Fire.objects.for_lists(), zone)
    if before:
        at, pk = before
        fires = fires.filter(due_at__lte=at).filter(Q(due_at__lt=at) | Q(pk__lt=pk))
    if schedule:
        for fire in fires.filter(schedule=schedule)[:enough]:
            fire.schedule = schedule
            yield fire
        return
    fires = fires.filter(due_at__lte=now).select_related("schedule__workflow")
    fires = fires.defer(
        *("schedule__raw", "schedule__parameters", "schedule__description"),
        *("schedule__workflow__raw", "schedule__workflow__parameters"),
    )
    ids = asked.of_agent()
    if ids is None:
        yield from fires[:enough]
    elif ids:
        yield from _in_windows(fires.filter(schedule__in=ids), before[0] if before else now, enough)


def _in_windows(fires: FireQuerySet, until: datetime, enough: int) -> Iterator[Fire]:
    """The same in ever longer steps back: of many schedules the database would sort all it has."""
    oldest = Fire.objects.order_by("due_at").values_list("due_at", flat=True).first() or until
    step, left = WINDOW, enough
    end = until + timedelta(microseconds=1)
    while left and end > oldest:
        begin = end - step
        found = list(fires.filter(due_at__gte=begin, due_at__lt=end)[:left])
        yield from found
        left -= len(found)
        end, step = begin, 2 * step


def _lines(fires: Sequence[Fire], until: datetime, *, is_last: bool) -> list[Line]:
    """The fires with the gaps that begin among them, so that each gap is on one page."""
    lines = [Line(fire.due_at, fire=fire) for fire in fires]
    if not fires:
        return lines
    gaps = Gap.objects.filter(begin__lt=until).exclude(end__lt=fires[-1].due_at)
    if not is_last:
        gaps = gaps.filter(begin__gte=fires[-1].due_at)
    lines += [Line(gap.begin, gap=gap) for gap in gaps[:MOST_GAPS]]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _read(older: str) -> tuple[datetime, int] | None:
    """None for what no page has told."""
    at, _, pk = older.rpartition("_")
    try:
        moment, last = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return None
    if moment.tzinfo is None or not 0 <= last < 2**63:
        return None
    try:
        return moment.astimezone(UTC), last
    except OverflowError:
        return None
