"""Administration: people and roles by Django; the feeds with "refresh now"; the log, read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboard import feeds
from dashboard.celery import app
from dashboard.models import Activity, Feed

TASK_BY_FEED = {
    "live": "runs.tasks.refresh_live",
    "newest": "runs.tasks.refresh_newest",
    "details": "runs.tasks.refresh_details",
    "history": "runs.tasks.walk_history",
    "workflows": "runs.tasks.refresh_workflows",
    "schedules": "schedules.tasks.refresh_schedules",
    "evidence": "runs.tasks.tidy_files",
}

admin.site.site_header = admin.site.site_title = "Skydeck administration"
admin.site.index_title = "People, mirror and log"


@login_not_required
def log_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """One log-in page for everything, with its lock-out; who is in but may not, is told so."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


admin.site.login = log_in  # type: ignore[method-assign]


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """To be looked at: rows are written by Skydeck alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Feed)
class FeedAdmin(ReadOnly):
    list_display = ("name", "succeeded_at", "latency", "failures", "due_at", "short_error")
    actions = ("refresh_now",)

    @admin.display(description="API call", ordering="latency_ms")
    def latency(self, feed: Feed) -> str:
        return "" if feed.latency_ms is None else f"{feed.latency_ms:.0f} ms"

    @admin.display(description="error")
    def short_error(self, feed: Feed) -> str:
        return feed.error[:120]

    @admin.action(description="Refresh now", permissions=["view"])
    def refresh_now(self, request: HttpRequest, chosen: QuerySet[Feed]) -> None:
        """Forget the back-off, the circuit's too, and ask a worker at once."""
        names = sorted(set(chosen.values_list("name", flat=True)) & TASK_BY_FEED.keys())
        Feed.objects.filter(pk__in=[*names, feeds.API]).update(due_at=None)
        for name in names:
            app.signature(TASK_BY_FEED[name]).delay()
        if names:
            messages.success(request, f"Asked the workers to refresh: {', '.join(names)}.")
        else:
            messages.warning(request, "The circuit's wait is over; it has no refresh of its own.")


@admin.register(Activity)
class ActivityAdmin(ReadOnly):
    list_display = ("at", "actor_name", "verb", "target_type", "target_label", "result", "address")
    list_filter = ("result", "verb")
    search_fields = ("actor_name", "target_id")
    date_hierarchy = "at"
    show_full_result_count = False
