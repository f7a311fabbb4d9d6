"""A launch as curl and Python: run for real, they send what the form would, whatever is in it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import Settings

from runs import snippets
from runs.models import Workflow
from tests.conftest import Browse
from tests.runs.conftest import Play
from tests.runs.launching import typed

HOSTILE = (
    "it's $(touch pwned) `touch pwned` \"q\" \\ !! ; & | > out %s {x} '''+1+''' \"\"\" \r\n\ttab"
    "\x1b[31m\u202e\u2028é🤖 @/etc/passwd $SKYVERN_API_KEY \\u0041 JSON EOF"
)
BODY: dict[str, Any] = {
    "workflow_id": "wpid_1",
    "parameters": {HOSTILE: HOSTILE, "deep": [None, True, 1.5, {"a": [HOSTILE]}], "n": 2**62},
    "proxy_location": None,
    "extra_http_headers": {"X-Key": "s3cret"},
}
MASKED = {**BODY, "extra_http_headers": {"X-Key": "SECRET"}}
heard: list[tuple[str, str, Any]] = []


class Listener(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        heard.append((self.path, self.headers["x-api-key"], json.loads(body)))
        answer = b'{"run_id": "wr_1"}'
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
        """Nothing: a test is quiet."""


@pytest.fixture
def listener(settings: Settings) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    heard.clear()
    settings.SKYVERN_BASE_URL = f"http://127.0.0.1:{server.server_port}/"
    settings.SKYVERN_API_KEY = "the-real-key"
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def run(*command: str, cwd: Path) -> str:
    environment = {**os.environ, "SKYVERN_API_KEY": "their-key", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout


@pytest.mark.usefixtures("listener")
def test_the_curl_command_sends_the_body_and_nothing_breaks_out(tmp_path: Path) -> None:
    made = snippets.of(BODY)
    assert made.curl.replace("\n", "").isprintable()
    assert run("sh", "-c", made.curl, cwd=tmp_path) == '{"run_id": "wr_1"}'
    assert heard == [("/v1/run/agents", "their-key", MASKED)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("listener")
def test_the_python_program_sends_the_body_and_nothing_breaks_out(tmp_path: Path) -> None:
    made = snippets.of(BODY)
    assert made.python.replace("\n", "").isprintable()
    assert run(sys.executable, "-c", made.python, cwd=tmp_path) == "wr_1\n"
    assert heard == [("/v1/run/agents", "their-key", MASKED)]
    assert list(tmp_path.iterdir()) == []


def test_no_key_and_no_header_value_is_in_them(settings: Settings) -> None:
    settings.SKYVERN_API_KEY = "the-real-key"
    made = snippets.of(BODY)
    assert made.has_secrets
    for secret in ("the-real-key", "s3cret"):
        assert secret not in made.curl + made.python


@pytest.mark.django_db
def test_the_form_shows_what_is_typed_as_code_and_starts_nothing(
    every_type: Workflow, browse: Browse
) -> None:
    client, page = browse("operator"), reverse("runs:launch_code", args=[every_type.pk])
    data = typed(p1="<b>Ada</b>", extra_http_headers="X-Key: s3cret")
    html = client.post(page, data).content.decode()
    assert "$SKYVERN_API_KEY" in html
    assert "&lt;b&gt;Ada" in html
    assert "<b>Ada" not in html
    assert "s3cret" not in html
    wrong = client.post(page, data | {"p2": "1.9"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"p2"}
    dialog = client.post(page, data | {"p2": "1.9"}, headers={"HX-Request": "true"})
    assert "Not a whole number" in dialog.content.decode()
    assert "<html" not in dialog.content.decode()


@pytest.mark.django_db
def test_a_run_page_shows_its_launch_as_code(play: Play, browse: Browse) -> None:
    run = play("Price feed")
    page = f"{run.get_absolute_url()}?tab=inputs"
    assert "$SKYVERN_API_KEY" in browse("operator").get(page).content.decode()
    assert "$SKYVERN_API_KEY" not in browse("support").get(page).content.decode()
