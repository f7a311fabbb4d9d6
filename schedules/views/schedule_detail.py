"""One schedule."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from schedules.models import Schedule


@require_GET
@permission_required("schedules.view_schedule", raise_exception=True)
def schedule_detail(request: HttpRequest, schedule_id: str) -> HttpResponse:
    schedule = get_object_or_404(Schedule.objects.select_related("workflow"), pk=schedule_id)
    return render(request, "schedules/schedule_detail.html", {"schedule": schedule})
