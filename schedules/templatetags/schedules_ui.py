"""What the pages of schedules show in their own way: times in a schedule's zone, fires."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.templatetags.ui import tone
from schedules.models import Fire
from schedules.outlook import moment_in

register = template.Library()
register.filter("tone_of", tone)
TONES = {
    Fire.State.ON_TIME: "completed",
    Fire.State.LATE: "paused",
    Fire.State.MISSED: "failed",
    Fire.State.EXTRA: "paused",
    Fire.State.SKIPPED: "canceled",
}


@register.simple_tag
def fire_pill(fire: Fire) -> SafeString:
    """Whether it was on time, in words; its icon is drawn by the stylesheet."""
    kind = TONES.get(Fire.State(fire.state), "unknown")
    return format_html('<span class="pill tone-{}">{}</span>', kind, fire.get_state_display())


@register.filter
def in_zone(at: datetime, zone_name: str) -> str:
    """ "Mon 23 Nov 09:00" by the clocks of that zone."""
    return moment_in(zone_name, at)
