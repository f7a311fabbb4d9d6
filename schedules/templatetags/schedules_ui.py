"""What the pages of schedules show in their own way: times in a schedule's zone, fires."""

import re
from collections.abc import Iterable
from datetime import datetime

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import duration, icon, shortened
from runs.templatetags.jobs_ui import bar
from schedules.ledger.book.days import KINDS
from schedules.models import Bulk, BulkItem, Fire, Gap
from schedules.moments import moment_in
from schedules.pausing.progress import Progress

register = template.Library()
SELECTED = SafeString(" selected")
TONES = {
    Fire.State.ON_TIME: "completed",
    Fire.State.LATE: "timed_out",
    Fire.State.MISSED: "missed",
    Fire.State.EXTRA: "extra",
    Fire.State.SKIPPED: "paused",
}
OUTCOME_TONES = {Fire.Outcome.SUCCEEDED: "completed"}
DAY_MARKS = {
    "missed": ("missed", "st-created"),
    "failed": ("failed", "st-failed"),
    "late": ("timed_out", "st-timed_out"),
    "extra": ("extra", "plus"),
    "canceled": ("canceled", "st-canceled"),
    "skipped": ("paused", "st-paused"),
    "running": ("running", "st-running"),
    "good": ("completed", "st-completed"),
    "gap": ("unknown", "eye-off"),
}
"""Tone and icon of the worst on a day."""
DAY_WORDS = {
    **{kind: words.capitalize() for kind, words in KINDS.items()},
    "gap": "Not watched",
}
BULK_TONES = {
    Bulk.State.RUNNING: "running",
    Bulk.State.ABORTED: "canceled",
    Bulk.State.DONE: "completed",
}
ITEM_TONES = {
    BulkItem.State.WAITING: "queued",
    BulkItem.State.WORKING: "running",
    BulkItem.State.DONE: "completed",
    BulkItem.State.SKIPPED: "canceled",
    BulkItem.State.FAILED: "failed",
}


@register.simple_tag
def bulk_pill(bulk: Bulk) -> SafeString:
    return _pill(BULK_TONES[Bulk.State(bulk.state)], bulk.get_state_display())


@register.simple_tag
def bulk_item_pill(item: BulkItem, word: str) -> SafeString:
    tone = "canceled" if word == "Not done" else ITEM_TONES[BulkItem.State(item.state)]
    return _pill(tone, word)


@register.simple_tag
def bulk_bar(progress: Progress) -> SafeString:
    """One segment a state; the words beside it say the same."""
    tones = {state.value: tone for state, tone in ITEM_TONES.items()}
    return bar((tones[state], start, width) for state, start, width in progress.shares)


@register.simple_tag
def fire_pill(fire: Fire) -> SafeString:
    """Whether it was on time, in words; its icon is drawn by the stylesheet."""
    kind = TONES.get(Fire.State(fire.state), "unknown")
    return _pill(kind, fire.get_state_display())


def _pill(tone_name: str, word: str) -> SafeString:
    return format_html('<span class="pill tone-{}">{}</span>', tone_name, word)


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """Of a select; there may be hundreds, and a template takes its time over each."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (
                value,
                SafeString(" selected" if value == chosen else ""),
                shortened(name or value, 60),
            )
            for value, name in choices
        ),
    )


@register.simple_tag
def outcome_pill(outcome: str) -> SafeString:
    """Of a run that has ended."""
    kind = OUTCOME_TONES.get(Fire.Outcome(outcome), "failed")
    return _pill(kind, Fire.Outcome(outcome).label)


@register.simple_tag
def day_mark(kind: str) -> SafeString:
    look, name = DAY_MARKS[kind]
    return format_html('<span class="mark tone-{}">{}</span>', look, icon(name))


@register.filter
def day_word(kind: str) -> str:
    return DAY_WORDS[kind]


@register.filter
def gap_words(gap: Gap, zone_name: str) -> str:
    """ "Skydeck was not running from Mon 1 Jun 03:10 to 05:40 (2h 30m)"."""
    why, begin = gap.get_why_display(), moment_in(zone_name, gap.begin.replace(second=0))
    if gap.end is None:
        return f"{why} since {begin}"
    day = re.match(r"\w+ \d+ \w+( \d{4})? ", begin)
    end = moment_in(zone_name, gap.end.replace(second=0)).removeprefix(day[0] if day else "")
    return f"{why} from {begin} to {end} ({duration(gap.end - gap.begin)})"


@register.filter
def in_zone(at: datetime, zone_name: str) -> str:
    """ "Mon 23 Nov 09:00" by the clocks of that zone."""
    return moment_in(zone_name, at)
