"""Two people change a schedule at once: nothing is overwritten, the person merges."""

from typing import Any

import pytest
from django.test import Client

from dashboard.connect import connect
from dashboard.sandbox import Sandbox
from dashboard.skyvern.schema import ScheduleRequest
from schedules.models import Schedule
from tests.conftest import Browse
from tests.schedules.conftest import Mirror
from tests.schedules.pages import Upstream, as_shown, by_name, edit_url, pressed, told


def changed_elsewhere(schedule: Schedule, **given: Any) -> None:
    """As another one does it in Skyvern; what is not given stays."""
    now = connect().schedule(schedule.workflow_id, schedule.pk).schedule
    kept = {
        "cron_expression": now.cron_expression,
        "run_at": now.run_at,
        "timezone": now.timezone,
        "name": now.name,
        "description": now.description or "",
        "parameters": now.parameters or {},
        "enabled": now.enabled,
    }
    told = {name: value for name, value in (kept | given).items() if value is not None}
    request = ScheduleRequest(**told)
    connect().update_schedule(schedule.workflow_id, schedule.pk, request)


def saving(client: Client, schedule: Schedule, **typed: str) -> tuple[Any, Any]:
    """The review of an edit, which somebody else's change is to overtake."""
    review = client.post(edit_url(schedule), as_shown(client, schedule, **typed))
    return review, lambda answer, **button: pressed(client, edit_url(schedule), answer, **button)


def test_changes_of_two_to_different_fields_are_both_kept(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    review, press = saving(client, schedule, name="Mine")
    changed_elsewhere(schedule, cron_expression="0 1 * * *", description="theirs")
    conflict = press(review, confirm="1")
    assert conflict.status_code == 409
    assert "changed elsewhere while you were editing" in told(conflict)
    verdicts = {line.label: line.verdict for line in conflict.context["lines"]}
    assert verdicts == {"Fires": "theirs", "Description": "theirs", "Name": "mine"}
    assert upstream(schedule).name == "Invoices on weekdays"
    merged = press(conflict, merge=conflict.context["theirs_version"])
    assert [change.label for change in merged.context["changes"]] == ["Name"]
    assert press(merged, confirm="1").status_code == 302
    now = upstream(schedule)
    assert (now.name, now.cron_expression, now.description) == ("Mine", "0 1 * * *", "theirs")
    assert (now.parameters or {}) == schedule.parameters


@pytest.mark.parametrize(("keep", "name"), [("theirs", "Theirs"), ("mine", "Mine")])
def test_where_both_changed_a_field_the_person_says_whose_stays(
    mirror: Mirror, browse: Browse, upstream: Upstream, keep: str, name: str
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    review, press = saving(client, schedule, name="Mine", description="and this")
    changed_elsewhere(schedule, name="Theirs")
    conflict = press(review, confirm="1")
    [clash] = [line for line in conflict.context["lines"] if line.verdict == "clash"]
    assert (clash.opened, clash.theirs, clash.mine) == ("Invoices on weekdays", "Theirs", "Mine")
    again = press(conflict, merge=conflict.context["theirs_version"])
    assert again.status_code == 409
    assert "whose is to stay" in told(again)
    chosen = {f"keep-{clash.field}": keep, "merge": again.context["theirs_version"]}
    merged = press(again, **chosen)
    assert merged.status_code == 200
    press(merged, confirm="1")
    assert (upstream(schedule).name, upstream(schedule).description) == (name, "and this")


def test_parameters_are_merged_key_by_key(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Order for the trade fair")
    review, press = saving(client, schedule, name="Mine")
    changed_elsewhere(schedule, parameters={"customer": "theirs"})
    conflict = press(review, confirm="1")
    merged = press(conflict, merge=conflict.context["theirs_version"])
    press(merged, confirm="1")
    now = upstream(schedule)
    assert (now.name, now.parameters) == ("Mine", {"customer": "theirs"})


def test_a_change_that_the_mirror_knows_already_is_told_before_the_review(
    mirror: Mirror, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    sent = as_shown(client, schedule, name="Mine")
    changed_elsewhere(schedule, name="Theirs")
    mirror()
    assert client.post(edit_url(schedule), sent).status_code == 409


def test_a_third_change_in_between_is_told_too(mirror: Mirror, browse: Browse) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    review, press = saving(client, schedule, name="Mine")
    changed_elsewhere(schedule, name="Theirs")
    conflict = press(review, confirm="1")
    changed_elsewhere(schedule, name="And theirs")
    mirror()
    chosen = {"keep-name": "mine", "merge": conflict.context["theirs_version"]}
    again = press(conflict, **chosen)
    assert again.status_code == 409
    assert {line.theirs for line in again.context["lines"]} == {"And theirs"}


def test_a_pause_and_resume_in_between_is_no_conflict(
    mirror: Mirror, browse: Browse, upstream: Upstream
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    review, press = saving(client, schedule, name="Mine")
    connect().disable_schedule(schedule.workflow_id, schedule.pk)
    connect().enable_schedule(schedule.workflow_id, schedule.pk)
    again = press(review, confirm="1")
    assert again.status_code == 200
    assert press(again, confirm="1").status_code == 302
    assert upstream(schedule).name == "Mine"


def test_what_was_opened_is_only_believed_where_it_can_be_read(
    mirror: Mirror, browse: Browse
) -> None:
    client, schedule = browse("team_admin"), by_name("Invoices on weekdays")
    for opened in ("", "{", "[]", '{"when": 1}', "[" * 5000):
        sent = as_shown(client, schedule, name="Mine", opened=opened, version="2020-01-01T00:00")
        answer = client.post(edit_url(schedule), sent)
        assert answer.status_code == 409
        assert {line.verdict for line in answer.context["lines"]} == {"clash"}


# What is wrong ----------------------------------------------------------------------------------


def test_a_refused_edit_still_knows_which_version_it_began_with(
    mirror: Mirror, browse: Browse, sandbox: Sandbox
) -> None:
    client, schedule = browse("team_admin"), Schedule.objects.present().filter(kind="cron")[0]
    review, press = saving(client, schedule, name="Another name")
    version = review.context["version"]
    sandbox.fault("status", code=400, path="/schedules")
    answer = press(review, confirm="1")
    assert (answer.status_code, answer.context["version"]) == (422, version)
    assert answer.context["form"]["name"].value() == "Another name"
