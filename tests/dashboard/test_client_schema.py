"""Structs keep what they do not know, and survive what they did not expect."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.skyvern import answers, errors, schema

KINDS: list[type[schema.Upstream]] = [
    schema.Artifact,
    schema.BrowserProfile,
    schema.BrowserSession,
    schema.Folder,
    schema.Parameter,
    schema.Run,
    schema.RunListItem,
    schema.Schedule,
    schema.TagKey,
    schema.TimelineItem,
    schema.WebhookReplay,
    schema.Workflow,
    schema.WorkflowRun,
    schema.WorkflowRunDetail,
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.datetimes().map(datetime.isoformat),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def required(kind: type[schema.Upstream]) -> list[str]:
    return [each.encode_name for each in msgspec.structs.fields(kind) if each.required]


@st.composite
def hostile(draw: st.DrawFn) -> tuple[type[schema.Upstream], dict[str, Any]]:
    """A kind, and an object with its id, with anything in its other fields and in new ones."""
    kind = draw(st.sampled_from(KINDS))
    names = [each.encode_name for each in msgspec.structs.fields(kind)]
    sent = draw(st.dictionaries(st.sampled_from(names) | st.text(), JSON, max_size=10))
    return kind, {**sent, **{name: draw(st.text()) for name in required(kind)}}


@given(hostile())
def test_no_odd_field_hides_an_object_that_has_its_id(
    sent: tuple[type[schema.Upstream], dict[str, Any]],
) -> None:
    kind, body = sent
    found = schema.read(kind, body)
    assert found.raw == body
    for name in required(kind):
        assert getattr(found, name) == body[name]
    for name in found.__struct_fields__:
        value = getattr(found, name)
        if isinstance(value, datetime):
            assert value.tzinfo is UTC


@given(st.text(), st.dictionaries(st.text(min_size=1).map(lambda text: f"new_{text}"), JSON))
def test_unknown_fields_and_statuses_survive(status: str, unknown: dict[str, Any]) -> None:
    body = {"workflow_run_id": "wr_1", "status": status, "trigger_type": status, **unknown}
    run = schema.read(schema.WorkflowRun, body)
    assert (run.status, run.trigger_type) == (status, status)
    assert {name: run.raw[name] for name in unknown} == unknown


@given(JSON)
def test_any_answer_is_a_list_of_rows_or_unavailable(found: object) -> None:
    try:
        rows = answers.rows(schema.RunListItem, found)
    except errors.Unavailable:
        assert not isinstance(found, list)
    else:
        assert isinstance(found, list)
        assert len(rows) <= len(found)


@given(st.datetimes(), st.none() | st.integers(-23, 23))
def test_every_time_is_utc_and_without_a_zone_means_utc(at: datetime, hours: int | None) -> None:
    aware = at if hours is None else at.replace(tzinfo=timezone(timedelta(hours=hours)))
    run = schema.read(schema.Run, {"run_id": "wr_1", "created_at": aware.isoformat()})
    if run.created_at is None:  # before the year 1, or after 9999, in UTC
        assert at.year in (1, 9999)
    else:
        assert run.created_at.tzinfo is UTC
        assert run.created_at == (aware.replace(tzinfo=UTC) if hours is None else aware)


@pytest.mark.parametrize("body", [None, [], "x", 3, {}, {"run_id": None}, {"run_id": 3}])
def test_what_has_no_id_is_refused(body: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        schema.read(schema.Run, body)


def test_an_odd_field_counts_as_not_sent_and_the_others_stay() -> None:
    body = {"run_id": "wr_1", "status": None, "attempt": "many", "output": {"a": math.pi}}
    run = schema.read(schema.Run, body)
    assert (run.status, run.attempt, run.output) == ("unknown", None, {"a": math.pi})


def test_a_schedule_inside_an_answer_keeps_its_raw_and_its_times_are_utc() -> None:
    body = {
        "schedule": {"workflow_schedule_id": "wfs_1", "new": 1, "run_at": "2026-01-01T00:00:00"},
        "next_runs": ["2026-01-01T09:00:00+02:00"],
    }
    detail = schema.read(schema.ScheduleDetail, body)
    assert detail.schedule.raw == body["schedule"]
    assert detail.schedule.run_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert detail.next_runs == [datetime(2026, 1, 1, 7, tzinfo=UTC)]
    assert detail.next_runs[0].tzinfo is UTC


def test_a_request_sends_what_was_set_and_nothing_else() -> None:
    assert schema.RunRequest(workflow_id="wpid_1").body() == {"workflow_id": "wpid_1"}
    inherited = schema.RunRequest(workflow_id="wpid_1", proxy_location=None, ai_fallback=False)
    assert inherited.body() == {
        "workflow_id": "wpid_1",
        "proxy_location": None,
        "ai_fallback": False,
    }


def test_a_one_time_schedule_is_sent_with_its_offset() -> None:
    at = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=2)))
    body = schema.ScheduleRequest(timezone="UTC", run_at=at, enabled=True).body()
    assert body == {"timezone": "UTC", "run_at": "2026-01-01T09:00:00+02:00", "enabled": True}
