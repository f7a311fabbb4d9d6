"""What happens in the sandbox while somebody looks at a page: runs begin, end, and are refused."""

from __future__ import annotations

from tests.e2e.deck import Deck, wait_until
from tests.e2e.servers import Server


def mirrored(deck: Deck) -> None:
    """Back-filled: the runs that the sandbox began with are all there."""
    done = "SELECT 1 FROM dashboard_feed WHERE name = 'history' AND cursor LIKE '%\"done\": true%'"
    wait_until("the history is read", lambda: deck.query(done), 60)


def begin(deck: Deck, server: Server, count: int, title: str = "") -> list[str]:
    """Runs of the slow agent, or of that one; returns once they are in the mirror."""
    [(wpid,)] = deck.query(f"SELECT wpid FROM runs_workflow WHERE title = '{title or server.slow}'")
    with server.api(deck) as api:
        answers = [api.post("/v1/run/agents", json={"workflow_id": wpid}) for _ in range(count)]
    runs = [answer.raise_for_status().json()["run_id"] for answer in answers]
    wanted = ", ".join(f"'{run_id}'" for run_id in runs)
    query = f"SELECT count(*) FROM runs_run WHERE run_id IN ({wanted})"
    wait_until("they are mirrored", lambda: deck.query(query) == [(count,)], 30)
    return runs


def control(deck: Deck, server: Server, verb: str, **body: object) -> None:
    """`fault`, `heal` or `advance`: see dashboard/sandbox/app.py."""
    with server.api(deck) as api:
        api.post(f"/_sandbox/{verb}", json=body).raise_for_status()
