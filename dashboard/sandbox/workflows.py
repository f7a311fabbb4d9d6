"""Agents: how they are listed, read, made and deleted."""

from collections.abc import Sequence
from typing import Any

from dashboard.sandbox import defaults
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.state import ORGANIZATION, Workflow, World
from dashboard.sandbox.vocabulary import TASK_KINDS, WORKFLOW_STATUSES
from dashboard.sandbox.wire import RefusedError, Request, missing, naive, page

type Json = dict[str, Any]

LOOP_BLOCKS = "loop_blocks"


def list_workflows(engine: Engine, request: Request) -> list[Json]:
    found = sorted(engine.world.newest_versions(), key=_age, reverse=True)
    if wanted := request.text("search_key") or request.text("title"):
        found = [w for w in found if wanted.lower() in f"{w.title} {w.wpid}".lower()]
    statuses = request.choices("status", WORKFLOW_STATUSES)
    if statuses and "published" not in statuses:
        found = []
    size = request.number("page_size", 10)
    return [describe(w) for w in page(found, request.number("page", 1), size)]


def _age(workflow: Workflow) -> tuple[Any, str]:
    return workflow.created_at, workflow.workflow_id


def get_workflow(engine: Engine, request: Request, wpid: str) -> Json:
    version = request.number("version", 0) or None
    return {**describe(find(engine.world, wpid, version)), "effective_default_engine": None}


def list_versions(engine: Engine, request: Request, wpid: str) -> list[Json]:
    """None for an unknown id."""
    versions = [w for w in engine.world.workflows if w.wpid == wpid and not w.deleted_at]
    return [describe(w) for w in sorted(versions, key=lambda w: -w.version)]


def create_workflow(engine: Engine, request: Request) -> Json:
    """Only JSON definitions: YAML is not spoken here."""
    given = request.json().get("json_definition")
    if not isinstance(given, dict):
        msg = "Workflow should be provided in either yaml or json format."
        raise RefusedError(422, f"Invalid workflow definition. {msg}")
    for name in ("title", "workflow_definition"):
        if name not in given:
            raise missing(name, given)
    return describe(add(engine, given))


def delete_workflow(engine: Engine, request: Request, wpid: str) -> None:
    find(engine.world, wpid)
    for workflow in engine.world.workflows:
        if workflow.wpid == wpid:
            workflow.deleted_at = engine.now()
    for schedule in list(engine.world.schedules.values()):
        if schedule.wpid == wpid:
            del engine.world.schedules[schedule.schedule_id]


def find(world: World, wpid: str, version: int | None = None) -> Workflow:
    workflow = world.workflow(wpid, version)
    if workflow is None:
        raise RefusedError(404, f"Workflow not found. workflow_permanent_id={wpid}")
    return workflow


def add(engine: Engine, given: Json) -> Workflow:
    """Make the first version of an agent from what POST /v1/workflows takes."""
    world, now = engine.world, engine.now()
    wpid, workflow_id = world.next_id("wpid"), world.next_id("w")
    builder = _Builder(world, workflow_id, naive(now) or "")
    settings = {key: value for key, value in given.items() if key in defaults.WORKFLOW}
    workflow = Workflow(
        wpid=wpid,
        workflow_id=workflow_id,
        version=1,
        title=given["title"],
        description=given.get("description"),
        definition=builder.definition(given["workflow_definition"]),
        settings={"proxy_location": given.get("proxy_location"), **settings},
        created_at=now,
        modified_at=now,
    )
    world.workflows.append(workflow)
    return workflow


def describe(workflow: Workflow) -> Json:
    return {
        **defaults.WORKFLOW,
        **workflow.settings,
        "workflow_id": workflow.workflow_id,
        "organization_id": ORGANIZATION,
        "title": workflow.title,
        "workflow_permanent_id": workflow.wpid,
        "version": workflow.version,
        "description": workflow.description,
        "workflow_definition": workflow.definition,
        "created_at": naive(workflow.created_at),
        "modified_at": naive(workflow.modified_at),
        "deleted_at": naive(workflow.deleted_at),
        "agent_id": workflow.wpid,
    }


class _Builder:
    """Fills a posted definition up to what the server stores and sends."""

    def __init__(self, world: World, workflow_id: str, now: str) -> None:
        self.world = world
        self.workflow_id = workflow_id
        self.now = now
        self.outputs: list[Json] = []
        self.inputs: dict[str, Json] = {}

    def definition(self, given: Json) -> Json:
        self.inputs = {p["key"]: self._input(p) for p in given.get("parameters", [])}
        blocks = self._blocks(given.get("blocks", []))
        settings = {key: given[key] for key in defaults.DEFINITION if key in given}
        if policy := settings.get("retry_policy"):
            rules = [{"error_codes": None, **rule} for rule in policy.get("retry_on") or []]
            settings["retry_policy"] = {**policy, "retry_on": rules}
        parameters = [*self.outputs, *self.inputs.values()]
        return {**defaults.DEFINITION, **settings, "parameters": parameters, "blocks": blocks}

    def _input(self, given: Json) -> Json:
        return {
            "parameter_type": "workflow",
            "key": given["key"],
            "description": given.get("description"),
            "workflow_parameter_id": self.world.next_id("wp"),
            "workflow_parameter_type": given["workflow_parameter_type"],
            "workflow_id": self.workflow_id,
            "default_value": given.get("default_value"),
            "created_at": f"{self.now}Z",
            "modified_at": f"{self.now}Z",
            "deleted_at": None,
        }

    def _blocks(self, given: Sequence[Json]) -> list[Json]:
        return [self._block(block) for block in given]

    def _block(self, given: Json) -> Json:
        kind = given["block_type"]
        output = self._output(given["label"])
        usual = defaults.TASK_BLOCK if kind in TASK_KINDS else defaults.BLOCKS.get(kind, {})
        block = {**defaults.BLOCK, **usual, **given, "output_parameter": output}
        keys = block.pop("parameter_keys", None) or []
        if kind == "for_loop":
            block[LOOP_BLOCKS] = self._blocks(given[LOOP_BLOCKS])
            block["loop_over"] = self.inputs.get(given.get("loop_variable_reference") or "")
        else:
            block["parameters"] = [self.inputs[key] for key in keys if key in self.inputs]
        return block

    def _output(self, label: str) -> Json:
        parameter = {
            "parameter_type": "output",
            "key": f"{label}_output",
            "description": f"Output parameter for block {label}",
            "output_parameter_id": self.world.next_id("op"),
            "workflow_id": self.workflow_id,
            "created_at": self.now,
            "modified_at": self.now,
            "deleted_at": None,
        }
        self.outputs.append(parameter)
        return parameter
