"""Every case of tests/hostile on every page that shows it: as text, bounded, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from email.message import Message
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs import mirror
from runs.models import Artifact, FailureGroup, Run, RunDetail
from tests.conftest import Browse
from tests.hostile import CASES, GROUPS
from tests.hostile.answers import ANSWERS, IDS, KINDS, WRONG
from tests.hostile.documents import DOCUMENTS
from tests.hostile.files import FILES
from tests.hostile.names import NAMES
from tests.hostile.texts import SIZES, TEXTS
from tests.runs.hostile_runs import Page, detail, mirrored, row, timeline

pytestmark = pytest.mark.django_db

TABS = ("steps", "output", "inputs", "files", "notes", "raw")
MOST = 1_500_000
"""Bytes of a page."""


@pytest.fixture
def client(browse: Browse, sandbox: Sandbox) -> Client:
    return browse("superuser")


def looked_at(client: Client, url: str, **query: str) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200, url
    assert len(answer.content) < MOST, url
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert Page(answer.text).wrong == [], url
    return str(answer.text)


def pages_of(client: Client, run: Run, other: Run | None = None) -> None:
    for tab in TABS:
        looked_at(client, run.get_absolute_url(), tab=tab)
    looked_at(client, f"{run.get_absolute_url()}compare/", **{"with": other.pk if other else ""})
    looked_at(client, run.get_absolute_url(), tab="output", find="s")


def files_of(client: Client, run: Run) -> None:
    for part in ("output", "inputs", "timeline", "raw"):
        answer = client.get(f"{run.get_absolute_url()}{part}.json")
        assert answer["Content-Disposition"].startswith("attachment;")
        json.loads(answer.getvalue())


def lists(client: Client) -> None:
    for url in ("/", "/runs/", "/runs/?status=failed", "/failures/", "/agents/", "/activity/"):
        looked_at(client, url)
    looked_at(client, "/agents/wpid_evil/")
    for group in FailureGroup.objects.all()[:3]:
        looked_at(client, group.get_absolute_url())


def test_there_are_very_many_cases_with_a_name_each() -> None:
    """How many of each group is said at the end of the tests' output."""
    assert len(CASES) == len(set(CASES))
    assert len(CASES) - len(GROUPS["wrong types"]) >= 200


# Texts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_only_ever_text_on_the_pages_of_its_run(client: Client, name: str) -> None:
    run, other = mirrored("wr_1", TEXTS[name]), mirrored("wr_2", "harmless", minute=1)
    pages_of(client, run, other)
    looked_at(client, f"{other.get_absolute_url()}compare/", **{"with": run.pk})
    mirrored("wr_3", TEXTS[name], minute=2)  # the agent's texts are the last that were told
    for url in ("/agents/wpid_evil/", "/agents/"):
        looked_at(client, url)
    if name not in SIZES:  # a field holds the whole of its default value
        looked_at(client, "/agents/wpid_evil/launch/")


def test_all_texts_together_are_only_ever_text_in_lists_and_in_the_admin(client: Client) -> None:
    for number, text in enumerate(TEXTS.values()):
        mirrored(f"wr_{number}", text, minute=number)
    lists(client)
    for model in ("run", "workflow", "artifact", "launch"):
        looked_at_admin(client, reverse(f"admin:runs_{model}_changelist"))
    for run in Run.objects.all()[:5]:
        looked_at_admin(client, reverse("admin:runs_run_change", args=[run.pk]))


def looked_at_admin(client: Client, url: str) -> None:
    """Its elements are Django's, so that only what would run is looked for."""
    answer = client.get(url)
    assert answer.status_code == 200
    wrong = [each for each in Page(answer.text).wrong if "__pwned" in each or "evil" in each]
    assert wrong == [], url


def test_no_export_has_a_formula_or_breaks(client: Client) -> None:
    for number, text in enumerate(TEXTS.values()):
        mirrored(f"wr_{number}", text, minute=number)
    assert len(json.loads(exported(client, "json"))) == len(TEXTS)
    rows = list(csv.reader(io.StringIO(exported(client, "csv"))))
    assert len(rows) == len(TEXTS) + 1
    cells = [cell for line in rows for cell in line]
    assert not [
        cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    ]


def exported(client: Client, kind: str) -> str:
    answer = client.post("/runs/export/", {"all": "1", "format": kind})
    assert answer["Content-Disposition"].startswith("attachment;")
    return str(answer.getvalue().decode())


@pytest.mark.parametrize("name", TEXTS)
def test_a_bundle_of_hostile_texts_can_be_opened_and_holds_files_of_ours(
    client: Client, settings: Settings, name: str
) -> None:
    serve(settings, "text/html", TEXTS[name].encode(errors="replace")[:100_000])
    run = mirrored("wr_1", TEXTS[name])
    answer = client.get(f"{run.get_absolute_url()}bundle.zip")
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        for member in archive.namelist():
            assert member.isascii()
            assert ".." not in member
            assert not member.startswith("/")
            assert member.rpartition(".")[2] in ("json", "txt", "log", "png", "jpg", "webp")
        content = "".join(
            archive.read(member).decode(errors="replace") for member in archive.namelist()
        )
    assert "sig=s3cret" not in content


