"""A run as whoever has a link to it sees it: how it went, and nothing that is the team's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from runs import course, evidence, inputs, sharing
from runs.bundle.hiding import hider, shown
from runs.models import Artifact, Launch, Run, RunDetail, Share
from runs.outputs import Document, stored
from runs.outputs.sections import Section, sections

type Hide = Callable[[str], str]

RUN_TEXTS = ("title", "status", "failure_reason")
DETAIL_JSON = ("timeline", "parameters", "errors", "categories", "request")


def of_share(share: Share, step_key: str) -> dict[str, Any]:
    """For a template. Its texts are hidden in part as in a support bundle before anything is made
    of them, so that no template can show the rest; outputs are read only if it asks."""
    hide = hider()
    run, detail = _run(share.run, hide), _detail(share.run, hide)
    return course.of_run(run, detail, _files(share), step_key) | {
        "share": share,
        "as_of": timezone.now(),
        "run": run,
        "detail": detail,
        "sections": partial(_sections, run, hide),
        "inputs": SimpleLazyObject(lambda: _inputs(run, detail, hide)),
    }


def _run(run: Run, hide: Hide) -> Run:
    """Of this request alone, and never saved."""
    for name in RUN_TEXTS:
        setattr(run, name, hide(getattr(run, name)))
    if run.workflow:
        run.workflow.title = hide(run.workflow.title)
        run.workflow.parameters = shown(run.workflow.parameters, hide)
    run.failure_group = None
    return run


def _detail(run: Run, hide: Hide) -> RunDetail | None:
    detail = RunDetail.objects.defer("outputs").filter(pk=run.pk).first()
    for name in DETAIL_JSON if detail else ():
        setattr(detail, name, shown(getattr(detail, name), hide))
    return detail


def _files(share: Share) -> list[Artifact]:
    files = evidence.files_of(share.run, sharing.SHOWN_FILES)
    link = sharing.token(share)
    for file in files:
        file.link = link
    return files


def _sections(run: Run, hide: Hide) -> list[Section] | None:
    """None for an output that is too large to be gone through each time a link is opened."""
    if stored.is_large(run.pk):
        return None
    value, _ = stored.small(run.pk)
    return sections(Document.of(shown(value, hide)))


def _inputs(run: Run, detail: RunDetail | None, hide: Hide) -> inputs.Inputs:
    launch = Launch.objects.filter(run_id=run.pk).first()
    if launch is not None:
        launch.request = _without_webhooks(shown(launch.request, hide))
    if detail is not None:
        detail.request = _without_webhooks(detail.request)
    return inputs.of_run(run, detail, launch)


def _without_webhooks(request: Any) -> Any:
    """Who else is told of the run is the team's business."""
    if not isinstance(request, dict):
        return request
    return {name: value for name, value in request.items() if "webhook" not in name.lower()}
