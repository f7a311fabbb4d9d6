"""For machines: is the process up, and can it do its work."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard import feeds


@require_safe
@never_cache
@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when pages can be served; 503 names what is missing.

    A Skyvern that is down is told, but is no reason to take this process out of service: the
    history stays readable.
    """
    found = {"database": "unreachable", "migrations": "unknown", "mirror": "unknown"}
    try:
        executor = MigrationExecutor(connection)
        found["database"] = "ok"
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        found["migrations"] = f"{len(plan)} not applied" if plan else "ok"
        if not plan:
            found["mirror"] = feeds.health().state
    except Error:
        return JsonResponse(found, status=503)
    ready = found["database"] == found["migrations"] == "ok"
    return JsonResponse(found, status=200 if ready else 503)
