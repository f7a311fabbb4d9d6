"""Skyvern's webhook: a signed hint that a run ended, answered by reading that run again."""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from dashboard.skyvern import signature
from runs.mirror.fit import is_id
from runs.tasks import refresh_run

LARGEST = 32 * 1024 * 1024
REMEMBERED = 60
"""Seconds in which the very same body is one delivery. Upstream's timestamp is not signed, so an
old one can come again at any time: it costs one reading of that run."""


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """202 when the run will be read; 403 unsigned, 400 not a run, 413 too large, 503 try again.

    Nothing of the body is believed but the id.
    """
    given = request.headers.get("x-skyvern-signature", "")
    if not given:
        return HttpResponse(status=403)  # before anything is read
    try:
        body = _read(request)
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except UnreadablePostError:
        return HttpResponse(status=400)
    if not signature.verify(body, given, settings.SKYVERN_API_KEY):
        return HttpResponse(status=403)
    run_id = _run_id(body)
    if run_id is None:
        return HttpResponse(status=400)
    return HttpResponse(status=202 if _enqueue(run_id, body) else 503)


def _read(request: HttpRequest) -> bytes:
    """The raw body. Django's own limit for a body is for forms; outputs can be larger."""
    body: bytes = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise RequestDataTooBig
    return body


def _run_id(body: bytes) -> str | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    run_id = told.get("run_id") or told.get("workflow_run_id")
    return run_id if is_id(run_id) else None


def _enqueue(run_id: str, body: bytes) -> bool:
    """Whether the refresh is on its way, now or from the same delivery a moment ago."""
    key = f"webhook:{hashlib.sha256(body).hexdigest()}"
    if cache.get(key):
        return True
    try:
        refresh_run.delay(run_id)
    except (OperationalError, OSError):
        return False  # Skyvern tries again, and the refresh finds it anyway
    cache.set(key, 1, REMEMBERED)
    return True
