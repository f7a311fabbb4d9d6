"""What only the pages of agents show: the strip of the last runs."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import tone
from runs.agents import STRIP, Record

register = template.Library()

STEP, SIZE = 13, 11


@register.simple_tag
def run_strip(record: Record, *, places: int = STRIP) -> SafeString:
    """The last runs as marks, oldest left; the newest at the right edge of so many places."""
    icons = static("icons.svg")
    first = max(0, places - len(record.runs))
    marks = format_html_join(
        "",
        f'<use class="tone-{{0}}" href="{{1}}#st-{{0}}" x="{{2}}" width="{SIZE}" height="{SIZE}"/>',
        (
            (tone(run.status), icons, (first + place) * STEP)
            for place, run in enumerate(reversed(record.runs))
        ),
    )
    width = (first + len(record.runs)) * STEP
    return format_html(
        '<svg class="run-strip" role="img" aria-label="{}" width="{}" height="{}" '
        'viewBox="0 0 {} {}" preserveAspectRatio="xMaxYMid slice">{}</svg>',
        said(record),
        *(width, SIZE) * 2,
        marks,
    )


@register.simple_tag
def said(record: Record) -> str:
    """ "18 of 20 succeeded", of those that completed or failed; "None to judge by"."""
    if not record.runs:
        return "Never ran"
    if not record.judged:
        return "None to judge by"
    return f"{record.succeeded} of {record.judged} succeeded"
