"""The part of Skyvern's OpenAPI document that the contract needs.

`python -m tests.contract.schemas OPENAPI.json` trims a whole document to it.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

type Json = dict[str, Any]

TRIMMED = Path(__file__).parent / "openapi.json.gz"
OF = {
    "workflow": "Workflow",
    "run": "WorkflowRunResponse",
    "run list": "TaskRunListItem",
    "workflow runs": "WorkflowRun",
    "timeline": "WorkflowRunTimeline",
    "artifacts": "Artifact",
    "tags": "RunTagsResponse",
    "tags changed": "RunTagsResponse",
    "schedule": "WorkflowScheduleResponse",
    "schedules": "OrganizationScheduleListResponse",
    "schedules of workflow": "WorkflowScheduleListResponse",
    "disabled schedule": "WorkflowScheduleResponse",
    "canceled schedule": "WorkflowScheduleResponse",
    "deleted schedule": "DeleteScheduleResponse",
    "browser sessions": "BrowserSessionResponse",
    "browser profiles": "BrowserProfile",
    "credentials": "CredentialResponse",
    "folders": "Folder",
    "tag keys": "TagKey",
}
"""Observation → the schema that it, or each item of it, must satisfy."""


def problems(name: str, answer: Any) -> list[str]:
    """What the document has against the answer."""
    with gzip.open(TRIMMED, "rt") as file:
        document = json.load(file)
    validator = Draft202012Validator({**document, "$ref": f"#/components/schemas/{OF[name]}"})
    return [
        f"{name}{error.json_path[1:]}: {error.message[:200]}"
        for item in _items(answer)
        for error in validator.iter_errors(item)
    ]


def _items(answer: Any) -> list[Any]:
    if not isinstance(answer, list):
        return [answer]
    return [item for part in answer for item in _items(part)]


def trim(source: Path) -> None:
    """Keep the schemas of OF and all that they refer to."""
    schemas = json.loads(source.read_text())["components"]["schemas"]
    kept: Json = {}
    waiting = list(OF.values())
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = schemas[name]
            waiting += _references(schemas[name])
    content = json.dumps({"components": {"schemas": kept}}, sort_keys=True).encode()
    TRIMMED.write_bytes(gzip.compress(content, mtime=0))


def _references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [name for item in part for name in _references(item)]
    if not isinstance(part, dict):
        return []
    found = [name for item in part.values() for name in _references(item)]
    reference = part.get("$ref")
    return [*found, reference.rsplit("/", 1)[1]] if isinstance(reference, str) else found


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
