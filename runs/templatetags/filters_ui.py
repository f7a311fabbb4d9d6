"""The parts of the panel that filters the runs table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import iso

register = template.Library()


@register.simple_tag
def options(pairs: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """An <option> for each (value, words)."""
    marked = ((value, SafeString(" selected" * (value == chosen)), said) for value, said in pairs)
    return format_html_join("", '<option value="{}"{}>{}</option>', marked)


@register.simple_tag
def instant(moment: datetime) -> SafeString:
    """ "Mon 23 Nov, 12:00" in the viewer's zone; exact on hover and focus."""
    local = timezone.localtime(moment)
    return format_html(
        '<time class="when" datetime="{}" data-fixed tabindex="0">{}</time>',
        iso(moment),
        f"{local:%a %-d %b, %H:%M}",
    )
