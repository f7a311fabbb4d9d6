"""What the evidence of a run is made of: moments that scripts read, and those that people read."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import duration, iso, shortened
from runs.evidence import Shot

register = template.Library()
LONGEST_CAPTION = 300


@register.filter
def epoch(moment: datetime | None) -> str:
    """Milliseconds, as JavaScript counts time; "" for None."""
    return f"{moment.timestamp() * 1000:.0f}" if moment else ""


@register.filter
def after(seconds: float | None) -> str:
    """ "+12.3 s", "+2m 05s"; "" for None."""
    if seconds is None:
        return ""
    return f"+{seconds:.1f} s" if seconds < 60 else f"+{duration(timedelta(seconds=seconds))}"


@register.simple_tag
def time_of_day(moment: datetime | None) -> SafeString:
    """As `clock`, but no stop of the Tab key: for the inside of links."""
    if moment is None:
        return SafeString("")
    said = f"{timezone.localtime(moment):%H:%M:%S}"
    return format_html('<time datetime="{}" data-fixed>{}</time>', iso(moment), said)


@register.simple_tag
def shot_attrs(shot: Shot) -> SafeString:
    """What the lightbox says of a screenshot: attributes of the link to it."""
    return format_html(
        'data-shot data-caption="{}" data-time="{}" data-after="{}" data-at="{}" data-of="{}"',
        shortened(shot.path or shot.label, LONGEST_CAPTION),
        f"{timezone.localtime(shot.taken):%H:%M:%S}" if shot.taken else "",
        after(shot.after),
        epoch(shot.taken),
        shot.step,
    )
