"""How groups of failures are shown: their state, their days, what makes them one."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from html import escape

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from runs.models import FailureGroup
from runs.reasons import KINDS
from runs.rollups import Slots
from runs.templatetags.trends_ui import HEIGHT, Time, runs_url, times

register = template.Library()

TONES = {"new": "failed", "back": "failed", "known": "queued", "resolved": "completed"}
LEAST = 5
"""How high a bar is at the least, of HEIGHT."""
_LEFT_OUT = re.compile(f"<({'|'.join(KINDS)})>")
WORDS = {
    "address": "an address",
    "id": "an id",
    "mail": "a mail address",
    "number": "a number",
    "path": "a path",
    "time": "a time",
    "value": "a value",
}


@register.simple_tag
def state_pill(group: FailureGroup) -> SafeString:
    return format_html(
        '<span class="pill tone-{}">{}</span>', TONES[group.state], group.get_state_display()
    )


@register.simple_tag
def failure_days(slots: Slots, days: Sequence[int], group: FailureGroup) -> SafeString:
    """A bar for each day, as high as it had runs of the group: a link to them.

    Written out, as the rows of the runs table are: a page of groups has seven hundred of them.
    """
    url, most = runs_url({"failure": str(group.pk)}), max(days, default=0)
    bars = "".join(
        _day(count, most, time, url) if count else time.no_runs
        for count, time in zip(days, times(slots), strict=True)
    )
    return SafeString(
        f'<div class="bars days" role="group" aria-label="Day by day (UTC)">{bars}</div>'
    )


def _day(count: int, most: int, time: Time, url: str) -> str:
    name, runs = escape(time.name), f"{count:,} run{'s' if count != 1 else ''}"
    return (
        f'<a class="bar" href="{escape(f"{url}&{time.query}")}" aria-label="{name}: {runs}" '
        f'data-tip="{name}\n{runs}">{_picture(max(LEAST, math.ceil(HEIGHT * count / most)))}</a>'
    )


@cache
def _picture(high: int) -> str:
    return (
        f'<svg viewBox="0 0 14 {HEIGHT}" aria-hidden="true"><g class="tone-failed">'
        f'<rect y="{HEIGHT - high}" width="14" height="{high}" rx="2"></rect></g></svg>'
    )


@register.filter
def without_values(shape: str) -> SafeString:
    """The shape of a reason; what was left out is marked in words."""
    parts = _LEFT_OUT.split(shape)
    texts = [(text,) for text in parts[::2]]
    marks = [(WORDS[kind],) for kind in parts[1::2]]
    found = [format_html("{}", *texts[0])]
    for mark, text in zip(marks, texts[1:], strict=True):
        found.append(format_html('<span class="chip">{}</span>{}', *mark, *text))
    return format_html_join("", "{}", ((one,) for one in found))
