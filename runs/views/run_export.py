"""The runs of a filter, or the ticked ones, as a file that is streamed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboard.access import needs
from runs import export
from runs.filters import RunFilter

FORMATS = {
    "csv": ("text/csv; charset=utf-8", export.as_csv),
    "json": ("application/json", export.as_json),
}


@needs("runs.view_run")
@require_POST
def run_export(request: HttpRequest) -> HttpResponseBase:
    """`run` many times, or else all that match `query`; `format`: csv or json."""
    kind = request.POST.get("format", "csv")
    content_type, written = FORMATS.get(kind, FORMATS["csv"])
    ids = [] if request.POST.get("all") else request.POST.getlist("run")
    wanted = RunFilter.read(QueryDict(request.POST.get("query", "")))
    rows = export.picked(ids) if ids else export.matching(wanted.select())
    name = f"runs-{timezone.localtime():%Y%m%d-%H%M}.{kind if kind in FORMATS else 'csv'}"
    return StreamingHttpResponse(
        written(rows),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
