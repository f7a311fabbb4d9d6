"""The last runs of a schedule as marks. A page has six hundred: too many for a template each."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import mark, tone
from runs.models import Run

register = template.Library()


@register.simple_tag
def strip(runs: Iterable[Run]) -> SafeString:
    """Each mark is the link to its run."""
    before, _, after = reverse("runs:run_detail", args=["_"]).rpartition("_")
    return format_html(
        '<span class="strip">{}</span>',
        format_html_join(
            "",
            '<a class="tone-{}" href="{}">{}</a>',
            (
                (tone(run.status), f"{before}{quote(run.pk, safe='')}{after}", _mark(run.status))
                for run in runs
            ),
        ),
    )


@lru_cache(maxsize=64)
def _mark(status: str) -> SafeString:
    return mark(status)
