"""What only the pages of agents show: the strip of the last runs."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import tone
from runs.agents import STRIP, Record

register = template.Library()

STEP = 12


@register.simple_tag
def run_strip(record: Record) -> SafeString:
    """The last runs as marks, oldest left, the newest always at the right edge."""
    icons = static("icons.svg")
    first = STRIP - len(record.runs)
    marks = format_html_join(
        "",
        '<use class="tone-{0}" href="{1}#st-{0}" x="{2}" y="1" width="10" height="10"></use>',
        (
            (tone(run.status), icons, (first + place) * STEP + 1)
            for place, run in enumerate(reversed(record.runs))
        ),
    )
    return format_html(
        '<svg class="run-strip" role="img" aria-label="{}" viewBox="0 0 {} 12">{}</svg>',
        said(record),
        STRIP * STEP,
        marks,
    )


@register.simple_tag
def said(record: Record) -> str:
    """ "18 of 20 succeeded", of the ended ones; "None has ended yet"."""
    if not record.runs:
        return "Never ran"
    if not record.ended:
        return "None has ended yet"
    return f"{record.succeeded} of {record.ended} succeeded"
