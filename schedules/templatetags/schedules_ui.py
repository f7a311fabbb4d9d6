"""What the pages of schedules show in their own way: times in a schedule's zone."""

from datetime import datetime

from django import template

from dashboard.templatetags.ui import tone
from schedules import cron
from schedules.outlook import moment

register = template.Library()
register.filter("tone_of", tone)


@register.filter
def in_zone(at: datetime, zone_name: str) -> str:
    """ "Mon 23 Nov 09:00" by the clocks of that zone; in UTC, and said so, if there is none."""
    try:
        return moment(at.astimezone(cron.load_zone(zone_name)))
    except cron.ZoneError:
        return f"{moment(at)} UTC"
