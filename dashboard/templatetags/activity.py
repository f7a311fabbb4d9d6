"""How a row of the activity log is shown."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.models import Activity
from dashboard.templatetags.ui import icon

register = template.Library()

PAGES = {
    "run": "runs:run_detail",
    "workflow": "runs:agent_detail",
    "job": "runs:job_detail",
    "schedule": "schedules:schedule_detail",
    "bulk": "schedules:bulk_detail",
    "failuregroup": "runs:failure_detail",
    "rule": "runs:rule_detail",
    "channel": "runs:channel_detail",
    "notification": "runs:notification_detail",
}
KINDS = {
    "workflow": "agent",
    "failuregroup": "failure",
    "rule": "alert rule",
    "bulk": "bulk change",
    "calendarlink": "calendar",
}
"""What a person calls them, where that is not the name of the model."""
MARKS = {
    Activity.Result.OK.value: "completed",
    Activity.Result.REJECTED.value: "failed",
    Activity.Result.UNKNOWN.value: "unknown",
}


@register.simple_tag
def target_link(row: Activity) -> SafeString:
    """The thing that was acted on, linked to its page where it has one."""
    label = row.target_label or row.target_id
    page = PAGES.get(row.target_type)
    kind = KINDS.get(row.target_type, row.target_type)
    shown = label
    if page and row.target_id:
        url = reverse(page, args=[row.target_id])
        # beside the kind it is a link within a text, which colour alone must not tell
        shown = format_html('<a class="in-text" href="{}">{}</a>', url, label)
    return format_html('{} <span class="second">{}</span>', shown, kind)


@register.simple_tag
def result_mark(row: Activity) -> SafeString:
    tone = MARKS.get(row.result, "unknown")
    return format_html(
        '<span class="mark tone-{}">{}</span> {}',
        tone,
        icon(f"st-{tone}"),
        row.get_result_display(),
    )
