"""The mirrored schedules in Django's admin: to look at, not to change."""

from django.contrib import admin

from runs.admin import MirroredAdmin
from schedules.models import Schedule


@admin.register(Schedule)
class ScheduleAdmin(MirroredAdmin):
    list_display = ("name", "schedule_id", "workflow", "kind", "is_active", "next_run_at")
    list_filter = ("is_active",)
    list_select_related = ("workflow",)
    search_fields = ("schedule_id__exact", "workflow__wpid__exact", "name__istartswith")
