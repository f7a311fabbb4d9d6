"""Creates the sample agents on a Skyvern server; what is already there by title stays."""

from typing import Any

import httpx

from ops.skyvern.agents import all_agents

CREDENTIAL = "Sample log-in"


def seed(base_url: str, api_key: str, site: str) -> dict[str, str]:
    """title → permanent id of every sample agent. Raises httpx.HTTPStatusError."""
    headers = {"x-api-key": api_key}
    with httpx.Client(base_url=base_url, headers=headers, timeout=60, trust_env=False) as api:
        known: dict[str, str] = {
            agent["title"]: agent["workflow_permanent_id"]
            for agent in answer(api.get("/v1/workflows", params={"page_size": 100}))
        }
        for body in all_agents(site, credential(api)):
            title = body["json_definition"]["title"]
            if title not in known:
                made = answer(api.post("/v1/workflows", json=body))
                known[title] = made["workflow_permanent_id"]
        return known


def credential(api: httpx.Client) -> str | None:
    """The sample log-in's id; None where the server has no vault to keep one."""
    listed = api.get("/v1/credentials", params={"page_size": 100})
    if not listed.is_success:
        return None
    for found in listed.json():
        if found["name"] == CREDENTIAL:
            return str(found["credential_id"])
    login = {"username": "sample", "password": "not a real one"}
    body = {"name": CREDENTIAL, "credential_type": "password", "credential": login}
    made = api.post("/v1/credentials", json=body)
    return str(made.json()["credential_id"]) if made.is_success else None


def answer(response: httpx.Response) -> Any:
    if response.is_error:
        raise httpx.HTTPStatusError(
            f"{response.request.method} {response.request.url.path}: "
            f"HTTP {response.status_code} {response.text[:500]}",
            request=response.request,
            response=response,
        )
    return response.json()
