"""Where a file of a run comes from, in a few quiet words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import iso
from runs.evidence import Evidence
from runs.files import store
from runs.models import Artifact

register = template.Library()

AT_SKYVERN = "at Skyvern"


@register.simple_tag
def origin(file: Artifact | None) -> SafeString:
    """ "kept here since 12 Oct 2026" or "at Skyvern"; nothing where nothing is ever kept."""
    if file is None or not store.is_on():
        return SafeString("")
    said = _since(file.kept_at) if file.kept_at else SafeString(AT_SKYVERN)
    return format_html('<span class="second origin">{}</span>', said)


@register.simple_tag
def origins(files: Evidence) -> SafeString:
    """Of pictures and recordings: "Kept here: 12 of 14 screenshots and the recording." """
    if not store.is_on() or not (files.shots or files.recordings):
        return SafeString("")
    parts = [_kept([shot.artifact for shot in files.shots], "screenshot")]
    parts += [_kept([one.artifact for one in files.recordings], "recording")]
    kept = " and ".join(part for part in parts if part)
    said = f"Kept here: {kept}." if kept else f"Screenshots and recordings: {AT_SKYVERN}."
    return format_html('<p class="second origin">{}</p>', said)


def _kept(files: Sequence[Artifact], name: str) -> str:
    """ "" if none is."""
    kept = sum(file.kept is not None for file in files)
    if kept == 0:
        return ""
    amount = f"all {kept}" if kept == len(files) else f"{kept} of {len(files)}"
    return f"the {name}" if len(files) == 1 else f"{amount} {name}s"


def _since(moment: datetime) -> SafeString:
    return format_html(
        'kept here since <time class="when" datetime="{}" data-fixed tabindex="0">{}</time>',
        iso(moment),
        f"{timezone.localtime(moment):%-d %b %Y}",
    )
