"""What lies ahead of a schedule: in words, as fires in three zones, and what to beware of."""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from croniter import croniter
from django.db.models import QuerySet

from dashboard.models import Feed
from schedules import cron
from schedules.models import Schedule
from schedules.timing import Timing

SHOWN = 10
FOREVER = timedelta(days=36_500)
YEAR = timedelta(days=365)
MOST_DIFFERENCES = 3
LISTED = 5
"""The fires that Skyvern lists of a schedule."""
LONGEST_DAY = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
"""The last day of each month that is shorter than 31 days."""


def off_notes() -> QuerySet[Feed]:
    """The schedules' feed if upstream answered, without failing, that its schedules are off."""
    return Feed.objects.filter(pk="schedules", failures=0).exclude(error="")


def switched_off() -> str:
    """Upstream's reason if its schedules are off, else ""."""
    return off_notes().values_list("error", flat=True).first() or ""


@dataclass(frozen=True)
class Row:
    """One line of the preview: the same instant in the schedule's zone, the viewer's and UTC."""

    at: datetime
    local: datetime
    yours: datetime
    utc: datetime
    notes: list[str] = field(default_factory=list)
    server_only: bool = False
    """The server fires, by the clock on the wall it should not."""

    @property
    def shown(self) -> tuple[str, str, str]:
        """The three times: the day is said again only where it is another one."""
        yours, utc = (
            f"{time:%H:%M}" if time.date() == self.local.date() else f"{time:%a %-d %b %H:%M}"
            for time in (self.yours, self.utc)
        )
        return moment(self.local), yours, utc


@dataclass(frozen=True)
class Outlook:
    words: str
    zone_name: str
    viewer_name: str
    """Empty where the viewer's zone is the schedule's, or UTC."""
    rows: list[Row]
    warnings: list[str]
    differences: list[str]
    """Sentences on what the server will do otherwise."""


def look_ahead(timing: Timing, *, now: datetime, viewer: ZoneInfo, n: int = SHOWN) -> Outlook:
    """The next `n` fires, with those among them that only the server makes.

    CronError or ZoneError where the pattern or the zone is not one we can read.
    """
    coming = timing.fires(now, n + 1)
    fires, following = coming[:n], coming[n:]
    zone = cron.load_zone(timing.zone_name)
    # the server may make the last one a little later, so look up to the one after it
    until = following[0].at if following else now + FOREVER
    done = timing.server_fires(now, until)
    rows = [_row(fire, viewer, missed=fire.at not in done) for fire in fires]
    meant = {fire.at for fire in fires}
    rows += [
        _row(cron.Fire(at, at.astimezone(zone)), viewer, server_only=True)
        for at in done
        if at not in meant
    ]
    rows.sort(key=lambda row: row.at)
    warnings = _warnings(timing) if timing.kind == Schedule.Kind.CRON else []
    yours = "" if viewer.key in (zone.key, "UTC") else viewer.key
    return Outlook(timing.words, zone.key, yours, rows, warnings, _differences(timing, now))


def moment(at: datetime) -> str:
    """ "Mon 23 Nov 09:00", with the year where it is not this one; seconds where there are any."""
    year = "" if at.year == datetime.now(UTC).year else f" {at:%Y}"
    return f"{at:%a %-d %b}{year} {at:%H:%M:%S}".removesuffix(":00")


def next_fire(schedule: Schedule, now: datetime) -> datetime | None:
    """What the server says, or our own reckoning where it says nothing or is behind."""
    if not schedule.is_active:
        return None
    if schedule.next_run_at is not None and schedule.next_run_at > now:
        return schedule.next_run_at
    try:
        fires = Timing.of(schedule).fires(now, 1)
    except (cron.CronError, cron.ZoneError):
        return None
    return fires[0].at if fires else None


def _row(
    fire: cron.Fire, viewer: ZoneInfo, *, missed: bool = False, server_only: bool = False
) -> Row:
    notes = []
    if fire.moved_from is not None:
        notes.append(f"{fire.moved_from:%H:%M} is skipped by the clocks that day")
    elif fire.repeated:
        notes.append("the clocks show this time twice that day")
    elif fire.clock_change:
        notes.append("the clocks change that day")
    if missed:
        notes.append("the server will not fire")
    if server_only:
        notes.append("the server will fire, because of the clock change")
    return Row(
        fire.at,
        fire.local,
        fire.at.astimezone(viewer),
        fire.at.astimezone(UTC),
        notes,
        server_only,
    )


def _warnings(timing: Timing) -> list[str]:
    pattern = cron.parse(timing.expression)
    (_, _, days, months, weekdays), nth = croniter.expand(str(pattern))
    found = []
    numbers = [day for day in days if isinstance(day, int)]
    if numbers == days and weekdays == ["*"]:
        wanted = [month for month in range(1, 13) if months == ["*"] or month in months]
        skipped = [month for month in wanted if min(numbers) > LONGEST_DAY.get(month, 31)]
        if skipped:
            names = ", ".join(month_name[month] for month in skipped)
            verbs = ("have", "are") if len(skipped) > 1 else ("has", "is")
            found.append(
                f"{names} {verbs[0]} no day {min(numbers)} and {verbs[1]} skipped; "
                "L means the last day of any month."
            )
        elif min(numbers) == 29 and 2 in wanted:
            found.append(
                "February has a day 29 only in leap years; L means the last day of any month."
            )
    if days[0] != "*" and weekdays[0] != "*":
        found.append(
            "A day of the month and a day of the week are both given: "
            + ("only the day of the week counts." if nth else "it fires when either matches.")
        )
    return found


def _differences(timing: Timing, after: datetime) -> list[str]:
    """How the server will stray from the clock within a year, and its own list from that."""
    if timing.kind != Schedule.Kind.CRON:
        return []
    pattern, zone = cron.parse(timing.expression), cron.load_zone(timing.zone_name)
    year = after.astimezone(zone).year
    found = islice(cron.differences(pattern, zone, after, after + YEAR), MOST_DIFFERENCES)
    told = [difference.words(year) for difference in found]
    listed = cron.server_list(pattern, zone, after, LISTED)
    done = timing.server_fires(after, listed[-1] + timedelta(seconds=1)) if listed else []
    wrong = [
        f"{verb} {moment(at.astimezone(zone))}"
        for verb, found, others in (("names", listed, done), ("leaves out", done, listed))
        for at in [at for at in found if at not in others and at < after + YEAR][:1]
    ]
    if wrong:
        told.append(f"Skyvern's own list of the next fires {' and '.join(wrong)}.")
    return told
