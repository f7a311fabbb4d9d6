"""Screenshots, recordings, downloads and logs: listed, signed and served with Range."""

import hashlib
import hmac
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from dashboard.sandbox import contents, defaults
from dashboard.sandbox.clockwork import Progress
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.files import Artifact, of_run
from dashboard.sandbox.outputs import block_id, step_id, task_id
from dashboard.sandbox.state import ORGANIZATION, Run
from dashboard.sandbox.vocabulary import ARTIFACT_TYPES
from dashboard.sandbox.wire import Answer, RefusedError, Request, naive

type Json = dict[str, Any]

SHORT, LONG = timedelta(hours=1), timedelta(hours=12)
ARCHIVED_AFTER = timedelta(days=90)


def describe(engine: Engine, run: Run, artifact: Artifact) -> Json:
    timed = artifact.timed
    folder = f"file:///srv/skyvern/artifacts/local/{ORGANIZATION}/workflow_runs/{run.run_id}"
    is_task = artifact.kind in ("recording", "har", "browser_console_log")
    has_block = timed is not None and artifact.kind.startswith(("screenshot", "html"))
    size = len(contents.of(run, artifact)) if artifact.ready <= engine.now() else 0
    return {
        **defaults.ARTIFACT,
        "artifact_id": artifact.artifact_id,
        "artifact_type": artifact.kind,
        "uri": f"{folder}/{artifact.name}",
        "bundle_key": None,
        "file_size": size,
        "task_id": task_id(run, timed) if timed and is_task else None,
        "step_id": step_id(run, timed) if timed and is_task else None,
        "workflow_run_id": run.run_id,
        "workflow_run_block_id": block_id(run, timed) if timed and has_block else None,
        "run_id": run.run_id,
        "signed_url": signed_url(engine, artifact),
        "archived": is_archived(engine, artifact),
        "created_at": naive(artifact.made),
        "modified_at": naive(max(artifact.made, min(artifact.ready, engine.now()))),
        "organization_id": ORGANIZATION,
    }


def is_archived(engine: Engine, artifact: Artifact) -> bool:
    return artifact.made < engine.now() - ARCHIVED_AFTER


def list_artifacts(engine: Engine, request: Request, run_id: str) -> list[Json]:
    kinds = request.choices("artifact_type", ARTIFACT_TYPES)
    run = engine.world.runs.get(run_id)
    if run is None:
        return []
    found = of_run(run, engine.progress(run))
    return [describe(engine, run, a) for a in found if not kinds or a.kind in kinds]


def find(engine: Engine, artifact_id: str) -> tuple[Run, Artifact]:
    """The run's number is part of the id, so nothing has to be remembered."""
    if shape := re.fullmatch(r"a_6(\d{9})\d{8}", artifact_id):
        run = engine.run_numbered(int(shape[1]))
        for artifact in of_run(run, engine.progress(run)) if run else []:
            if run and artifact.artifact_id == artifact_id:
                return run, artifact
    raise RefusedError(404, f"Artifact not found {artifact_id}")


def get_artifact(engine: Engine, request: Request, artifact_id: str) -> Json:
    return describe(engine, *find(engine, artifact_id))


def get_signed_url(engine: Engine, request: Request, artifact_id: str) -> Json:
    _, artifact = find(engine, artifact_id)
    return {
        "artifact_id": artifact_id,
        "signed_url": signed_url(engine, artifact, timedelta(minutes=5)),
    }


def signed_url(engine: Engine, artifact: Artifact, life: timedelta | None = None) -> str:
    usual = SHORT if artifact.kind.startswith(("screenshot", "recording")) else LONG
    expiry = str(int((engine.now() + (life or usual)).timestamp()))
    address = f"{engine.base_url}/v1/artifacts/{artifact.artifact_id}/content"
    signature = _sign(engine, artifact.artifact_id, expiry)
    return f"{address}?expiry={expiry}&kid=local-1&sig={signature}"


def _sign(engine: Engine, artifact_id: str, expiry: str) -> str:
    message = f"{artifact_id}.{expiry}".encode()
    return hmac.new(engine.api_key.encode(), message, hashlib.sha256).hexdigest()


def is_signed(engine: Engine, request: Request, artifact_id: str) -> bool:
    """Whether the request carries a signature at all; RefusedError (403) if it is not good."""
    signature, expiry = request.text("sig"), request.text("expiry")
    if signature is None or expiry is None:
        return False
    good = hmac.compare_digest(signature.encode(), _sign(engine, artifact_id, expiry).encode())
    if not good or int(expiry) < engine.now().timestamp():
        raise RefusedError(403, "Invalid or expired artifact URL")
    return True


def get_content(engine: Engine, request: Request, artifact_id: str) -> Answer:
    signed = is_signed(engine, request, artifact_id)
    run, artifact = find(engine, artifact_id)
    if artifact.ready > engine.now() or is_archived(engine, artifact):
        raise RefusedError(404, f"Artifact not found {artifact_id}")
    content = contents.of(run, artifact)
    disposition = "inline"
    if artifact.kind == "download":
        plain = artifact.name.encode("ascii", "replace").decode().replace('"', "_")
        encoded = quote(artifact.name)
        disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    headers = {
        "Content-Type": contents.TYPES.get(artifact.kind, "application/json"),
        "Content-Disposition": disposition,
        "Cache-Control": "private, max-age=3600" if signed else "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
    }
    return _ranged(content, request.headers.get("range", ""), headers)


def _ranged(content: bytes, wanted: str, headers: dict[str, str]) -> Answer:
    """One range is honoured; several, or another unit, get the whole."""
    shape = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted.strip())
    if shape is None or shape[1] == shape[2] == "":
        return Answer(content, 200, headers)
    size = len(content)
    if shape[1] == "":
        first, last = max(0, size - int(shape[2])), size - 1
    else:
        first, last = int(shape[1]), min(int(shape[2] or size), size - 1)
    if first >= size or first > last:
        return Answer(b"", 416, {**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Answer(content[first : last + 1], 206, headers)


def recording_url(engine: Engine, run: Run, progress: Progress) -> str | None:
    """There while the run goes on, though its content is not."""
    found = [a for a in of_run(run, progress) if a.kind == "recording"]
    return signed_url(engine, found[-1]) if found else None


def recording_archived(engine: Engine, run: Run, progress: Progress) -> bool:
    found = [a for a in of_run(run, progress) if a.kind == "recording"]
    return any(is_archived(engine, a) for a in found)


def screenshot_urls(engine: Engine, run: Run, progress: Progress) -> list[str] | None:
    found = [a for a in of_run(run, progress) if a.kind == "screenshot_action"]
    return [signed_url(engine, a) for a in reversed(found[-3:])] or None


def downloaded_files(engine: Engine, run: Run, progress: Progress) -> list[Json]:
    found = []
    for artifact in of_run(run, progress):
        if artifact.kind != "download":
            continue
        content = contents.of(run, artifact)
        folder = f"file:///srv/skyvern/downloads/{run.run_id}"
        found.append(
            {
                "url": f"{folder}/{quote(artifact.name)}",
                "checksum": hashlib.sha256(content).hexdigest(),
                "filename": artifact.name,
                "file_size": len(content),
                "modified_at": naive(artifact.made),
                "artifact_id": artifact.artifact_id,
            }
        )
    return found
