"""What the tests of kept files share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from django.utils import timezone
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from runs.models import Kept, Run
from runs.tasks import keep_files

State = Kept.State


def keep_all() -> None:
    """As if each file's time had come: slices until nothing is left to do."""
    for _ in range(20):
        Kept.objects.filter(state=State.WAITING).update(lease_until=None)
        if not Kept.objects.filter(state=State.WAITING).exists():
            return
        keep_files()


def lies_in(folder: Path) -> list[str]:
    """Names of all files in the store, but for its mark."""
    return sorted(str(path.relative_to(folder)) for path in folder.glob("*/*") if path.is_file())


def asked_for(sandbox: Sandbox) -> list[str]:
    """Whose content was asked for, in order."""
    return [path.split("/")[-2] for _, path in sandbox.calls if path.endswith("/content")]


def one(run: Run, kind: str = "recording") -> Kept:
    """Its row, whatever became of it."""
    return Kept.objects.filter(artifact__run=run, artifact__type=kind).order_by("pk")[0]


def ended_long_ago(run: Run) -> None:
    """So that what Skyvern does not have will not come any more."""
    then = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(changed_at=then, finished_at=then)


def upstream(
    settings: Settings,
    content: Callable[[], Iterable[bytes]],
    headers: Iterable[tuple[str, str]] = (("content-type", "image/png"),),
) -> list[str]:
    """From now on that is each file; the ids that were asked for."""
    asked: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"].split("/")[-2])
        start_response("200 OK", list(headers))
        return content()

    settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)
    return asked


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)
