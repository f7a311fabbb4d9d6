"""What support people open: a run with 500 actions, 300 screenshots and 20 MB of output, thumbnails
of those, the same run through a share link, and a recording of 200 MB that is streamed through, or
out of the store.

`python -m bench.evidence SAMPLES` measures on the database of its environment, and prints JSON;
`gunicorn bench.evidence:upstream` is the Skyvern that has the files.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from bench import history
from bench.databases import report_each
from bench.figures import measured
from bench.stack import program, wait_for
from bench.visitor import logged_in, megabytes
from bench.web import save, settle_into, web
from dashboard.sandbox import pictures
from ops.ports import any_free

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

BLOCKS, ACTIONS, SCREENSHOTS = 10, 500, 300
PACE = timedelta(seconds=2)
"""From one action to the next; three of five have a screenshot."""
OUTPUT_MB, RECORDING_MB = 20, 200
PIECE = bytes(2**16)
TABS = ("steps", "output", "inputs", "files", "notes", "raw")
PAGES = {
    **{tab: f"?tab={tab}" for tab in TABS},
    "fold": "output/?path=$.block_7_output&from=4000",
    "deep_path": "?tab=output&path=$.block_9_output[6000].name",
    "search": "?tab=output&find=brass",
    "search_for_nothing": "?tab=output&find=nowhere+in+it",
}
"""Of a run: its tabs, and the ways into its output."""


def run(*, quick: bool) -> None:
    """Measure on both databases, print, and keep the figures as JSON."""
    report_each("evidence", "A long run, and its recording", 10 if quick else 200)


def measure(samples: int) -> dict[str, float]:
    port = any_free()
    os.environ |= {"SKYVERN_BASE_URL": f"http://127.0.0.1:{port}", "SKYVERN_API_KEY": "bench"}
    os.environ |= {"SKYVERN_RATE": "0", "EVIDENCE_STORE": f"{os.environ['SKYDECK_VAR']}/evidence"}
    settle_into(Path(os.environ["SKYDECK_VAR"]))
    from django.contrib.auth.models import User

    User.objects.create_superuser("bench", password="bench")
    run_id = _long_run()
    pages = {name: f"/runs/{run_id}/{query}" for name, query in PAGES.items()}
    pages["shared"] = _share(run_id)
    serving = ["gunicorn", "bench.evidence:upstream", "--log-level", "warning", "--threads", "4"]
    skyvern = program([*serving, "--bind", f"127.0.0.1:{port}"], dict(os.environ))
    found: dict[str, float] = {}
    with skyvern, web() as url, logged_in(url) as client:
        wait_for(os.environ["SKYVERN_BASE_URL"])
        for name, path in pages.items():
            took = measured(name, _asked(client, path, samples))
            found |= {f"{name}_p50_ms": 1000 * took.p50, f"{name}_p95_ms": 1000 * took.p95}
        found |= _downloaded(client, run_id) | _thumbnails(client, min(samples, SCREENSHOTS))
        return found | _streamed(client, "recording") | _streamed(client, "kept_recording")


def _long_run() -> str:
    from runs import mirror
    from runs.models import Artifact, Run, RunDetail

    save([history.run(3)])
    run_id, began = Run.objects.values_list("run_id", "created_at").get()
    RunDetail.objects.create(
        run_id=run_id,
        timeline=[_block(number, began) for number in range(BLOCKS)],
        outputs={f"block_{n}_output": _rows(OUTPUT_MB / BLOCKS) for n in range(BLOCKS)},
        fetched_at=datetime.now(UTC),
    )
    mirror.lay_out_late(run_id)
    Artifact.objects.bulk_create(
        Artifact(
            artifact_id=f"a_{number}",
            run_id=run_id,
            type="screenshot_action",
            created_at=began + (number // 3 * 5 + number % 3 + 1) * PACE,
        )
        for number in range(SCREENSHOTS)
    )
    for name in ("recording", "kept_recording"):
        Artifact.objects.create(artifact_id=name, run_id=run_id, type="recording", created_at=began)
    _keep("kept_recording")
    return str(run_id)


def _share(run_id: str) -> str:
    """Where a link leads that shows it for a day."""
    from django.contrib.auth.models import User
    from django.urls import reverse

    from runs import sharing
    from runs.models import Share

    until = datetime.now(UTC) + timedelta(days=1)
    share = Share.objects.create(run_id=run_id, user=User.objects.get(), expires_at=until)
    return reverse("runs:shared", args=[sharing.token(share)])


def _keep(artifact_id: str) -> None:
    """A recording in the store, as a worker leaves it there."""
    from runs.models import Artifact, Kept

    file = Artifact.objects.select_related("run").get(pk=artifact_id)
    kept = Kept(artifact=file, run=file.run, place=file.run.place, state=Kept.State.KEPT)
    kept.token, kept.size, kept.content_type = uuid4(), RECORDING_MB * 10**6, "video/mp4"
    kept.kept_at = datetime.now(UTC)
    path = Path(os.environ["EVIDENCE_STORE"]) / kept.name
    path.parent.mkdir()
    with path.open("wb") as content:
        content.writelines(_recording())
    kept.save()


def _block(number: int, began: datetime) -> dict[str, Any]:
    """The last one fails, at its last action."""
    its = range(number * ACTIONS // BLOCKS, (number + 1) * ACTIONS // BLOCKS)
    begun, ended = _around(its, began)
    known = {
        "workflow_run_block_id": f"wrb_{number}",
        "label": f"block_{number}",
        "block_type": "task",
        "status": "failed" if number == BLOCKS - 1 else "completed",
        "created_at": begun,
        "modified_at": ended,
        "actions": [_action(order, began) for order in its],
    }
    return {"type": "block", "created_at": begun, "block": known, "children": []}


def _action(order: int, began: datetime) -> dict[str, Any]:
    begun, ended = _around(range(order, order + 1), began)
    fifth, place = divmod(order, 5)
    return {
        "action_id": f"act_{order}",
        "action_type": "click",
        "status": "failed" if order == ACTIONS - 1 else "completed",
        "action_order": order,
        "reasoning": "The button is the only one that leads on.",
        "created_at": begun,
        "started_at": begun,
        "finished_at": ended,
        "screenshot_artifact_id": f"a_{fifth * 3 + place}" if place < 3 else None,
    }


def _around(orders: range, began: datetime) -> tuple[str, str]:
    """When the first of those actions began, and when the last ended."""
    return (began + orders.start * PACE).isoformat(), (began + orders.stop * PACE).isoformat()


def _rows(megabytes_of_json: float) -> list[dict[str, Any]]:
    row = {"sku": "NW-1001", "name": "Desk lamp, brass", "price": 149.5, "text": "x" * 200}
    return [row] * int(megabytes_of_json * 1e6 / len(json.dumps(row)))


def _asked(client: httpx.Client, path: str, samples: int) -> list[float]:
    took = []
    headers = {"HX-Request": "true"} if "/output/" in path else {}
    for number in range(samples + 2):
        begun = time.perf_counter()
        client.get(path, headers=headers).raise_for_status()
        if number >= 2:
            took.append(time.perf_counter() - begun)
    return took


def _thumbnails(client: httpx.Client, samples: int) -> dict[str, float]:
    """How long one takes that is made, and one that was; and how large they are."""
    paths, found, sizes = [f"/artifacts/a_{n}/thumb/" for n in range(samples)], {}, []
    for what in ("first", "again"):
        took = []
        for path in paths:
            begun = time.perf_counter()
            sizes.append(len(client.get(path).raise_for_status().content))
            took.append(time.perf_counter() - begun)
        found[f"thumbnail_{what}_p95_ms"] = 1000 * measured(what, took).p95
    return {**found, "thumbnail_bytes": sum(sizes) / len(sizes)}


def _downloaded(client: httpx.Client, run_id: str) -> dict[str, float]:
    """The output as a file, three times over, and by how much the server grows."""
    before = megabytes()
    for _ in range(3):
        with client.stream("GET", f"/runs/{run_id}/output.json") as answer:
            answer.raise_for_status()
            size = sum(len(piece) for piece in answer.iter_raw(2**20))
    if size < OUTPUT_MB * 0.9e6:
        raise RuntimeError(f"the output came with {size} bytes")
    return {"megabytes_that_downloads_of_the_output_cost": megabytes() - before}


def _streamed(client: httpx.Client, name: str) -> dict[str, float]:
    """How fast a recording comes, and by how much the server grows meanwhile."""
    before = most = megabytes()
    begun, size = time.perf_counter(), 0
    with client.stream("GET", f"/artifacts/{name}/") as answer:
        answer.raise_for_status()
        for piece in answer.iter_raw(2**20):
            if size // 2**24 != (size + len(piece)) // 2**24:
                most = max(most, megabytes())
            size += len(piece)
    spent = time.perf_counter() - begun
    if size != RECORDING_MB * 10**6:
        raise RuntimeError(f"the recording came with {size} bytes")
    return {
        f"{name}_megabytes_per_second": size / 1e6 / spent,
        f"megabytes_that_the_server_grew_by_for_the_{name}": most - before,
    }


def upstream(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """A WSGI application that gives a picture for each screenshot, and the recording."""
    artifact_id = environ["PATH_INFO"].split("/")[-2]
    if "recording" in artifact_id:
        headers = [("Content-Type", "video/mp4"), ("Content-Length", str(RECORDING_MB * 10**6))]
        start_response("200 OK", headers)
        return _recording()
    start_response("200 OK", [("Content-Type", "image/png")])
    return [pictures.screenshot(artifact_id)]


def _recording() -> Iterator[bytes]:
    whole, rest = divmod(RECORDING_MB * 10**6, len(PIECE))
    yield from (PIECE for _ in range(whole))
    yield PIECE[:rest]


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
