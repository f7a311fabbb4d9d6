"""Files for a run: uploaded where Skyvern can keep them, refused in words where it cannot."""

from unittest.mock import ANY

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from runs.models import Launch, Workflow
from tests.conftest import Browse
from tests.runs.launching import starts, typed, url

pytestmark = pytest.mark.django_db


def csv(size: int = 3) -> SimpleUploadedFile:
    return SimpleUploadedFile("our prices.csv", b"x" * size, "text/csv")


def test_a_file_sent_with_the_form_becomes_its_address(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    answer = browse("operator").post(url(every_type), {**typed(p6=""), "p6-file": csv()})
    assert answer.status_code == 302
    address = Launch.objects.get().request["parameters"]["price_list"]
    assert address.startswith("s3://")
    assert address.endswith("our prices.csv")
    uploaded = Activity.objects.get(verb="uploaded a file for")
    assert uploaded.detail == "our prices.csv, 3 bytes."


def test_a_form_that_is_refused_keeps_the_file_that_was_uploaded(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    data = {**typed(p2="1.9", p6=""), "p6-file": csv()}
    form = browse("operator").post(url(every_type), data).context["form"]
    assert set(form.errors) == {"p2"}
    assert form["p6"].value().startswith("s3://")
    assert sandbox.calls.count(("POST", "/v1/upload_file")) == 1


def test_a_server_that_takes_only_links_is_told_of_and_the_form_keeps_everything(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    sandbox.fault("local_storage", times=None)
    assert 'type="file"' in client.get(url(every_type)).content.decode()
    answer = client.post(url(every_type), {**typed(p1="Müller", p6=""), "p6-file": csv()})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "takes only links" in str(answer.context["form"].errors["p6"])
    assert "Müller" in html
    assert 'type="file"' not in html
    assert 'type="file"' not in client.get(url(every_type), {"from": "x"}).content.decode()
    assert starts(sandbox) == 0


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    answer = browse("operator").post(
        reverse("runs:upload", args=[every_type.pk]), {"file": csv(10 * 2**20 + 1)}
    )
    assert answer.status_code == 422
    assert "10 MB at most" in answer.json()["error"]
    assert ("POST", "/v1/upload_file") not in sandbox.calls


def test_a_file_that_is_chosen_is_uploaded_at_once(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client, page = browse("operator"), reverse("runs:upload", args=[every_type.pk])
    assert client.post(page, {"file": csv()}).json() == {"address": ANY}
    assert client.post(page, {}).status_code == 422
    sandbox.fault("local_storage")
    assert client.post(page, {"file": csv()}).json() == {"error": ANY, "unsupported": True}
