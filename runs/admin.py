"""The mirrored tables in Django's admin: to look at, not to change."""

from __future__ import annotations

from django.contrib import admin

from dashboard.admin import ReadOnly
from runs.models import Artifact, Launch, Run, Workflow


class MirroredAdmin(ReadOnly):
    """Upstream is the truth: a row changed here would be wrong, and soon overwritten."""

    show_full_result_count = False
    list_per_page = 50


@admin.register(Workflow)
class WorkflowAdmin(MirroredAdmin):
    list_display = ("title", "wpid", "version", "status", "modified_at", "deleted_at", "seen_at")
    search_fields = ("wpid__startswith", "title__istartswith")


@admin.register(Run)
class RunAdmin(MirroredAdmin):
    list_display = ("run_id", "title", "status", "attempt", "created_at", "finished_at", "seen_at")
    list_filter = ("phase", "status")
    search_fields = ("run_id__startswith", "schedule_id__exact", "workflow__wpid__exact")


@admin.register(Artifact)
class ArtifactAdmin(MirroredAdmin):
    list_display = ("artifact_id", "type", "run_id", "filename", "size", "created_at")
    search_fields = ("artifact_id__exact", "run__run_id__exact")
    ordering = ("artifact_id",)


@admin.register(Launch)
class LaunchAdmin(MirroredAdmin):
    list_display = ("nonce", "workflow", "user", "state", "run_id", "created_at")
    list_select_related = ("workflow", "user")
    search_fields = ("run_id__exact", "workflow__wpid__exact")
