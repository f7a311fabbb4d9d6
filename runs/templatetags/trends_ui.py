"""What the hourly figures look like: a strip of bars, success and time with how they changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import pairwise
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboard.templatetags.ui import duration
from runs.filters import RunFilter, moment
from runs.rollups import Figures, Slots, Trend

register = template.Library()

HEIGHT, SHARES = 24, 24
PARTS = (
    ("failed", "failed", 7),
    ("live", "running", 4),
    ("canceled", "canceled", 4),
    ("other", "unknown", 4),
    ("completed", "completed", 3),
)
"""From top to bottom: phase, tone, and how high it is at the least."""
NO_RUNS = '<span class="bar" data-tip="{}\nNo runs"><span class="visually-hidden">{}</span></span>'
KINDS = (
    ("completed", "completed"),
    ("failed", "failed"),
    ("canceled", "canceled"),
    ("other", "ended otherwise"),
    ("live", "under way"),
)


@register.simple_tag
def bars(slots: Slots, figures: Sequence[Figures], label: str, **wanted: str) -> SafeString:
    """A bar for each slot, oldest left: a link to its runs that `wanted` (a RunFilter) names.

    What failed is told by a cross and by its place on top, too, and by the words of the link.
    """
    url = runs_url(wanted)
    start = url if url.endswith("?") else f"{url}&"
    cells = format_html_join(
        "", "{}", ((_bar(*one, start),) for one in zip(figures, times(slots), strict=True))
    )
    return format_html(
        '<div class="bars {}" role="group" aria-label="{}">{}</div>',
        "days" if slots.are_days else "hours",
        label,
        cells,
    )


def _bar(found: Figures, time: Time, start: str) -> SafeString:
    if not found.runs:
        return time.no_runs
    return format_html(
        '<a class="bar" href="{}{}" aria-label="{}: {}" data-tip="{}\n{}">{}</a>',
        start,
        time.query,
        time.name,
        _short(found),
        time.name,
        _long(found),
        _picture(*(math.ceil(SHARES * getattr(found, name) / found.runs) for name, *_ in PARTS)),
    )


@dataclass(frozen=True)
class Time:
    """What is the same of a slot on every strip: its name, and what an URL says of it."""

    name: str
    query: str
    no_runs: SafeString


def times(slots: Slots) -> list[Time]:
    """By the clocks of the viewer."""
    return _times(slots, timezone.get_current_timezone())


@lru_cache(maxsize=256)
def _times(slots: Slots, zone: tzinfo) -> list[Time]:
    found = []
    for since, until in pairwise(slots.edges):
        name = _name(since, until, slots, zone)
        query = urlencode({"from": _typed(since), "to": _typed(until)})
        found.append(Time(name, query, format_html(NO_RUNS, name, f"{name}: no runs")))
    return found


def _name(since: datetime, until: datetime, slots: Slots, zone: tzinfo) -> str:
    """ "Mon 23 Nov", "Mon 23 Nov (UTC)" or "Mon 23 Nov, 14:00 to 15:00"."""
    start, end = since.astimezone(zone), until.astimezone(zone)
    if slots.is_utc:
        return f"{since:%a %-d %b} (UTC)"
    if slots.are_days:
        return f"{start:%a %-d %b}"
    return f"{start:%a %-d %b, %H:%M} to {end:%H:%M}"


def _short(found: Figures) -> str:
    runs = f"{found.runs:,} run{'s' if found.runs != 1 else ''}"
    return f"{runs}, {found.failed:,} failed" if found.failed else f"{runs}, none failed"


def _long(found: Figures) -> str:
    kinds = [f"{n:,} {word}" for name, word in KINDS if (n := getattr(found, name))]
    lines = [", ".join(kinds)]
    if found.average is not None:
        lines.append(f"{duration(found.average)} on average")
    return "\n".join(lines)


@lru_cache(maxsize=4096)
def _picture(*shares: int) -> SafeString:
    """`shares` are of PARTS, in SHARES of the height; what is there at all is seen."""
    shown = [(share, *part) for share, part in zip(shares, PARTS, strict=True) if share]
    free = HEIGHT - sum(least for *_, least in shown)
    top, drawn = 0.0, []
    for share, name, tone, least in shown:
        high = least + free * share / sum(shares)
        drawn.append((tone, f"{top:.1f}", f"{high - 1:.1f}", _sign(name, top + (high - 1) / 2)))
        top += high
    shapes = format_html_join(
        "",
        '<g class="tone-{}"><rect y="{}" width="14" height="{}" rx="2"></rect>{}</g>',
        drawn,
    )
    return format_html('<svg viewBox="0 0 14 24" aria-hidden="true">{}</svg>', shapes)


def _sign(name: str, middle: float) -> SafeString:
    if name == "failed":
        return format_html('<path d="M4.5 {}l5 5m0-5l-5 5"></path>', f"{middle - 2.5:.1f}")
    if name in ("canceled", "other"):
        return format_html('<path d="M4 {}h6"></path>', f"{middle:.1f}")
    return mark_safe("")


def runs_url(wanted: Mapping[str, str]) -> str:
    """The runs table with that filter; "/runs/?" with none."""
    found = RunFilter(**wanted)  # type: ignore[arg-type]  # names of text fields
    return reverse("runs:run_list") + found.query()


def _typed(at: datetime) -> str:
    """As the form of the runs table would send it: the viewer's time.

    With its offset where the clocks show that time twice.
    """
    local = timezone.localtime(at)
    text = f"{local:%Y-%m-%dT%H:%M}"
    return text if moment(text) == at else local.isoformat(timespec="minutes")


@register.simple_tag
def runs_link(**wanted: str) -> str:
    return runs_url(wanted)


@register.filter
def percent(share: float | None) -> str:
    """ "97 %"; never rounded to all or nothing: "99.9 %", "< 1 %"."""
    if share is None:
        return "\N{EN DASH}"
    if 0.99 <= share < 1:
        return f"{math.floor(share * 1000) / 10:.1f} %"
    return "< 1 %" if 0 < share < 0.01 else f"{round(share * 100)} %"


@register.filter
def gained(trend: Trend) -> SafeString:
    """ "3 points better": success against the time before; "" without anything to compare."""
    if trend.points is None:
        return mark_safe("")
    points = round(trend.points)
    words = f"{abs(points)} point{'s' if abs(points) != 1 else ''}"
    return _change(words, points < 0, ("better", "worse")) if points else mark_safe("as before")


@register.filter
def slowed(trend: Trend) -> SafeString:
    """ "8 % longer": the average time against the one before; "" without one to compare."""
    if trend.slower is None:
        return mark_safe("")
    percents = round(trend.slower * 100)
    words = f"{abs(percents):,} %"
    return (
        _change(words, percents > 0, ("shorter", "longer")) if percents else mark_safe("as before")
    )


def _change(words: str, is_worse: bool, ends: tuple[str, str]) -> SafeString:
    kind = "worse" if is_worse else "better"
    return format_html('<span class="{}">{} {}</span>', kind, words, ends[is_worse])


@register.filter
def more_than_before(trend: Trend) -> str:
    """ "5 more than the day before": of failures."""
    more = trend.now.failed - trend.before.failed
    if not more:
        return "as many as the day before"
    return f"{abs(more):,} {'more' if more > 0 else 'fewer'} than the day before"
