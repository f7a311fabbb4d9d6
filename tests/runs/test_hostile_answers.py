"""What a broken or hostile server could answer, and what people could search for."""

from typing import Any

import pytest
from django.urls import reverse

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs.tasks import refresh_newest, refresh_run
from tests.conftest import Browse
from tests.hostile.answers import BOMBS
from tests.test_permissions import rows  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("rows")


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_an_answer_breaks_no_page(
    bomb: str, sandbox: Sandbox, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = connect().start(schema.RunRequest(workflow_id=sandbox.agents["Price feed"])).run_id
    sandbox.advance(600)
    refresh_newest.delay()
    spoil(sandbox, monkeypatch, BOMBS[bomb])
    refresh_run.delay(run_id)
    client = browse("superuser")
    for tab in ("steps", "output", "inputs", "files", "notes", "raw"):
        assert client.get(f"/runs/{run_id}/", {"tab": tab}).status_code == 200, tab
    for part in ("output", "raw"):
        url = reverse("runs:run_json", kwargs={"run_id": run_id, "part": part})
        assert client.get(url).status_code in (200, 404), part
    for path in ("/", "/failures/"):
        assert client.get(path).status_code == 200
    assert client.get(f"/admin/runs/run/{run_id}/change/").status_code == 200


def spoil(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, value: bytes) -> None:
    """Each object that the sandbox sends from now on holds this in the fields people look at."""
    call = Sandbox.__call__

    def spoiled(self: Sandbox, environ: Any, start_response: Any) -> Any:
        sent: list[Any] = []
        body = b"".join(call(self, environ, lambda *words, **_: sent.append(words)))
        status, headers = sent[0][:2]
        for name in (b'"outputs":', b'"output":', b'"parameters":', b'"children":'):
            body = body.replace(name, name + value + b',"was_' + name[1:])
        kept = [(name, text) for name, text in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    monkeypatch.setattr(Sandbox, "__call__", spoiled)


@pytest.mark.parametrize(
    "query", ["%", "_" * 50, "'\"--", "\x00", "<script>", "x" * 10_000, "\u202e"]
)
def test_searching_takes_any_text_as_text(query: str, browse: Browse) -> None:
    client = browse("superuser")
    for url in ("/jump/", "/runs/", "/agents/", "/schedules/"):
        answer = client.get(url, {"q": query, "search": query, "text": query})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
    if query == "%":
        assert (
            "Invoices" not in client.get("/jump/", {"q": "%"}, headers={"HX-Request": "true"}).text
        )
