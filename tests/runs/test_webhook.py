"""The webhook believes a signature and a run id, and nothing else."""

import json
from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema, signature
from runs import tasks, webhooks
from runs.models import Run

pytestmark = pytest.mark.django_db
URL = "/webhooks/skyvern/"


@pytest.fixture
def run_id(sandbox: Sandbox) -> str:
    request = schema.RunRequest(workflow_id=sandbox.agents["Price feed"])
    found = connect().start(request).run_id
    sandbox.advance(600)
    return found


def deliver(body: bytes, key: str = "sandbox", **headers: str) -> Any:
    given = {"x-skyvern-signature": signature.sign(body, key), **headers}
    client = Client(enforce_csrf_checks=True)
    return client.post(URL, body, content_type="application/json", headers=given)


def test_a_signed_delivery_brings_the_run_at_once(run_id: str) -> None:
    body = json.dumps({"run_id": run_id, "status": "running", "title": "not believed"})
    assert deliver(body.encode()).status_code == 202
    run = Run.objects.get(pk=run_id)
    assert (run.status, run.title) == ("completed", "Price feed")
    assert run.detail.outputs


def test_the_signature_is_over_the_raw_bytes(run_id: str) -> None:
    odd = f'{{ "run_id" : "{run_id}","n":1.0, "t":"é" }}'.encode()
    assert deliver(odd).status_code == 202


@pytest.mark.parametrize("given", ["", "0" * 64, "é", "x" * 100_000])
def test_a_wrong_signature_is_refused_and_nothing_is_asked(
    sandbox: Sandbox, run_id: str, given: str
) -> None:
    before = len(sandbox.calls)
    body = json.dumps({"run_id": run_id}).encode()
    answer = deliver(body, **{"x-skyvern-signature": given})
    assert (answer.status_code, answer.content) == (403, b"")
    assert len(sandbox.calls) == before


def test_a_signature_by_another_key_is_refused(sandbox: Sandbox) -> None:
    assert deliver(b'{"run_id": "wr_1"}', key="another").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"run_id": 7}',
        b'{"run_id": ""}',
        b'{"run_id": "a\\u0000b"}',
        b"[" * 100_000,
        json.dumps({"run_id": "w" * 129}).encode(),
    ],
)
def test_a_signed_body_that_names_no_run_is_refused(sandbox: Sandbox, body: bytes) -> None:
    answer = deliver(body)
    assert (answer.status_code, answer.content) == (400, b"")


def test_an_id_that_is_a_path_reaches_no_other_address(sandbox: Sandbox) -> None:
    before = len(sandbox.calls)
    assert deliver(b'{"run_id": "../workflows"}').status_code == 400
    assert len(sandbox.calls) == before


def test_a_body_that_is_too_large_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "LARGEST", 100)
    assert deliver(b" " * 101).status_code == 413


def test_a_body_larger_than_a_form_may_be_is_taken(run_id: str) -> None:
    body = json.dumps({"run_id": run_id, "output": "x" * 5_000_000}).encode()
    assert deliver(body).status_code == 202


def test_the_same_delivery_again_costs_nothing_and_another_one_does(
    sandbox: Sandbox, run_id: str
) -> None:
    body = json.dumps({"run_id": run_id}).encode()
    deliver(body)
    before = len(sandbox.calls)
    assert deliver(body).status_code == 202
    assert len(sandbox.calls) == before
    deliver(json.dumps({"run_id": run_id, "outputs": {}}).encode())
    assert len(sandbox.calls) > before


def test_a_delivery_that_could_not_be_queued_is_asked_for_again(
    run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(run_id: str) -> None:
        raise OperationalError

    body = json.dumps({"run_id": run_id}).encode()
    with monkeypatch.context() as broker:
        broker.setattr(tasks.refresh_run, "delay", broken)
        assert deliver(body).status_code == 503
    assert deliver(body).status_code == 202
    assert Run.objects.filter(pk=run_id).exists()


def test_it_only_takes_a_post(sandbox: Sandbox) -> None:
    assert Client().get(URL).status_code == 405
