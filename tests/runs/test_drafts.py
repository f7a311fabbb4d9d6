"""Drafts: nothing typed is lost, nothing secret is kept, and nothing sent comes back."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.sandbox import Sandbox
from runs.models import Draft, Launch, Preset, Workflow
from tests.conftest import Browse
from tests.runs.launching import nonce_in, typed, url

pytestmark = pytest.mark.django_db


def keep(client: Client, workflow: Workflow, **more: str) -> None:
    answer = client.post(reverse("runs:draft", args=[workflow.pk]), typed(**more))
    assert answer.status_code == 204


def shown(client: Client, workflow: Workflow, query: str = "") -> str:
    return client.get(f"{url(workflow)}{query}").content.decode()


def test_what_was_typed_is_there_when_the_form_is_opened_again(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    keep(
        client,
        every_type,
        p2="not a number",
        p5="{half",
        start_fresh_browser="on",
        city="Köln",
        ai_fallback="false",
    )
    html = shown(client, every_type)
    assert "Restored what you had typed" in html
    for kept in ('value="not a number"', "{half", 'value="Köln"'):
        assert kept in html
    [box] = re.findall("<input[^>]*id_start_fresh_browser[^>]*>", html)
    assert " checked" in box
    assert '<option value="false" selected>No</option>' in html
    assert 'value="not a number"' not in shown(browse("superuser"), every_type)


def test_secrets_are_never_kept(every_type: Workflow, browse: Browse) -> None:
    client = browse("operator")
    keep(client, every_type, extra_http_headers="Bearer s3cret", cdp_connect_headers="a: s3cret")
    assert "s3cret" not in str(Draft.objects.get().typed)
    assert "csrf" not in str(Draft.objects.get().typed)


def test_a_form_that_is_typed_back_to_its_defaults_leaves_no_draft(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    keep(client, every_type)
    assert Draft.objects.exists()
    form = client.get(url(every_type), {"from": "wr_none"}).context["form"]
    data = {name: str(form[name].value() or "") for name in form.fields}
    data.pop("start_fresh_browser")
    data["p5"] = data["p5"].replace("\n", "\r\n")
    client.post(reverse("runs:draft", args=[every_type.pk]), data)
    assert not Draft.objects.exists()


def test_a_launch_takes_the_draft_with_it_and_its_last_words_do_not_bring_it_back(
    every_type: Workflow, browse: Browse
) -> None:
    client, nonce = browse("operator"), str(uuid4())
    keep(client, every_type, nonce=nonce)
    assert client.post(url(every_type), typed(nonce=nonce)).status_code == 302
    assert not Draft.objects.exists()
    keep(client, every_type, nonce=nonce)
    assert not Draft.objects.exists()


def test_a_refused_form_is_kept_without_a_script(every_type: Workflow, browse: Browse) -> None:
    client = browse("operator")
    html = client.post(url(every_type), typed(p2="1.9")).content.decode()
    assert Draft.objects.get().typed["nonce"] == nonce_in(html)
    assert 'value="1.9"' in shown(client, every_type)


def test_what_is_asked_for_beats_the_draft_which_stays(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    save = reverse("runs:preset_save", args=[every_type.pk])
    client.post(save, typed(p2="11", **{"preset-name": "Night"}))
    keep(client, every_type, p2="22")
    html = shown(client, every_type, f"?preset={Preset.objects.get().pk}")
    assert 'value="11"' in html
    assert "What you typed last" in html
    assert 'value="22"' in shown(client, every_type)


def test_starting_afresh_forgets_it(every_type: Workflow, browse: Browse) -> None:
    client = browse("operator")
    keep(client, every_type, p2="22")
    answer = client.post(reverse("runs:draft", args=[every_type.pk]), {"discard": "1"})
    assert answer["Location"] == url(every_type)
    assert 'id="restored"' not in shown(client, every_type)


def test_a_draft_that_may_have_been_launched_says_so_until_its_run_is_found(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client, nonce = browse("operator"), str(uuid4())
    keep(client, every_type, nonce=nonce)
    sandbox.fault("drop", path="/v1/run/agents")
    state = client.post(url(every_type), typed(nonce=nonce))["Location"]
    html = shown(client, every_type)
    assert "may have started" in html
    assert state in html
    Launch.objects.update(state=Launch.State.LAUNCHED, run_id="wr_1")
    assert 'id="restored"' not in shown(client, every_type)


def test_a_draft_follows_its_keys_when_the_agent_changes(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    form = client.get(url(every_type)).context["form"]
    keep(client, every_type, p1="for customer", **{"p-keys": str(form["p-keys"].value())})
    every_type.parameters.pop(0)
    every_type.save()
    form = client.get(url(every_type)).context["form"]
    assert form["p0"].value() == "for customer"
    assert "changed since" in shown(client, every_type)


def test_a_nul_is_no_error_page(every_type: Workflow, browse: Browse) -> None:
    client = browse("operator")
    keep(client, every_type, p1="a\0b", nonce="x")
    assert Draft.objects.get().typed["p1"] == "ab"
    assert 'id="restored"' in shown(client, every_type)
