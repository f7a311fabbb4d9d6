"""Logging in and out, guessing, changing one's password, the door of the administration."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import Browse

Person = Callable[[str], User]
PASSWORD = "a long passphrase"


def log_in(client: Client, password: str = PASSWORD, **more: str) -> int:
    return client.post("/login/", {"username": "support", "password": password, **more}).status_code


def test_logging_in_leads_to_where_one_wanted_to_go(person: Person) -> None:
    person("support")
    data = {"username": "support", "password": PASSWORD, "next": "/runs/?status=failed"}
    assert Client().post("/login/", data).headers["Location"] == "/runs/?status=failed"


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_logging_in_never_leads_elsewhere(person: Person, away: str) -> None:
    person("support")
    data = {"username": "support", "password": PASSWORD, "next": away}
    assert Client().post("/login/", data).headers["Location"] == "/"


def test_who_is_in_is_sent_on(browse: Browse) -> None:
    assert browse("support").get("/login/").headers["Location"] == "/"


def test_a_wrong_password_is_said_without_saying_which_part_was_wrong(person: Person) -> None:
    person("support")
    page = Client().post("/login/", {"username": "support", "password": "guess"})
    assert page.status_code == 200
    assert "correct username and password" in page.content.decode()


def test_guessing_is_locked_out_and_says_for_how_long(person: Person) -> None:
    person("support")
    client = Client()
    codes = [log_in(client, "guess") for _ in range(5)]
    assert codes == [200, 200, 200, 200, 429]
    page = client.post("/login/", {"username": "support", "password": PASSWORD})
    assert page.status_code == 429
    assert "in 15 min" in page.content.decode()
    assert log_in(Client(REMOTE_ADDR="10.9.9.9")) == 302


def test_logging_out_is_a_post(browse: Browse) -> None:
    client = browse("support")
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_a_changed_password_is_the_one_that_counts(browse: Browse) -> None:
    client = browse("support")
    data = {"old_password": PASSWORD, "new_password1": "another one 7", "new_password2": "x"}
    wrong = client.post("/password/", data).content.decode()
    assert "One thing needs another look" in wrong
    assert 'aria-invalid="true"' in wrong
    data["new_password2"] = data["new_password1"]
    assert client.post("/password/", data, follow=True).status_code == 200
    assert client.get("/").status_code == 200
    assert log_in(Client(), "another one 7") == 302


def test_the_administration_has_no_door_of_its_own(browse: Browse) -> None:
    index = reverse("admin:index")
    answer = Client().get(index, follow=True)
    assert answer.redirect_chain[-1][0] == f"/login/?next={index}"
    assert browse("support").get(index, follow=True).status_code == 403
    assert browse("superuser").get(index).status_code == 200
