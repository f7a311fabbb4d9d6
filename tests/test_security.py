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
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from runs.models import Launch, Run, RunDetail
from runs.tasks import refresh_run, refresh_workflows
from tests.conftest import Browse
from tests.test_permissions import MATRIX, rows  # noqa: F401 (a fixture)

pytestmark = pytest.mark.usefixtures("rows")
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
        # whose address alone opens it
        to_none = name.startswith(("runs:shared", "schedules:calendar_feed"))
        assert answer.headers["Referrer-Policy"] == ("no-referrer" if to_none else "same-origin")


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
