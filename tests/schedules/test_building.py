"""The builder and the expression say the same, both ways; and one of them leads."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules import cron
from schedules.cron.building import HOUR_STEPS, MINUTE_STEPS, PLACES
from schedules.forms import TimingForm

FROM = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
HORIZON = timedelta(days=400)
ats = st.times().map(lambda at: time(at.hour, at.minute))
weekdays = st.integers(0, 6)


@st.composite
def plans(draw: st.DrawFn) -> cron.Plan:
    rhythm = draw(st.sampled_from(cron.Rhythm))
    match rhythm:
        case cron.Rhythm.MINUTES:
            return cron.Plan(rhythm, step=draw(st.sampled_from(MINUTE_STEPS)))
        case cron.Rhythm.HOURS:
            step, minute = draw(st.sampled_from(HOUR_STEPS)), draw(st.integers(0, 59))
            return cron.Plan(rhythm, step=step, minute=minute)
        case cron.Rhythm.WEEKLY:
            days = draw(st.frozensets(weekdays, min_size=1, max_size=6))
            return cron.Plan(rhythm, at=draw(ats), days=days)
        case cron.Rhythm.MONTHLY:
            return cron.Plan(rhythm, at=draw(ats), day=draw(st.integers(1, 31)))
        case cron.Rhythm.NTH:
            place = draw(st.sampled_from(PLACES))
            return cron.Plan(rhythm, at=draw(ats), place=place, weekday=draw(weekdays))
    return cron.Plan(rhythm, at=draw(ats))


def meant(plan: cron.Plan, at: datetime) -> bool:
    """Whether it fires in that minute, said in another way than by an expression."""
    match plan.rhythm:
        case cron.Rhythm.MINUTES:
            return at.minute % plan.step == 0
        case cron.Rhythm.HOURS:
            return at.minute == plan.minute and at.hour % plan.step == 0
    return at.time() == plan.at and on_day(plan, at.date())


def on_day(plan: cron.Plan, day: date) -> bool:
    last = monthrange(day.year, day.month)[1]
    sunday_first = (day.weekday() + 1) % 7
    match plan.rhythm:
        case cron.Rhythm.WEEKDAYS:
            return day.weekday() < 5
        case cron.Rhythm.WEEKLY:
            return sunday_first in plan.days
        case cron.Rhythm.MONTHLY:
            return day.day == plan.day
        case cron.Rhythm.LAST_DAY:
            return day.day == last
        case cron.Rhythm.NTH:
            ends = day.day > last - 7
            right = ends if plan.place == "l" else str((day.day - 1) // 7 + 1) == plan.place
            return sunday_first == plan.weekday and right
    return True


def minutes(plan: cron.Plan) -> list[datetime]:
    """Those of its fires that come first, found by looking at each minute, or at one a day."""
    step = timedelta(minutes=1)
    at = FROM + step
    if plan.rhythm not in (cron.Rhythm.MINUTES, cron.Rhythm.HOURS):
        step, at = timedelta(days=1), datetime.combine(FROM.date(), plan.at, UTC)
        at += step if at <= FROM else timedelta(0)
    span = timedelta(days=2) if step < timedelta(hours=1) else HORIZON
    found = (at + step * n for n in range(span // step))
    return list(islice((at for at in found if meant(plan, at.replace(tzinfo=None))), 12))


@given(plans())
def test_what_is_built_is_read_back_as_it_was(plan: cron.Plan) -> None:
    assert cron.plan_of(plan.expression) == plan


@given(plans())
def test_an_expression_means_what_was_built(plan: cron.Plan) -> None:
    expected = minutes(plan)
    pattern = cron.parse(plan.expression)
    assert list(islice(cron.times(pattern, ZoneInfo("UTC"), FROM), len(expected))) == expected
    assert expected


@pytest.mark.parametrize(
    ("expression", "rhythm"),
    [
        ("@daily", cron.Rhythm.DAILY),
        ("0 9 * * MON-FRI", cron.Rhythm.WEEKDAYS),
        ("0 9 * * 1,2,3,4,5", cron.Rhythm.WEEKLY),
        ("0 9 * * 7", cron.Rhythm.WEEKLY),
        ("0 9 * * 0-6", cron.Rhythm.DAILY),
        ("0 9 ? * 1", cron.Rhythm.WEEKLY),
        ("0,20,40 * * * *", cron.Rhythm.MINUTES),
        ("30 0/6 * * *", cron.Rhythm.HOURS),
        ("0 9 * * L5", cron.Rhythm.NTH),
        ("0 9,17 * * *", None),
        ("5,20,35,50 * * * *", None),
        ("0 1-23/2 * * *", None),
        ("0 9 1,15 * *", None),
        ("0 9 1 1 *", None),
        ("0 9 13 * 5", None),
        ("0 9 * * 1#1,1#3", None),
        ("not cron", None),
    ],
)
def test_what_the_builder_can_not_say_is_custom(
    expression: str, rhythm: cron.Rhythm | None
) -> None:
    plan = cron.plan_of(expression)
    assert (plan.rhythm if plan else None) == rhythm


def form(**typed: Any) -> TimingForm:
    made = TimingForm({"kind": "cron", "timezone": "UTC", **typed})
    made.is_valid()
    return made


WEEKLY = {"rhythm": "weekly", "days": ["5", "1"], "at": "18:30"}


def test_the_field_follows_the_builder_where_that_was_chosen() -> None:
    made = form(by="built", cron="0 9 * * *", **WEEKLY)
    assert made.errors == {}
    assert made["cron"].value() == "30 18 * * 1,5"
    assert made.timing().expression == "30 18 * * 1,5"


def test_the_builder_follows_what_is_written() -> None:
    made = form(by="typed", cron="15 7 * * 1#2", **WEEKLY)
    assert made.timing().expression == "15 7 * * 1#2"
    shown = {name: made[name].value() for name in ("rhythm", "place", "weekday", "at")}
    assert shown == {"rhythm": "nth", "place": "2", "weekday": "1", "at": "07:15"}
    assert form(by="typed", cron="0 9,17 * * *")["rhythm"].value() == "custom"


@pytest.mark.parametrize(
    ("by", "written", "leads"),
    [
        ("typed", "0 9 * * *", "30 18 * * 1,5"),  # only the builder was touched
        ("built", "0 9 * * *", "30 18 * * 1,5"),
        ("typed", "0 8 * * *", "0 8 * * *"),  # both were: the choice counts
        ("built", "0 8 * * *", "30 18 * * 1,5"),
    ],
)
def test_without_scripts_what_was_touched_leads(by: str, written: str, leads: str) -> None:
    assert form(by=by, was="0 9 * * *", cron=written, **WEEKLY).timing().expression == leads


def test_a_builder_that_was_not_touched_does_not_undo_what_is_written() -> None:
    made = form(by="built", was="0 9 * * *", cron="0 8 * * *", rhythm="daily", at="09:00")
    assert made.timing().expression == "0 8 * * *"


@pytest.mark.parametrize(
    ("built", "field", "sentence"),
    [
        ({"rhythm": "weekly", "at": "09:00"}, "days", "Choose a day"),
        ({"rhythm": "weekly", "days": ["8"], "at": "09:00"}, "days", "valid choice"),
        ({"rhythm": "daily", "at": ""}, "at", "Give a time"),
        ({"rhythm": "daily", "at": "25:00"}, "at", "Write it as 09:30"),
        ({"rhythm": "hours", "hour_step": "5", "minute": "0"}, "hour_step", "valid choice"),
        ({"rhythm": "hours", "hour_step": "2", "minute": "60"}, "minute", "59"),
        ({"rhythm": "monthly", "day": "0", "at": "09:00"}, "day", "1"),
        ({"rhythm": "monthly", "day": "", "at": "09:00"}, "day", "Give a day"),
        ({"rhythm": "fortnightly"}, "rhythm", "valid choice"),
    ],
)
def test_what_the_builder_lacks_is_said_at_its_field_alone(
    built: dict[str, Any], field: str, sentence: str
) -> None:
    made = form(by="built", cron="", **built)
    assert set(made.errors) == {field}
    assert sentence in made.errors[field].as_text()


def test_a_builder_that_does_not_lead_is_never_wrong() -> None:
    assert form(by="typed", cron="0 9 * * *", rhythm="x", at="?", minute="?").errors == {}
    assert form(kind="interval", every="2", unit="hours", by="built", rhythm="x").errors == {}
