"""Nothing in a support bundle opens anything, whatever the texts in it are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from dashboard.audit import Actor, record
from dashboard.sandbox import Sandbox
from runs.annals import Event
from runs.bundle import hiding
from runs.evidence import Evidence, Shot
from runs.inputs import MASK
from runs.models import Artifact, Launch, Note, Run, RunDetail, Workflow
from runs.timeline import Step, Timeline
from tests.conftest import Browse
from tests.runs.bundling import (
    ALWAYS,
    PNG,
    SAFE,
    made,
    opened,
    pictures,
    readme,
    sent,
    serve,
    taken,
    url,
)
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db
KEY = "sk-live-5f0c9a7be1d24c6e"
SIGNED = (
    "https://skyvern.example/v1/artifacts/a_1/content?expiry=1&kid=local-1&sig=5ec2e7",
    "/v1/artifacts/a_1/content?sig=5ec2e7",
    "https://b.s3.amazonaws.com/x.png?X-Amz-Credential=c&X-Amz-Signature=5ec2e7&X-Amz-Expires=9",
    "https://storage.googleapis.com/b/x.png?GoogleAccessId=a&Expires=9&Signature=5ec2e7",
    "https://a.blob.core.windows.net/x?sv=2024&se=2026&sig=5ec2e7",
    "https://shop.example/#access_token=5ec2e7",
    "https://shop.example/?next=https%3A%2F%2Fb.example%2F%3Fsig%3D5ec2e7",
    "https://me:5ec2e7@shop.example/",
    "https://shop.example/?page=2&api_key=5ec2e7",
)


@pytest.fixture
def sandbox(settings: Settings) -> Sandbox:
    """With a key that can be told from the words around it."""
    app = Sandbox(history=0, api_key=KEY)
    settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)
    settings.SKYVERN_BASE_URL = "http://sandbox"
    settings.SKYVERN_API_KEY = KEY
    return app


@pytest.fixture
def run(play: Play) -> Run:
    """It failed while signing in."""
    return play("Credential check")


@pytest.mark.parametrize("address", SIGNED)
def test_an_address_that_opens_something_does_so_no_more(address: str) -> None:
    hidden = hiding.hider()(f"See {address}, please.")
    assert "5ec2e7" not in hidden
    assert hidden.startswith("See ")


@pytest.mark.parametrize(
    "plain",
    [
        "https://portal.northwind.example/orders/new?for=Ann&page=2#lines",
        "Why? Because it has no keyword=x in it. #12",
        "mail me@shop.example",
        "",
    ],
)
def test_other_words_stay_as_they_are(plain: str) -> None:
    assert hiding.hider()(plain) == plain


def test_hidden_text_takes_no_time() -> None:
    hide = hiding.hider()
    begun = time.thread_time()  # not what others take meanwhile
    for part in ("?", "&", "?a", "%3f", "://", "?" + "a" * 59, "token", "#x=", "://a@"):
        hide(part * (300_000 // len(part)))
    assert time.thread_time() - begun < 5


def test_neither_secrets_nor_the_key_nor_signatures_are_anywhere(
    browse: Browse, run: Run, settings: Settings, person: Callable[[str], User]
) -> None:
    """In every text that comes from somewhere else; "5ec2e7" is what must not be told."""
    bad = " ".join((*SIGNED, f"x-api-key: {KEY}", f"and {KEY}&c"))
    actor = Actor(person("operator"), f"and {KEY}")
    assert run.workflow_id
    sending = {
        "workflow_id": run.workflow_id,
        "parameters": {"file": bad, bad: 1},
        "webhook_url": bad,
        "extra_http_headers": {"X-Token": "5ec2e7"},
        "cdp_connect_headers": "X-Token: 5ec2e7",
    }
    Launch.objects.create(
        user=actor.user, workflow_id=run.workflow_id, request=sending, run_id=run.pk
    )
    Note.objects.create(run=run, user=actor.user, text=bad)
    record(actor, "tagged", run, detail=bad)
    Run.objects.update(failure_reason=bad, title=bad[:500], webhook_failure_reason=bad)
    Workflow.objects.update(title=bad[:500])
    block = {"label": bad, "block_type": "http_request", "failure_reason": bad, "status": "failed"}
    headers = {"http_request_headers": {"X-Token": "5ec2e7"}, "extra_http_headers": "5ec2e7"}
    RunDetail.objects.update(
        timeline=[{"type": "block", "block": block | headers, "children": []}],
        outputs={bad: [bad], "answer": {"headers": {"set-cookie": "5ec2e7"}}},
        errors=[{"error_code": bad, "reasoning": bad}],
        categories=[{"category": bad, "reasoning": bad}],
        error=bad,
    )
    said = f"2026-11-21T22:36:37Z[log]{bad} url={SIGNED[0]} lineNumber=1\n".encode()
    serve(settings, lambda _: [said])
    content = sent(browse("support").get(url(run)))
    members = opened(content)
    assert members.keys() == ALWAYS | {"console.log"}
    for name, member in [*members.items(), ("the zip", content)]:
        assert b"5ec2e7" not in member, name
        assert KEY.encode() not in member, name
        assert KEY.encode() not in name.encode()
    told = json.loads(members["run.json"])
    assert told["options"]["Extra http headers"] == {"X-Token": MASK}
    assert told["options"]["Cdp connect headers"] == MASK
    assert json.loads(members["outputs.json"])["answer"]["headers"] == {"set-cookie": MASK}


def test_a_line_of_the_console_without_an_end_is_cut_and_its_rest_passed_over(
    browse: Browse, run: Run, settings: Settings
) -> None:
    long = b"[log]https://shop.example/?v=" + b"5ec2e7" * 100_000 + b"\nnext line\r\n\xff\x1b[31m"
    serve(settings, lambda _: [long])
    lines = taken(browse("support"), run)["console.log"].decode().splitlines()
    assert lines == ["[log]https://shop.example/?…", "next line", "\ufffd\ufffd[31m"]


@pytest.mark.parametrize(
    "title",
    [
        *("../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\x", "CON", "nul\x00.png"),
        *("a\r\nSet-Cookie: x", "\u202egnp.exe", "日本語", "", "x" * 500, "--_--"),
    ],
)
def test_a_hostile_label_makes_a_safe_name(
    settings: Settings, sandbox: Sandbox, title: str
) -> None:
    step = Step(key="b_1", kind="block", title=title)
    taken_in = [
        Shot(Artifact(artifact_id=f"a_{number}", type="screenshot_llm"), title, "b_1")
        for number in range(3)
    ]
    serve(settings, lambda _: [PNG])
    members = made(files=Evidence(shots=taken_in), timeline=Timeline([step]))
    assert len(pictures(members)) == 3
    assert all(SAFE.fullmatch(name) for name in pictures(members))
    assert not {"\r", "\u202e"} & set(readme(members))


def test_the_name_of_the_file_is_plain_whatever_the_id(browse: Browse, play: Play) -> None:
    now = timezone.now()
    odd = Run.objects.create(
        run_id='x"\r\n..é;', status="failed", phase="failed", created_at=now, seen_at=now,
        changed_at=now,
    )  # fmt: skip
    answer = browse("support").get(url(odd))
    assert answer["Content-Disposition"] == 'attachment; filename="x_.zip"'
    assert opened(sent(answer)).keys() == ALWAYS


def test_what_no_file_can_hold_breaks_nothing() -> None:
    deep: Any = "bottom"
    for _ in range(600):
        deep = [deep]
    now = datetime.now(UTC)
    odd = RunDetail(timeline=[deep, "\ud800", float("nan")], outputs={"": {"\udfff": deep}})
    event = Event(now, "", "\ud800", "did\n\x00", "\u202e")
    members = made(detail=odd, events=[event], tags=["\ud800"])
    assert json.loads(members["timeline.json"])[1] == "?"
    assert members["history.txt"].count(b"\n") == 1
