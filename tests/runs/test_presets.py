"""Presets: kept forms, one's own or shared, that say how far the agent has moved on since."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from runs.models import Preset, Workflow
from tests.conftest import Browse
from tests.runs.launching import starts, typed, url

pytestmark = pytest.mark.django_db


def save(client: Client, workflow: Workflow, name: str = "Night", **more: str) -> Any:
    data = typed(**{"preset-name": name, **more})
    return client.post(reverse("runs:preset_save", args=[workflow.pk]), data)


@pytest.fixture
def other(person: Callable[[str], User]) -> Client:
    """Another operator's browser."""
    user = person("team_admin")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_form_is_kept_under_a_name_and_fills_the_form_again(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    answer = save(
        client,
        every_type,
        p2="77",
        max_elapsed_time_minutes="9",
        extra_http_headers="X-Key: s3cret",
    )
    preset = Preset.objects.get()
    assert answer["Location"] == f"{url(every_type)}?preset={preset.pk}"
    assert "s3cret" not in str(preset.request)
    html = client.get(answer["Location"]).content.decode()
    assert 'value="77"' in html
    assert 'value="9"' in html
    assert "X-Key: " in html
    assert "values of headers are not kept" in html
    assert starts(sandbox) == 0
    assert Activity.objects.get().verb == "saved the preset"


def test_only_what_could_be_launched_is_kept_and_the_field_says_why_not(
    every_type: Workflow, browse: Browse
) -> None:
    answer = save(browse("operator"), every_type, p2="1.9", p1="Müller")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert not Preset.objects.exists()
    assert "The preset is not saved." in html
    assert set(answer.context["form"].errors) == {"p2"}
    assert "Müller" in html
    assert 'value="Night"' in html


def test_a_preset_needs_a_name(every_type: Workflow, browse: Browse) -> None:
    answer = save(browse("operator"), every_type, name=" ")
    assert answer.status_code == 422
    assert "name" in answer.context["preset_form"].errors


def test_a_name_that_is_taken_is_replaced_only_on_purpose(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    save(client, every_type, p2="1")
    refused = save(client, every_type, p2="2")
    assert refused.status_code == 422
    assert 'name="preset-replace"' in refused.content.decode()
    assert save(client, every_type, p2="2", **{"preset-replace": "on"}).status_code == 302
    preset = Preset.objects.get()
    assert preset.request["parameters"]["quantity"] == 2
    opened = save(client, every_type, p2="3", opened=str(preset.pk))
    assert opened.status_code == 302
    assert Preset.objects.get().request["parameters"]["quantity"] == 3


def test_an_opened_preset_is_saved_again_without_its_header_values(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    assert save(client, every_type, extra_http_headers="X-Key:").status_code == 302
    assert client.post(url(every_type), typed(extra_http_headers="X-Key:")).status_code == 422


def test_a_shared_preset_is_seen_by_all_who_may_launch_and_a_private_one_by_nobody_else(
    every_type: Workflow, browse: Browse, other: Client
) -> None:
    client = browse("operator")
    save(client, every_type, "Mine", p2="501")
    save(client, every_type, "Ours", p2="502", **{"preset-shared": "on"})
    html = other.get(url(every_type)).content.decode()
    assert "Ours" in html
    assert "Mine" not in html
    mine, ours = Preset.objects.order_by("name")
    assert 'value="501"' not in other.get(f"{url(every_type)}?preset={mine.pk}").content.decode()
    assert 'value="502"' in other.get(f"{url(every_type)}?preset={ours.pk}").content.decode()
    for verb in ("preset_detail", "preset_delete"):
        assert other.post(reverse(f"runs:{verb}", args=[mine.pk])).status_code == 404
        assert other.post(reverse(f"runs:{verb}", args=[ours.pk])).status_code == 403
    assert Preset.objects.count() == 2


def test_saving_a_shared_one_of_another_makes_ones_own(
    every_type: Workflow, browse: Browse, other: Client
) -> None:
    save(browse("operator"), every_type, "Ours", p2="5", **{"preset-shared": "on"})
    ours = Preset.objects.get()
    assert save(other, every_type, "Ours", p2="6", opened=str(ours.pk)).status_code == 302
    assert Preset.objects.count() == 2
    ours.refresh_from_db()
    assert ours.request["parameters"]["quantity"] == 5


@pytest.mark.parametrize("role", ["operator", "superuser"])
def test_the_owner_and_superusers_rename_and_delete(
    every_type: Workflow, browse: Browse, role: str
) -> None:
    owner = browse("operator")
    save(owner, every_type)
    save(owner, every_type, "Taken")
    client = owner if role == "operator" else browse(role)
    preset = Preset.objects.get(name="Night")
    page = reverse("runs:preset_detail", args=[preset.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"preset-name": "Taken"}).status_code == 422
    assert client.post(page, {"preset-name": "Day", "preset-shared": "on"}).status_code == 302
    preset.refresh_from_db()
    assert (preset.name, preset.shared) == ("Day", True)
    assert client.post(reverse("runs:preset_delete", args=[preset.pk])).status_code == 302
    assert [left.name for left in Preset.objects.all()] == ["Taken"]


def test_a_preset_says_what_the_agent_asks_for_differently_now(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    save(client, every_type)
    every_type.parameters[0]["key"] = "salutation"
    every_type.parameters[2]["type"] = "string"
    every_type.save()
    html = client.get(f"{url(every_type)}?preset={Preset.objects.get().pk}").content.decode()
    assert "New: salutation." in html
    assert "Gone, and left out: greeting." in html
    assert "quantity was whole number and is text now." in html
    assert "Good day" not in html


@pytest.mark.parametrize("number", ["", "x", "-1", "1" * 40, "٣", "1\0"])
def test_an_odd_number_of_a_preset_opens_the_plain_form(
    every_type: Workflow, browse: Browse, number: str
) -> None:
    answer = browse("operator").get(url(every_type), {"preset": number})
    assert answer.status_code == 200
    assert ">\nHello</textarea>" in answer.content.decode()


def test_a_hostile_name_is_shown_escaped(every_type: Workflow, browse: Browse) -> None:
    client = browse("operator")
    evil = '"><img src=x onerror=alert(1)>'
    page = save(client, every_type, evil)["Location"]
    for path in (page, reverse("runs:preset_detail", args=[Preset.objects.get().pk])):
        assert "<img src=x" not in client.get(path).content.decode()


def test_the_list_of_presets_costs_a_bounded_number_of_queries(
    every_type: Workflow, browse: Browse, django_assert_max_num_queries: Any
) -> None:
    client = browse("operator")
    for number in range(8):
        save(client, every_type, f"Preset {number}")
    with django_assert_max_num_queries(16):
        client.get(url(every_type))
