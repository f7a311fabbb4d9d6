"""Tags: read with the runs they belong to, mirrored as they are, given and taken by people."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from dashboard.audit import SYSTEM, Actor
from dashboard.connect import connect
from dashboard.models import Activity, Feed, Revision
from dashboard.sandbox import Sandbox
from dashboard.skyvern import errors, schema
from runs import actions, labels, mirror, tasks
from runs.models import Run, Tag
from tests.runs.conftest import Play
from tests.runs.following import calls_of

pytestmark = pytest.mark.django_db


def tags(run: Run) -> list[str]:
    return [tag.label for tag in run.tags.all()]


def start(sandbox: Sandbox, title: str, **metadata: str) -> str:
    wpid = sandbox.agents[title]
    return connect().start(schema.RunRequest(workflow_id=wpid, run_metadata=metadata)).run_id


def posts(sandbox: Sandbox) -> int:
    return sum(method == "POST" and path.endswith("/tags") for method, path in sandbox.calls)


@pytest.fixture
def run(play: Play) -> Run:
    return play("Price feed")


# Mirror ----------------------------------------------------------------------------------------


def test_tags_are_replaced_and_stand_at_the_place_of_their_run(run: Run) -> None:
    mirror.save_tags({run.run_id: ["vip", "env:test"]})
    mirror.save_tags({run.run_id: ["vip", "env:prod"], "wr_unknown": ["x"]})
    assert tags(run) == ["env:prod", "vip"]
    assert set(Tag.objects.values_list("place", flat=True)) == {run.place}
    mirror.save_tags({run.run_id: []})
    assert tags(run) == []


def test_only_a_change_is_written(
    run: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mirror.save_tags({run.run_id: ["vip"]})
    before = Revision.of("runs")
    with django_assert_num_queries(1):
        mirror.save_tags({run.run_id: ["vip", "vip", "skyvern.status:completed"]})
    assert Revision.of("runs") == before
    mirror.save_tags({run.run_id: ["vip", "b"]})
    assert Revision.of("runs") != before


def test_labels_too_long_or_too_many_are_cut(run: Run) -> None:
    mirror.save_tags({run.run_id: ["a" * 300, "a" * 400, " ", "\x00"]})
    assert tags(run) == ["a" * 200]
    mirror.save_tags({run.run_id: [f"t{number}" for number in range(1000)]})
    assert len(tags(run)) == 50


class HostileTags(TestCase):
    @given(st.lists(st.text(), max_size=5))
    def test_any_text_can_be_a_tag(self, found: list[str]) -> None:
        now = timezone.now()
        Run.objects.get_or_create(
            run_id="wr_1",
            defaults={"status": "completed", "created_at": now, "seen_at": now, "changed_at": now},
        )
        mirror.save_tags({"wr_1": found, "wr\x00": found})


# Refresh ---------------------------------------------------------------------------------------


def test_a_new_run_is_mirrored_with_the_tags_it_was_launched_with(sandbox: Sandbox) -> None:
    run_id = start(sandbox, "Slow crawl", batch="7", customer="acme")
    start(sandbox, "Slow crawl")
    sandbox.advance(40)  # into the long wait: until it is over neither run changes
    assert calls_of(sandbox, tasks.refresh_newest).count("/v1/run-tags") == 1
    assert tags(Run.objects.get(pk=run_id)) == ["batch:7", "customer:acme"]
    assert "/v1/run-tags" not in calls_of(sandbox, tasks.refresh_newest)


def test_runs_that_ended_are_asked_for_their_tags_together(sandbox: Sandbox) -> None:
    ids = [start(sandbox, "Price feed") for _ in range(3)]
    tasks.refresh_newest()
    sandbox.advance(60)
    tasks.refresh_newest()
    for run_id in ids:
        connect().change_tags(run_id, add=[schema.Tag(value="late")])
    assert calls_of(sandbox, tasks.refresh_details).count("/v1/run-tags") == 1
    assert Tag.objects.filter(label="late").count() == 3


def test_the_walk_through_the_history_asks_once_a_page(sandbox: Sandbox) -> None:
    ids = [start(sandbox, "Price feed", customer="acme") for _ in range(3)]
    sandbox.advance(3600)
    assert calls_of(sandbox, tasks.walk_history) == ["/v1/workflows/runs", "/v1/run-tags"]
    assert set(Tag.objects.values_list("run_id", flat=True)) == set(ids)


def test_reading_one_run_reads_its_tags(sandbox: Sandbox, run: Run) -> None:
    connect().change_tags(run.run_id, add=[schema.Tag(value="vip")])
    tasks.refresh_run(run.run_id)
    assert tags(run) == ["vip"]


@pytest.mark.parametrize(
    ("kind", "options"), [("old_server", {}), ("status", {"code": 403}), ("status", {"code": 405})]
)
def test_a_server_without_tags_is_soon_left_alone(
    sandbox: Sandbox, kind: str, options: dict[str, int]
) -> None:
    path = "" if kind == "old_server" else "/run-tags"
    sandbox.fault(kind, path=path, times=None, **options)
    for seen in (1, 0):
        start(sandbox, "Price feed", customer="acme")
        assert calls_of(sandbox, tasks.refresh_newest).count("/v1/run-tags") == seen
    assert Run.objects.count() == 2
    feed = Feed.objects.get(pk="newest")
    assert (feed.failures, feed.error) == (0, "")


def test_trouble_with_tags_spoils_nothing_else(sandbox: Sandbox, run: Run) -> None:
    mirror.save_tags({run.run_id: ["vip"]})
    for kind, options in (("status", {"code": 500}), ("garbage", {}), ("drop", {})):
        sandbox.fault(kind, path="/run-tags", times=None, **options)
        start(sandbox, "Price feed")
        tasks.refresh_newest()
        tasks.refresh_run(run.run_id)
        sandbox.heal()
    assert Feed.objects.get(pk="newest").failures == 0
    assert Run.objects.count() == 4
    assert tags(run) == ["vip"]


# What people do --------------------------------------------------------------------------------


def test_tags_are_given_and_taken_upstream_and_here(
    run: Run, person: Callable[[str], User]
) -> None:
    actor = Actor(person("operator"), "operator")
    actions.tag_runs([run.run_id], add=["customer:acme", "vip"], actor=actor)
    actions.tag_runs([run.run_id], add=["customer:globex"], remove=["vip"], actor=actor)
    assert tags(run) == ["customer:globex"]
    upstream = [tag.label for tag in connect().tags(run.run_id) if not tag.is_system]
    assert upstream == ["customer:globex"]
    entry = Activity.objects.all()[0]
    assert (entry.verb, entry.target_id) == ("tagged", run.run_id)
    assert entry.detail == "Added customer:globex. Removed vip."


def test_a_tag_whose_key_has_another_value_by_now_is_not_removed(run: Run) -> None:
    actions.tag_runs([run.run_id], add=["customer:acme"], actor=SYSTEM)
    connect().change_tags(run.run_id, add=[schema.Tag(key="customer", value="globex")])
    actions.tag_runs([run.run_id], remove=["customer:acme"], actor=SYSTEM)
    assert tags(run) == ["customer:globex"]


def test_what_skyvern_set_itself_is_not_removed(run: Run, sandbox: Sandbox) -> None:
    actions.tag_runs([run.run_id], remove=["skyvern.status:completed"], actor=SYSTEM)
    assert posts(sandbox) == 0


def test_nothing_to_change_is_no_call(run: Run, sandbox: Sandbox) -> None:
    mirror.save_tags({run.run_id: ["vip"]})
    before = len(sandbox.calls)
    actions.tag_runs([run.run_id], actor=SYSTEM)
    assert len(sandbox.calls) == before
    assert tags(run) == ["vip"]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("", "key:value"),
        ("a b:c", "before the colon"),
        (":c", "before the colon"),
        ("k:", "has no value"),
        ("skyvern.x:1", "Only Skyvern"),
        ("a,b", "no tag can have"),
        ("a\nb", "no tag can have"),
        ("x" * 201, "200 characters"),
        ("k:*", "another meaning"),
        ("__other__", "another meaning"),
    ],
)
def test_a_label_out_of_form_is_refused_before_any_call(
    run: Run, sandbox: Sandbox, label: str, said: str
) -> None:
    with pytest.raises(errors.Rejected, match=said):
        actions.tag_runs([run.run_id], add=["fine", label], actor=SYSTEM)
    assert posts(sandbox) == 0
    assert Activity.objects.all()[0].result == "rejected"


@pytest.mark.parametrize("label", ["vip", "Größe L", "customer:acme", "time:12:30", " k : v "])
def test_a_label_that_is_accepted_here_is_accepted_upstream(run: Run, label: str) -> None:
    actions.tag_runs([run.run_id], add=[label], actor=SYSTEM)
    assert tags(run) == [labels.parsed(label).label]


def test_a_change_that_may_have_happened_is_recorded_as_unknown(run: Run, sandbox: Sandbox) -> None:
    sandbox.fault("drop", path="/tags")
    with pytest.raises(errors.Unknown):
        actions.tag_runs([run.run_id], add=["vip"], actor=SYSTEM)
    assert Activity.objects.all()[0].result == "unknown"
    assert posts(sandbox) == 1


def test_a_single_task_and_an_unknown_run_have_no_tags(run: Run, sandbox: Sandbox) -> None:
    with pytest.raises(errors.NotFound):
        actions.tag_runs(["wr_nope"], add=["vip"], actor=SYSTEM)
    now = run.created_at
    Run.objects.create(
        run_id="tsk_1", status="completed", created_at=now, seen_at=now, changed_at=now
    )
    with pytest.raises(errors.Rejected, match="Only a run of an agent"):
        actions.tag_runs(["tsk_1"], add=["vip"], actor=SYSTEM)
    assert posts(sandbox) == 0


def test_an_organization_without_tags_is_told_so(run: Run, sandbox: Sandbox) -> None:
    sandbox.fault("status", path="/tags", code=403)
    with pytest.raises(errors.Unsupported):
        actions.tag_runs([run.run_id], add=["vip"], actor=SYSTEM)
