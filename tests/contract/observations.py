"""One answer of every kind, gathered the same way from any server."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract.servers import Server

type Json = dict[str, Any]
type Runs = dict[str, Json]
"""Agent's name → its finished run."""


def started_and_finished(server: Server) -> Runs:
    """All at once, as a real server takes seconds for each."""
    bodies: dict[str, Json] = {"typed": {"parameters": {"must": "given"}}}
    names = [name for name in server.agents if name != "waits"]
    ids = {name: server.start(name, **bodies.get(name, {})) for name in names}
    found = {name: server.wait_for(run_id) for name, run_id in ids.items()}
    server.wait_for_recording(ids["looks"])
    return found


@dataclass(frozen=True)
class _Looking:
    server: Server

    def get(self, path: str, **query: Any) -> Any:
        answer = self.server.http.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def refused(self, method: str, path: str, **options: Any) -> Any:
        answer = self.server.http.request(method, path, **options)
        assert answer.status_code >= 400, f"{path}: {answer.status_code}"
        return answer.json()

    def posted(self, path: str, body: Json | None = None) -> Any:
        answer = self.server.http.post(path, json=body)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()


def observe(server: Server, runs: Runs) -> dict[str, Any]:
    """Name → answer. The names of schemas.OF are held against openapi.json."""
    look = _Looking(server)
    looks, retries = runs["looks"]["run_id"], runs["retries"]["run_id"]
    wpid = server.agents["looks"]
    return {
        "workflow": look.get(f"/v1/workflows/{wpid}"),
        "workflows": look.get("/v1/workflows", title=server.suffix, page_size=20),
        "versions": look.get(f"/v1/agents/{wpid}/versions"),
        "run": [look.get(f"/v1/runs/{run['run_id']}") for run in runs.values()],
        "run list": look.get("/v1/runs", search_key=server.suffix, page_size=50),
        "workflow runs": [
            row
            for name in runs
            for row in look.get(f"/v1/workflows/{server.agents[name]}/runs", page_size=20)
        ],
        "workflow run": [look.get(f"/v1/workflows/runs/{r['run_id']}") for r in runs.values()],
        "timeline": [look.get(f"/v1/runs/{r['run_id']}/timeline") for r in runs.values()],
        "artifacts": look.get(f"/v1/runs/{looks}/artifacts"),
        "recordings": look.get(f"/v1/runs/{looks}/artifacts", artifact_type="recording"),
        "attempts": look.get(f"/v1/runs/{retries}")["attempts"],
        **_tags(look, looks),
        **_schedules(look, server.agents["stops"]),
        **_refusals(look, server),
        "version": look.get("/v1/version"),
    }


def _tags(look: _Looking, run_id: str) -> Json:
    tags = [{"key": "customer", "value": "acme"}, {"value": "vip"}]
    return {
        "tags changed": look.posted(f"/v1/runs/{run_id}/tags", {"tags": tags}),
        "tags": look.get(f"/v1/runs/{run_id}/tags"),
        "tags of runs": list(
            look.get("/v1/run-tags", workflow_run_ids=run_id)["run_tags"].values()
        ),
        "404 tags": look.refused("GET", "/v1/runs/wr_nope/tags"),
        "422 tags": look.refused(
            "POST", f"/v1/runs/{run_id}/tags", json={"tags": [{"value": "a,b"}]}
        ),
    }


def _schedules(look: _Looking, wpid: str) -> Json:
    path = f"/v1/workflows/{wpid}/schedules"
    later = (datetime.now(UTC) + timedelta(days=300)).isoformat()
    bodies: list[Json] = [
        {"cron_expression": "0 9 * * 1-5", "timezone": "Europe/Berlin", "name": "cron"},
        {"interval_seconds": 86_400, "timezone": "UTC", "parameters": {"why": "x"}},
        {"run_at": later, "timezone": "UTC", "description": "once"},
    ]
    made = [look.posted(path, body) for body in bodies]
    ids = [one["schedule"]["workflow_schedule_id"] for one in made]
    found = {
        "schedule": made,
        "schedules of workflow": look.get(path),
        "schedules": look.get("/v1/schedules", page_size=100),
        "disabled schedule": look.posted(f"{path}/{ids[0]}/disable"),
        "canceled schedule": look.posted(f"{path}/{ids[2]}/cancel"),
        "deleted schedule": look.server.http.delete(f"{path}/{ids[1]}").json(),
    }
    for schedule_id in (ids[0], ids[2]):
        look.server.http.delete(f"{path}/{schedule_id}")
    return found


def _refusals(look: _Looking, server: Server) -> Json:
    typed = server.agents["typed"]
    return {
        "403": look.refused("GET", "/v1/runs", headers={"x-api-key": ""}),
        "404 run": look.refused("GET", "/v1/runs/wr_nope"),
        "400 parameter": look.refused("POST", "/v1/run/agents", json={"workflow_id": typed}),
        "422 query": look.refused("GET", "/v1/runs", params={"page": 0}),
        "422 body": look.refused("POST", "/v1/run/agents", json={}),
    }
