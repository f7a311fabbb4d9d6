"""The launch form: what it shows, refuses and starts, and nothing typed is ever lost."""

from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from dashboard.connect import connect
from dashboard.models import Activity
from dashboard.sandbox import Sandbox
from runs.models import Launch, Run, RunDetail, Workflow
from runs.tasks import refresh_live
from runs.tasks.launches import NOT_FOUND
from tests.conftest import Browse
from tests.runs.launching import nonce_in, starts, typed, url

pytestmark = pytest.mark.django_db


def test_a_launch_goes_to_its_run_and_leaves_a_trace(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    data = typed(extra_http_headers="X-Key: s3cret")
    answer = browse("operator").post(url(every_type), data)
    launch = Launch.objects.get()
    run = Run.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == run.get_absolute_url()
    assert (launch.state, launch.run_id) == (Launch.State.LAUNCHED, run.run_id)
    assert launch.user is not None
    assert launch.user.username == "operator"
    assert "s3cret" not in str(launch.request)
    activity = Activity.objects.get()
    assert (activity.verb, activity.result) == ("launched", Activity.Result.OK)
    assert run.run_id in activity.detail
    echoed = connect().run(run.run_id).run_request
    assert echoed is not None
    sent = echoed["parameters"]
    assert sent["customer"] == "Ada & <Co>"
    assert (sent["quantity"], sent["unit_price"], sent["express"]) == (4, 2.5, True)
    assert sent["lines"] == [{"sku": "A"}]


def test_a_launched_run_is_known_by_who_launched_it(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    client.post(url(every_type), typed())
    run = Run.objects.get()
    assert run.launched_by is not None
    assert run.launched_by.username == "operator"
    sandbox.advance(60)
    refresh_live()
    run.refresh_from_db()
    assert run.is_final
    listed = f"{reverse('runs:run_list')}?cols=person&by="
    html = client.get(f"{listed}{run.launched_by.pk}").text
    assert run.run_id in html
    assert ">operator</td>" in html
    assert run.run_id not in client.get(f"{listed}{run.launched_by.pk + 1}").text


def test_the_form_shows_the_parameters_in_order_with_their_defaults(
    every_type: Workflow, browse: Browse
) -> None:
    html = browse("operator").get(url(every_type)).content.decode()
    keys = [parameter["key"] for parameter in every_type.parameters]
    places = [html.index(f'<label for="id_p{n}">{key}') for n, key in enumerate(keys)]
    assert places == sorted(places)
    assert ">\nHello</textarea>" in html
    assert '<option value="false" selected>False (default)</option>' in html
    assert "Launch Every parameter type" in html


def test_wrong_values_are_shown_at_their_fields_and_nothing_typed_is_lost(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    data = typed(p1="Müller", p2="1.9", p5="{bad", webhook_url="nowhere", city="<i>Köln")
    answer = browse("operator").post(url(every_type), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert starts(sandbox) == 0
    assert not Launch.objects.exists()
    for kept in ("Müller", 'value="1.9"', "{bad", 'value="nowhere"', "&lt;i&gt;Köln"):
        assert kept in html
    form = answer.context["form"]
    assert set(form.errors) == {"p2", "p5", "webhook_url", "country"}
    assert html.count('href="#id_p2"') == 1
    assert html.count('<details class="topic" open') == 2


def test_skyverns_refusal_is_shown_at_the_field_it_names_and_the_form_can_be_sent_again(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    data = typed(p7="cred_nope", browser_profile_id="")
    sandbox.fault("status", path="/v1/credentials", code=500, times=None)
    answer = client.post(url(every_type), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"p7"}
    assert "Ada &amp; &lt;Co&gt;" in html
    assert Launch.objects.get().state == Launch.State.REJECTED
    assert Activity.objects.get().result == Activity.Result.REJECTED
    again = client.post(url(every_type), data | {"p7": "", "nonce": nonce_in(html)})
    assert again.status_code == 302
    assert Run.objects.count() == 1


def test_when_nothing_was_started_the_form_stays_and_says_so(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client, data = browse("operator"), typed()
    sandbox.fault("status", path="/v1/run/agents", code=429)
    answer = client.post(url(every_type), data)
    html = answer.content.decode()
    assert answer.status_code == 503
    assert "Nothing was started" in html
    assert Launch.objects.get().state == Launch.State.REJECTED
    assert client.post(url(every_type), data | {"nonce": nonce_in(html)}).status_code == 302


@pytest.mark.parametrize("nonce", ["", "x", "0"])
def test_a_form_without_a_proper_nonce_starts_nothing_and_gets_one(
    sandbox: Sandbox, every_type: Workflow, browse: Browse, nonce: str
) -> None:
    answer = browse("operator").post(url(every_type), typed(nonce=nonce))
    assert answer.status_code == 422
    assert starts(sandbox) == 0
    assert UUID(nonce_in(answer.content.decode()))


@pytest.mark.parametrize("role", ["support", "nobody"])
def test_who_may_not_launch_sees_no_form_and_starts_nothing(
    sandbox: Sandbox, every_type: Workflow, browse: Browse, role: str
) -> None:
    client = browse(role)
    assert client.get(url(every_type)).status_code == 403
    assert client.post(url(every_type), typed()).status_code == 403
    assert client.get(reverse("runs:launch_state", args=[uuid4()])).status_code == 403
    assert starts(sandbox) == 0


def test_an_agent_that_is_gone_says_so_and_keeps_what_was_typed(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    Workflow.objects.filter(pk=every_type.pk).update(deleted_at=timezone.now())
    page = client.get(url(every_type)).content.decode()
    assert "cannot be launched" in page
    assert '<button class="btn primary"' not in page
    answer = client.post(url(every_type), typed())
    assert answer.status_code == 422
    assert "Ada &amp; &lt;Co&gt;" in answer.content.decode()
    assert starts(sandbox) == 0
    assert client.get(reverse("runs:launch", args=["wpid_none"])).status_code == 404


def test_a_deleted_agent_upstream_is_a_refusal_on_top(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    gone = Workflow.objects.create(wpid="wpid_gone", title="Gone", seen_at=timezone.now())
    answer = browse("operator").post(url(gone), {"nonce": str(uuid4())})
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()


def test_start_from_a_run_takes_what_skydeck_sent_else_what_skyvern_tells(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    client.post(url(every_type), typed(p2="77", max_elapsed_time_minutes="9"))
    run = Run.objects.get()
    page = client.get(f"{url(every_type)}?from={run.pk}").content.decode()
    assert 'value="77"' in page
    assert 'value="9"' in page
    Launch.objects.all().delete()
    unknown = client.get(f"{url(every_type)}?from={run.pk}").content.decode()
    assert "not known here yet" in unknown
    RunDetail.objects.create(
        run=run, parameters={"quantity": 88, "old": 1}, fetched_at=timezone.now()
    )
    read = client.get(f"{url(every_type)}?from={run.pk}").content.decode()
    assert 'value="88"' in read
    assert "No longer asked for, so left out: old" in read
    for other in ("wr_none", "a\0b", "x" * 300):
        odd = client.get(url(every_type), {"from": other})
        assert "There is no run" in odd.content.decode()


def test_start_from_a_retry_takes_the_options_of_the_run_before_it(
    every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    client.post(url(every_type), typed(max_elapsed_time_minutes="9", run_metadata="a: b"))
    first = Run.objects.get()
    retry = Run.objects.get(pk=first.pk)
    retry.pk, retry.place = "wr_retry", (first.place or 0) + 1
    retry.save(force_insert=True)
    Launch.objects.create(
        workflow=every_type, request={"retry_of": first.pk}, run_id=retry.pk, state="launched"
    )
    html = client.get(f"{url(every_type)}?from={retry.pk}").content.decode()
    assert 'value="9"' in html
    assert "a: b" in html


def test_a_launch_that_was_not_found_can_be_sent_again_with_the_risk_said(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    sandbox.fault("drop", path="/v1/run/agents")
    state = client.post(url(every_type), typed(p2="77", webhook_url=""))["Location"]
    assert "Launch again" not in client.get(state).content.decode()
    Launch.objects.update(error=NOT_FOUND)
    page = client.get(state).content.decode()
    assert "Launch again" in page
    assert "there will be two runs" in page
    again = f"{url(every_type)}?again={Launch.objects.get().pk}"
    assert again in page
    html = client.get(again).content.decode()
    assert "This may become a second run." in html
    assert 'value="77"' in html


def test_names_to_choose_from_that_skyvern_does_not_tell_are_no_obstacle(
    sandbox: Sandbox, every_type: Workflow, browse: Browse
) -> None:
    client = browse("operator")
    sandbox.fault("status", code=503, path="/v1/browser", times=None)
    sandbox.fault("status", code=503, path="/v1/credentials", times=None)
    html = client.get(url(every_type)).content.decode()
    assert html.count("does not list them at the moment") == 2
    assert "<datalist" not in html
    sandbox.heal()
    cache.clear()
    listed = client.get(url(every_type)).content.decode()
    assert listed.count("<datalist") == 3
    assert 'label="Northwind, signed in"' in listed


def test_a_hostile_agent_is_shown_escaped(agents: dict[str, Workflow], browse: Browse) -> None:
    evil = '"><img src=x onerror=alert(1)>'
    parameter = {"key": evil, "type": evil, "description": evil, "default_value": evil}
    workflow = Workflow.objects.create(
        wpid="wpid_evil",
        title=evil,
        description=evil,
        parameters=[parameter],
        seen_at=timezone.now(),
    )
    client = browse("operator")
    for page in (url(workflow), workflow.get_absolute_url(), reverse("runs:agent_list")):
        assert "<img src=x" not in client.get(page).content.decode()
    assert "<img src=x" not in client.post(url(workflow), {"nonce": "x"}).content.decode()
