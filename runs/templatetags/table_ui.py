"""The cells of the runs table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import NOTHING, duration, iso, relative
from runs.columns import COLUMNS, USUAL, Column
from runs.models import Run
from runs.rows import Row
from runs.templatetags.runs_ui import TRIGGERS, run_time, trigger

register = template.Library()
NUMBER = SafeString(' class="num"')


@register.filter
def as_row(run: Run) -> Row:
    return Row(run)


@register.simple_tag
def usual_columns() -> list[Column]:
    return [COLUMNS[name] for name in USUAL]


@register.simple_tag(takes_context=True)
def may_act(context: RequestContext) -> bool:
    """Whether rows have a button for this person at all."""
    perms = context["perms"]["runs"]
    return bool(perms["cancel_run"] or perms["retry_run"])


@register.simple_tag(takes_context=True)
def cells(context: RequestContext, row: Row, columns: Sequence[Column]) -> SafeString:
    """The chosen columns of one run, each in its <td>."""
    made = ((NUMBER if column.is_number else "", column) for column in columns)
    return format_html_join(
        "", "<td{}>{}</td>", ((kind, CELLS[column.name](context, row)) for kind, column in made)
    )


def _trigger(context: RequestContext, row: Row) -> SafeString:
    run = row.run
    if not run.trigger_type:
        return _nothing()
    said: SafeString | str = trigger(run)[1]
    if run.schedule_id and context["perms"]["schedules"]["view_schedule"]:
        url = reverse("schedules:schedule_detail", args=[run.schedule_id])
        said = format_html('<a href="{}">{}</a>', url, said)
    kind = run.trigger_type if run.trigger_type in TRIGGERS else "other"
    return format_html('<span class="by {}">{}</span>', kind, said)


def _when(moment: datetime | None) -> SafeString:
    """As `when`, but no stop for the Tab key: the row's link is one."""
    if moment is None:
        return _nothing()
    told = relative(moment, timezone.now())
    return format_html('<time datetime="{}" data-relative>{}</time>', iso(moment), told)


def _agent(context: RequestContext, row: Row) -> SafeString:
    if not row.run.workflow_id:
        return _nothing()
    url = reverse("runs:agent_detail", args=[row.run.workflow_id])
    return format_html('<a class="mono" href="{}">{}</a>', url, row.run.workflow_id)


def _tags(context: RequestContext, row: Row) -> SafeString:
    here = reverse("runs:run_list")
    links = ((f"{here}?{urlencode({'tag': label})}", label) for label in row.tags)
    return format_html_join(" ", '<a class="chip" href="{}">{}</a>', links) or _nothing()


def _nothing() -> SafeString:
    return format_html('<span class="muted">{}</span>', NOTHING)


def _text(value: str) -> SafeString | str:
    return value or _nothing()


CELLS: dict[str, Callable[[RequestContext, Row], SafeString | str]] = {
    "trigger": _trigger,
    "agent": _agent,
    "person": lambda _, row: _text(row.person),
    "category": lambda _, row: _text(row.run.category.replace("_", " ").capitalize()),
    "error": lambda _, row: _text(row.run.error_code),
    "tags": _tags,
    "attempt": lambda _, row: str(row.run.attempt),
    "created": lambda _, row: _when(row.run.created_at),
    "ended": lambda _, row: _when(row.run.ended_at),
    "wait": lambda _, row: duration(row.run.queue_wait),
    "duration": lambda _, row: run_time(row.run),
}
