"""Notes on a run, and all that is told on its page of what people did to it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dashboard.audit import Actor, record
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors
from dashboard.skyvern.schema import RunRequest
from runs import actions, annals, tasks
from runs.actions.jobs import create_for_runs, create_launches
from runs.models import Job, JobItem, Launch, Note, Run, Workflow
from runs.views import run_detail
from tests.conftest import Browse
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def run(play: Play) -> Run:
    """Watched already, so that looking at it does not read it again."""
    found = play("Price feed")
    Run.objects.update(watched_at=timezone.now(), detail_due=False)
    return found


@pytest.fixture
def maria(person: Callable[[str], User]) -> Actor:
    user = person("team_admin")
    user.username = "maria"
    user.save()
    return Actor(user, "maria")


def url(run: Run) -> str:
    return reverse("runs:run_note", args=[run.run_id])


def delete_url(note: Note) -> str:
    return reverse("runs:note_delete", args=[note.run_id, note.pk])


def page(client: Client, run: Run) -> str:
    answer = client.get(run.get_absolute_url(), {"tab": "notes"})
    assert answer.status_code == 200
    return answer.text


def write(run: Run, user: User | None, text: str = "Look at step 3.") -> Note:
    return Note.objects.create(run=run, user=user, text=text)


# Notes -----------------------------------------------------------------------------------------


def test_support_writes_a_note_which_all_see(run: Run, browse: Browse) -> None:
    client = browse("support")
    answer = client.post(url(run), {"text": "The portal was down.\r\nAsked ACME."})
    note = Note.objects.get()
    assert answer["Location"] == f"{run.get_absolute_url()}?tab=notes#note-{note.pk}"
    assert note.text == "The portal was down.\nAsked ACME."
    assert "Added your note." in client.get(run.get_absolute_url()).text
    html = page(browse("operator"), run)
    assert "<strong>support</strong>" in html
    assert "The portal was down.<br>Asked ACME." in html
    assert 'Notes <span class="muted num">1</span>' in html
    entry = Activity.objects.get()
    assert (entry.verb, entry.target_id, entry.actor_name) == (
        "wrote a note on",
        run.run_id,
        "support",
    )
    assert "portal" not in entry.detail


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Write something first."),
        (" \n ", "Write something first."),
        ("x" * 4001, "4,000 characters at most; this has 4001."),
        ("be\0fore", "no text can have (NUL)"),
    ],
)
def test_what_cannot_be_a_note_is_kept_at_its_field_with_the_reason(
    run: Run, browse: Browse, typed: str, said: str
) -> None:
    answer = browse("support").post(url(run), {"text": typed})
    assert answer.status_code == 422
    assert f">\n{typed}</textarea>" in answer.text
    assert 'id="id_text_error"' in answer.text
    assert said in answer.text
    assert "data-live" not in answer.text.split('id="run"')[1].split(">")[0]
    assert not Note.objects.exists()
    assert not Activity.objects.exists()


def test_a_line_break_counts_once_as_in_the_browser(run: Run, browse: Browse) -> None:
    assert browse("support").post(url(run), {"text": "x\r\n" * 1999 + "xx"}).status_code == 302
    assert len(Note.objects.get().text) == 4000


def test_hostile_text_is_only_ever_text(run: Run, browse: Browse) -> None:
    client = browse("support")
    hostile = "</textarea><script>alert(1)</script>\n<b>bold</b>"
    client.post(url(run), {"text": hostile})
    answer = client.post(url(run), {"text": hostile + "x" * 4000})
    assert answer.status_code == 422
    for html in (page(client, run), answer.text):
        assert "&lt;/textarea&gt;&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
        assert "<b>" not in html


def test_one_deletes_ones_own_note_and_no_others(
    run: Run, browse: Browse, person: Callable[[str], User]
) -> None:
    client = browse("support")
    mine = write(run, User.objects.get(username="support"), "secret")
    other = write(run, person("operator"))
    orphan = write(run, None)
    html = page(client, run)
    assert delete_url(mine) in html
    assert delete_url(other) not in html
    assert delete_url(orphan) not in html
    for foreign in (other, orphan):
        assert client.post(delete_url(foreign)).status_code == 403
    answer = client.post(delete_url(mine))
    assert answer["Location"] == f"{run.get_absolute_url()}?tab=notes"
    assert list(Note.objects.order_by("pk")) == [other, orphan]
    entry = Activity.objects.get()
    assert (entry.verb, entry.target_id, entry.detail) == (
        "deleted a note on",
        run.run_id,
        "By support.",
    )
    assert client.post(delete_url(mine)).status_code == 404


def test_a_superuser_deletes_any_note_of_the_run_it_is_on(
    run: Run, play: Play, browse: Browse, person: Callable[[str], User]
) -> None:
    client, other = browse("superuser"), play("Price feed")
    note, orphan = write(run, person("operator")), write(run, None)
    assert delete_url(note) in page(client, run)
    elsewhere = reverse("runs:note_delete", args=[other.run_id, note.pk])
    assert client.post(elsewhere).status_code == 404
    for one in (note, orphan):
        assert client.post(delete_url(one)).status_code == 302
    assert not Note.objects.exists()
    details = [entry.detail for entry in Activity.objects.all()]
    assert details == ["By someone who is deleted.", "By operator."]


def test_who_may_only_look_reads_notes_and_writes_none(run: Run, browse: Browse) -> None:
    client = browse("nobody")
    user = User.objects.get(username="nobody")
    note = write(run, user)
    assert client.post(url(run), {"text": "x"}).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_run"))
    html = page(client, run)
    assert note.text in html
    assert url(run) not in html
    assert client.post(url(run), {"text": "x"}).status_code == 403
    assert client.post(delete_url(note)).status_code == 403
    assert Note.objects.count() == 1


def test_a_note_outlives_its_author(
    run: Run, browse: Browse, person: Callable[[str], User]
) -> None:
    author = person("operator")
    write(run, author)
    author.delete()
    html = page(browse("support"), run)
    assert "someone who is deleted" in html
    assert "Look at step 3." in html


def test_the_page_moves_on_when_its_notes_do(
    run: Run, browse: Browse, person: Callable[[str], User]
) -> None:
    client, author = browse("support"), person("operator")
    address = f"{run.get_absolute_url()}?tab=notes"
    client.get(address)
    answer = client.get(address, headers=HTMX)
    first = write(run, author)
    second: list[Note] = []
    for change in (first.refresh_from_db, lambda: second.append(write(run, author)), first.delete):
        change()
        answer = client.get(address, headers={**HTMX, "HX-PTag": answer["HX-PTag"]})
        assert answer.status_code == 200
    again = client.get(address, headers={**HTMX, "HX-PTag": answer["HX-PTag"]})
    assert again.status_code == 304


def test_only_the_newest_notes_are_drawn_in_the_order_they_were_written(
    run: Run, browse: Browse, person: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_detail, "MOST_NOTES", 3)
    author = person("operator")
    for number in range(5):
        write(run, author, f"Note number {number}.")
    html = page(browse("support"), run)
    assert "The newest 3 of 5." in html
    places = [html.index(f"Note number {number}.") for number in (2, 3, 4)]
    assert places == sorted(places)
    assert "Note number 1." not in html


TABLES = ("runs_note", "dashboard_activity", "runs_jobitem")


@pytest.mark.parametrize(
    ("tab", "read"),
    [*((tab, ()) for tab in ("steps", "output", "inputs", "files", "raw")), ("notes", TABLES)],
)
def test_only_their_own_tab_asks_for_notes_and_acts(
    run: Run, browse: Browse, tab: str, read: tuple[str, ...]
) -> None:
    client = browse("support")
    with CaptureQueriesContext(connection) as asked:
        client.get(run.get_absolute_url(), {"tab": tab})
    sent = [query["sql"] for query in asked.captured_queries]
    assert read == tuple(
        table for table in TABLES if any(f'SELECT "{table}"' in sql for sql in sent)
    )


# What happened here ------------------------------------------------------------------------------


def told(run: Run) -> list[tuple[str, str, str]]:
    """(who, what they did, where the link leads), newest first."""
    launch = Launch.objects.select_related("user").filter(run_id=run.pk).first()
    return [(event.who, event.verb, event.link) for event in annals.of_run(run, launch)]


def test_a_run_that_nobody_touched_from_here_says_so(run: Run, browse: Browse) -> None:
    assert told(run) == []
    assert "Nobody has done anything to this run from here." in page(browse("support"), run)


@pytest.mark.usefixtures("run")
def test_launch_and_cancel_are_told_with_who_did_it(
    maria: Actor, sandbox: Sandbox, browse: Browse
) -> None:
    wpid = sandbox.agents["Slow crawl"]
    workflow = Workflow.objects.get(pk=wpid)
    entry = actions.launch(workflow, RunRequest(workflow_id=wpid), nonce=uuid4(), actor=maria)
    launched = Run.objects.get(pk=entry.run_id)
    actions.cancel(launched, actor=maria)
    launched.refresh_from_db()
    with pytest.raises(errors.Rejected):
        actions.cancel(launched, actor=maria)
    assert told(launched) == [
        ("maria", "cancelled it", ""),
        ("maria", "cancelled it", ""),
        ("maria", "launched it", ""),
    ]
    refused, done, _ = annals.of_run(launched, entry)
    assert (refused.result, done.result) == ("Refused", "")
    assert "already over" in refused.detail
    html = page(browse("support"), launched)
    assert "<strong>maria</strong> cancelled it" in html
    assert '<span class="chip">Refused</span>' in html
    assert "already over" in html


def test_a_retry_and_its_original_lead_to_each_other(
    run: Run, maria: Actor, browse: Browse
) -> None:
    new = actions.retry(run, actor=maria, nonce=uuid4())
    assert told(run) == [("maria", "retried it as", new.get_absolute_url())]
    assert told(new) == [("maria", "started it as a retry of", run.get_absolute_url())]
    client = browse("support")
    assert f'retried it as <a href="{new.get_absolute_url()}">{new.pk}</a>' in page(client, run)
    assert f'retry of <a href="{run.get_absolute_url()}">{run.pk}</a>' in page(client, new)


def test_a_retry_that_only_skyvern_knows_of_is_told_without_a_person(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(retried_from_id="wr_0")
    run.refresh_from_db()
    assert told(run) == [("", "It is a retry of", "/runs/wr_0/")]


def test_a_retry_that_was_refused_is_told_too(play: Play, maria: Actor) -> None:
    live = play("Slow crawl", seconds=1)
    with pytest.raises(errors.Rejected):
        actions.retry(live, actor=maria, nonce=uuid4())
    (event,) = annals.of_run(live, None)
    assert (event.verb, event.result) == ("retried it", "Refused")


def test_every_other_act_is_told_in_words(run: Run, maria: Actor) -> None:
    for verb in ("tagged", "continued", "replayed the webhook of", "deleted a note on", "polished"):
        record(maria, verb, run, detail=f"How it was {verb}.")
    record(maria, "wrote a note on", run)
    assert [verb for _, verb, _ in told(run)] == [
        "polished it",
        "deleted a note on it",
        "had its webhook sent again",
        "let it go on",
        "changed its tags",
    ]


def test_acts_on_other_things_are_not_told(run: Run, play: Play, maria: Actor) -> None:
    record(maria, "cancelled", play("Price feed"))
    record(maria, "launched", Launch(pk=uuid4()))
    Activity.objects.create(verb="aborted", target_type="job", target_id=run.pk)
    assert told(run) == []


def test_a_job_that_acted_on_a_run_is_linked(play: Play, maria: Actor, browse: Browse) -> None:
    run = play("Slow crawl", seconds=1)
    job = create_for_runs(Job.Kind.CANCEL, [run.run_id], actor=maria)
    put = ("maria", "put it into the job", job.get_absolute_url())
    assert told(run)[-1] == put
    tasks.work_jobs()
    assert told(run) == [("maria", "cancelled it", ""), put]
    html = page(browse("support"), run)
    assert f'put it into the job <a href="{job.get_absolute_url()}">{job}</a>' in html
    assert run.get_absolute_url() in browse("operator").get(job.get_absolute_url()).text


def test_what_came_of_a_jobs_item_is_told_unless_it_is_simply_done(run: Run, maria: Actor) -> None:
    job = Job.objects.create(kind="cancel", user=None, state="paused", options={"by": "x"})
    item = JobItem.objects.create(job=job, number=1, run_id=run.pk, state="failed", error="No.")
    (event,) = annals.of_run(run, None)
    assert (event.who, event.result, event.detail) == ("Someone", "Failed", "No.")
    JobItem.objects.filter(pk=item.pk).update(state="waiting", error="")
    Job.objects.update(state="aborted")
    (event,) = annals.of_run(run, None)
    assert event.result == "Not done"
    JobItem.objects.update(state="done")
    (event,) = annals.of_run(run, None)
    assert event.result == ""


def test_jobs_that_launched_and_retried_are_found_by_their_nonce(run: Run, maria: Actor) -> None:
    assert run.workflow
    launching = create_launches(
        run.workflow, [{}], request={}, at_once=1, digest="0" * 64, actor=maria
    )
    retrying = create_for_runs(Job.Kind.RETRY, [run.run_id], actor=maria)
    tasks.work_jobs()
    launched, retry = (
        Run.objects.get(pk=Launch.objects.get(pk=job.items.get().pk).run_id)
        for job in (launching, retrying)
    )
    by = launching.get_absolute_url(), retrying.get_absolute_url()
    assert told(launched) == [
        ("maria", "launched it", ""),
        ("maria", "started it with the job", by[0]),
    ]
    assert told(retry) == [
        ("maria", "started it as a retry of", run.get_absolute_url()),
        ("maria", "started it with the job", by[1]),
    ]
    assert told(run) == [
        ("maria", "retried it as", retry.get_absolute_url()),
        ("maria", "put it into the job", by[1]),
    ]


def test_however_much_happened_it_costs_the_same_and_fifty_are_told(
    run: Run, maria: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert run.workflow
    new = actions.retry(run, actor=maria, nonce=uuid4())
    launch = Launch.objects.select_related("user").get(run_id=new.pk)
    for number in range(60):
        record(maria, "tagged", new, detail=f"Added t{number}.")
        Launch.objects.create(
            user=maria.user,
            workflow=run.workflow,
            request={"retry_of": new.pk},
            run_id=f"wr_{number}",
        )
        create_for_runs(Job.Kind.TAG, [new.pk], actor=maria, options={"add": [], "remove": []})
    with django_assert_max_num_queries(4):
        events = annals.of_run(new, launch)
    assert len(events) == 50
    times = [event.at for event in events]
    assert times == sorted(times, reverse=True)
    assert {event.icon for event in events} == {"tag", "rotate-ccw", "list-checks"}
