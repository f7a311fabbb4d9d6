"""Starting, reading, listing, cancelling and retrying runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.skyvern import errors
from tests.contract.observations import Runs
from tests.contract.servers import Server

type Json = dict[str, Any]


def test_a_run_moves_on_to_its_end(server: Server, runs: Runs) -> None:
    run = runs["typed"]
    assert run["status"] == "completed"
    times = [run[f"{name}_at"] for name in ("created", "queued", "started", "finished")]
    assert times == sorted(times)
    assert not any(time.endswith("Z") for time in times)


def test_inputs_of_every_type_reach_the_code(runs: Runs) -> None:
    output = runs["typed"]["output"]["use_output"]
    assert (output["text"], output["must"], output["whole"]) == ("hello", "given", 42)
    assert (output["more"], output["half"], output["flag"]) == (43, 1.75, False)
    assert output["data"] == {"a": [1, 2, {"b": None}]}


def test_texts_are_turned_into_the_declared_types(server: Server) -> None:
    given = {"must": "x", "whole": "7", "real": "2.5", "flag": "false", "data": "[1, 2]"}
    run = server.wait_for(server.start("typed", parameters=given))
    output = run["output"]["use_output"]
    assert (output["whole"], output["half"], output["flag"]) == (7, 1.25, True)
    assert output["data"] == [1, 2]


def test_a_failing_block_is_named_in_the_reason_and_in_the_timeline(
    server: Server, runs: Runs
) -> None:
    run = runs["fails"]
    assert run["status"] == "failed"
    assert run["failure_reason"].startswith("code block failed. failure reason: ")
    assert "ValueError: on purpose" in run["failure_reason"]
    newest = server.http.get(f"/v1/runs/{run['run_id']}/timeline").json()[0]
    assert (newest["block"]["label"], newest["block"]["status"]) == ("boom", "failed")


def test_a_terminated_run_has_its_error_code(server: Server, runs: Runs) -> None:
    run = runs["stops"]
    assert (run["status"], run["failure_reason"]) == (
        "terminated",
        "terminate block terminated. Reason: stop: sold out",
    )
    rows = server.client.workflow_runs(error_code="OUT_OF_STOCK", page_size=100)
    assert run["run_id"] in {row.workflow_run_id for row in rows}


def test_a_failed_run_with_a_retry_policy_runs_again_under_its_id(runs: Runs) -> None:
    run = runs["retries"]
    assert (run["status"], run["attempt"], run["retry_pending"]) == ("failed", 2, False)
    assert [a["retry_decision"] for a in run["attempts"]] == ["retry", "final"]


def test_a_timeline_is_newest_first_with_loops_around_their_children(
    server: Server, runs: Runs
) -> None:
    items = server.http.get(f"/v1/runs/{runs['looks']['run_id']}/timeline").json()
    assert [i["block"]["label"] for i in items] == ["pdf", "each", "pause", "click", "open"]
    rounds = [
        (i["block"]["current_index"], i["block"]["current_value"]) for i in items[1]["children"]
    ]
    assert rounds == [(1, "/b"), (0, "/a")]
    assert items[1]["block"]["loop_values"] == ["/a", "/b"]
    action = items[3]["block"]["actions"][0]
    assert (action["action_type"], action["status"]) == ("click", "completed")
    assert action["screenshot_artifact_id"].startswith("a_")


def test_a_cancelled_run_is_canceled_at_once_and_stays_so(server: Server) -> None:
    run_id = server.start("waits")
    server.wait_for(run_id, "running")
    answer = server.http.post(f"/v1/runs/{run_id}/cancel")
    assert (answer.status_code, answer.json()) == (200, None)
    run = server.http.get(f"/v1/runs/{run_id}").json()
    assert (run["status"], run["failure_reason"]) == ("canceled", None)
    server.client.cancel(run_id)
    assert server.client.run(run_id).status == "canceled"


def test_cancelling_a_finished_run_changes_nothing(server: Server, runs: Runs) -> None:
    run_id = runs["typed"]["run_id"]
    server.client.cancel(run_id)
    assert server.client.run(run_id).status == "completed"


def test_many_are_cancelled_in_one_call(server: Server, runs: Runs) -> None:
    waiting, done = server.start("waits"), runs["stops"]["run_id"]
    server.wait_for(waiting, "running")
    result = server.client.cancel_many([waiting, "wr_nope", done])
    assert set(result.cancelled) == {waiting, done}
    assert result.failed == ["wr_nope"]
    assert server.client.run(waiting).status == "canceled"


def test_only_a_finished_run_is_retried_and_the_retry_is_a_new_run(
    server: Server, runs: Runs
) -> None:
    waiting = server.start("waits")
    server.wait_for(waiting, "running")
    with pytest.raises(errors.Rejected, match="Only terminal workflow runs can be retried"):
        server.client.retry(waiting)
    server.client.cancel(waiting)
    again = server.client.retry(runs["typed"]["run_id"])
    assert again.run_id != runs["typed"]["run_id"]
    request = server.wait_for(again.run_id)["run_request"]
    assert request["parameters"]["must"] == "given"


def test_lists_end_with_an_empty_page(server: Server) -> None:
    for path in ("/v1/runs", "/v1/workflows/runs", "/v1/workflows"):
        answer = server.http.get(path, params={"page": 90, "page_size": 100})
        assert (answer.status_code, answer.json()) == (200, [])


def test_lists_are_newest_first_and_filtered_by_status(server: Server, runs: Runs) -> None:
    rows = server.client.workflow_runs(page_size=100)
    created = [row.created_at for row in rows if row.created_at]
    assert created == sorted(created, reverse=True)
    failed = server.client.runs(status=["failed"], search=server.suffix)
    assert {r.run_id for r in failed} == {runs[n]["run_id"] for n in ("fails", "retries")}
    assert {r.status for r in server.client.workflow_runs(status=["terminated"])} == {"terminated"}


def test_runs_of_one_agent_are_filtered_by_date(server: Server, runs: Runs) -> None:
    wpid, now = server.agents["stops"], datetime.now(UTC)
    yesterday = now - timedelta(days=1)
    assert server.client.runs_of_workflow(wpid, created_from=yesterday)
    assert server.client.runs_of_workflow(wpid, created_until=yesterday) == []
    assert server.http.get("/v1/workflows/wpid_nope/runs").json() == []


@pytest.mark.parametrize(
    ("path", "params", "kind", "where"),
    [
        ("/v1/runs", {"page": 0}, "greater_than_equal", "page"),
        ("/v1/runs", {"page": 101}, "less_than_equal", "page"),
        ("/v1/runs", {"page_size": 101}, "less_than_equal", "page_size"),
        ("/v1/runs", {"page": "x"}, "int_parsing", "page"),
        ("/v1/runs", {"status": "cancelled"}, "enum", "status"),
        ("/v1/runs", {"status": "failed,running"}, "enum", "status"),
        ("/v1/runs", {"search_key": "ab"}, "string_too_short", "search_key"),
        ("/v1/workflows/runs", {"status": "bogus"}, "enum", "status"),
        ("/v1/schedules", {"page_size": 101}, "less_than_equal", "page_size"),
        ("/v1/schedules", {"status": "bogus"}, "literal_error", "status"),
        ("/v1/runs/wr_nope/artifacts", {"artifact_type": "bogus"}, "enum", "artifact_type"),
    ],
)
def test_a_wrong_query_is_refused_with_its_place(
    server: Server, path: str, params: Json, kind: str, where: str
) -> None:
    answer = server.http.get(path, params=params)
    assert answer.status_code == 422
    problem = answer.json()["detail"][0]
    assert (problem["type"], problem["loc"][:2]) == (kind, ["query", where])


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({}, 400, "Missing value for parameter must in workflow "),
        ({"parameters": {"must": None}}, 400, "Missing value for parameter must in workflow "),
        (
            {"parameters": {"must": "x", "whole": "abc"}},
            400,
            "Invalid workflow parameter. Expected parameter type: integer. Value: abc.",
        ),
        (
            {"parameters": {"must": "x", "data": "{bad"}},
            400,
            "Invalid workflow parameter. Expected parameter type: json. Value: {bad.",
        ),
        ({"webhook_url": "not a url"}, 400, "Invalid webhook_url: malformed."),
        ({"webhook_url": "ftp://x/y"}, 400, "Invalid webhook_url: unsupported scheme."),
        ({"browser_session_id": "pbs_nope"}, 404, "Browser session pbs_nope does not exist"),
        ({"browser_profile_id": "bp_nope"}, 404, "Browser profile bp_nope not found"),
    ],
)
def test_a_wrong_launch_is_refused_in_words(
    server: Server, body: Json, status: int, text: str
) -> None:
    complete = {"parameters": {"must": "x"}} if body and "parameters" not in body else {}
    sent = {"workflow_id": server.agents["typed"], **complete, **body}
    answer = server.http.post("/v1/run/workflows", json=sent)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(text)


@pytest.mark.parametrize(
    ("body", "kind", "where"),
    [
        ({"max_elapsed_time_minutes": 0}, "greater_than_equal", "max_elapsed_time_minutes"),
        ({"max_elapsed_time_minutes": 481}, "less_than_equal", "max_elapsed_time_minutes"),
        ({"proxy_location": "MOON"}, "enum", "proxy_location"),
    ],
)
def test_an_option_out_of_range_is_refused_at_its_field(
    server: Server, body: Json, kind: str, where: str
) -> None:
    sent = {"workflow_id": server.agents["stops"], **body}
    answer = server.http.post("/v1/run/agents", json=sent)
    assert answer.status_code == 422
    problem = answer.json()["detail"][0]
    assert (problem["type"], problem["loc"][:2]) == (kind, ["body", where])


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("GET", "/v1/runs/wr_nope", "Task run not found wr_nope"),
        ("GET", "/v1/runs/wr_nope/timeline", "Run not found wr_nope"),
        ("GET", "/v1/workflows/runs/wr_nope", None),
        ("POST", "/v1/runs/wr_nope/cancel", "Run not found wr_nope"),
        ("POST", "/v1/workflows/runs/wr_nope/retry", "Workflow run not found wr_nope"),
        ("POST", "/v1/agents/runs/wr_nope/continue", None),
        ("POST", "/v1/runs/wr_nope/retry_webhook", "Run wr_nope not found"),
        ("GET", "/v1/workflows/wpid_nope", "Workflow not found. workflow_permanent_id=wpid_nope"),
        ("GET", "/v1/nonexistent", "Not Found"),
    ],
)
def test_what_is_not_there_is_a_404_that_says_so(
    server: Server, method: str, path: str, text: str | None
) -> None:
    answer = server.http.request(method, path)
    assert answer.status_code == 404
    assert text is None or answer.json() == {"detail": text}


def test_an_unknown_agent_has_no_versions(server: Server) -> None:
    answer = server.http.get("/v1/workflows/wpid_nope/versions")
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_run_that_does_not_wait_cannot_go_on(server: Server, runs: Runs) -> None:
    with pytest.raises(errors.NotFound):
        server.client.resume(runs["typed"]["run_id"])


def test_a_webhook_without_a_url_is_not_replayed(server: Server, runs: Runs) -> None:
    with pytest.raises(errors.Rejected, match="No webhook URL configured"):
        server.client.replay_webhook(runs["typed"]["run_id"])
