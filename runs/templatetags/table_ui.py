"""The rows of the runs table.

They are written here and not in a template: through Django's templates fifty of them took four
fifths of the page's time, and half of its size (`./dev bench table`). All text that is not ours
goes through `escape`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import urlencode

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from dashboard.addresses import address
from dashboard.templatetags.ui import NOTHING, duration, iso, relative, shortened, tone, words
from runs.columns import COLUMNS, USUAL, Column
from runs.models import Run
from runs.reasons import sentence
from runs.rows import Row
from runs.templatetags.runs_ui import TRIGGERS, run_time, trigger

register = template.Library()
MUTED = f'<span class="muted">{NOTHING}</span>'
LONGEST_REASON = 120
LONGEST_TITLE = 80


@register.simple_tag
def usual_columns() -> list[Column]:
    return [COLUMNS[name] for name in USUAL]


@register.simple_tag(takes_context=True)
def may_act(context: RequestContext) -> bool:
    """Whether rows have a button for this person at all."""
    viewer = Viewer.of(context)
    return viewer.cancels or viewer.retries


@register.simple_tag(takes_context=True)
def table_rows(
    context: RequestContext, rows: Iterable[Row], columns: Sequence[Column]
) -> SafeString:
    """Rows with a box to tick, inside a form that a box or a button of a row belongs to."""
    return _drawn(rows, columns, Viewer.of(context), ticks=True)


@register.simple_tag(takes_context=True)
def short_rows(context: RequestContext, runs: Iterable[Run]) -> SafeString:
    """Rows without a box; their buttons belong to the page's form `act`."""
    rows = (Row(run) for run in runs)
    return _drawn(rows, usual_columns(), Viewer.of(context), ticks=False)


@dataclass(frozen=True)
class Viewer:
    """What the person who looks may do,"""

    cancels: bool
    retries: bool
    sees_schedules: bool

    @classmethod
    def of(cls, context: RequestContext) -> Viewer:
        perms = context["perms"]
        runs, schedules = perms["runs"], perms["schedules"]
        return cls(runs["cancel_run"], runs["retry_run"], schedules["view_schedule"])


def _drawn(
    rows: Iterable[Row], columns: Sequence[Column], viewer: Viewer, *, ticks: bool
) -> SafeString:
    cells = [CELLS[column.name] for column in columns]
    acts = viewer.cancels or viewer.retries
    form = "" if ticks else ' form="act"'
    drawn = []
    for row in rows:
        run = row.run
        chosen = "".join(cell(viewer, row) for cell in cells)
        act = f"<td>{_button(viewer, run, form)}</td>" if acts else ""
        busy = " data-busy" if run.is_live and run.status != "paused" else ""
        drawn.append(
            f'<tr id="row-{escape(run.run_id)}"{busy}><td>{_status(run, ticks)}</td>'
            f"<th>{_run(run)}</th>{chosen}{act}</tr>"
        )
    return SafeString("\n".join(drawn))


def _status(run: Run, ticks: bool) -> str:
    said = f'<span class="pill tone-{tone(run.status)}">{escape(words(run.status))}</span>'
    if ticks:
        box = f'<input type="checkbox" name="run" value="{escape(run.run_id)}">'
        said = f"<label>{box}{said}</label>"
    if run.stuck_at:
        why = "Running far past its limit without a change"
        return f'{said}<span class="chip warn" title="{why}">stuck</span>'
    if run.retry_pending:
        return f'{said}<span class="chip">retries {_when(run.next_attempt_at)}</span>'
    return said


def _run(run: Run) -> str:
    """Its name and, beneath, why it failed or else its id."""
    reason = shortened(sentence(run.failure_reason), LONGEST_REASON)
    parts = [
        f"<q>{escape(reason, quote=False)}</q>" if reason else f"<code>{escape(run.run_id)}</code>",
        f"<span>attempt {run.attempt}</span>" if run.attempt > 1 else "",
        "<span>no longer in Skyvern</span>" if run.missing_at else "",
    ]
    name = escape(run.title or run.run_id, quote=False)
    there = address("runs:run_detail", run.run_id)
    return f'<a href="{there}">{name}</a><small>{"".join(parts)}</small>'


def _button(viewer: Viewer, run: Run, form: str) -> str:
    if run.is_live and viewer.cancels:
        there = address("runs:run_cancel", run.run_id)
        off = " disabled" if run.missing_at else ""
        return f'<button{form} formaction="{there}"{_question(run)}{off}>Cancel</button>'
    if run.is_retryable and viewer.retries:
        there = address("runs:run_retry", run.run_id)
        off = " disabled" if run.missing_at or not run.workflow_id else ""
        return f'<button{form} formaction="{there}"{off}>Retry</button>'
    return ""


def _question(run: Run) -> str:
    name = shortened(run.title or run.run_id, LONGEST_TITLE)
    detail = f"“{name}” stops where it is. A step already at work may still finish."
    return (
        f' data-confirm="Cancel this run?" data-confirm-detail="{escape(detail)}"'
        ' data-confirm-verb="Cancel the run"'
    )


def _when(moment: datetime | None) -> str:
    """As `when`, but no stop for the Tab key: the row's link is one."""
    if moment is None:
        return MUTED
    told = relative(moment, timezone.now())
    return f'<time datetime="{iso(moment, "seconds")}">{told}</time>'


def _cell(html: str, kind: str = "") -> str:
    return f'<td class="{kind}">{html}</td>' if kind else f"<td>{html}</td>"


def _text(value: str) -> str:
    return _cell(escape(value) or MUTED)


def _number(value: str) -> str:
    return _cell(value, "num")


def _trigger(viewer: Viewer, row: Row) -> str:
    run = row.run
    if not run.trigger_type:
        return _cell(MUTED)
    said = escape(trigger(run)[1])
    if run.schedule_id and viewer.sees_schedules:
        said = f'<a href="{address("schedules:schedule_detail", run.schedule_id)}">{said}</a>'
    return _cell(said, f"by {run.trigger_type if run.trigger_type in TRIGGERS else 'other'}")


def _agent(_: Viewer, row: Row) -> str:
    wpid = row.run.workflow_id
    if not wpid:
        return _cell(MUTED)
    return _cell(f'<a class="mono" href="{address("runs:agent_detail", wpid)}">{escape(wpid)}</a>')


def _tags(_: Viewer, row: Row) -> str:
    here = reverse("runs:run_list")
    links = (
        f'<a class="chip" href="{here}?{urlencode({"tag": label})}">{escape(label)}</a>'
        for label in row.tags
    )
    return _cell(" ".join(links) or MUTED)


CELLS: dict[str, Callable[[Viewer, Row], str]] = {
    "trigger": _trigger,
    "agent": _agent,
    "person": lambda _, row: _text(row.person),
    "category": lambda _, row: _text(row.run.category.replace("_", " ").capitalize()),
    "error": lambda _, row: _text(row.run.error_code),
    "tags": _tags,
    "attempt": lambda _, row: _number(str(row.run.attempt)),
    "created": lambda _, row: _cell(_when(row.run.created_at)),
    "ended": lambda _, row: _cell(_when(row.run.ended_at)),
    "wait": lambda _, row: _number(duration(row.run.queue_wait)),
    "duration": lambda _, row: _number(run_time(row.run)),
}
