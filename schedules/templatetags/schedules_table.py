"""The rows of the table of schedules.

They are written here and not in a template, through which they took most of the page's time
(`./dev bench schedules`). All text that is not ours goes through `escape`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from dashboard.addresses import address
from dashboard.templatetags.ui import NOTHING, icon, pill, shortened, tone, when, words
from runs.models import Run
from schedules.models import Pause, Schedule
from schedules.moments import moment_in
from schedules.table import Line

register = template.Library()
MUTED = f'<span class="muted">{NOTHING}</span>'
LONGEST_REASON = 140


@dataclass(frozen=True)
class Shown:
    """What rows need to know of the page: `here` is its address, to come back to."""

    may_switch: bool
    off: str
    here: str


@register.simple_tag(takes_context=True)
def schedule_rows(context: Context, lines: Iterable[Line]) -> SafeString:
    shown = Shown(context["may_switch"], context["off"], context["here"])
    return SafeString("\n".join(_row(line, shown) for line in lines))


def _row(line: Line, shown: Shown) -> str:
    schedule = line.schedule
    resting = "" if schedule.is_active else ' class="resting"'
    return (
        f'<tr id="schedule-{escape(schedule.pk)}"{resting}>'
        f'<td class="state-cell"><span class="tick-and-state">{_state(schedule, shown)}</span></td>'
        f'<td class="name-cell">{_name(line)}</td>'
        f'<td class="fires-cell" data-label="Fires">{_fires(line)}</td>'
        f'<td data-label="Next">{_next(line)}</td>'
        f'<td data-label="Last result">{_last(line)}</td>'
        f'<td data-label="Last fires">{_strip(line.recent) or MUTED}</td></tr>'
    )


def _state(schedule: Schedule, shown: Shown) -> str:
    if not shown.may_switch:
        return _switch(schedule, shown)
    pk, name = escape(schedule.pk), escape(str(schedule))
    box = f'<input type="checkbox" name="schedule" value="{pk}" aria-label="Tick {name}">'
    return f"{box}{_switch(schedule, shown)}"


def _switch(schedule: Schedule, shown: Shown) -> str:
    if schedule.kind == Schedule.Kind.ONCE:
        over = escape((schedule.dispatch_status or "over").capitalize())
        said = f"{icon('hourglass')}Waiting" if schedule.is_active else over
        return f'<span class="chip">{said}</span>'
    word = "Active" if schedule.enabled else "Paused"
    if not shown.may_switch:
        why = ' title="Schedules are off on this Skyvern"' if shown.off else ""
        name = "circle-play" if schedule.enabled else "circle-pause"
        return f'<span class="chip"{why}>{icon(name)}{word}</span>'
    is_on, verb = (" is-on", "pause") if schedule.enabled else ("", "resume")
    there = f"{address(f'schedules:schedule_{verb}', schedule.pk)}?next={shown.here}"
    return (
        f'<a class="toggle{is_on}" href="{escape(there)}" title="{verb.capitalize()}…">'
        f'<span class="toggle-track" aria-hidden="true"></span>'
        f'<span class="toggle-word">{word}</span>'
        f'<span class="visually-hidden">: {verb} {escape(str(schedule))}</span></a>'
    )


def _name(line: Line) -> str:
    schedule, vital = line.schedule, ""
    if line.vital:
        owner = escape(line.vital.owner_name)
        title = f"Vital: {owner} answers for it"
        vital = f'<span class="vital-mark" title="{title}">{icon("shield")}Vital</span> '
    here = address("schedules:schedule_detail", schedule.pk)
    agent = address("runs:agent_detail", schedule.workflow_id)
    return (
        f'<a class="row-link truncate" href="{here}">{escape(str(schedule))}</a>'
        f'<span class="second truncate">{vital}'
        f'<a href="{agent}">{escape(str(schedule.workflow))}</a></span>'
        f"{_pause(line.pause) if line.pause else ''}"
    )


def _pause(pause: Pause) -> str:
    by = f"by <bdi>{escape(pause.by)}</bdi>" if pause.by else "outside Skydeck"
    reason = escape(shortened(pause.reason, LONGEST_REASON))
    why = f": <bdi>{reason}</bdi>" if reason else ""
    failed = ' <span class="pause-error">Could not be resumed yet.</span>' if pause.error else ""
    return (
        f'<span class="second pause-line" title="{escape(pause.reason)}">{icon("circle-pause")}'
        f"<span>Paused {by} {when(pause.begin)}{why}{failed}</span></span>"
    )


def _fires(line: Line) -> str:
    told, cron = escape(line.words), escape(line.schedule.cron_expression)
    pattern = f'<span class="mono">{cron}</span> · ' if cron else ""
    return (
        f'<span class="cell"><span class="words" title="{told}">{told}</span>'
        f'<span class="second truncate">{pattern}{escape(line.schedule.timezone)}</span></span>'
    )


def _next(line: Line) -> str:
    if line.next_at:
        return _two(when(line.next_at), _in_zone(line.schedule, line.next_at), kind=" num")
    if line.pause and line.pause.resume_at:
        word = "was to resume" if line.pause.is_overdue else "resumes"
        return _two(f"<span>{word}</span>", when(line.pause.resume_at))
    return MUTED


def _two(first: str, second: str, *, kind: str = "") -> str:
    return f'<span class="cell">{first}<span class="second{kind}">{second}</span></span>'


def _in_zone(schedule: Schedule, at: datetime) -> str:
    return escape(moment_in(schedule.timezone, at))


def _last(line: Line) -> str:
    said = '<span class="muted">Never ran</span>'
    if last := line.last:
        run = address("runs:run_detail", last.pk)
        said = f'<a class="last" href="{run}">{pill(last.status)}</a> '
        said += f'<span class="second">{when(last.created_at)}</span>'
    if line.missed:
        fires = address("schedules:fire_list", line.schedule.pk)
        said += f'<a class="second missed" href="{fires}?state=missed">'
        said += f"{line.missed} missed in a day</a>"
    return said


def _strip(runs: Iterable[Run]) -> str:
    """Each mark is the link to its run; its icon is drawn by the stylesheet."""
    marks = (
        f'<a class="tone-{tone(run.status)}" href="{address("runs:run_detail", run.pk)}"'
        f' aria-label="{escape(words(run.status))}"></a>'
        for run in runs
    )
    found = "".join(marks)
    return f'<span class="strip">{found}</span>' if found else ""
