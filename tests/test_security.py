"""What an attacker would try, at every address."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django.utils.module_loading import import_string
from pytest_django import Settings

from dashboard import debugging
from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import schema
from runs.models import Launch, Run, RunDetail
from runs.tasks import refresh_newest, refresh_run, refresh_workflows
from tests.test_permissions import MATRIX, rows  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("rows")
Browse = Callable[[str], Client]
Person = Callable[[str], User]
KEY = "sk-live-5f0c9a7be1d24c6e"
PASSWORD = "a long passphrase"
BROKER = "redis://:broker-password@host/0"
STRICT = ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")

ADDRESSES = {name: reverse(name, kwargs=arguments) for name, (arguments, *_) in MATRIX.items()}
WRITING = [name for name, (_, _, writers) in MATRIX.items() if writers is not None]
UNSEEN = {"nowhere": "/nowhere/", "static": "/static/app.js", "no file": "/static/none.js"}
ADMIN = {
    name: reverse(f"admin:{name}") for name in ("index", "auth_user_changelist", "runs_run_add")
}
EVERYWHERE = {**ADDRESSES, **UNSEEN, **ADMIN}


def strict(answer: Any) -> bool:
    policy = answer.headers["Content-Security-Policy"]
    unsafe = "unsafe" in policy or "*" in policy or "http" in policy
    return not unsafe and (all(rule in policy for rule in STRICT) or policy.endswith("; sandbox"))


def spent(answer: Any) -> Any:
    """With its body read: closing it early would close the test's connection."""
    if answer.streaming:
        b"".join(answer.streaming_content)
        answer.close()
    return answer


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("role", ["anonymous", "nobody", "superuser"])
def test_every_answer_has_the_strict_policy(name: str, role: str, browse: Browse) -> None:
    client = Client() if role == "anonymous" else browse(role)
    client.raise_request_exception = False
    for ask in (client.get, client.post, client.options):
        answer = spent(ask(EVERYWHERE[name]))
        assert strict(answer), answer.status_code
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("name", EVERYWHERE)
def test_no_page_has_anything_inline(name: str, browse: Browse) -> None:
    page = EVERYWHERE[name]
    answer = browse("superuser").get(page)
    if answer.streaming or page.startswith("/admin/") or "html" not in answer["Content-Type"]:
        spent(answer)
        return
    for inline in (" style=", " onclick=", " onload=", "javascript:", "<style", "<script>"):
        assert inline not in answer.text


def test_a_failing_page_and_an_unknown_host_have_the_policy_and_tell_nothing(
    browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browse("superuser")
    client.raise_request_exception = False
    monkeypatch.setattr("dashboard.views.overview.render", None)
    broken = client.get("/")
    assert (broken.status_code, strict(broken)) == (500, True)
    assert "NoneType" not in broken.text
    elsewhere = Client().get("/", headers={"Host": "evil.example"})
    assert (elsewhere.status_code, strict(elsewhere)) == (400, True)
    assert "evil.example" not in elsewhere.text


# Behind TLS --------------------------------------------------------------------------------------


@pytest.fixture
def tls(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]


@pytest.mark.usefixtures("tls")
@pytest.mark.parametrize("name", ADDRESSES)
def test_behind_tls_plain_http_is_only_redirected(name: str) -> None:
    answer = Client().get(ADDRESSES[name])
    if name in ("healthz", "readyz"):
        assert answer.status_code in (200, 503)
        return
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://testserver{ADDRESSES[name]}"
    assert strict(answer)


@pytest.mark.usefixtures("tls")
def test_behind_tls_cookies_are_secure_and_browsers_stay_on_https(person: Person) -> None:
    person("support")
    client = Client(headers={"X-Forwarded-Proto": "https"})
    page = client.get("/login/")
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    client.post("/login/", {"username": "support", "password": PASSWORD})
    for name in ("sessionid", "csrftoken"):
        assert client.cookies[name]["secure"], name
        assert client.cookies[name]["samesite"] == "Lax"
    assert client.cookies["sessionid"]["httponly"]


def test_without_tls_a_forwarded_scheme_is_not_believed() -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-Proto": "https"})
    assert configured.TLS is False
    assert not request.is_secure()


# Forms and redirects -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITING)
def test_no_form_is_taken_without_its_token(name: str, browse: Browse) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = browse("superuser").cookies
    before = Activity.objects.count()
    answer = client.post(ADDRESSES[name], {"username": "x", "password": "y"})
    assert answer.status_code == 403
    shown = {template.name for template in answer.templates}
    assert ("403_csrf.html" in shown) is (name != "runs:webhook")
    assert Activity.objects.count() == before


def test_only_the_webhook_is_exempt_from_the_token() -> None:
    exempt = [
        name for name in MATRIX if getattr(resolve(ADDRESSES[name]).func, "csrf_exempt", False)
    ]
    assert exempt == ["runs:webhook"]


AWAY = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    " //evil.example",
    "no-path-at-all",
    "two words",
    "/" + "x" * 5000,
]


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("name", WRITING)
def test_no_form_leads_elsewhere(name: str, away: str, browse: Browse) -> None:
    client = Client() if name == "login" else browse("superuser")
    url = ADDRESSES[name]
    answer = client.post(f"{url}?next={away}", {"next": away}, headers={"Referer": away})
    assert answer.status_code < 500
    goal = urljoin(f"http://testserver{url}", answer.headers.get("Location", ""))
    assert goal.startswith("http://testserver/")


# Passwords ---------------------------------------------------------------------------------------


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


# The key -----------------------------------------------------------------------------------------


