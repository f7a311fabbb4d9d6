"""Launched once more: with other inputs, and where nobody knows whether the first one began."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.deck import Deck
from tests.e2e.launching import fill, launch, send
from tests.e2e.servers import Server

pytestmark = pytest.mark.browser

EVERY_TYPE = "Every parameter type"
POST = "/v1/run/agents"
LONG = 90_000


def told(deck: Deck, server: Server, run_id: str) -> dict[str, object]:
    """What the run was started with, as the server tells it."""
    with server.api(deck) as api:
        answer = api.get(f"/v1/workflows/runs/{run_id}").raise_for_status().json()
    found: dict[str, object] = answer["parameters"]
    return found


def test_a_run_is_started_again_with_one_input_changed(
    tab: Page, deck: Deck, server: Server
) -> None:
    first = launch(tab, EVERY_TYPE, server.inputs)
    name, number = list(server.inputs)[:2]
    tab.get_by_role("link", name="Rerun with edits").click()
    fill(tab, {number: "8"})
    second = send(tab, EVERY_TYPE)
    before, after = told(deck, server, first), told(deck, server, second)
    assert second != first
    assert after == {**before, number: 8}
    assert after[name] == server.inputs[name]
