"""What the pages of schedules show in their own way: times in a schedule's zone, fires."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import tone
from runs.templatetags.jobs_ui import bar
from schedules import cron
from schedules.models import Bulk, BulkItem, Fire
from schedules.outlook import moment
from schedules.pausing.progress import Progress

register = template.Library()
register.filter("tone_of", tone)
TONES = {
    Fire.State.ON_TIME: "completed",
    Fire.State.LATE: "paused",
    Fire.State.MISSED: "failed",
    Fire.State.EXTRA: "paused",
    Fire.State.SKIPPED: "canceled",
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


@register.filter
def in_zone(at: datetime, zone_name: str) -> str:
    """ "Mon 23 Nov 09:00" by the clocks of that zone; in UTC, and said so, if there is none."""
    try:
        return moment(at.astimezone(cron.load_zone(zone_name)))
    except cron.ZoneError:
        return f"{moment(at)} UTC"
