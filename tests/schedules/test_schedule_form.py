"""Making a schedule: sent once, nothing typed is lost, and what is refused is said."""

from dashboard.sandbox import Sandbox
from schedules.models import Schedule
from tests.conftest import Browse
from tests.schedules.conftest import Agent, Mirror
from tests.schedules.pages import Typed, Upstream, by_name, page, told


def test_an_agent_is_chosen_first(mirror: Mirror, browse: Browse) -> None:
    client = browse("team_admin")
    assert "Slow crawl" in page(client, "/schedules/new/")
    found = page(client, "/schedules/new/?q=slow")
    assert "Slow crawl" in found
    assert "Stock watch" not in found
    assert client.get("/schedules/new/?agent=wpid_gone").status_code == 404
    assert client.get("/schedules/new/?agent=%00").status_code == 404


def test_a_schedule_is_created_by_a_plain_post(
    agent: Agent, browse: Browse, typed: Typed, upstream: Upstream
) -> None:
    client = browse("team_admin")
    answer = client.post("/schedules/new/", typed(agent("Slow crawl")))
    schedule = by_name("Every morning")
    assert answer["Location"] == schedule.get_absolute_url()
    theirs = upstream(schedule)
    assert (theirs.cron_expression, theirs.timezone) == ("0 9 * * 1-5", "Europe/Berlin")


def test_a_double_press_makes_one_schedule(agent: Agent, browse: Browse, typed: Typed) -> None:
    client, sent = browse("team_admin"), typed(agent("Slow crawl"))
    places = {client.post("/schedules/new/", sent)["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Schedule.objects.filter(name="Every morning").count() == 1


def test_bad_input_keeps_everything_typed_and_reaches_nobody(
    agent: Agent, browse: Browse, typed: Typed, sandbox: Sandbox
) -> None:
    workflow = agent("Every parameter type")
    sent = typed(workflow, cron="61 * * * *", name="<b>kept</b>", p2="1.9", p5="{not json")
    before = len(sandbox.calls)
    answer = browse("team_admin").post("/schedules/new/", sent)
    assert answer.status_code == 422
    assert not [call for call in sandbox.calls[before:] if call[0] == "POST"]
    form, parameters = answer.context["form"], answer.context["parameters"]
    assert "“61” is no minute" in form.errors["cron"].as_text()
    assert {"p1", "p2", "p5"} <= set(parameters.errors)
    assert parameters["p2"].value() == "1.9"
    assert form["name"].value() == "<b>kept</b>"
    assert b"<b>kept</b>" not in answer.content


def test_what_upstream_refuses_is_shown_in_the_form(
    agent: Agent, browse: Browse, typed: Typed, sandbox: Sandbox
) -> None:
    client = browse("team_admin")
    for code, words in ((409, "409"), (501, ""), (503, "")):
        sandbox.fault("status", code=code, path="/schedules")
        answer = client.post("/schedules/new/", typed(agent("Slow crawl")))
        assert answer.status_code == 422
        assert answer.context["form"].non_field_errors(), code
        assert answer.context["form"]["name"].value() == "Every morning"
        assert words in str(answer.context["form"].errors) or code == 409
        assert ("Delete a schedule that is no longer needed" in told(answer)) == (code == 409)
    assert not Schedule.objects.filter(name="Every morning").exists()


def test_an_interval_and_a_one_time_schedule_can_be_made(
    agent: Agent, browse: Browse, typed: Typed, upstream: Upstream
) -> None:
    client = browse("team_admin")
    client.post(
        "/schedules/new/",
        typed(agent("Slow crawl"), kind="interval", every="90", unit="minutes", name="i"),
    )
    assert upstream(by_name("i")).interval_seconds == 5400
    client.post(
        "/schedules/new/",
        typed(agent("Slow crawl"), kind="once", run_at="2099-06-01T09:00:00", name="o"),
    )
    assert upstream(by_name("o")).run_at.isoformat() == "2099-06-01T07:00:00+00:00"


def test_an_old_server_says_that_it_knows_cron_only(
    agent: Agent, browse: Browse, typed: Typed, sandbox: Sandbox
) -> None:
    workflow = agent("Slow crawl")
    sandbox.fault("old_server", times=None)
    sent = typed(workflow, kind="interval", every="2", unit="hours")
    answer = browse("team_admin").post("/schedules/new/", sent)
    assert "knows only cron schedules" in answer.context["form"].errors["kind"].as_text()
