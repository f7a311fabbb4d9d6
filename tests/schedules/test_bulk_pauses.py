"""Pausing and resuming many at once: each with its result, resumable, and undone exactly."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.audit import SYSTEM, Actor
from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from schedules import actions
from schedules.ledger import expecting
from schedules.models import Bulk, BulkItem, Pause, Schedule
from schedules.pausing import working
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import LIST, Upstream, by_name, page

NEW = "/schedules/bulk/"
ALREADY = "Stock, New York morning (paused)"
INVOICES, PRICES = "Invoices on weekdays", "Prices, every four hours"
State = BulkItem.State


def begin(client: Client, verb: str, *schedules: Schedule, **given: object) -> Bulk:
    """Over those schedules, or over all with `all="1"`."""
    sent = {
        "verb": verb,
        "schedule": [one.pk for one in schedules],
        "nonce": str(uuid4()),
        "reason": "The portal is down",
        "until": "open",
        **given,
    }
    answer = client.post(NEW, sent)
    assert answer.status_code == 302, answer.content.decode()
    return Bulk.objects.get(pk=answer["Location"].rstrip("/").split("/")[-1])


def act(client: Client, bulk: Bulk, verb: str) -> Bulk:
    url = reverse("schedules:bulk_act", args=[bulk.pk])
    answer = client.post(url, {"verb": verb, "nonce": str(uuid4())})
    return Bulk.objects.get(pk=answer["Location"].rstrip("/").split("/")[-1])


def finish() -> None:
    while working.work():
        pass


def results(bulk: Bulk) -> dict[str, tuple[str, str]]:
    items = bulk.items.select_related("schedule")
    return {item.schedule.name: (item.state, item.said) for item in items}


def active() -> set[str]:
    recurring = Schedule.objects.exclude(kind=Schedule.Kind.ONCE)
    return set(recurring.filter(enabled=True).values_list("name", flat=True))


def test_everything_is_paused_with_one_reason_and_undone_exactly(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, before = browse("team_admin"), active()
    text = page(client, f"{NEW}?verb=pause&all=1")
    assert f"Pause {len(before)} schedules?" in text
    assert "1 of your choice is paused already. 1 fires once" in text
    bulk = begin(client, "pause", all="1")
    assert bulk.state == Bulk.State.RUNNING
    finish()
    bulk.refresh_from_db()
    assert bulk.state == Bulk.State.DONE
    assert active() == set()
    assert results(bulk) == dict.fromkeys(before, (State.DONE, ""))
    assert {pause.reason for pause in Pause.objects.all()} == {"The portal is down"}
    assert not any(upstream(one).enabled for one in Schedule.objects.filter(name__in=before))
    assert "The portal is down" in page(client, LIST)
    undo = act(client, bulk, "undo")
    finish()
    assert active() == before
    assert undo.undo_of == bulk
    assert results(undo) == dict.fromkeys(before, (State.DONE, ""))
    assert not by_name(ALREADY).enabled
    assert "Undone by" in page(client, bulk.get_absolute_url())
    assert Activity.objects.filter(verb="resumed").count() == len(before)


def test_the_undo_of_a_resume_gives_each_its_own_reason_and_end_back(
    mirror: Mirror, browse: Browse
) -> None:
    client, later = browse("team_admin"), timezone.now() + timedelta(hours=5)
    one = actions.pause(by_name(INVOICES), reason="One", resume_at=later, actor=SYSTEM)
    two = actions.pause(by_name(PRICES), reason="Two", actor=SYSTEM)
    bulk = begin(client, "resume", one, two)
    finish()
    assert active() >= {INVOICES, PRICES}
    act(client, bulk, "undo")
    finish()
    found = {pause.schedule_id: pause for pause in Pause.objects.filter(end=None)}
    assert (found[one.pk].reason, found[one.pk].resume_at) == ("One", later)
    assert (found[two.pk].reason, found[two.pk].resume_at) == ("Two", None)
    assert found[one.pk].by == "team_admin"


def test_an_undo_respects_what_became_of_them_since(mirror: Mirror, browse: Browse) -> None:
    client = browse("team_admin")
    one, two = by_name(INVOICES), by_name(PRICES)
    bulk = begin(client, "pause", one, two)
    finish()
    actions.resume(one, actor=SYSTEM)
    actions.pause(one, reason="Another", actor=SYSTEM)
    actions.resume(two, actor=SYSTEM)
    undo = act(client, bulk, "undo")
    finish()
    assert results(undo) == {
        INVOICES: (State.SKIPPED, working.ANEW),
        PRICES: (State.SKIPPED, "Was going on already."),
    }
    assert not by_name(INVOICES).enabled


def test_what_was_done_outside_meanwhile_is_said_and_not_claimed(
    mirror: Mirror, browse: Browse
) -> None:
    client = browse("team_admin")
    gone, off, once = by_name(INVOICES), by_name(PRICES), by_name("Order for the trade fair")
    bulk = begin(client, "pause", gone, off)
    BulkItem.objects.create(bulk=bulk, number=3, schedule=once)
    connect().delete_schedule(gone.workflow_id, gone.pk)
    connect().disable_schedule(off.workflow_id, off.pk)
    finish()
    assert results(bulk) == {
        INVOICES: (State.SKIPPED, working.DELETED),
        PRICES: (State.SKIPPED, "Was paused already."),
        once.name: (State.SKIPPED, working.ONCE),
    }
    text = page(client, bulk.get_absolute_url())
    assert "Left as it is" in text
    assert "Undo:" not in text


def test_only_what_failed_is_tried_again(mirror: Mirror, browse: Browse, sandbox: Sandbox) -> None:
    client = browse("team_admin")
    one, two = by_name(INVOICES), by_name(PRICES)
    sandbox.fault("status", code=400, path=f"{one.pk}/disable")
    bulk = begin(client, "pause", one, two)
    finish()
    assert {name: state for name, (state, _) in results(bulk).items()} == {
        INVOICES: State.FAILED,
        PRICES: State.DONE,
    }
    again = act(client, bulk, "again")
    finish()
    assert results(again) == {INVOICES: (State.DONE, "")}
    assert again.reason == bulk.reason


def test_while_skyvern_is_away_it_waits_and_goes_on_by_itself(
    mirror: Mirror, browse: Browse, sandbox: Sandbox
) -> None:
    client, one = browse("team_admin"), by_name(INVOICES)
    sandbox.fault("status", code=503, path="/disable")
    bulk = begin(client, "pause", one)
    finish()
    item = bulk.items.get()
    assert (item.state, item.tries) == (State.WAITING, 1)
    assert item.lease_until is not None
    assert item.lease_until > timezone.now()
    assert "not available" in page(client, bulk.get_absolute_url())
    BulkItem.objects.update(lease_until=timezone.now())
    finish()
    assert results(bulk) == {INVOICES: (State.DONE, "")}
    BulkItem.objects.update(state=State.WAITING, tries=working.MOST_TRIES - 1)
    Bulk.objects.update(state=Bulk.State.RUNNING, ended_at=None)
    sandbox.fault("status", code=503, path="/schedules/", times=None)
    finish()
    assert bulk.items.get().said.startswith("Given up after 8 tries.")


def test_aborted_what_waits_is_left_as_it_is(mirror: Mirror, browse: Browse) -> None:
    client, before = browse("team_admin"), active()
    bulk = act(client, begin(client, "pause", all="1"), "abort")
    finish()
    bulk.refresh_from_db()
    assert bulk.is_over
    assert active() == before
    assert "Not done" in page(client, bulk.get_absolute_url())


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_killed_after_skyvern_was_asked_it_is_done_and_told_once(
    mirror: Mirror, browse: Browse, sandbox: Sandbox, verb: str
) -> None:
    """The refresh comes before the worker that follows, and notes what it sees."""
    expecting.look_ahead(timezone.now())
    client, one = browse("team_admin"), by_name(INVOICES)
    if verb == "resume":
        one = actions.pause(one, reason="Before", actor=SYSTEM)
    told = Activity.objects.filter(verb=f"{verb}d")
    before = told.count()
    bulk = begin(client, verb, one)
    item = working.claim()
    assert item is not None
    working._send(item, pause_id=getattr(Pause.objects.first(), "pk", None))
    if verb == "pause":
        actions.switching._intend(one, bulk.reason, None, Actor(None, "team_admin"), bulk)
        connect().disable_schedule(one.workflow_id, one.pk)
    else:
        connect().enable_schedule(one.workflow_id, one.pk)
    mirror()
    expecting.look_ahead(timezone.now())
    asked = len([path for _, path in sandbox.calls if path.endswith("able")])
    BulkItem.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    finish()
    assert results(bulk) == {INVOICES: (State.DONE, "")}
    assert len([path for _, path in sandbox.calls if path.endswith("able")]) == asked
    assert told.count() == before + 1
    assert bulk.items.get().pause is not None
    act(client, bulk, "undo")
    finish()
    assert by_name(INVOICES).enabled is (verb == "pause")


def test_the_same_press_twice_is_one_bulk(mirror: Mirror, browse: Browse) -> None:
    client, nonce = browse("team_admin"), str(uuid4())
    for _ in range(2):
        begin(client, "pause", by_name(INVOICES), nonce=nonce)
    assert Bulk.objects.count() == 1
    assert BulkItem.objects.count() == 1


def test_the_reason_is_asked_for_once_and_the_choice_is_kept(
    mirror: Mirror, browse: Browse
) -> None:
    client, one = browse("team_admin"), by_name(INVOICES)
    sent = {"verb": "pause", "schedule": one.pk, "nonce": str(uuid4()), "until": "open"}
    answer = client.post(NEW, sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Say why" in text
    assert f'name="schedule" value="{one.pk}"' in text
    assert sent["nonce"] in text


def test_all_that_match_the_filter_are_taken_but_none_that_is_made_later(
    mirror: Mirror, browse: Browse
) -> None:
    client = browse("team_admin")
    asked = client.get(f"{NEW}?verb=pause&all=1&q=Invoices")
    choice = asked.context["choice"]
    assert [one.name for one in choice.able()] == [INVOICES]
    now = timezone.now()
    Schedule.objects.create(
        schedule_id="wfs_new",
        workflow=by_name(INVOICES).workflow,
        name="Invoices, too",
        created_at=now + timedelta(seconds=1),
        seen_at=now,
        changed_at=now,
    )
    fields = dict(choice.fields)
    assert fields["q"] == "Invoices"
    bulk = begin(client, **fields)
    assert [item.schedule.name for item in bulk.items.all()] == [INVOICES]


def test_without_a_choice_or_with_a_wrong_one_it_leads_back(mirror: Mirror, browse: Browse) -> None:
    client = browse("team_admin")
    for query in ("", "?verb=nothing&all=1", "?verb=pause", "?verb=explode&schedule=x"):
        answer = client.get(NEW + query, follow=True)
        assert answer.redirect_chain == [(LIST, 302)]
    text = unescape(client.get(f"{NEW}?verb=pause&schedule=nul%00").content.decode())
    assert "There is no such schedule (any more)." in text


def test_the_table_has_boxes_for_those_who_may_and_the_filter_is_kept(
    mirror: Mirror, browse: Browse
) -> None:
    text = page(browse("team_admin"), f"{LIST}?q=Invoices")
    assert text.count('name="schedule" value="wfs_') == 1
    assert '<input type="hidden" name="q" value="Invoices">' in text
    assert 'name="schedule"' not in page(browse("operator"), LIST)


def test_everybody_sees_what_was_done_and_only_admins_have_buttons(
    mirror: Mirror, browse: Browse
) -> None:
    bulk = begin(browse("team_admin"), "pause", by_name(INVOICES))
    finish()
    client = browse("support")
    assert "Pause 1 schedule" in page(client, "/schedules/bulks/")
    text = page(client, bulk.get_absolute_url())
    assert "Paused" in text
    assert "/act/" not in text
