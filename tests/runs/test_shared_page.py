"""The page that a share link leads to: one run, and nothing that is the team's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from dashboard.audit import Actor, record
from dashboard.sandbox import Sandbox
from runs.inputs import MASK
from runs.models import Artifact, Launch, Note, Run, RunDetail, Share, Tag, Workflow
from tests.conftest import Browse
from tests.runs.conftest import Play
from tests.runs.sharing import HTMX, card, file_url, make_url, opened, shared, url
from tests.runs.test_bundle_hiding import KEY, SIGNED
from tests.runs.test_run_detail import made

pytestmark = pytest.mark.django_db
LINK = re.compile(r'\b(?:href|src|poster|action)="([^"]*)"')


@pytest.fixture
def run(play: Play) -> Run:
    return play("Credential check")


@pytest.fixture
def share(run: Run, person: Callable[[str], User]) -> Share:
    return shared(run, person("operator"))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_failed_run_is_shown_with_its_failure_steps_and_pictures(share: Share) -> None:
    html = opened(share)
    assert "The portal answered “User name or password is wrong”" in html
    assert "LOGIN_FAILED" in html
    assert 'class="failure-shot"' in html
    assert "sign_in" in html
    assert f'src="{url(share)}files/' in html
    assert "This is how it stood on" in html


def test_a_completed_run_is_shown_with_recording_output_and_inputs(play: Play) -> None:
    html = opened(shared(play("Invoice download")))
    assert re.search(r'<video src="/shared/[^"]+/files/[^"]+/" controls preload="metadata"', html)
    assert html.count("data-shot") > 3
    assert 'id="outputs"' in html
    assert 'id="inputs"' in html


def test_a_step_is_chosen_by_its_url_and_comes_alone_where_a_script_asks(play: Play) -> None:
    share = shared(play("Invoice download"))
    keys = re.findall(r'href="\?step=([^"]+)" data-step', opened(share))
    for html in (
        opened(share, step=keys[-1]),
        Client().get(url(share), {"step": keys[-1]}, headers=HTMX).text,
    ):
        assert re.search(rf'step={re.escape(keys[-1])}" data-step [^>]*aria-current="true"', html)
    assert "<html" not in html
    assert 'id="outputs"' not in html
    assert opened(share, step="no such step")


@pytest.mark.parametrize(
    ("title", "seconds"),
    [
        *(("Credential check", 60), ("Invoice download", 60), ("Fails in setup", 60)),
        *(("Slow crawl", 5), ("Approve a refund", 20), ("Retries itself", 60), ("Price feed", 60)),
    ],
)
def test_no_link_leads_inside_whoever_looks(
    play: Play, browse: Browse, title: str, seconds: float
) -> None:
    share = shared(play(title, seconds=seconds))
    admin = browse("superuser").get(url(share))
    for html in (opened(share), admin.text):
        inside = {
            target
            for target in LINK.findall(html)
            if not target.startswith(("?step=", "/static/", url(share)))
            and target not in (".", "?")
        }
        assert inside == set()
        assert "<form" not in html
        assert "data-live" not in html
        assert "data-since" not in html


def test_what_is_the_teams_own_is_not_shown(
    browse: Browse, run: Run, share: Share, person: Callable[[str], User]
) -> None:
    user = person("team_admin")
    user.username = "Maria Launcher"
    user.save()
    sent = {
        "workflow_id": run.workflow_id,
        "parameters": {"customer": "Ann"},
        "webhook_url": "https://hooks.example/in",
        "run_with": "agent",
    }
    Launch.objects.create(user=user, workflow_id=run.workflow_id or "", request=sent, run_id=run.pk)
    Note.objects.create(run=run, user=user, text="Their portal is a mess.")
    Tag.objects.create(run=run, label="customer:acme", place=run.place)
    record(Actor(user, "Maria Launcher"), "cancelled", run, detail="Too slow.")
    Run.objects.update(webhook_failure_reason="hooks.example answered 500", launched_by=user)
    RunDetail.objects.update(request={"webhook_callback_url": "https://hooks.example/"})
    html = opened(share)
    assert "Ann" in html
    assert "Run with" in html
    for hidden in (
        *("Maria Launcher", "mess", "acme", "Too slow", "hooks.example", "ebhook"),
        *("Seen ", "first of its kind", "Last good run", ".json", "console", "bundle"),
    ):
        assert hidden not in html, hidden


def test_the_page_is_the_same_for_who_is_logged_in_and_keeps_no_session(
    browse: Browse, share: Share
) -> None:
    client = browse("superuser")
    client.post(make_url(share.run), {"days": "9"})  # leaves a message behind
    sessions = Session.objects.count()
    stranger = Client()
    with time_machine.travel(timezone.now(), tick=False):
        seen = [stranger.get(url(share)), client.get(url(share))]
    assert seen[0].text == seen[1].text
    assert not stranger.cookies
    assert "Cookie" not in seen[0]["Vary"]
    assert Session.objects.count() == sessions
    assert "Choose how long" in client.get("/runs/").text


def test_its_answers_are_kept_nowhere_and_found_by_no_search(share: Share) -> None:
    client, files = Client(), share.run.artifacts
    answers = [
        client.get(url(share)),
        client.head(url(share)),
        client.get(url(share), headers=HTMX),
        client.post(url(share)),
        client.get("/shared/x/"),
        client.get(file_url(share, files.filter(type__startswith="screenshot")[0])),
        client.get(file_url(share, Artifact(pk="a_none"))),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 405, 404, 200, 404]
    for answer in answers:
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Content-Type-Options"] == "nosniff"
        if answer.streaming:
            body(answer)


def test_each_load_of_the_page_counts_and_nothing_within_it(share: Share) -> None:
    client = Client()
    client.head(url(share))
    client.get(url(share), {"step": "x"}, headers=HTMX)
    body(client.get(file_url(share, share.run.artifacts.filter(type__startswith="screen")[0])))
    share.refresh_from_db()
    assert (share.opened, share.opened_at) == (0, None)
    for _ in range(3):
        client.get(url(share))
    share.refresh_from_db()
    assert share.opened == 3
    assert share.opened_at is not None


def test_an_open_page_is_led_to_the_end_when_its_link_ends(share: Share) -> None:
    Share.objects.update(revoked_at=timezone.now())
    answer = Client().get(url(share), headers=HTMX)
    assert (answer.status_code, answer["HX-Refresh"]) == (404, "true")


def test_a_live_run_is_a_snapshot_that_says_so(play: Play) -> None:
    html = opened(shared(play("Slow crawl", seconds=5)))
    assert "This run is still going on." in html
    assert "Reload the page" in html
    assert "Running for" in html


def test_opening_it_asks_skyvern_for_nothing(share: Share, sandbox: Sandbox) -> None:
    RunDetail.objects.all().delete()
    Run.objects.update(watched_at=None, detail_due=True)
    calls = len(sandbox.calls)
    assert "Its steps are not here yet." in opened(share)
    share.run.refresh_from_db()
    assert (len(sandbox.calls), share.run.watched_at) == (calls, None)


def test_times_are_in_the_viewers_zone(run: Run) -> None:
    share = shared(run, expires_at=timezone.now().replace(2030, 7, 1, 12, 0, 0))
    assert "1 Jul 2030, 12:00" in opened(share)
    client = Client()
    client.cookies["zone"] = "Asia/Tokyo"
    html = client.get(url(share)).text
    assert "1 Jul 2030, 21:00" in html
    assert "Times are in Asia/Tokyo." in html


def test_a_link_outlives_the_account_of_who_made_it(share: Share, browse: Browse) -> None:
    User.objects.filter(shares=share).delete()
    assert "someone who has left" in opened(share)
    assert "someone who is deleted" in card(browse("support"), share.run)


def test_hostile_text_is_only_ever_text(play: Play, odd: str) -> None:
    html = opened(shared(play(odd)))
    assert "&lt;script&gt;alert(" in html
    for tag in ("<script>alert", "<b>none", "<i>read", "<u>click", "</td><script"):
        assert tag not in html


def test_nothing_on_it_opens_anything(share: Share, settings: Settings) -> None:
    """ "5ec2e7" is what must not be told, in every text that comes from somewhere else."""
    settings.SKYVERN_API_KEY = KEY
    bad = " ".join((*SIGNED, f"x-api-key: {KEY}", f"and {KEY}&c"))
    run = share.run
    sending = {
        "workflow_id": run.workflow_id,
        "parameters": {"file": bad, bad: 1},
        "totp_url": bad,
        "extra_http_headers": {"X-Token": "5ec2e7"},
        "cdp_connect_headers": "X-Token: 5ec2e7",
    }
    Launch.objects.create(workflow_id=run.workflow_id or "", request=sending, run_id=run.pk)
    Run.objects.update(failure_reason=f"Failed at {bad}", title=bad[:500])
    Workflow.objects.update(title=bad[:500], parameters=[{"key": "file", "type": bad}])
    block = dict.fromkeys(("label", "block_type", "failure_reason", "url"), bad) | {
        "workflow_run_block_id": "b_1",
        "status": "failed",
        "error_codes": [bad],
        "navigation_payload": {"headers": {"A": "5ec2e7"}},
        "output": {"extra_http_headers": {"A": "5ec2e7"}, "said": bad},
        "actions": [{"action_id": "x", "action_type": bad, "reasoning": bad, "text": bad}],
    }
    RunDetail.objects.update(
        timeline=[{"type": "block", "block": block, "children": []}],
        outputs={bad: [bad], "answer": {"headers": {"set-cookie": "5ec2e7"}}},
        errors=[{"error_code": bad, "reasoning": bad}],
        categories=[{"category": bad, "reasoning": bad, "confidence_float": 0.9}],
        error=bad,
    )
    for step in ("", "b_1", "x"):
        html = opened(share, step=step)
        assert "5ec2e7" not in html
        assert KEY not in html
    assert MASK in html
    assert "See https://portal" not in html
    assert "shop.example" in html


def test_megabytes_of_output_make_a_page_of_bounded_size() -> None:
    share = shared(made())
    huge = {f"key {n}": ["x?y=" * 250] * 50 for n in range(200)}
    RunDetail.objects.create(
        run=share.run, fetched_at=timezone.now(), outputs={"huge": huge, "text": "y" * 3_000_000}
    )
    html = opened(share)
    assert len(html) < 600_000
    assert "JSON file" not in html


def test_a_page_costs_the_same_however_much_the_run_did(
    play: Play, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = play("Invoice download")
    share = shared(run)
    with django_assert_num_queries(7):
        few = opened(share)
    now = timezone.now()
    Artifact.objects.bulk_create(
        [
            Artifact(artifact_id=f"a_x{n}", run=run, type="screenshot_llm", created_at=now)
            for n in range(300)
        ]
    )
    with django_assert_num_queries(7):
        many = opened(share)
    assert many.count("/a_x") - few.count("/a_x") >= 600
    with django_assert_num_queries(3):
        Client().get(url(share), {"step": "x"}, headers=HTMX)
