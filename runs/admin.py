"""The mirrored tables in Django's admin: to look at, not to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat

from dashboard.admin import ReadOnly
from dashboard.audit import Actor, record
from runs.files import standing
from runs.models import Artifact, Kept, Launch, Run, Workflow


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


@admin.register(Kept)
class KeptAdmin(MirroredAdmin):
    list_display = ("artifact_id", "state", "bytes", "short_error", "run_id", "kept_at", "tries")
    list_filter = ("state",)
    search_fields = ("artifact_id__exact", "run__run_id__exact")
    ordering = ("-place",)
    actions = ("try_again",)

    @admin.display(description="size", ordering="size")
    def bytes(self, kept: Kept) -> str:
        return "" if kept.size is None else filesizeformat(kept.size)

    @admin.display(description="error")
    def short_error(self, kept: Kept) -> str:
        return kept.error[:120]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With how much is kept of what may be."""
        told = {"subtitle": standing.told()}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Kept]) -> None:
        """Those that were given up."""
        again = list(chosen.filter(state=Kept.State.FAILED).select_related("run"))
        for kept in again:
            same = Kept.objects.filter(pk=kept.pk, state=kept.state)
            if same.update(state=Kept.State.WAITING, tries=0, lease_until=None):
                record(Actor.of(request), "had a file fetched again of", kept.run, detail=kept.pk)
        messages.success(request, f"{len(again)} will be fetched again.")
