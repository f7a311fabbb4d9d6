"""The small parts every page is made of: status pills, times, icons, live regions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.skyvern.schema import STATUSES

register = template.Library()

UNITS = ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"))
NOTHING = "\N{EN DASH}"


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of static/icons.svg; always decoration: say the same in words beside it."""
    return format_html('<i class="icon i-{}"></i>', name)


def tone(status: str) -> str:
    return status if status in STATUSES else "unknown"


def words(status: str) -> str:
    """ "timed_out" → "Timed out"; an unknown status is shown as it came."""
    if status not in STATUSES:
        return status or "Unknown"
    return status.replace("_", " ").capitalize()


@register.simple_tag
def pill(status: str) -> SafeString:
    """The status in words; its icon is drawn by the stylesheet."""
    return format_html('<span class="pill tone-{}">{}</span>', tone(status), words(status))


@register.simple_tag
def mark(status: str) -> SafeString:
    """The icon alone, with its word for screen readers."""
    kind = tone(status)
    return format_html(
        '<span class="mark tone-{}">{}<span class="visually-hidden">{}</span></span>',
        kind,
        icon(f"st-{kind}"),
        words(status),
    )


@register.filter
def duration(span: timedelta | None) -> str:
    """ "420 ms", "14s", "1m 12s", "2h 05m", "3d 4h"; a dash for None."""
    if span is None:
        return NOTHING
    whole = span.total_seconds()
    if 0 < whole < 1:
        return f"{whole * 1000:.0f} ms"
    seconds = max(0, int(whole))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    if seconds < 86400:
        return f"{seconds // 3600}h {seconds % 3600 // 60:02}m"
    return f"{seconds // 86400}d {seconds % 86400 // 3600}h"


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last one "…" if there were more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def relative(moment: datetime, now: datetime) -> str:
    """ "just now", "14 s ago", "in 5 min", "3 d ago"; static/app.js says the same."""
    seconds = round((moment - now).total_seconds())
    size = abs(seconds)
    if size < 5:
        return "just now" if seconds <= 0 else "now"
    unit, name = next(((unit, name) for limit, unit, name in UNITS if size < limit), (86400, "d"))
    text = f"{size // unit} {name}"
    return f"in {text}" if seconds > 0 else f"{text} ago"


def iso(moment: datetime, to: str = "milliseconds") -> str:
    """ "2026-11-23T12:03:07.125Z"."""
    return moment.astimezone(UTC).isoformat(timespec=to).replace("+00:00", "Z")


@register.simple_tag
def when(moment: datetime | None) -> SafeString:
    """A relative time that app.js keeps current; exact on hover and focus."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', NOTHING)
    return format_html(
        '<time class="when" datetime="{}" tabindex="0">{}</time>',
        iso(moment),
        relative(moment, timezone.now()),
    )


@register.filter
def from_now(span: timedelta) -> datetime:
    return timezone.now() + span


@register.simple_tag
def clock(moment: datetime | None) -> SafeString:
    """The time of day in the viewer's zone ("12:03:07"); exact on hover and focus."""
    if moment is None:
        return format_html("{}", NOTHING)
    return format_html(
        '<time class="when" datetime="{}" data-fixed tabindex="0">{}</time>',
        iso(moment),
        f"{timezone.localtime(moment):%H:%M:%S}",
    )


@register.simple_tag
def day_and_time(moment: datetime | None) -> SafeString:
    """ "6 Dec 2026, 11:38" in the viewer's zone; exact on hover and focus."""
    if moment is None:
        return format_html("{}", NOTHING)
    return format_html(
        '<time class="when" datetime="{}" data-fixed tabindex="0">{}</time>',
        iso(moment),
        f"{timezone.localtime(moment):%-d %b %Y, %H:%M}",
    )


@register.simple_tag
def copy(text: str, label: str = "Copy") -> SafeString:
    return format_html(
        '<button type="button" class="copy needs-js" data-copy="{}" aria-label="{}">{}</button>',
        text,
        label,
        icon("copy"),
    )


@register.simple_tag
def live_attrs(url: str, token: str = "") -> SafeString:
    """Attributes of a live region: app.js fires `poll`, htmx asks, unchanged is a 304."""
    return format_html(
        'data-live hx-get="{}" hx-trigger="poll" hx-swap="innerMorph" hx-ptag="{}"', url, token
    )
