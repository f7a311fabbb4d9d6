"""The mirrored tables in Django's admin: to look at, not to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from runs.models import Artifact, Launch, Run, Workflow


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic when it runs
    """Upstream is the truth: a row changed here would be wrong, and soon overwritten."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Workflow)
class WorkflowAdmin(ReadOnlyAdmin):
    list_display = ("title", "wpid", "version", "status", "modified_at", "deleted_at", "seen_at")
    search_fields = ("wpid__startswith", "title__istartswith")


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("run_id", "title", "status", "attempt", "created_at", "finished_at", "seen_at")
    list_filter = ("phase", "status")
    search_fields = ("run_id__startswith", "schedule_id__exact", "workflow__wpid__exact")


@admin.register(Artifact)
class ArtifactAdmin(ReadOnlyAdmin):
    list_display = ("artifact_id", "type", "run_id", "filename", "size", "created_at")
    search_fields = ("artifact_id__exact", "run__run_id__exact")
    ordering = ("artifact_id",)


@admin.register(Launch)
class LaunchAdmin(ReadOnlyAdmin):
    list_display = ("nonce", "workflow", "user", "state", "run_id", "created_at")
    list_select_related = ("workflow", "user")
    search_fields = ("run_id__exact", "workflow__wpid__exact")
