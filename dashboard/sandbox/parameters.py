"""Inputs of a run: which are missing, and what each turns into."""

import json
from collections.abc import Callable
from typing import Any

from dashboard.sandbox.agents import CREDENTIALS
from dashboard.sandbox.state import Workflow
from dashboard.sandbox.wire import RefusedError

type Json = dict[str, Any]


def converted(workflow: Workflow, given: Json) -> Json:
    """The declared inputs in their types; undeclared ones are dropped, as upstream does."""
    values: Json = {}
    lacking: list[str] = []
    for parameter in workflow.parameters:
        key, kind = parameter["key"], parameter["workflow_parameter_type"]
        value = given.get(key)
        if value is None:
            if parameter["default_value"] is None and kind != "credential_id":
                lacking.append(key)
            continue
        values[key] = _convert(kind, value)
    if lacking:
        names = ", ".join(lacking)
        raise RefusedError(400, f"Missing value for parameter {names} in workflow {workflow.wpid}")
    return values


def _to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}[str(value).lower()]


def _to_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": _to_boolean,
    "json": _to_json,
}


def _convert(kind: str, value: Any) -> Any:
    if kind == "credential_id" and value not in CREDENTIALS:
        msg = f"Invalid credential ID: {value}. Failed to resolve to a valid credential."
        raise RefusedError(400, msg)
    try:
        return CONVERSIONS.get(kind, lambda same: same)(value)
    except (ValueError, TypeError, KeyError) as exc:
        msg = f"Invalid workflow parameter. Expected parameter type: {kind}. Value: {value}."
        raise RefusedError(400, msg) from exc


def check_for_schedule(workflow: Workflow, given: Json) -> Json:
    """What a schedule keeps: nulls are dropped, types are not looked at (a fire finds out)."""
    known = {p["key"]: p for p in workflow.parameters}
    if unknown := sorted(set(given) - set(known)):
        names = ", ".join(unknown)
        msg = f"Unknown schedule parameters for workflow {workflow.wpid}: {names}"
        raise RefusedError(400, msg)
    kept = {key: value for key, value in given.items() if value is not None}
    lacking = sorted(
        key
        for key, parameter in known.items()
        if key not in kept
        and parameter["default_value"] is None
        and parameter["workflow_parameter_type"] != "credential_id"
    )
    if lacking:
        names = ", ".join(lacking)
        msg = f"Missing schedule parameters for workflow {workflow.wpid}: {names}"
        raise RefusedError(400, msg)
    return kept
