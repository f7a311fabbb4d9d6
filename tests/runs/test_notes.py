"""Notes on a run: who writes, reads and deletes them."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.models import Activity
from runs.models import Note, Run
from runs.views import run_detail
from tests.conftest import Browse
from tests.runs.annotating import looked_at, page
from tests.runs.conftest import Play

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def run(play: Play) -> Run:
    return looked_at(play)


def url(run: Run) -> str:
    return reverse("runs:run_note", args=[run.run_id])


def delete_url(note: Note) -> str:
    return reverse("runs:note_delete", args=[note.run_id, note.pk])


def write(run: Run, user: User | None, text: str = "Look at step 3.") -> Note:
    return Note.objects.create(run=run, user=user, text=text)


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
