"""Tags of runs: those of people, which are kept, and the system's, which follow from the run."""

from datetime import datetime
from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.runs import find
from dashboard.sandbox.state import Run, Tag
from dashboard.sandbox.tagging import MOST_TAGS, RESERVED, checked, each, identity, manual, target
from dashboard.sandbox.wire import RefusedError, Request, missing, naive

type Json = dict[str, Any]

MOST_RUNS = 200
UNKNOWN = "Workflow run {} not found"


def get_tags(engine: Engine, request: Request, run_id: str) -> Json:
    return _told(engine, find(engine, run_id, UNKNOWN))


def get_tags_of_runs(engine: Engine, request: Request) -> Json:
    return _batch(engine, (request.text("workflow_run_ids") or "").split(","))


def post_tags_of_runs(engine: Engine, request: Request) -> Json:
    body = request.json()
    if "workflow_run_ids" not in body:
        raise missing("workflow_run_ids", body)
    return _batch(engine, body["workflow_run_ids"])


def _batch(engine: Engine, ids: list[str]) -> Json:
    """Unknown runs are there too, without tags."""
    wanted = [run_id.strip() for run_id in ids if run_id.strip()]
    if len(wanted) > MOST_RUNS:
        text = f"At most {MOST_RUNS} workflow run IDs may be requested at once"
        raise RefusedError(400, text)
    runs = engine.world.runs
    return {"run_tags": {i: _pairs(engine, runs[i]) if i in runs else [] for i in wanted}}


def _pairs(engine: Engine, run: Run) -> list[Json]:
    return [{"key": tag.key, "value": tag.value} for tag in _sorted(engine, run)]


def change_tags(engine: Engine, request: Request, run_id: str) -> Json:
    """All or nothing; what is both set and deleted is set."""
    body = request.json()
    added = each(body, "tags", checked)
    removed = each(body, "tags_to_delete", target)
    run = find(engine, run_id, UNKNOWN)
    kept = {identity(tag.key, tag.value): tag for tag in run.tags}
    for gone in set(removed) - {identity(*tag) for tag in added}:
        kept.pop(gone, None)
    for key, value in added:
        known = kept.get(identity(key, value))
        if known is None or known.value != value:
            kept[identity(key, value)] = manual(key, value, engine.now())
    _check_number(run, len(kept))
    run.tags = list(kept.values())
    return _told(engine, run)


def _check_number(run: Run, number: int) -> None:
    if number > MOST_TAGS:
        text = f"workflow run {run.run_id} would have {number} user-writable tags; "
        raise RefusedError(422, f"{text}max is {MOST_TAGS}")


def _told(engine: Engine, run: Run) -> Json:
    tags = [
        {
            "key": tag.key,
            "value": tag.value,
            "source": tag.source,
            "set_at": naive(tag.set_at),
            "set_by": tag.set_by,
        }
        for tag in _sorted(engine, run)
    ]
    return {"workflow_run_id": run.run_id, "tags": tags}


def _sorted(engine: Engine, run: Run) -> list[Tag]:
    """Those without a key first."""
    tags = [*run.tags, *_of_system(engine, run)]
    return sorted(tags, key=lambda tag: (tag.key is not None, tag.key or "", tag.value))


def _of_system(engine: Engine, run: Run) -> list[Tag]:
    progress = engine.progress(run)
    found = [_system("trigger", run.trigger, run.created_at, "creation")]
    if progress.is_final:
        ended = progress.finished or run.created_at
        found.append(_system("status", progress.status, ended, "completion"))
        found.append(_system("execution_mode", "agent", ended, "completion"))
    return found


def _system(name: str, value: str, at: datetime, when: str) -> Tag:
    by = f"system:{when}-tagging"
    return Tag(key=f"{RESERVED}{name}", value=value, set_at=at, set_by=by, source="system")
