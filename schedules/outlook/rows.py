"""The next fires in three zones, each with how long after the one before it comes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard import clock
from schedules import cron
from schedules.models import Schedule
from schedules.moments import moment
from schedules.outlook.cautions import differences, warnings
from schedules.outlook.week import Day, week
from schedules.timing import Timing

SHOWN = 10
FOREVER = timedelta(days=36_500)


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
    gap: timedelta | None = None
    """Since the row before; of the first one, from now."""

    @property
    def gap_words(self) -> str:
        """ "23h", "2d 12h", "30m": to the minute, without what is nought."""
        minutes = round((self.gap or timedelta(0)).total_seconds() / 60)
        days, hours = minutes // 1440, minutes % 1440 // 60
        parts = (f"{days}d", days), (f"{hours}h", hours), (f"{minutes % 60}m", minutes % 60)
        return " ".join(text for text, size in parts if size) or "1m"

    @property
    def shown(self) -> tuple[str, str, str]:
        """The three times: the day is named again only where it is another one."""
        yours, utc = (
            clock.told(at) if at.date() == self.local.date() else f"{at:%a} {clock.told(at)}"
            for at in (self.yours, self.utc)
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
    week: list[Day]

    @property
    def is_soon(self) -> bool:
        """It fires within the week that is drawn."""
        return any(day.fires for day in self.week)

    @property
    def shortest_gap(self) -> timedelta | None:
        """Between two of its fires."""
        return min((row.gap for row in self.rows[1:] if row.gap), default=None)


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
    befores = [now, *(row.at for row in rows)]
    rows = [replace(row, gap=row.at - before) for row, before in zip(rows, befores, strict=False)]
    yours = "" if viewer.key in (zone.key, "UTC") else viewer.key
    told, otherwise = warnings(timing), differences(timing, now)
    return Outlook(timing.words, zone.key, yours, rows, told, otherwise, week(timing, now))


def next_fire(schedule: Schedule, now: datetime) -> datetime | None:
    """What the server says, or our own reckoning where it says nothing or is behind."""
    if not schedule.is_active:
        return None
    if schedule.next_run_at is not None and schedule.next_run_at > now:
        return schedule.next_run_at
    try:
        return next(Timing.of(schedule).times(now), None)
    except (cron.CronError, cron.ZoneError):
        return None


def _row(
    fire: cron.Fire, viewer: ZoneInfo, *, missed: bool = False, server_only: bool = False
) -> Row:
    notes = []
    if fire.moved_from is not None:
        notes.append(f"{clock.told(fire.moved_from)} is skipped by the clocks that day")
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
