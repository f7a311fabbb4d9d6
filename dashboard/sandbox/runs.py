"""Runs: started, read, stopped, retried and let go on."""

from typing import Any
from urllib.parse import urlsplit

from dashboard.sandbox import describe
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.parameters import converted
from dashboard.sandbox.state import ORGANIZATION, Run
from dashboard.sandbox.tagging import again
from dashboard.sandbox.vocabulary import PROXY_LOCATIONS
from dashboard.sandbox.wire import (
    RefusedError,
    Request,
    check_range,
    invalid,
    missing,
    not_one_of,
)
from dashboard.sandbox.workflows import find as find_workflow

type Json = dict[str, Any]


def start_run(engine: Engine, request: Request) -> Json:
    body = request.json()
    wpid = body.get("agent_id") or body.get("workflow_id")
    if not isinstance(wpid, str):
        raise missing("agent_id", body)
    _check_options(body)
    workflow = find_workflow(engine.world, wpid)
    for name in ("webhook_url", "totp_url"):
        check_url(name, body.get(name))
    _check_places(body)
    parameters = converted(workflow, body.get("parameters") or {})
    return _started(engine, engine.start(workflow, parameters, request=body))


def _started(engine: Engine, run: Run) -> Json:
    """Upstream refuses what fails in setup, though the failed run stays."""
    if run.setup_failure is not None:
        raise RefusedError(400, run.setup_failure)
    return describe.detail(engine, run)


def _check_options(body: Json) -> None:
    minutes = body.get("max_elapsed_time_minutes")
    if minutes is not None:
        loc: list[str | int] = ["body", "max_elapsed_time_minutes"]
        if not isinstance(minutes, int) or isinstance(minutes, bool):
            raise invalid("int_type", loc, "Input should be a valid integer", minutes)
        check_range(minutes, loc, given=minutes, at_least=1, at_most=480)
    proxy = body.get("proxy_location")
    if isinstance(proxy, str) and proxy not in PROXY_LOCATIONS:
        raise not_one_of(
            PROXY_LOCATIONS, ["body", "proxy_location", "str-enum[ProxyLocation]"], proxy
        )
    parameters = body.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        msg = "Input should be a valid dictionary"
        raise invalid("dict_type", ["body", "parameters"], msg, parameters)


def check_url(name: str, url: Any) -> None:
    if url is None:
        return
    parts = urlsplit(str(url))
    rule = "Use an HTTP or HTTPS URL with at most 2083 characters."
    if not parts.scheme or not parts.netloc:
        raise RefusedError(400, f"Invalid {name}: malformed. {rule}")
    if parts.scheme not in ("http", "https"):
        raise RefusedError(400, f"Invalid {name}: unsupported scheme. {rule}")


def _check_places(body: Json) -> None:
    """The sandbox has one browser session and one profile; others do not exist."""
    session, profile = body.get("browser_session_id"), body.get("browser_profile_id")
    if session is not None and session != "pbs_600000000000000201":
        raise RefusedError(404, f"Browser session {session} does not exist or is not live.")
    if profile is not None and profile != "bp_600000000000000301":
        msg = f"Browser profile {profile} not found for organization {ORGANIZATION}"
        raise RefusedError(404, msg)


def find(engine: Engine, run_id: str, refusal: str) -> Run:
    run = engine.world.runs.get(run_id)
    if run is None:
        raise RefusedError(404, refusal.format(run_id))
    return run


def get_run(engine: Engine, request: Request, run_id: str) -> Json:
    run = find(engine, run_id, "Task run not found {}")
    if run.setup_failure is not None:
        raise RefusedError(404, f"Task run not found {run_id}")
    return describe.detail(engine, run)


def get_workflow_run(engine: Engine, request: Request, run_id: str) -> Json:
    return describe.rich(engine, find(engine, run_id, "Workflow run not found {}"))


def cancel_run(engine: Engine, request: Request, run_id: str) -> None:
    cancel(engine, find(engine, run_id, "Run not found {}"))


def cancel(engine: Engine, run: Run) -> None:
    """A no-op on a run that is final, but for its webhook, which is sent again."""
    if engine.progress(run).is_final:
        run.announced.clear()
    else:
        run.canceled_at = engine.now()


def cancel_runs(engine: Engine, request: Request) -> Json:
    body = request.json()
    if "run_ids" not in body:
        raise missing("run_ids", body)
    ids = body["run_ids"]
    loc: list[str | int] = ["body", "run_ids"]
    if not isinstance(ids, list):
        raise invalid("list_type", loc, "Input should be a valid list", ids)
    if len(ids) > 100:
        msg = f"List should have at most 100 items after validation, not {len(ids)}"
        ctx = {"field_type": "List", "max_length": 100, "actual_length": len(ids)}
        raise invalid("too_long", loc, msg, ids, ctx)
    known = sorted({run_id for run_id in ids if run_id in engine.world.runs})
    for run_id in known:
        cancel(engine, engine.world.runs[run_id])
    return {"cancelled": known, "failed": [i for i in ids if i not in engine.world.runs]}


def retry_run(engine: Engine, request: Request, run_id: str) -> Json:
    """A new run of the same version with the same inputs; nothing links the two."""
    run = find(engine, run_id, "Workflow run not found {}")
    if not engine.progress(run).is_final:
        raise RefusedError(400, "Only terminal workflow runs can be retried")
    workflow, tags = engine.world.version_of(run), again(run.tags, engine.now())
    new = engine.start(workflow, run.parameters, request=run.request, tags=tags)
    return _started(engine, new)


def resume_run(engine: Engine, request: Request, run_id: str) -> None:
    run = find(engine, run_id, "Workflow run not found {}")
    if engine.progress(run).status != "paused":
        raise RefusedError(404, f"Workflow run not found {run_id}")
    run.resumed_at = engine.now()
