"""A screenshot at the size of a strip's cell, so that a long run's page is not megabytes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dashboard.access import needs
from dashboard.skyvern import errors
from runs import thumbnails
from runs.models import Artifact

YEAR = 365 * 24 * 3600
MINUTE = 60


@needs("runs.view_run")
@require_safe
def thumbnail(request: HttpRequest, artifact_id: str) -> HttpResponse:
    """Something to show in any case; what is no thumbnail is asked for again soon."""
    content = thumbnails.made_before(artifact_id)
    if content is None:
        screenshots = Artifact.objects.filter(type__startswith="screenshot")
        known = screenshots.select_related("run", "keeping")
        file = get_object_or_404(known, pk=artifact_id)
        try:
            content = thumbnails.of(file)
        except thumbnails.BusyError:
            full = HttpResponseRedirect(file.get_absolute_url())
            full["Cache-Control"] = "private, no-store"
            return full
        except errors.SkyvernError:
            content = b""
    return picture(content)


def picture(content: bytes) -> HttpResponse:
    """Drawn here, whatever it was drawn of."""
    life = f"max-age={YEAR}, immutable" if content else f"max-age={MINUTE}"
    headers = {
        "Cache-Control": f"private, {life}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    shown = content or thumbnails.placeholder()
    return HttpResponse(shown, content_type="image/webp", headers=headers)
