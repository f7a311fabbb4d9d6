"""What only the pages of alerts show: rules in words, channels, and how sending went."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.models import Channel, Notification
from dashboard.templatetags.ui import icon, mark, shortened
from runs.alerts import wording
from runs.models import Rule

register = template.Library()
register.filter("condition", wording.condition)

ICONS = {
    Channel.Kind.EMAIL.value: "mail",
    Channel.Kind.SLACK.value: "message-square",
    Channel.Kind.WEBHOOK.value: "webhook",
}
TONES = {
    Notification.State.WAITING.value: "queued",
    Notification.State.SENDING.value: "running",
    Notification.State.SENT.value: "completed",
    Notification.State.FAILED.value: "failed",
}
NAMED = 60


@register.filter
def scope(rule: Rule) -> str:
    """Which runs it is about, as " of Invoices"; "" for all."""
    parts = []
    if rule.workflow:
        parts.append(f" of {shortened(str(rule.workflow), NAMED)}")
    if rule.schedule_id:
        parts.append(f" on the schedule {rule.schedule_id}")
    if rule.group:
        reason = rule.group.reason or "no reason given"
        parts.append(f" with the failure “{shortened(reason, NAMED)}”")
    return "".join(parts)


@register.filter
def about(rule: Rule) -> str:
    """What the name of a rule leaves open."""
    asked, which = wording.condition(rule), scope(rule) or " of any agent"
    if rule.name.lower().startswith(asked.lower()[:NAMED]):
        return which.strip().capitalize()[:1] + which.strip()[1:]
    return f"When {asked}{which}"


@register.filter
def channel_icon(channel: Channel) -> SafeString:
    return icon(ICONS.get(channel.kind, "send"))


@register.simple_tag
def alert_mark(status: str) -> SafeString:
    """How the run ended that an alert tells of; a fire that was missed has none."""
    if status:
        return mark(status)
    return format_html(
        '<span class="mark tone-failed">{}<span class="visually-hidden">No run</span></span>',
        icon("calendar-clock"),
    )


@register.simple_tag
def sent_pill(notification: Notification) -> SafeString:
    state = notification.state
    if state == Notification.State.WAITING and notification.tries:
        said = "Trying again"
    else:
        said = notification.get_state_display()
    return format_html('<span class="pill tone-{}">{}</span>', TONES.get(state, "unknown"), said)


@register.simple_tag
def no_address_notice() -> SafeString | str:
    if settings.PUBLIC_URL:
        return ""
    return format_html(
        '<p class="notice alert-notice">{}<span>Messages carry no links: whoever runs Skydeck sets '
        '<span class="mono">PUBLIC_URL</span>, under which people come here.</span></p>',
        icon("info"),
    )
