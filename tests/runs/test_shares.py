"""A link shows one run to whoever has it, until it ends, and shows nothing else of Skydeck."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from dashboard.models import Activity
from runs import sharing
from runs.models import Run, Share
from tests.conftest import Browse
from tests.runs.conftest import Play
from tests.runs.sharing import HTMX, card, make_url, opened, revoke_url, shared, url
from tests.runs.test_run_detail import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(play: Play) -> Run:
    return play("Credential check")


@pytest.fixture
def share(run: Run, person: Callable[[str], User]) -> Share:
    return shared(run, person("operator"))


# Making and ending -------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_link_opens_its_run_for_as_long_as_was_chosen_and_no_longer(
    browse: Browse, run: Run, days: int
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        answer = browse("support").post(make_url(run), {"days": days})
        assert answer["Location"] == f"{run.get_absolute_url()}?tab=notes#share"
        share = Share.objects.get()
        assert (share.run, share.user) == (run, User.objects.get(username="support"))
        clock.shift(timedelta(days=days, seconds=-1))
        assert "Shared by <strong>support</strong>" in opened(share)
        clock.shift(timedelta(seconds=1))
        assert Client().get(url(share)).status_code == 404


def test_the_card_shows_a_link_again_to_all_who_may_share(browse: Browse, run: Run) -> None:
    client = browse("support")
    assert "There is no link to this run." in card(client, run)
    client.post(make_url(run), {"days": "7"})
    share = Share.objects.get()
    assert "Made a link." in client.get("/runs/").text
    for role in ("operator", "team_admin", "superuser"):
        html = card(browse(role), run)
        assert f'value="http://testserver{url(share)}"' in html
        assert "<strong>support</strong>" in html
        assert "Not opened yet" in html
        assert revoke_url(share) in html
    opened(share)
    assert 'Opened <span class="num">1</span> time, last' in card(client, run)


def test_making_and_revoking_are_in_the_log_and_on_the_page(browse: Browse, run: Run) -> None:
    client = browse("support")
    client.post(make_url(run), {"days": "30"})
    share = Share.objects.get()
    opened(share)
    browse("operator").post(revoke_url(share))
    told = list(Activity.objects.order_by("pk").values_list("actor_name", "verb", "detail"))
    assert told == [
        ("support", "shared", "For 30 days."),
        ("operator", "revoked a share link of", "By support, opened 1 time."),
    ]
    assert set(Activity.objects.values_list("target_id", flat=True)) == {run.pk}
    html = client.get(run.get_absolute_url(), {"tab": "notes"}).text
    assert "<strong>support</strong> made a share link" in html
    assert "<strong>operator</strong> revoked a share link" in html


@pytest.mark.parametrize("days", ["", "0", "2", "365", "x", "-1"])
def test_other_lifetimes_are_refused(browse: Browse, run: Run, days: str) -> None:
    client = browse("support")
    client.post(make_url(run), {"days": days})
    assert "Choose how long the link is to last." in client.get("/runs/").text
    assert not Share.objects.exists()
    assert not Activity.objects.exists()


def test_a_run_has_twenty_live_links_at_most(browse: Browse, run: Run) -> None:
    now, client = timezone.now(), browse("support")
    shared(run, expires_at=now)
    shared(run, revoked_at=now)
    links = [shared(run) for _ in range(20)]
    client.post(make_url(run), {"days": "1"})
    assert "This run has 20 links already" in client.get("/runs/").text
    assert Share.objects.live().count() == 20
    client.post(revoke_url(links[0]))
    client.post(make_url(run), {"days": "1"})
    assert Share.objects.live().count() == 20


def test_a_revoked_link_opens_nothing_and_is_told_of_as_ended(browse: Browse, share: Share) -> None:
    client = browse("support")
    answer = client.post(revoke_url(share))
    assert answer["Location"] == f"{share.run.get_absolute_url()}?tab=notes#share"
    assert "Revoked the link." in client.get("/runs/").text
    assert Client().get(url(share)).status_code == 404
    html = card(client, share.run)
    assert "support revoked it" in html
    assert sharing.token(share) not in html
    client.post(revoke_url(share))
    assert "That link had ended already." in client.get("/runs/").text
    assert Activity.objects.count() == 1


def test_a_link_is_revoked_under_its_own_run_only(browse: Browse, share: Share, play: Play) -> None:
    other = play("Price feed")
    wrong = reverse("runs:share_revoke", args=[other.pk, share.pk])
    assert browse("superuser").post(wrong).status_code == 404
    assert opened(share)


def test_nothing_in_the_database_opens_anything(share: Share) -> None:
    number = share.pk.hex
    for guess in (share.pk, number, f"{number}.", f"{number}.{number}", Signer().sign(number)):
        assert Client().get(f"/shared/{guess}/").status_code == 404


def test_a_new_secret_key_ends_all_links(share: Share, settings: Settings) -> None:
    before = url(share)
    settings.SECRET_KEY = "another long random text"
    assert Client().get(before).status_code == 404


def test_whatever_opens_nothing_is_answered_alike(
    run: Run, share: Share, settings: Settings
) -> None:
    now = timezone.now()
    gone = shared(made())
    addresses = [
        url(shared(run, expires_at=now)),
        url(shared(run, revoked_at=now)),
        url(gone),
        url(Share(pk=uuid4())),
        f"{url(share)[:-2]}/",
        url(share).replace(".", ":"),
        "/shared/x/",
        "/shared/%00%ff./",
        f"/shared/{'x' * 4000}/",
        f"{url(shared(run, revoked_at=now))}files/{run.artifacts.all()[0].pk}/",
        f"{url(share)}files/a_none/",
    ]
    gone.run.delete()
    answers = [Client().get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {404}
    now_told = {re.sub(r'data-now="\d+"', "", answer.text) for answer in answers}
    assert len(now_told) == 1
    assert "This link has ended" in answers[0].text
    assert run.title not in answers[0].text


def test_a_link_begins_with_the_public_address_if_there_is_one(
    browse: Browse, share: Share, settings: Settings
) -> None:
    client = browse("support")
    settings.PUBLIC_URL = "https://deck.example.com"
    assert f'value="https://deck.example.com{url(share)}"' in card(client, share.run)


# Who may ---------------------------------------------------------------------------------------


def test_only_who_may_share_is_offered_it(
    browse: Browse, share: Share, person: Callable[[str], User]
) -> None:
    def may(*names: str) -> Client:
        user = User.objects.create_user("_".join(names))
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    run = share.run
    offer = f'href="{run.get_absolute_url()}?tab=notes#share"'
    assert offer in browse("support").get(run.get_absolute_url()).text
    looks = may("view_run")
    assert offer not in looks.get(run.get_absolute_url()).text
    html = looks.get(run.get_absolute_url(), {"tab": "notes"}).text
    assert sharing.token(share) not in html
    assert 'id="share"' not in html
    # Who may not see runs could see one through a link of his own.
    for client in (looks, may("share_run"), browse("nobody")):
        assert client.post(make_url(run), {"days": "1"}).status_code == 403
        assert client.post(revoke_url(share)).status_code == 403
    assert Share.objects.count() == 1
    assert may("view_run", "share_run").post(make_url(run), {"days": "1"}).status_code == 302


def test_an_open_page_learns_of_links_as_they_are_made_and_opened(browse: Browse, run: Run) -> None:
    Run.objects.update(watched_at=timezone.now(), detail_due=False)
    client = browse("support")

    def token() -> str:
        return str(client.get(f"{run.get_absolute_url()}?tab=notes", headers=HTMX)["HX-PTag"])

    seen = [token()]
    share = shared(run)
    seen.append(token())
    opened(share)
    seen.append(token())
    Share.objects.update(expires_at=timezone.now())
    seen.append(token())
    assert len(set(seen)) == 4
    assert token() == seen[-1]


def test_the_card_costs_the_same_however_many_links_there_are(
    browse: Browse, run: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browse("support")
    Run.objects.update(watched_at=timezone.now(), detail_due=False)
    shared(run, User.objects.get(username="support"))
    address = f"{run.get_absolute_url()}?tab=notes"
    client.get(address)
    with django_assert_num_queries(17):
        client.get(address, headers=HTMX)
    for _ in range(19):
        shared(run, User.objects.get(username="support"))
    with django_assert_num_queries(17):
        client.get(address, headers=HTMX)
