"""The answers have the shapes that the real server's answers have."""

import json
from typing import Any

import pytest

from dashboard.skyvern import schema
from tests.contract import schemas
from tests.contract.observations import Runs, observe
from tests.contract.servers import Server
from tests.contract.shapes import RECORDED, differences, shape_of

type Json = dict[str, Any]


@pytest.fixture(scope="session")
def seen(server: Server, runs: Runs) -> Json:
    return observe(server, runs)


def test_every_answer_has_the_recorded_shape(seen: Json) -> None:
    recorded = json.loads(RECORDED.read_text())
    assert set(seen) == set(recorded)
    found = [
        problem
        for name, answer in seen.items()
        for problem in differences(recorded[name], shape_of(answer), name)
    ]
    assert found == []


def test_nothing_is_sent_that_the_real_server_does_not_send(seen: Json) -> None:
    recorded = json.loads(RECORDED.read_text())
    found = [
        problem
        for name, answer in seen.items()
        for problem in differences(shape_of(answer), recorded[name], name)
        if problem.endswith("is missing")
    ]
    assert found == []


def test_every_answer_satisfies_the_openapi_document(seen: Json) -> None:
    found = [p for name in schemas.OF if name in seen for p in schemas.problems(name, seen[name])]
    assert found == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("browser sessions", "/v1/browser_sessions"),
        ("browser profiles", "/v1/browser_profiles"),
        ("credentials", "/v1/credentials"),
        ("folders", "/v1/folders"),
        ("tag keys", "/v1/tag-keys"),
    ],
)
def test_what_an_organization_has_satisfies_the_openapi_document(
    server: Server, name: str, path: str
) -> None:
    answer = server.http.get(path)
    assert answer.status_code == 200
    assert schemas.problems(name, answer.json()) == []


def test_the_client_reads_every_answer(server: Server, runs: Runs) -> None:
    client, run_id = server.client, runs["looks"]["run_id"]
    wpid = server.agents["looks"]
    assert client.workflow(wpid).workflow_permanent_id == wpid
    assert wpid in {w.workflow_permanent_id for w in client.workflows()}
    assert client.run(run_id).status == "completed"
    assert client.workflow_run(run_id).workflow_id == wpid
    assert [row.workflow_run_id for row in client.runs_of_workflow(wpid)] == [run_id]
    assert all(isinstance(item, schema.TimelineItem) for item in client.timeline(run_id))
    assert {a.artifact_type for a in client.artifacts(run_id, ["recording"])} == {"recording"}
    assert client.version()
