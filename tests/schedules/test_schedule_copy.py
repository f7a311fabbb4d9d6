"""A schedule like another one, one that runs now, and kinds that a server does not know."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from runs.models import Launch, Run
from schedules.models import Fire, Schedule
from tests.conftest import Browse
from tests.schedules.conftest import Agent, Mirror
from tests.schedules.pages import Upstream, by_name, page, told


def as_filled(answer: Any) -> dict[str, str]:
    fields = [*answer.context["form"], *answer.context["parameters"]]
    shown = {field.html_name: field.value() for field in fields}
    sent = {name: "on" if value is True else str(value) for name, value in shown.items() if value}
    return {**sent, "agent": answer.context["workflow"].pk, "nonce": str(uuid4())}


# Duplicate --------------------------------------------------------------------------------------
def test_a_copy_has_all_but_the_name_and_starts_paused(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, source = browse("team_admin"), by_name("Invoices on weekdays")
    assert f"?from={source.pk}" in page(client, source.get_absolute_url())
    url = f"/schedules/new/?from={source.pk}"
    answer = client.get(url)
    assert "It starts paused" in told(answer)
    assert client.post(url, as_filled(answer)).status_code == 302
    copy = upstream(by_name("Invoices on weekdays (copy)"))
    original = upstream(source)
    assert (copy.enabled, original.enabled) == (False, True)
    for name in ("workflow_permanent_id", "cron_expression", "timezone", "parameters"):
        assert getattr(copy, name) == getattr(original, name)


def test_a_copy_of_a_single_time_says_that_it_cannot_be_paused(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, source = browse("team_admin"), by_name("Order for the trade fair")
    url = f"/schedules/new/?from={source.pk}"
    answer = client.get(url)
    assert "A single time cannot be paused" in told(answer)
    client.post(url, as_filled(answer))
    copy = upstream(by_name("Order for the trade fair (copy)"))
    assert (copy.run_at, copy.parameters) == (source.run_at, source.parameters)


@pytest.mark.parametrize("source", ["wfs_gone", "%00", "x" * 500])
def test_there_is_no_copy_of_what_is_not_there(mirror: Mirror, browse: Browse, source: str) -> None:
    assert browse("team_admin").get(f"/schedules/new/?from={source}").status_code == 404


# Run now ----------------------------------------------------------------------------------------
def run_url(schedule: Schedule) -> str:
    return reverse("schedules:schedule_run", args=[schedule.pk])


def test_it_runs_now_with_its_parameters_and_says_of_which_schedule(
    mirror: Mirror, browse: Browse, sandbox: Sandbox
) -> None:
    client, schedule = browse("team_admin"), by_name("Order for the trade fair")
    fires = Fire.objects.count()
    answer = client.post(run_url(schedule), {"nonce": str(uuid4())})
    run = Run.objects.newest()[0]
    assert answer["Location"] == run.get_absolute_url()
    [entry] = Launch.objects.all()
    assert entry.request == {
        "workflow_id": schedule.workflow_id,
        "parameters": {"customer": "Messe Wien"},
        "proxy_location": None,
        "run_metadata": {"schedule": schedule.pk},
    }
    assert connect().run(run.pk).run_id == run.pk
    acts = Activity.objects.values_list("verb", "target_id")
    assert set(acts) == {("launched", schedule.workflow_id), ("ran", schedule.pk)}
    assert (run.schedule_id or "", Fire.objects.count()) == ("", fires)


def test_a_double_press_runs_once_and_says_so(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    sent, before = {"nonce": str(uuid4())}, Run.objects.count()
    places = {client.post(run_url(schedule), sent)["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Run.objects.count() == before + 1
    assert Activity.objects.filter(verb="ran").count() == 1
    assert "sent already" in told(client.get(places.pop()))


def test_a_press_of_another_schedule_is_not_taken_for_this_one(
    mirror: Mirror, browse: Browse
) -> None:
    client, sent = browse("team_admin"), {"nonce": str(uuid4())}
    client.post(run_url(by_name("Invoices on weekdays")), sent)
    answer = client.post(run_url(by_name("Order for the trade fair")), sent, follow=True)
    assert "Look again and run it" in told(answer)
    assert Launch.objects.count() == 1


@pytest.mark.parametrize(("code", "words"), [(400, "was not run"), (503, "was not run")])
def test_a_run_that_is_refused_is_said_and_recorded(
    mirror: Mirror, browse: Browse, sandbox: Sandbox, code: int, words: str
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    sandbox.fault("status", code=code, path="/run/")
    answer = client.post(run_url(schedule), {"nonce": "not a nonce"}, follow=True)
    assert words in told(answer)
    assert Activity.objects.get().result == Activity.Result.REJECTED


def test_who_may_not_launch_sees_no_button(mirror: Mirror, browse: Browse) -> None:
    schedule = by_name("Invoices on weekdays")
    assert "Run now" not in page(browse("support"), schedule.get_absolute_url())
    operator = page(browse("operator"), schedule.get_absolute_url())
    assert "Run now" in operator
    assert "Duplicate" not in operator


# Kinds ------------------------------------------------------------------------------------------
def kinds(answer: Any) -> dict[str, bool]:
    """Which of them can be chosen."""
    field = answer.context["form"]["kind"]
    return {box.data["value"]: "disabled" not in box.data["attrs"] for box in field}


def test_a_server_that_tells_of_single_times_takes_all_kinds(agent: Agent, browse: Browse) -> None:
    answer = browse("team_admin").get(f"/schedules/new/?agent={agent('Slow crawl').pk}")
    assert kinds(answer) == {"cron": True, "interval": True, "once": True}
    assert "1.0.56" not in told(answer)


def test_kinds_that_an_old_server_does_not_know_cannot_be_chosen(
    sandbox: Sandbox, agent: Agent, mirror: Mirror, browse: Browse
) -> None:
    Schedule.objects.exclude(kind="cron").delete()
    for schedule in Schedule.objects.all():
        raw = {name: value for name, value in schedule.raw.items() if name != "run_at"}
        Schedule.objects.filter(pk=schedule.pk).update(raw=raw)
    client = browse("team_admin")
    answer = client.get(f"/schedules/new/?agent={agent('Slow crawl').pk}")
    assert kinds(answer) == {"cron": True, "interval": False, "once": False}
    assert "This Skyvern knows cron patterns only." in told(answer)
    edit = client.get(reverse("schedules:schedule_edit", args=[Schedule.objects.all()[0].pk]))
    assert kinds(edit) == {"cron": True, "interval": False}


def test_where_no_schedule_has_told_it_is_said_that_it_is_not_known(
    agent: Agent, browse: Browse
) -> None:
    Schedule.objects.all().delete()
    answer = browse("team_admin").get(f"/schedules/new/?agent={agent('Slow crawl').pk}")
    assert all(kinds(answer).values())
    assert "shows when one is saved" in told(answer)
