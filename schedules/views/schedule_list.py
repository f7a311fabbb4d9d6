"""The table of schedules."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from schedules.models import Schedule


@require_GET
@permission_required("schedules.view_schedule", raise_exception=True)
def schedule_list(request: HttpRequest) -> HttpResponse:
    schedules = Schedule.objects.present().select_related("workflow")
    return render(request, "schedules/schedule_list.html", {"schedules": schedules[:50]})
