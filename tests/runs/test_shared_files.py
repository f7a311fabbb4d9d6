"""The files that a share link gives: those its page shows, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard.sandbox import Sandbox
from runs.models import Artifact, Share
from tests.runs.conftest import Play
from tests.runs.sharing import file_url, shared
from tests.runs.test_shared_page import LINK

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(play: Play, person: Callable[[str], User]) -> Share:
    return shared(play("Credential check"), person("operator"))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_recording_can_be_sought_in(play: Play) -> None:
    run = play("Invoice download")
    share, client = shared(run), Client()
    address = file_url(share, run.artifacts.filter(type="recording")[0])
    whole = body(client.get(address))
    part = client.get(address, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 4-11/{len(whole)}")
    assert body(part) == whole[4:12]
    assert client.head(address)["Content-Length"] == str(len(whole))


def test_only_pictures_and_recordings_of_that_very_run_are_given(play: Play) -> None:
    run, other = play("Invoice download"), play("Credential check")
    share = shared(run)
    shared(other)
    kinds = {}
    for file in run.artifacts.all():
        answer = Client().get(file_url(share, file))
        kinds[file.type] = answer.status_code
        if answer.streaming:
            body(answer)
    assert {kind for kind, status in kinds.items() if status == 200} == {
        kind for kind in kinds if kind.startswith("screenshot") or kind == "recording"
    }
    assert {"browser_console_log", "har", "download"} <= {
        kind for kind, status in kinds.items() if status == 404
    }
    for file in other.artifacts.all():
        assert Client().get(file_url(share, file)).status_code == 404


def test_files_end_with_their_link(share: Share) -> None:
    address = file_url(share, share.run.artifacts.filter(type__startswith="screenshot")[0])
    assert body(Client().get(address)).startswith(b"\x89PNG")
    Share.objects.update(revoked_at=timezone.now())
    assert Client().get(address).status_code == 404


def test_a_file_that_cannot_be_had_says_so_and_no_more(share: Share, sandbox: Sandbox) -> None:
    address = file_url(share, share.run.artifacts.filter(type__startswith="screenshot")[0])
    sandbox.fault("expired", times=None)
    answers = [(404, "writes this file when the run ends"), (410, "archive")]
    for status, words in answers:
        answer = Client().get(address)
        assert (answer.status_code, words in answer.text) == (status, True)
        assert all(target.startswith("/static/") for target in LINK.findall(answer.text))
        Artifact.objects.update(archived=True)
