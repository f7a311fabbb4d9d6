"""Where the server will not do what the clock on the wall says, and the words for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from schedules.cron.expression import Cron
from schedules.cron.fires import coming
from schedules.cron.server import starts
from schedules.cron.words import clock_time, join
from schedules.cron.zones import changes

MINUTE = timedelta(minutes=1)
AFFECTED = timedelta(hours=26)
"""How long after a change of the clocks the server may be wrong."""
MOST = 36
"""Fires looked at after a change: at the quickest pace, three hours of them."""
TOLD = 3
"""Up to so many times of a day are all told."""


@dataclass(frozen=True)
class Difference:
    """One local day. Times are aware, in the schedule's zone."""

    day: date
    extra: tuple[datetime, ...]
    """The server fires, the wall clock does not."""
    missed: tuple[datetime, ...]
    """The wall clock fires, the server does not."""

    def words(self, this_year: int, hours: int = 24) -> str:
        """ "8 March: the server will also fire at 04:00." """
        year = "" if self.day.year == this_year else f" {self.day:%Y}"
        day = f"{self.day:%-d %B}{year}"
        if self.extra and self.missed:
            wrong, right = _times(self.extra, hours), _times(self.missed, hours)
            return f"{day}: the server will fire {wrong}, not {right}."
        if self.extra:
            return f"{day}: the server will also fire {_times(self.extra, hours)}."
        again = " again" if any(at.fold for at in self.missed) else ""
        return f"{day}: the server will not fire {_times(self.missed, hours)}{again}."


def differences(
    cron: Cron, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[Difference]:
    """Day by day, what the server does otherwise because clocks change in that time."""
    for change in changes(zone, after, until):
        begin = max(after, change.at - MINUTE)
        end = change.at + AFFECTED
        meant = _before(end, (fire.at for fire in coming(cron, zone, begin)))
        done = _before(end, starts(cron, zone, begin))
        # what follows the most is the same on both sides
        end = min([end, *(found[-1] for found in (meant, done) if len(found) == MOST)])
        extra = [at.astimezone(zone) for at in done if at not in meant and at < end]
        missed = [at.astimezone(zone) for at in meant if at not in done and at < end]
        for day in sorted({at.date() for at in (*extra, *missed)}):
            yield Difference(
                day,
                tuple(at for at in extra if at.date() == day),
                tuple(at for at in missed if at.date() == day),
            )


def _before(end: datetime, found: Iterable[datetime]) -> list[datetime]:
    return list(islice(takewhile(lambda at: at < end, found), MOST))


def _times(found: tuple[datetime, ...], hours: int) -> str:
    if len(found) > TOLD:
        first, last = (clock_time(at.time(), hours) for at in (found[0], found[-1]))
        return f"{len(found)} times from {first} to {last}"
    return f"at {join([clock_time(at.time(), hours) for at in found])}"
