"""What to beware of before a schedule is saved, in sentences."""

from __future__ import annotations

from calendar import month_name
from datetime import datetime, timedelta
from itertools import islice

from croniter import croniter

from dashboard import clock
from dashboard.templatetags.ui import duration
from runs import agents
from runs.models import Workflow
from schedules import cron
from schedules.models import Fire, Schedule
from schedules.moments import moment, moment_in
from schedules.timing import Timing

YEAR = timedelta(days=365)
MOST_DIFFERENCES = 3
LISTED = 5
"""The fires that Skyvern lists of a schedule."""
LONGEST_DAY = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
"""The last day of each month that is shorter than 31 days."""


def warnings(timing: Timing) -> list[str]:
    """Sentences on what a pattern means and few would guess."""
    if timing.kind != Schedule.Kind.CRON:
        return []
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


def differences(timing: Timing, after: datetime) -> list[str]:
    """How the server will stray from the clock within a year, and its own list from that."""
    if timing.kind != Schedule.Kind.CRON:
        return []
    pattern, zone = cron.parse(timing.expression), cron.load_zone(timing.zone_name)
    year = after.astimezone(zone).year
    found = islice(cron.differences(pattern, zone, after, after + YEAR), MOST_DIFFERENCES)
    told = [difference.words(year, clock.hours()) for difference in found]
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


def outlasts(workflow: Workflow, gap: timedelta | None) -> list[str]:
    """That its runs take longer than it is from one fire to the next."""
    if gap is None:
        return []
    taken = agents.timing(workflow)
    if taken.p95 is None or taken.p95 <= gap:
        return []
    return [
        f"The agent takes up to {duration(taken.p95)} (95 % of its last {taken.of} completed "
        f"runs), but fires again after {duration(gap)}: a run may still be going when the next "
        "one is due."
    ]


def drops(schedule: Schedule, now: datetime) -> list[str]:
    """That a change would call off a fire which is due: Skyvern starts none from before it."""
    due = Fire.objects.open().filter(schedule=schedule, due_at__lte=now).order_by("-due_at")
    at = due.values_list("due_at", flat=True).first()
    if at is None or not schedule.is_active:
        return []
    local = moment_in(schedule.timezone, at)
    return [f"Its fire of {local} is due and has not begun. Saving a change now drops it."]