@pytest.fixture
def key(settings: Settings) -> str:
    settings.SKYVERN_API_KEY = KEY
    return KEY


@pytest.mark.parametrize("name", EVERYWHERE)
def test_no_page_shows_the_key(name: str, key: str, browse: Browse) -> None:
    answer = browse("superuser").get(EVERYWHERE[name])
    assert key.encode() not in b"".join(answer)
    assert key not in str(answer.headers)


def test_django_debug_pages_hide_the_key_and_the_passwords_in_addresses(
    key: str, settings: Settings
) -> None:
    settings.DEBUG = True
    settings.CELERY_BROKER_URL = BROKER
    factory = import_string(configured.DEFAULT_EXCEPTION_REPORTER)
    assert factory is debugging.Reporter

    def fail(api_key: str, headers: dict[str, str]) -> None:
        raise RuntimeError(f"{api_key} {headers}")

    request: HttpRequest = RequestFactory().get("/")
    try:
        fail(key, {"x-api-key": key})
    except RuntimeError as error:
        reporter = debugging.Reporter(request, RuntimeError, error, error.__traceback__)
    for report in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert "RuntimeError" in report
        assert key not in report
        assert BROKER not in report


def test_a_failing_page_logs_no_key(
    key: str, browse: Browse, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    client = browse("superuser")
    client.raise_request_exception = False
    monkeypatch.setattr("dashboard.views.overview.render", None)
    assert client.get("/").status_code == 500
    assert "Internal Server Error" in caplog.text
    assert key not in caplog.text


def test_header_secrets_are_kept_nowhere(sandbox: Sandbox, browse: Browse) -> None:
    client, secret = browse("superuser"), "Bearer very-secret-header"
    refresh_workflows.delay()
    url = reverse("runs:launch", args=[sandbox.agents["Price feed"]])
    page = client.get(url)
    data = {
        name: field.value() or ""
        for name in page.context["form"].fields
        if (field := page.context["form"][name])
    }
    data["extra_http_headers"] = f"Authorization: {secret}"
    answer = client.post(url, data)
    assert answer.status_code == 302, answer.text
    run_id = Launch.objects.get().run_id
    sandbox.advance(600)
    refresh_run.delay(run_id)
    for address in (answer.headers["Location"], f"{url}?from={run_id}", "/activity/"):
        assert secret not in client.get(address).text
    stored = [
        json.dumps(list(model.objects.values()), default=str)
        for model in (Launch, Activity, Run, RunDetail)
    ]
    assert secret not in "".join(stored)


# What upstream sends -----------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


BOMBS = {
    "deep": nested(100_000),
    "just decodable": nested(900),
    "lists": b"[" * 900 + b"]" * 900,
    "a number of 5000 digits": b"9" * 5000,
    "a number of 400 digits": b"9" * 400,
    "blocks in blocks": b'[{"block":{},"children":' * 400 + b"[]" + b"}]" * 400,
    "past the largest float": b"1e999",
    "not a number": b"NaN",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_in_an_answer_breaks_no_page(
    bomb: str, sandbox: Sandbox, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = connect().start(schema.RunRequest(workflow_id=sandbox.agents["Price feed"])).run_id
    sandbox.advance(600)
    refresh_newest.delay()
    spoil(sandbox, monkeypatch, BOMBS[bomb])
    refresh_run.delay(run_id)
    client = browse("superuser")
    for tab in ("steps", "output", "inputs", "files", "raw"):
        assert client.get(f"/runs/{run_id}/", {"tab": tab}).status_code == 200, tab
    for part in ("output", "raw"):
        url = reverse("runs:run_json", kwargs={"run_id": run_id, "part": part})
        assert client.get(url).status_code in (200, 404), part
    assert client.get("/").status_code == 200
    assert client.get(f"/admin/runs/run/{run_id}/change/").status_code == 200


def spoil(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, value: bytes) -> None:
    """Each object that the sandbox sends from now on holds this in the fields people look at."""
    call = Sandbox.__call__

    def spoiled(self: Sandbox, environ: Any, start_response: Any) -> Any:
        sent: list[Any] = []
        body = b"".join(call(self, environ, lambda *words, **_: sent.append(words)))
        status, headers = sent[0][:2]
        for name in (b'"outputs":', b'"output":', b'"parameters":', b'"children":'):
            body = body.replace(name, name + value + b',"was_' + name[1:])
        kept = [(name, text) for name, text in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    monkeypatch.setattr(Sandbox, "__call__", spoiled)


@pytest.mark.parametrize(
    "query", ["%", "_" * 50, "'\"--", "\x00", "<script>", "x" * 10_000, "\u202e"]
)
def test_searching_takes_any_text_as_text(query: str, browse: Browse) -> None:
    client = browse("superuser")
    for url in ("/jump/", "/runs/", "/agents/", "/schedules/"):
        answer = client.get(url, {"q": query, "search": query, "text": query})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
    if query == "%":
        assert (
            "Invoices" not in client.get("/jump/", {"q": "%"}, headers={"HX-Request": "true"}).text
        )


def test_only_the_product_is_served_as_a_static_file(browse: Browse) -> None:
    client = browse("superuser")
    for name in (
        "",
        "../manage.py",
        "..%2fmanage.py",
        "vendor/",
        "../var/secret_key",
    ):
        assert spent(client.get(f"/static/{name}")).status_code == 404, name


def test_being_ready_is_told_without_a_word_about_why(key: str, settings: Settings) -> None:
    told = Client(headers={"Host": "by-address"}).get("/readyz").json()
    assert set(told) == {"database", "migrations", "mirror"}


def test_the_system_checks_find_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check", fail_level="WARNING")
