"""The calendar of coming fires, under an address that is a person's own secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dashboard import links
from schedules import ical
from schedules.models import CalendarLink, Hour, Schedule
from schedules.timing import Timing

SALT = "schedules.calendar"
MOST = 1_000
MOST_OF_ONE = 20
"""Events of one schedule: what fires each quarter of an hour fills no calendar."""
LASTS = timedelta(minutes=5)
REFRESH = timedelta(hours=1)
COUNTED_AGAIN = timedelta(minutes=5)
UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)


def address(link: CalendarLink, request: HttpRequest) -> str:
    """Where calendars get at it. No secret is stored, so its owner can be shown it again."""
    path = reverse("schedules:calendar_feed", args=[links.signed(SALT, link.link_id)])
    return links.whole(path, request)


def opened_by(token: str) -> CalendarLink | None:
    """None for what is forged, unknown or replaced, or whose owner may not see schedules now."""
    link_id = links.unsigned(SALT, token)
    found = CalendarLink.objects.select_related("user").filter(pk=link_id) if link_id else None
    link = found.first() if found is not None else None
    if link is None or not link.user.has_perm("schedules.view_schedule"):
        return None
    return link


def replace(user: User) -> CalendarLink:
    """A new address; an old one opens nothing from now on."""
    end(user)
    return CalendarLink.objects.create(user=user)


def end(user: User) -> int:
    """How many there were."""
    return CalendarLink.objects.filter(user=user).delete()[0]


def count_reading(link: CalendarLink) -> None:
    """Note it, but not each time: a calendar may ask every few seconds."""
    now = timezone.now()
    if link.read_at is None or now - link.read_at > COUNTED_AGAIN:
        CalendarLink.objects.filter(pk=link.pk).update(read_at=now)


def calendar(now: datetime, absolute: Callable[[str], str]) -> bytes:
    """The fires of the coming fortnight, soonest first, MOST at the most."""
    fires = list(_fires(now))
    found = Schedule.objects.present().select_related("workflow")
    schedules = found.defer("raw", "parameters", "workflow__raw", "workflow__parameters").in_bulk(
        list({name for _, name in fires})
    )
    events = [_event(at, schedules[name], absolute) for at, name in fires if name in schedules]
    detail = (
        f"The coming fires of Skyvern's schedules: of each one the next {MOST_OF_ONE} within two "
        "weeks. Times are those at which they are due."
    )
    return ical.calendar("Skydeck schedules", detail, REFRESH, events)


def _fires(now: datetime) -> Iterator[tuple[datetime, str]]:
    of_one: Counter[str] = Counter()
    left = MOST
    for begin, first in Hour.objects.values_list("begin", "first"):
        for minute, name in first:
            at = begin + timedelta(minutes=minute)
            if at < now or of_one[name] >= MOST_OF_ONE:
                continue
            of_one[name] += 1
            yield at, name
            left -= 1
            if not left:
                return


def _event(at: datetime, schedule: Schedule, absolute: Callable[[str], str]) -> ical.Event:
    return ical.Event(
        uid=f"{schedule.pk}-{at:%Y%m%dT%H%MZ}@skydeck",
        begin=at,
        lasts=LASTS,
        stamp=schedule.modified_at or schedule.created_at or UNKNOWN,
        title=f"{schedule} ({schedule.workflow})",
        detail=f"{Timing.of(schedule).words}, {schedule.timezone}",
        url=absolute(schedule.get_absolute_url()),
    )
