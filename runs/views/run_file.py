"""One part of a run, whole, as a JSON file; a large output is sent without being held."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from dashboard.access import needs
from runs import inputs
from runs.models import Launch, Run, RunDetail
from runs.outputs import Node, stored
from runs.views.run_output import LONGEST_PATH, document_of

MOST_COPIED = 500_000
"""Characters of what goes to a clipboard."""
_encoder = json.JSONEncoder(indent=1, ensure_ascii=False, default=str)


@needs("runs.view_run")
@require_safe
def run_json(request: HttpRequest, run_id: str, part: str) -> HttpResponseBase:
    """output, inputs, timeline or raw. `?path=` a part of the output; `?copy=1` if it is small."""
    run = Run.objects.filter(pk=run_id).select_related("workflow").first()
    if run is None or part not in PARTS:
        raise Http404("no such part")
    if part == "output" and (path := request.GET.get("path", "")):
        node = part_at(run, path.replace("\0", "")[:LONGEST_PATH])
        if "copy" in request.GET and size(node) > MOST_COPIED:
            return HttpResponse("That is too large to be copied.", "text/plain", status=413)
        return answer(node.json(), f"{run.run_id}-output-part.json")
    return answer(PARTS[part](run), f"{run.run_id}-{part}.json")


def answer(pieces: Iterator[str], name: str) -> HttpResponseBase:
    """What is short or broken before it begins has a status that says so."""
    first = next(pieces, "")
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "",
        "X-Content-Type-Options": "nosniff",
    }
    body = (piece.encode(errors="replace") for piece in chained(first, pieces))
    return StreamingHttpResponse(body, content_type="application/json", headers=headers)


def chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def part_at(run: Run, path: str) -> Node:
    trail = stored.settled(lambda: document_of(run).at(path))
    if trail is None:
        raise Http404("no such part")
    return trail[-1]


def size(node: Node) -> int:
    if node.large is not None:
        return node.large.end - node.large.start
    return sum(map(len, node.json()))


def output(run: Run) -> Iterator[str]:
    root = document_of(run).root
    return root.json() if root.large is not None else iter([_encoder.encode(root.value)])


def given(run: Run) -> Iterator[str]:
    launch = Launch.objects.filter(run_id=run.pk).first()
    return iter([_encoder.encode(inputs.of_run(run, detail_of(run), launch).as_json())])


def timeline(run: Run) -> Iterator[str]:
    detail = detail_of(run)
    return iter([_encoder.encode(detail.timeline if detail else [])])


def raw(run: Run) -> Iterator[str]:
    """The output, which can be large, is its last field."""
    detail = detail_of(run)
    told = _encoder.encode({"run": run.raw, "detail": fields(detail)})
    if detail is None:
        yield told
        return
    yield told.removesuffix("\n }\n}") + ',\n  "outputs": '
    yield from output(run)
    yield "\n }\n}"


def detail_of(run: Run) -> RunDetail | None:
    return RunDetail.objects.defer("outputs").filter(pk=run.pk).first()


def fields(detail: RunDetail | None) -> dict[str, Any] | None:
    """All that upstream told but the output."""
    if detail is None:
        return None
    names = [field.name for field in RunDetail._meta.fields]
    return {
        name: getattr(detail, name) for name in names if name not in ("run", "error", "outputs")
    }


def raw_shown(run: Run, detail: RunDetail | None) -> dict[str, Any]:
    """What the tab shows the beginning of; a large output has a tab where it can be read."""
    told = fields(detail)
    is_large = stored.is_large(run.pk)
    if told is not None and not is_large:
        told["outputs"], _ = stored.small(run.pk)
    return {"told": {"run": run.raw, "detail": told}, "is_large": is_large}


PARTS: dict[str, Callable[[Run], Iterator[str]]] = {
    "output": output,
    "inputs": given,
    "timeline": timeline,
    "raw": raw,
}
