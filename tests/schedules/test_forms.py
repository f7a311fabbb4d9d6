"""What is typed is taken strictly, and what is wrong is said at its field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import QueryDict

from runs.models import Workflow
from runs.parameters import ParametersForm
from schedules.forms import ScheduleForm, TimingForm, chosen_values, form_of
from schedules.models import Schedule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def timing(**typed: Any) -> TimingForm:
    return TimingForm({"kind": "cron", "timezone": "America/New_York", **typed})


@pytest.fixture(autouse=True)
def _first_of_march() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"cron": ""}, "cron", "Type a cron expression"),
        ({"cron": "61 * * * *"}, "cron", "“61” is no minute"),
        ({"cron": "* * * * *"}, "cron", "only 1 minute apart"),
        ({"cron": "0 9 31 2 *"}, "cron", "never fires"),
        ({"cron": "0 9 * * *", "timezone": "Mars/Base"}, "timezone", "no time zone “Mars/Base”"),
        ({"cron": "0 9 * * *", "timezone": ""}, "timezone", "Name the time zone"),
        ({"kind": "interval"}, "every", "Give a whole number"),
        ({"kind": "interval", "every": "4", "unit": "minutes"}, "every", "at least 5 minutes"),
        ({"kind": "interval", "every": "1.5", "unit": "hours"}, "every", "whole number"),
        ({"kind": "interval", "every": "99999", "unit": "days"}, "every", "68 years"),
        ({"kind": "once"}, "run_at", "Say when"),
        ({"kind": "once", "run_at": "soon"}, "run_at", "Write it as"),
        ({"kind": "once", "run_at": "2026-03-01T07:00"}, "run_at", "at least a minute ahead"),
        ({"kind": "once", "run_at": "2026-03-08T02:30"}, "run_at", "clocks skip that time"),
        ({"kind": "once", "run_at": "2026-03-08T02:30Z"}, "run_at", "Leave the offset out"),
        ({"kind": "hourly"}, "kind", "valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    typed: dict[str, str], field: str, sentence: str
) -> None:
    form = timing(**typed)
    assert not form.is_valid()
    assert sentence in form.errors[field].as_text()
    assert set(form.errors) == {field}


def test_what_was_typed_for_another_kind_is_never_wrong() -> None:
    form = timing(cron="0 9 * * *", every="lots", run_at="soon", first_fire_at="?")
    assert form.is_valid()
    assert form["every"].value() == "lots"
    assert form.timing().interval_seconds is None


def test_a_local_time_is_sent_as_the_instant_it_is_in_its_zone() -> None:
    form = timing(kind="once", run_at="2026-03-08T03:30")
    assert form.is_valid()
    assert form.timing().run_at == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_a_request_holds_every_field_and_only_one_trigger() -> None:
    form = ScheduleForm(
        {
            "kind": "cron",
            "cron": "@daily",
            "timezone": "utc",
            "every": "7",
            "name": " Nightly ",
            "description": "why",
            "enabled": "on",
        }
    )
    assert form.is_valid()
    assert form.request({"n": 1}).body() == {
        "timezone": "UTC",
        "cron_expression": "0 0 * * *",
        "enabled": True,
        "parameters": {"n": 1},
        "name": "Nightly",
        "description": "why",
    }


def saved(**given: Any) -> Schedule:
    return Schedule(schedule_id="wfs_1", timezone="Europe/Berlin", name="x", **given)


def sent_back(schedule: Schedule, **typed: str) -> ScheduleForm:
    """The edit form as a browser sends it when only `typed` was changed."""
    shown = {field.name: field.value() for field in form_of(schedule)}
    data = QueryDict(mutable=True)
    data.update(
        {name: "on" if value is True else str(value or "") for name, value in shown.items()}
    )
    data.update(typed)
    return form_of(schedule, data)


def test_an_interval_that_has_begun_can_be_edited_without_moving_its_anchor() -> None:
    anchor = NOW - timedelta(days=3, seconds=17)
    form = sent_back(
        saved(kind="interval", interval_seconds=5400, first_fire_at=anchor), every="30"
    )
    assert form["every"].initial == 90
    assert form.is_valid(), form.errors
    body = form.request({}).body()
    assert (body["interval_seconds"], form.timing().first_fire_at) == (1800, anchor)


def test_a_time_in_the_repeated_hour_survives_an_edit_of_the_name() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, the second time
    form = sent_back(saved(kind="once", run_at=second), name="y")
    assert form.is_valid(), form.errors
    assert form.timing().run_at == second


def test_a_one_time_schedule_can_not_become_a_recurring_one() -> None:
    form = sent_back(
        saved(kind="once", run_at=NOW + timedelta(days=1)), kind="cron", cron="0 9 * * *"
    )
    assert not form.is_valid()
    assert "kind" in form.errors


def test_an_untouched_default_is_not_pinned_but_a_stored_one_stays() -> None:
    workflow = Workflow(
        parameters=[
            {"key": "a", "type": "integer", "default_value": 3},
            {"key": "b", "type": "integer", "default_value": 4},
            {"key": "c", "type": "string", "default_value": None},
        ]
    )
    data = QueryDict("p0=3&p1=4&p2=hello")
    form = ParametersForm(workflow.parameters, data)
    assert form.is_valid()
    assert chosen_values(form, {"b": 4}) == {"b": 4, "c": "hello"}
