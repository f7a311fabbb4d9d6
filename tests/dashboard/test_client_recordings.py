"""What real servers (1.0.50 and 1.0.56) once answered is read to the right structs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.skyvern import Skyvern, errors, schema

RECORDINGS = Path(__file__).parent / "recordings"
ANSWERS = [
    pytest.param(kind, row["body"], id=f"{kind}-{row['server']}-{number}")
    for kind, rows in json.loads((RECORDINGS / "answers.json").read_text()).items()
    for number, row in enumerate(rows)
]
REFUSALS = [
    pytest.param(row, id=f"{row['status']} {row['asked']} {number}")
    for number, row in enumerate(json.loads((RECORDINGS / "refusals.json").read_text()))
]


def told(status: int, body: object) -> Skyvern:
    """A client of a server that always answers this."""
    content = b"" if body == "" else json.dumps(body).encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    return Skyvern("http://recorded", "a-secret-api-key", transport=transport, tries=1)


@pytest.mark.parametrize(("kind", "body"), ANSWERS)
def test_every_recorded_answer_keeps_each_named_field(kind: str, body: dict[str, Any]) -> None:
    read = schema.read(getattr(schema, kind), body)
    for name, value in body.items():
        found = getattr(read, name, value)
        if isinstance(found, datetime):
            assert found.tzinfo is UTC
            assert found.replace(tzinfo=None).isoformat() == value.removesuffix("Z")
        elif isinstance(found, schema.Upstream):
            assert found.raw == value
        elif isinstance(found, list) and found and isinstance(found[0], datetime):
            assert [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in found] == value
        else:
            assert found == value


@pytest.mark.parametrize("refusal", REFUSALS)
def test_every_recorded_refusal_is_told_by_what_can_be_done(refusal: dict[str, Any]) -> None:
    client = told(refusal["status"], refusal["body"])
    with pytest.raises(errors.SkyvernError) as caught:
        client.run("wr_1")
    assert type(caught.value).__name__ == refusal["error"]
    assert caught.value.status == refusal["status"]
    assert caught.value.message.strip(" .")


def test_only_parameters_of_type_workflow_can_be_asked_for() -> None:
    recorded = json.loads((RECORDINGS / "answers.json").read_text())["Workflow"]
    workflow = schema.read(schema.Workflow, recorded[-1]["body"])
    definition = [
        {"parameter_type": "output", "key": "o"},
        {"parameter_type": "workflow", "key": "n", "workflow_parameter_type": "integer"},
        {"parameter_type": "workflow"},
        "garbage",
    ]
    asked = schema.read(
        schema.Workflow, {**workflow.raw, "workflow_definition": {"parameters": definition}}
    )
    assert [(found.key, found.type) for found in asked.parameters] == [("n", "integer")]


@pytest.mark.parametrize("definition", [None, {}, {"parameters": None}, {"parameters": 3}, [], "x"])
def test_a_workflow_without_a_sound_definition_has_no_parameters(definition: object) -> None:
    found = schema.read(
        schema.Workflow, {"workflow_permanent_id": "wpid_1", "workflow_definition": definition}
    )
    assert found.parameters == []


def test_a_credential_keeps_no_user_name() -> None:
    body = {
        "credential_id": "cred_1",
        "name": "Shop",
        "credential_type": "password",
        "credential": {"username": "someone@example.org"},
    }
    (credential,) = told(200, [body]).credentials()
    assert credential.name == "Shop"
    assert "someone" not in repr(credential)


def test_the_version_is_none_where_the_server_does_not_tell() -> None:
    assert told(404, {"detail": "Not Found"}).version() is None
    assert told(200, ["1"]).version() is None
    assert told(200, {"version": "1.0.56"}).version() == "1.0.56"


def test_messages_name_the_field_that_was_refused() -> None:
    body = {
        "detail": [
            {"loc": ["body", "interval_seconds"], "msg": "too small", "input": "hunter2"},
            {"loc": ["body"], "msg": "no such thing"},
            "odd",
            7,
        ]
    }
    with pytest.raises(errors.Rejected) as caught:
        told(422, body).retry("wr_1")
    assert caught.value.message == "interval_seconds: too small; no such thing; odd"
    assert caught.value.fields == {"interval_seconds": "too small", "body": "no such thing"}
    assert "hunter2" not in repr(caught.value.detail)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": {"code": "session_gone", "message": "It is gone."}}, "It is gone."),
        ({"detail": {"code": "session_gone"}}, "session_gone"),
        ({"error": "Unexpected error: Oops"}, "Unexpected error: Oops"),
        ({"detail": None}, "Skyvern refused this (400)."),
        ([], "Skyvern refused this (400)."),
        ("", "Skyvern refused this (400)."),
        ({"detail": "x" * 10_000}, "x" * 500),
    ],
)
def test_every_form_of_detail_makes_a_sentence(body: object, said: str) -> None:
    with pytest.raises(errors.Rejected) as caught:
        told(400, body).workflow("wpid_1")
    assert caught.value.message == said
