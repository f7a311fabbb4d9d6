"""The button that runs a schedule now."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.skyvern import errors
from schedules.actions import run_now
from schedules.models import Schedule


@require_POST
@needs("runs.launch_run")
def schedule_run(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """To its run, or to where that is looked for; back with a sentence if there is none."""
    present = Schedule.objects.present().select_related("workflow")
    schedule = get_object_or_404(present, pk=schedule_id)
    nonce = _nonce(request.POST.get("nonce"))
    try:
        entry, first = run_now(schedule, nonce=nonce, actor=Actor.of(request))
    except errors.Unknown:
        return redirect("runs:launch_state", nonce)
    except errors.SkyvernError as exc:
        messages.error(request, f"{schedule} was not run. {exc.message}")
        return redirect(schedule)
    if not first:
        messages.info(request, "That press of the button was sent already; this came of it.")
    if entry.run_id:
        return redirect("runs:run_detail", entry.run_id)
    return redirect("runs:launch_state", entry.pk)


def _nonce(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()
