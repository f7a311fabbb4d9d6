"""Tags of runs: set, replaced, removed, refused, and read for many at once."""

from typing import Any

import httpx
import pytest

from dashboard.skyvern import errors
from dashboard.skyvern.schema import Tag
from tests.contract.observations import Runs
from tests.contract.servers import Server

type Json = dict[str, Any]


def own(tags: list[Tag]) -> list[str]:
    return [tag.label for tag in tags if not tag.is_system]


@pytest.fixture
def run_id(server: Server, runs: Runs) -> str:
    """A finished run without tags of a person."""
    found = str(runs["stops"]["run_id"])
    server.client.change_tags(
        found, remove=[tag for tag in server.client.tags(found) if not tag.is_system]
    )
    return found


def test_metadata_of_a_launch_becomes_tags(server: Server) -> None:
    given = {"customer": " acme ", "odd key": "x", "none": " ", "skyvern.trigger": "me"}
    started = server.start("waits", run_metadata=given)
    try:
        assert own(server.client.tags(started)) == ["customer:acme", "odd key:x"]
    finally:
        server.client.cancel(started)


def test_a_retry_has_the_tags_that_have_a_key(server: Server, run_id: str) -> None:
    added = [Tag(key="customer", value="acme"), Tag(value="vip")]
    server.client.change_tags(run_id, add=added)
    again = server.client.retry(run_id).run_id
    assert own(server.client.tags(again)) == ["customer:acme"]


def test_a_key_has_one_value_and_a_value_alone_is_its_own_name(server: Server, run_id: str) -> None:
    change = server.client.change_tags
    assert own(change(run_id, add=[Tag(key="env", value="test"), Tag(value="vip")])) == [
        "vip",
        "env:test",
    ]
    assert own(change(run_id, add=[Tag(key="env", value="a:b"), Tag(value="b")])) == [
        "b",
        "vip",
        "env:a:b",
    ]
    gone = [Tag(key="env", value="another"), Tag(value="vip"), Tag(value="never there")]
    assert own(change(run_id, add=[Tag(value="b")], remove=[*gone, Tag(value="b")])) == ["b"]
    assert own(server.client.tags(run_id)) == ["b"]


def test_the_system_tells_how_a_run_came_and_went(server: Server, run_id: str) -> None:
    told = {tag.key: tag.value for tag in server.client.tags(run_id) if tag.is_system}
    assert told["skyvern.trigger"] == "api"
    assert told["skyvern.status"] == "terminated"


def test_many_runs_are_asked_for_at_once(server: Server, run_id: str) -> None:
    server.client.change_tags(run_id, add=[Tag(value="vip")])
    found = server.client.tags_of_runs([run_id, "wr_nope"])
    assert own(found[run_id]) == ["vip"]
    assert found["wr_nope"] == []
    posted = server.http.post("/v1/run-tags", json={"workflow_run_ids": [run_id]}).json()
    assert {"key": None, "value": "vip"} in posted["run_tags"][run_id]
    assert server.client.tags_of_runs([]) == {}


def test_more_than_two_hundred_at_once_are_too_many(server: Server) -> None:
    ids = [f"wr_{number}" for number in range(201)]
    assert len(server.client.tags_of_runs(ids[1:])) == 200
    with pytest.raises(errors.Rejected, match="At most 200 workflow run IDs"):
        server.client.tags_of_runs(ids)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ({"key": "skyvern.x", "value": "1"}, "must not start with the reserved 'skyvern.' prefix"),
        ({"key": "a b", "value": "1"}, "tag keys must match '^[A-Za-z0-9][A-Za-z0-9_.-]*$'"),
        ({"key": "k" * 65, "value": "1"}, "tag keys must be at most 64 characters"),
        ({"key": "k", "value": " "}, "tag value is required"),
        ({"key": "k", "value": "v" * 257}, "tag values must be at most 256 characters"),
        ({"value": "a,b"}, "tag values must not contain ','"),
        ({"value": "a:b"}, "standalone label values must not contain ':'"),
        ({"key": "k", "value": "*"}, "grouped tag values must not be exactly '*'"),
        ({"value": "__other__"}, "tag values must not be exactly '__other__'"),
    ],
)
def test_a_tag_out_of_form_is_refused_with_its_place(
    server: Server, run_id: str, tag: Json, said: str
) -> None:
    answer = server.http.post(f"/v1/runs/{run_id}/tags", json={"tags": [{"value": "fine"}, tag]})
    assert answer.status_code == 422
    problem = answer.json()["detail"][0]
    assert (problem["type"], problem["loc"][:3]) == ("value_error", ["body", "tags", 1])
    assert said in problem["msg"]
    assert own(server.client.tags(run_id)) == []


def test_a_run_has_twenty_tags_at_most(server: Server, run_id: str) -> None:
    twenty = [Tag(value=f"t{number}") for number in range(20)]
    assert len(own(server.client.change_tags(run_id, add=twenty))) == 20
    with pytest.raises(errors.Rejected, match="would have 21 user-writable tags; max is 20"):
        server.client.change_tags(run_id, add=[Tag(value="one more")])
    with pytest.raises(errors.Rejected, match="at most 20 entries"):
        server.client.change_tags(run_id, add=[*twenty, Tag(value="one more")])


def test_an_unknown_run_has_no_tags_to_read_or_change(server: Server) -> None:
    for refused in (
        server.http.get("/v1/runs/wr_nope/tags"),
        server.http.post("/v1/runs/wr_nope/tags", json={"tags": [{"value": "x"}]}),
    ):
        assert isinstance(refused, httpx.Response)
        assert (refused.status_code, refused.json()) == (
            404,
            {"detail": "Workflow run wr_nope not found"},
        )
