"""Who did what, when, to what, from where, with what result."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.models import Activity


@require_GET
@permission_required("dashboard.view_activity", raise_exception=True)
def activity(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/activity.html", {"rows": Activity.objects.all()[:50]})
