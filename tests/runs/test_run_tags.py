"""The tags in a run's head: seen by all who see runs, changed by those who may retry them."""

from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from runs import mirror
from runs.models import Run
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


def url(run: Run) -> str:
    return reverse("runs:run_tag", args=[run.run_id])


def labels(run: Run) -> list[str]:
    return [tag.label for tag in run.tags.all()]


def test_a_tag_leads_to_all_runs_that_have_it(run: Run, browse: Browse) -> None:
    mirror.save_tags({run.run_id: ["a&b: <i>"]})
    page = browse("support").get(run.get_absolute_url()).text
    assert f"/runs/?tag={quote('a&b: <i>', safe='')}" in page
    assert "<i>" not in page
    assert url(run) not in page


def test_tags_are_added_and_removed_from_the_page(run: Run, browse: Browse) -> None:
    client = browse("operator")
    answer = client.post(url(run), {"add": "customer:acme, vip,, vip"})
    assert answer["Location"] == run.get_absolute_url()
    assert labels(run) == ["customer:acme", "vip"]
    client.post(url(run), {"remove": "vip", "next": "//evil.example"})
    assert labels(run) == ["customer:acme"]
    assert [tag.label for tag in connect().tags(run.run_id) if not tag.is_system] == labels(run)


@pytest.mark.parametrize("typed", ["", " , ", "bad key:x", "skyvern.status:mine", "x" * 300])
def test_what_cannot_be_a_tag_is_kept_at_its_field_with_the_reason(
    run: Run, browse: Browse, typed: str, sandbox: Sandbox
) -> None:
    before = len(sandbox.calls)
    answer = browse("operator").post(url(run), {"add": typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert 'id="id_add_error"' in answer.text
    assert "<details open" in answer.text
    assert "data-live" not in answer.text.split('id="run"')[1].split(">")[0]
    assert len(sandbox.calls) == before


def test_upstreams_refusal_is_said_at_the_field(run: Run, browse: Browse, sandbox: Sandbox) -> None:
    client = browse("operator")
    many = ",".join(f"t{number}" for number in range(20))
    client.post(url(run), {"add": many})
    answer = client.post(url(run), {"add": "one more"})
    assert answer.status_code == 422
    assert "max is 20" in answer.text
    sandbox.fault("status", path="/tags", code=403)
    assert "does not allow this" in client.post(url(run), {"add": "vip"}).text


def test_the_page_of_a_run_moves_on_when_its_tags_do(run: Run, browse: Browse) -> None:
    client = browse("support")
    client.get(run.get_absolute_url())
    answer = client.get(run.get_absolute_url(), headers=HTMX)
    for found in (["vip"], ["b"], []):
        mirror.save_tags({run.run_id: found})
        answer = client.get(run.get_absolute_url(), headers={**HTMX, "HX-PTag": answer["HX-PTag"]})
        assert answer.status_code == 200
    again = client.get(run.get_absolute_url(), headers={**HTMX, "HX-PTag": answer["HX-PTag"]})
    assert again.status_code == 304


def test_support_may_not_tag_and_a_lost_run_cannot_be(run: Run, browse: Browse) -> None:
    assert browse("support").post(url(run), {"add": "vip"}).status_code == 403
    mirror.save_tags({run.run_id: ["vip"]})
    mirror.mark_missing(run.run_id, run.changed_at)
    client = browse("operator")
    assert 'name="add"' not in client.get(run.get_absolute_url()).text
    answer = client.post(url(run), {"add": "x"})
    assert answer["Location"] == run.get_absolute_url()
    assert "Skyvern still has" in client.get(answer["Location"]).text
    assert labels(run) == ["vip"]
