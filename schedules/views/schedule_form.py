"""Creating and editing a schedule, and its preview."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from schedules.models import Schedule


@require_GET
@permission_required("schedules.add_schedule", raise_exception=True)
def schedule_create(request: HttpRequest) -> HttpResponse:
    return render(request, "schedules/schedule_form.html")


@require_GET
@permission_required("schedules.change_schedule", raise_exception=True)
def schedule_edit(request: HttpRequest, schedule_id: str) -> HttpResponse:
    schedule = get_object_or_404(Schedule.objects.present(), pk=schedule_id)
    return render(request, "schedules/schedule_form.html", {"schedule": schedule})


@require_GET
@permission_required("schedules.view_schedule", raise_exception=True)
def schedule_preview(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)
