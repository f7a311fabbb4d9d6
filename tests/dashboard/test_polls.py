"""Polls whose answer is known are answered at once, and only those; through the WSGI program."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import Group
from django.core import signals
from django.db import OperationalError, close_old_connections
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dashboard import polls
from dashboard.models import Revision
from dashboard.wsgi import application
from tests.conftest import Browse

pytestmark = pytest.mark.django_db
PATHS = ("/runs/?status=failed", "/agents/", "/schedules/")


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(polls, "READ_SECONDS", -1.0)
    polls._known.clear()
    # As Django's own test client does: a request would close the connection with the test's rows.
    both = (signals.request_started, signals.request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)
    polls._known.clear()


def poll(client: Client, path: str, tag: str = "") -> httpx.Response:
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    headers = {"HX-Request": "true", **({"HX-PTag": tag} if tag else {})}
    transport = httpx.WSGITransport(app=application)
    with httpx.Client(transport=transport, base_url="http://testserver", cookies=cookies) as tab:
        return tab.get(path, headers=headers)


@pytest.mark.parametrize("path", PATHS)
def test_a_poll_costs_one_query_once_its_page_was_seen(
    browse: Browse, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    client = browse("operator")
    first = poll(client, path)
    with django_assert_num_queries(1):
        again = poll(client, path, first.headers["HX-PTag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("HX-PTag", "Content-Security-Policy", "Vary", "Cache-Control"):
        assert again.headers[name] == first.headers[name], name


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("table", ["runs", "schedules"])
def test_what_changes_is_answered_at_once(browse: Browse, path: str, table: str) -> None:
    client = browse("operator")
    tag = poll(client, path).headers["HX-PTag"]
    assert poll(client, path, tag).status_code == 304
    Revision.bump(table)
    changes = table == "runs" or not path.startswith("/runs/")
    assert poll(client, path, tag).status_code == (200 if changes else 304)


def test_after_some_seconds_a_poll_goes_the_whole_way_again(
    browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browse("operator")
    tag = poll(client, PATHS[0]).headers["HX-PTag"]
    monkeypatch.setattr(polls, "SECONDS", -1.0)
    assert poll(client, PATHS[0], tag).status_code == 304
    client.logout()
    polls._known.clear()
    assert poll(client, PATHS[0], tag).status_code == 401
    Group.objects.all().delete()
    assert poll(browse("nobody"), PATHS[0], tag).status_code == 403


def test_nobody_is_answered_with_what_is_known_for_another(browse: Browse) -> None:
    tag = poll(browse("operator"), PATHS[0]).headers["HX-PTag"]
    assert poll(Client(), PATHS[0], tag).status_code == 401
    assert poll(browse("nobody"), PATHS[0], tag).status_code == 403
    stolen = Client()
    stolen.cookies["sessionid"] = "guessed"
    assert poll(stolen, PATHS[0], tag).status_code == 401


def test_another_address_another_zone_and_another_tag_are_other_questions(browse: Browse) -> None:
    client = browse("operator")
    tag = poll(client, PATHS[0]).headers["HX-PTag"]
    assert poll(client, PATHS[0], f"{tag}x").status_code == 200
    assert poll(client, "/runs/?status=live", tag).status_code == 200
    before = len(polls._known)
    client.cookies["zone"] = "Europe/Berlin"
    assert poll(client, PATHS[0], tag).status_code == 304
    assert len(polls._known) == before + 1


def test_the_freshness_line_is_made_once_a_second_for_all(
    browse: Browse, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    operator, support, nobody = browse("operator"), browse("support"), browse("nobody")
    first = poll(operator, "/pulse/")
    assert poll(support, "/pulse/").text == first.text
    poll(nobody, "/pulse/")
    with django_assert_num_queries(0):
        assert poll(operator, "/pulse/").text == first.text
        assert poll(support, "/pulse/").text == first.text
        assert poll(nobody, "/pulse/").status_code == 200
    assert poll(Client(), "/pulse/").status_code == 401


def test_an_answer_that_went_wrong_is_not_given_again() -> None:
    statuses = iter(["500 Internal Server Error", "200 OK", "200 OK"])

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ[polls._KEY] = lambda _tag: b"known"
        start_response(next(statuses), [])
        return [b"asked"]

    transport = httpx.WSGITransport(app=polls.remembering(application))
    with httpx.Client(transport=transport, base_url="http://testserver") as tab:
        assert [tab.get("/x/").text for _ in range(4)] == ["asked", "asked", "known", "known"]


def test_what_is_known_is_bounded(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "MOST", 3)
    client = browse("operator")
    for number in range(10):
        poll(client, f"/runs/?q={number}")
    assert len(polls._known) <= 3


def test_a_database_that_does_not_answer_is_left_to_the_view(
    browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browse("operator")
    tag = poll(client, PATHS[0]).headers["HX-PTag"]

    def locked(*_: object) -> str:
        raise OperationalError("database is locked")

    monkeypatch.setattr(polls, "_revision", locked)
    assert poll(client, PATHS[0], tag).status_code == 304
