"""What the tests of support bundles share: one that is taken or made, and what is in it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from runs import bundle
from runs.evidence import Evidence
from runs.inputs import Inputs
from runs.models import Artifact, Run
from runs.timeline import Timeline

MB = 2**20
PNG = b"\x89PNG\r\n\x1a\n"
ALWAYS = {
    *("README.txt", "run.json", "timeline.json", "outputs.json", "notes.txt", "history.txt"),
}
SAFE = re.compile(r"screenshots/\d\d-[a-z0-9_-]{1,40}\.(png|jpg|webp)")


def serve(settings: Settings, content: Callable[[str], Iterable[bytes]]) -> list[str]:
    """From now on what a function makes of its id is each file; the ids that were asked for."""
    asked: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"].split("/")[-2])
        start_response("200 OK", [("content-type", "text/html")])
        return content(asked[-1])

    settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)
    return asked


def url(run: Run) -> str:
    return reverse("runs:run_bundle", args=[run.run_id])


def sent(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(pieces(answer))


def pieces(answer: Any) -> Iterator[bytes]:
    yield from answer.streaming_content


def opened(content: bytes) -> dict[str, bytes]:
    """Its members by name, after it proved to be whole and each name to be there once."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(set(names))
        assert names[-1] == "README.txt"
        return {name: archive.read(name) for name in names}


def taken(client: Client, run: Run) -> dict[str, bytes]:
    return opened(sent(client.get(url(run))))


def readme(members: dict[str, bytes]) -> str:
    return members["README.txt"].decode()


def pictures(members: dict[str, bytes]) -> list[str]:
    return [name for name in members if name.startswith("screenshots/")]


def shots(run: Run, count: int, **more: Any) -> list[Artifact]:
    """So many more screenshots of a run, taken one a second from its creation on."""
    return Artifact.objects.bulk_create(
        [
            Artifact(
                artifact_id=f"a_x{number:04}",
                run=run,
                type="screenshot_llm",
                created_at=run.created_at + timedelta(seconds=number),
                **more,
            )
            for number in range(count)
        ]
    )


def case(**more: Any) -> bundle.Case:
    """Of a run that is known by its row alone."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    run = Run(
        run_id="wr_1", status="completed", phase="completed", created_at=now, seen_at=now,
        changed_at=now,
    )  # fmt: skip
    known: dict[str, Any] = {
        **dict.fromkeys(("detail", "why", "failing")),
        **{name: [] for name in ("logs", "tags", "retried_as", "notes", "events")},
        "run": run,
        "timeline": Timeline([]),
        "files": Evidence(),
        "inputs": Inputs([], [], as_sent=False),
        "retried_from": "",
        "note_count": 0,
        "by": "maria",
        "at": now,
    }
    return bundle.Case(**known | more)


def made(**more: Any) -> dict[str, bytes]:
    return opened(b"".join(bundle.stream(case(**more))))
