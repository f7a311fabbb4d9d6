"""Guessing passwords, from one place or many; sessions before and after."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.conftest import Browse

pytestmark = pytest.mark.django_db
Person = Callable[[str], User]
PASSWORD = "a long passphrase"


def try_password(name: str, address: str, password: str = "guess") -> int:
    client = Client(REMOTE_ADDR=address)
    return client.post("/login/", {"username": name, "password": password}).status_code


def test_one_address_cannot_try_all_accounts(person: Person) -> None:
    person("support")
    codes = [try_password(f"person{n}", "192.0.2.1") for n in range(50)]
    assert codes == [200] * 49 + [429]
    assert try_password("support", "192.0.2.1", PASSWORD) == 429
    assert try_password("support", "192.0.2.2", PASSWORD) == 302


def test_many_addresses_cannot_try_one_account_for_ever(person: Person) -> None:
    person("support")
    person("operator")
    codes = [try_password("support", f"192.0.2.{n // 4}") for n in range(100)]
    assert codes == [200] * 99 + [429]
    assert try_password("support", "198.51.100.1", PASSWORD) == 429
    assert try_password("operator", "198.51.100.1", PASSWORD) == 302


def test_one_address_alone_cannot_keep_a_person_out(person: Person) -> None:
    person("support")
    for _ in range(120):
        try_password("support", "192.0.2.1")
    assert try_password("support", "198.51.100.1", PASSWORD) == 302


def test_an_account_of_ones_own_does_not_buy_more_guesses(person: Person) -> None:
    person("support")
    for n in range(49):
        try_password(f"person{n}", "192.0.2.1")
    assert try_password("support", "192.0.2.1", PASSWORD) == 302
    assert try_password("person50", "192.0.2.1") == 429


def test_a_made_up_forwarded_address_does_not_buy_more_guesses(person: Person) -> None:
    person("support")
    data = {"username": "support", "password": "guess"}
    codes = [
        Client(headers={"X-Forwarded-For": f"192.0.2.{n}"}).post("/login/", data).status_code
        for n in range(5)
    ]
    assert codes[-1] == 429


def test_the_administration_takes_no_password_itself(person: Person) -> None:
    person("superuser")
    data = {"username": "superuser", "password": PASSWORD, "this_is_the_login_form": "1"}
    client = Client()
    answer = client.post("/admin/login/", data)
    assert answer.headers["Location"].startswith("/login/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("address", ["192.0.2.1", "192.0.2.2"])
def test_a_person_that_exists_is_refused_as_one_that_does_not(address: str, person: Person) -> None:
    known = person("support").username
    User.objects.create_user("left", password=PASSWORD, is_active=False)

    def refusal(name: str, password: str) -> str:
        data = {"username": name, "password": password}
        page = Client(REMOTE_ADDR=address).post("/login/", data)
        return page.text.replace(f'value="{name}"', "").split("<main")[-1]

    pages = {refusal(known, "guess"), refusal("nobody-here", "guess"), refusal("left", PASSWORD)}
    assert len({without_token(page) for page in pages}) == 1


def without_token(page: str) -> str:
    before, _, rest = page.partition('name="csrfmiddlewaretoken" value="')
    return before + rest.partition('"')[2]


def test_a_session_from_before_the_log_in_is_not_the_one_after(person: Person) -> None:
    person("support")
    client = Client()
    session = client.session
    session["planted"] = "by an attacker"
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    before = client.cookies["sessionid"].value
    client.post("/login/", {"username": "support", "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
    assert Client().get("/", headers={"Cookie": f"sessionid={before}"}).status_code == 302


def test_a_changed_password_ends_the_other_sessions(browse: Browse) -> None:
    here, there = browse("support"), Client()
    there.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    data = dict.fromkeys(("new_password1", "new_password2"), "another long one 7")
    here.post("/password/", {"old_password": PASSWORD, **data})
    assert here.get("/password/").status_code == 200
    assert there.get("/password/").status_code == 302