# Documents, and answers of odd shapes ------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_any_shape_is_shown_on_bounded_pages(client: Client, name: str) -> None:
    value = DOCUMENTS[name]
    run = mirrored("wr_1", "harmless", outputs=value, parameters=value, errors=value)
    pages_of(client, run)
    files_of(client, run)
    kept = RunDetail.objects.get(pk=run.pk)
    assert "sig=s3cret" not in json.dumps(kept.outputs)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_any_shape_is_mirrored_and_shown(client: Client, name: str) -> None:
    now = timezone.now()
    known = row("wr_1", "harmless", now) | ANSWERS[name]
    mirror.save_runs([schema.read(schema.WorkflowRun, known)], seen_at=now)
    rich = schema.read(schema.WorkflowRunDetail, detail("wr_1", "harmless", now) | ANSWERS[name])
    steps = [schema.read(schema.TimelineItem, item) for item in timeline("harmless", now)]
    mirror.save_detail(
        "wr_1", run=None, rich=rich, timeline=steps, artifacts=[], seen_at=timezone.now()
    )
    run = Run.objects.get(pk="wr_1")
    Run.objects.update(watched_at=timezone.now())
    pages_of(client, run)
    for url in ("/", "/runs/", "/failures/", "/agents/"):
        looked_at(client, url)


def all_wrong(kind: str, wrong: Any) -> dict[str, Any]:
    """An answer with nothing right in it but its ids."""
    ids = {"workflow_run_id": "wr_1", "run_id": "wr_1", "artifact_id": "a_1"}
    if kind == "agent":
        ids["workflow_permanent_id"] = "wpid_1"
    fields = [field for field in KINDS[kind].__struct_fields__ if field not in ("raw", *IDS)]
    for field in fields:  # each alone, as far as reading goes
        schema.read(KINDS[kind], ids | {field: wrong})
    return dict.fromkeys(fields, wrong) | ids


@pytest.mark.parametrize("what", WRONG)
def test_a_field_of_any_wrong_type_is_as_if_it_were_not_told(client: Client, what: str) -> None:
    """All fields of all answers at once."""
    now = timezone.now()
    told: dict[str, Any] = {
        kind: schema.read(struct, all_wrong(kind, WRONG[what])) for kind, struct in KINDS.items()
    }
    mirror.save_workflows([told["agent"]], seen_at=now)
    mirror.save_run_list([told["item"]], seen_at=now)
    mirror.save_runs([told["row"]], seen_at=now)
    answers = {"run": told["answer"], "rich": told["detail"], "timeline": [told["step"]]}
    mirror.save_detail("wr_1", **answers, artifacts=[told["file"]], seen_at=now)
    Run.objects.update(watched_at=timezone.now())
    pages_of(client, Run.objects.get(pk="wr_1"))
    for url in ("/", "/runs/", "/failures/", "/agents/", "/agents/wpid_1/"):
        looked_at(client, url)


# Files -----------------------------------------------------------------------------------------


def serve(settings: Settings, claimed: str, content: bytes, **headers: str) -> None:
    """From now on that is every file, with that as its type."""

    def app(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        given = [("content-type", claimed.splitlines()[0])] if claimed else []
        start_response("200 OK", [*given, *headers.items()])
        return [content]

    settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_a_page_of_ours_whatever_it_is_called(
    client: Client, settings: Settings, name: str
) -> None:
    claimed, content = FILES[name]
    serve(settings, claimed, content, **{"content-disposition": "inline", "set-cookie": "a=b"})
    run = mirrored("wr_1", "harmless")
    for file in run.artifacts.all():
        for query in ("", "?download=1"):
            answer = client.get(file.get_absolute_url() + query)
            harmless(answer, is_video=file.type == "recording")


def harmless(answer: Any, *, is_video: bool = False) -> None:
    assert answer.status_code == 200
    kind, policy = answer["Content-Type"], answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    shown = not answer["Content-Disposition"].startswith("attachment")
    if shown:
        assert kind.partition(";")[0] in (
            *("image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm"),
            *("text/plain", "application/json", "text/csv"),
        )
    assert kind.partition(";")[0] not in ("text/html", "image/svg+xml", "application/xhtml+xml")
    assert "sandbox" in policy or is_video
    for value in answer.headers.values():
        assert "\n" not in value
        assert "\r" not in value


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_stays_a_name(client: Client, settings: Settings, name: str) -> None:
    serve(settings, "text/html", b"x")
    run = mirrored(
        "wr_1",
        "harmless",
        downloaded_files=[{"filename": NAMES[name], "artifact_id": "a_named", "file_size": 1}],
    )
    Artifact.objects.get(pk="a_named")
    answer = client.get("/artifacts/a_named/")
    harmless(answer)
    given = answer["Content-Disposition"]
    assert given.startswith("attachment;")
    assert len(given) < 2_000
    called = saved_as(given)
    assert called
    assert not set(called) & set("/\\\0\r\n\u202e")
    assert called.strip(" .") == called
    looked_at(client, run.get_absolute_url(), tab="files")


def saved_as(disposition: str) -> str:
    """The name that a browser gives to the file; there must be only one."""
    message = Message()
    message["Content-Disposition"] = disposition
    names = [name for name, _ in message.get_params(header="content-disposition") or []]
    assert len(names) == len(set(names)) == 2, names
    return message.get_filename() or ""
