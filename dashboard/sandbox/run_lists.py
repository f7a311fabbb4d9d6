"""The two lists of runs, and how they are filtered and searched."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dashboard.sandbox import describe
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.state import Run
from dashboard.sandbox.vocabulary import RUN_STATUSES, RUN_TYPES, WORKFLOW_RUN_STATUSES
from dashboard.sandbox.wire import RefusedError, Request, invalid, page

type Json = dict[str, Any]

SEARCH_LIMIT = 1000


def list_runs(engine: Engine, request: Request) -> list[Json]:
    """Without runs that failed in setup, unless they are searched for."""
    number = request.number("page", 1, at_most=100)
    size = request.number("page_size", 10, at_most=100)
    statuses = request.choices("status", RUN_STATUSES)
    kinds = request.choices("run_type", RUN_TYPES)
    wpids = request.query.get("workflow_permanent_id", [])
    wanted = _search_key(request, shortest=3)
    if (wanted or wpids) and number * size > SEARCH_LIMIT:
        limit = f"Search pagination is limited to the first {SEARCH_LIMIT} matches."
        raise RefusedError(400, f"{limit} Use a narrower search.")
    if kinds and "workflow_run" not in kinds:
        return []
    found = _matching(engine, statuses, wanted)
    if wpids:
        found = [r for r in found if r.wpid in wpids]
    elif not wanted:
        found = [r for r in found if r.setup_failure is None]
    return [describe.list_item(engine, run) for run in page(found, number, size)]


def list_workflow_runs(engine: Engine, request: Request) -> list[Json]:
    return _rows(engine, request, engine.world.newest_runs())


def list_runs_of_workflow(engine: Engine, request: Request, wpid: str) -> list[Json]:
    since, until = _moment(request, "created_at_start"), _moment(request, "created_at_end")
    found = [r for r in engine.world.newest_runs() if r.wpid == wpid]
    found = [r for r in found if since is None or r.created_at >= since]
    return _rows(engine, request, [r for r in found if until is None or r.created_at < until])


def _rows(engine: Engine, request: Request, among: list[Run]) -> list[Json]:
    number, size = request.number("page", 1), request.number("page_size", 10)
    statuses = request.choices("status", WORKFLOW_RUN_STATUSES)
    found = _matching(engine, statuses, _search_key(request, shortest=0), among)
    if code := request.text("error_code"):
        found = [r for r in found if _error_code(engine, r) == code]
    return [describe.list_row(engine, run) for run in page(found, number, size)]


def _search_key(request: Request, *, shortest: int) -> str:
    wanted = request.text("search_key") or ""
    if wanted and len(wanted) < shortest:
        msg = f"String should have at least {shortest} characters"
        ctx = {"min_length": shortest}
        raise invalid("string_too_short", ["query", "search_key"], msg, wanted, ctx)
    return wanted.lower()


def _matching(
    engine: Engine, statuses: Sequence[str], wanted: str, among: list[Run] | None = None
) -> list[Run]:
    found = engine.world.newest_runs() if among is None else among
    if statuses:
        found = [r for r in found if engine.progress(r).status in statuses]
    if wanted:
        found = [r for r in found if wanted in _searchable(engine, r)]
    return found


def _searchable(engine: Engine, run: Run) -> str:
    title = engine.world.version_of(run).title
    return f"{run.run_id} {run.wpid} {title} {json.dumps(run.parameters)}".lower()


def _error_code(engine: Engine, run: Run) -> str | None:
    failure = engine.progress(run).failure
    return failure.code if failure else None


def _moment(request: Request, name: str) -> datetime | None:
    """Upstream drops the offset and takes what is left for UTC."""
    given = request.text(name)
    if given is None:
        return None
    try:
        return datetime.fromisoformat(given.replace(" ", "+")).replace(tzinfo=UTC)
    except ValueError as exc:
        msg = "Input should be a valid datetime or date, invalid character in year"
        raise invalid("datetime_from_date_parsing", ["query", name], msg, given) from exc
