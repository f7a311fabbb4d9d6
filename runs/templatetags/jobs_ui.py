"""How jobs and their items are shown."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import icon
from runs.models import Job, JobItem
from runs.progress import Progress

register = template.Library()

ICONS = {
    Job.Kind.CANCEL: "ban",
    Job.Kind.RETRY: "rotate-ccw",
    Job.Kind.TAG: "tag",
    Job.Kind.LAUNCH: "rocket",
}
TONES = {
    Job.State.FILLING: "queued",
    Job.State.RUNNING: "running",
    Job.State.PAUSED: "paused",
    Job.State.ABORTED: "canceled",
    Job.State.DONE: "completed",
}
ITEM_TONES = {
    JobItem.State.WAITING: "queued",
    JobItem.State.WORKING: "running",
    JobItem.State.DONE: "completed",
    JobItem.State.FAILED: "failed",
    JobItem.State.UNKNOWN: "unknown",
}


@register.filter
def kind_icon(job: Job) -> SafeString:
    return icon(ICONS[Job.Kind(job.kind)])


@register.simple_tag
def job_pill(job: Job) -> SafeString:
    return _pill(TONES[Job.State(job.state)], job.get_state_display())


@register.simple_tag
def item_pill(item: JobItem, word: str) -> SafeString:
    tone = "canceled" if word == "Not done" else ITEM_TONES[JobItem.State(item.state)]
    return _pill(tone, word)


def _pill(tone: str, word: str) -> SafeString:
    return format_html('<span class="pill tone-{}">{}</span>', tone, word)


@register.simple_tag
def progress_bar(progress: Progress) -> SafeString:
    """One segment a state; the words beside it say the same."""
    tones = {state.value: tone for state, tone in ITEM_TONES.items()}
    return bar((tones[state], start, width) for state, start, width in progress.shares)


def bar(segments: Iterable[tuple[str, float, float]]) -> SafeString:
    """Each a tone, where it starts and how wide it is, in percent."""
    bars = ((f"tone-{tone}", f"{start:.2f}", f"{width:.2f}") for tone, start, width in segments)
    return format_html(
        '<svg class="progress" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="progress-rail" width="100" height="8"></rect>{}</svg>',
        format_html_join("", '<rect class="{}" x="{}" width="{}" height="8"></rect>', bars),
    )
