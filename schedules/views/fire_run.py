"""Running what a single fire should have run."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.skyvern.errors import SkyvernError
from schedules import actions
from schedules.models import Fire
from schedules.views.state import shown_parameters


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.change_schedule")
@needs("runs.launch_run")
def fire_run(request: HttpRequest, schedule_id: str, pk: int) -> HttpResponse:
    """Says first what would be run; then runs it, once, and leads to the run."""
    fires = Fire.objects.select_related("schedule__workflow")
    fire = get_object_or_404(fires, pk=pk, schedule=schedule_id, schedule__deleted_at=None)
    if request.method == "POST" and fire.made_up_by_id is None:
        try:
            run_id = actions.make_up(fire, actor=Actor.of(request))
        except SkyvernError as exc:
            messages.error(request, f"It was not run: {exc.message}")
        else:
            messages.success(request, f"Started the run that {fire.schedule} missed.")
            return redirect(reverse("runs:run_detail", args=[run_id]))
        return redirect(request.path)
    context = {
        "fire": fire,
        "schedule": fire.schedule,
        "able": fire.can_be_made_up(timezone.now()),
        "parameters": shown_parameters(fire.schedule),
    }
    return render(request, "schedules/fire_run.html", context)
