"""Many launches from a file: nothing typed is lost on the way, and a file is one job."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.sandbox import Sandbox
from runs.models import Job, Workflow
from tests.conftest import Browse
from tests.runs.launching import nonce_in, starts

pytestmark = pytest.mark.django_db

CSV = "Customer,QUANTITY,note\nAda,2,x\nGrace,3,y\n"
BAD = "Customer,QUANTITY,note\nAda,1.9,x\nGrace,3,y\n,4,z\n"
GRACE = {
    "greeting": "Hello",
    "customer": "Grace",
    "quantity": 3,
    "unit_price": 19.99,
    "express": False,
}


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse("operator")


def url(workflow: Workflow) -> str:
    return reverse("runs:launch_many", args=[workflow.pk])


def press(client: Client, workflow: Workflow, **typed: Any) -> Any:
    return client.post(url(workflow), typed)


def filled(**more: str) -> dict[str, str]:
    """The form as a browser sends it from the second step on."""
    return {"text": CSV, "at_once": "3", "nonce": str(uuid4()), "p0": "Hello", **more}


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no {name}"
    return found[1]


def agreed(client: Client, workflow: Workflow, act: str = "check", **more: str) -> dict[str, str]:
    """What the last step's button sends."""
    data = filled(**more)
    html = press(client, workflow, **data, act=act).content.decode()
    return data | {
        "act": "launch",
        "confirmed": hidden(html, "confirmed"),
        "nonce": nonce_in(html),
    }


def test_a_pasted_or_uploaded_file_leads_to_its_columns_matched_by_name(
    every_type: Workflow, client: Client
) -> None:
    upload = SimpleUploadedFile("rows.csv", CSV.encode("utf-16"))
    for typed in ({"text": CSV}, {"text": "left over", "file": upload}):
        answer = press(client, every_type, **typed)
        html = answer.content.decode()
        assert answer.status_code == 200
        assert answer.context["step"] == "columns"
        chosen = [field.value() for field in answer.context["columns"].visible_fields()]
        assert chosen == ["customer", "quantity", ""]
        assert [field.label for field in answer.context["form"].parameter_fields][:2] == [
            "greeting",
            "unit_price",
        ]
        assert "Ada,2,x" in html
        assert not answer.context["form"].lacking


def test_what_cannot_be_read_is_said_and_stays_with_everything_chosen(
    every_type: Workflow, client: Client
) -> None:
    data = filled(text='a\n"open', c0="customer", at_once="7", proxy_location="NONE")
    answer = press(client, every_type, **data, act="check")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 2: a quotation mark" in html
    assert "&quot;open</textarea>" in html
    for name, value in (("c0", "customer"), ("at_once", "7"), ("proxy_location", "NONE")):
        assert hidden(html, name) == value
    wrong = SimpleUploadedFile("rows.csv", b"Gr\xf6\xdfe")
    refused = press(client, every_type, text="typed before", file=wrong)
    assert refused.status_code == 422
    assert "Line 1 is not UTF-8 text" in refused.content.decode()
    assert "typed before" in refused.content.decode()


def test_a_required_parameter_without_a_column_is_asked_for_once(
    every_type: Workflow, client: Client
) -> None:
    text = "quantity\n1\n2\n"
    first = press(client, every_type, text=text)
    assert [found.key for found in first.context["form"].lacking] == ["customer"]
    assert "must be given and has no column" in first.content.decode()
    lacking = press(client, every_type, **filled(text=text, p1=""), act="check")
    assert lacking.status_code == 422
    assert set(lacking.context["form"].errors) == {"p1"}
    done = press(client, every_type, **filled(text=text, p1="Ada"), act="check")
    assert done.context["step"] == "confirm"
    assert [row["customer"] for row in done.context["checked"].good] == ["Ada", "Ada"]


def test_two_columns_cannot_be_the_same_parameter(every_type: Workflow, client: Client) -> None:
    data = filled(columns='["Customer","QUANTITY","note"]', c0="customer", c1="customer", c2="")
    answer = press(client, every_type, **data, act="check")
    assert answer.status_code == 422
    assert "customer comes from “Customer” already." in answer.content.decode()


def test_a_choice_stays_with_its_column_when_the_columns_change(
    every_type: Workflow, client: Client
) -> None:
    data = filled(
        text="note,Customer\nx,Ada\n",
        columns='["Customer","QUANTITY","note"]',
        c0="greeting",
        c1="",
        c2="customer",
    )
    answer = press(client, every_type, **data, act="check")
    chosen = [field.value() for field in answer.context["columns"].visible_fields()]
    assert chosen == ["customer", "greeting"]


def test_a_column_that_is_given_up_leaves_the_agents_default(
    every_type: Workflow, client: Client
) -> None:
    data = filled(columns='["Customer","QUANTITY","note"]', c0="customer", c1="", c2="")
    data.pop("p0")
    answer = press(client, every_type, **data, act="check")
    form = answer.context["form"]
    assert answer.context["step"] == "confirm"
    assert (form["p0"].value(), form["p2"].value()) == ("Hello", "3")
    assert answer.context["checked"].good[0]["greeting"] == "Hello"


def test_every_wrong_cell_is_shown_and_the_good_rows_can_go_on(
    every_type: Workflow, client: Client
) -> None:
    answer = press(client, every_type, **filled(text=BAD, run_metadata="a: b"), act="check")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "2 of 3 rows cannot be launched" in html
    lines = [row["line"] for row in answer.context["rows"]]
    errors = [[cell["error"] for cell in row["cells"]] for row in answer.context["rows"]]
    assert lines == [2, 4]
    assert errors == [
        [None, "Not a whole number. Digits only, such as 42 or -7."],
        ["Give a value.", None],
    ]
    assert "Go on with the 1 good row" in html
    assert "Ada,1.9,x" in html
    assert "a: b</textarea>" in html
    on = press(client, every_type, **filled(text=BAD), act="go").content.decode()
    assert "Launch 1 run of Every parameter type, at most 3 together" in on
    assert "2 rows are left out" in on


def test_without_a_good_row_nothing_can_go_on(every_type: Workflow, client: Client) -> None:
    text = "customer,quantity\n" + "x,1.5\n" * 250
    answer = press(client, every_type, **filled(text=text), act="go")
    html = answer.content.decode()
    assert answer.context["step"] == "problems"
    assert "250 of 250 rows cannot be launched" in html
    assert html.count('class="wrong"') == 200
    assert "Go on with" not in html


@pytest.mark.parametrize(
    ("at_once", "good"), [("0", False), ("21", False), ("", True), ("20", True)]
)
def test_one_to_twenty_run_together(
    every_type: Workflow, client: Client, at_once: str, good: bool
) -> None:
    answer = press(client, every_type, **filled(at_once=at_once), act="check")
    assert (answer.context["step"] == "confirm") is good
    assert ("at_once" in answer.context["form"].errors) is not good


def test_a_launch_is_one_job_with_a_row_each_however_often_it_is_pressed(
    sandbox: Sandbox, every_type: Workflow, client: Client
) -> None:
    data = agreed(client, every_type, "go", text=BAD, proxy_location="NONE", run_metadata="a: b")
    for _ in range(2):
        answer = press(client, every_type, **data)
        job = Job.objects.get()
        assert answer.status_code == 302
        assert answer["Location"] == reverse("runs:job_detail", args=[job.pk])
    assert (job.kind, job.at_once, job.workflow) == (Job.Kind.LAUNCH, 3, every_type)
    assert job.user is not None
    assert job.options["request"]["proxy_location"] == "NONE"
    assert job.options["request"]["run_metadata"] == {"a": "b"}
    assert not {"workflow_id", "parameters"} & set(job.options["request"])
    [item] = job.items.all()
    assert GRACE.items() <= item.parameters.items()
    assert starts(sandbox) == 0


def test_the_same_rows_are_launched_again_only_by_an_explicit_tick(
    every_type: Workflow, client: Client, browse: Browse
) -> None:
    press(client, every_type, **agreed(client, every_type))
    before = Job.objects.get()
    other = browse("team_admin")
    as_json = (
        '[{"customer": "Ada", "quantity": 2, "note": "x"},'
        ' {"customer": "Grace", "quantity": 3, "note": "y"}]'
    )
    data = agreed(other, every_type, text=as_json)
    refused = press(other, every_type, **data)
    html = refused.content.decode()
    assert refused.status_code == 422
    assert "The same rows were launched before" in html
    assert "by operator" in html
    assert reverse("runs:job_detail", args=[before.pk]) in html
    assert Job.objects.count() == 1
    again = data | {"nonce": nonce_in(html), "again": str(before.pk)}
    assert press(other, every_type, **again).status_code == 302
    assert Job.objects.count() == 2


def test_what_changed_after_the_last_look_is_shown_before_it_is_launched(
    every_type: Workflow, client: Client
) -> None:
    data = agreed(client, every_type)
    for changed in ({"text": CSV + "Joan,4,z\n"}, {"at_once": "9"}, {"run_with": "code"}):
        answer = press(client, every_type, **(data | changed))
        assert answer.status_code == 422
        assert "Something changed since this was shown" in answer.content.decode()
    assert not Job.objects.exists()


def test_no_secret_can_be_given_to_a_job(every_type: Workflow, client: Client) -> None:
    html = press(client, every_type, text=CSV).content.decode()
    for name in ("extra_http_headers", "cdp_connect_headers", "totp_url", "browser_address"):
        assert f'name="{name}"' not in html
    data = agreed(client, every_type, extra_http_headers="X-Key: s3cret")
    press(client, every_type, **data)
    assert "s3cret" not in str(Job.objects.get().options)


def test_a_form_without_a_proper_nonce_launches_nothing(
    every_type: Workflow, client: Client
) -> None:
    answer = press(client, every_type, **(agreed(client, every_type) | {"nonce": "x"}))
    assert answer.status_code == 422
    assert nonce_in(answer.content.decode())
    assert not Job.objects.exists()


def test_an_agent_that_is_gone_launches_nothing(every_type: Workflow, client: Client) -> None:
    data = agreed(client, every_type)
    Workflow.objects.filter(pk=every_type.pk).update(deleted_at=timezone.now())
    answer = press(client, every_type, **data)
    assert answer.status_code == 422
    assert "cannot be launched" in answer.content.decode()
    assert not Job.objects.exists()
    assert client.get(reverse("runs:launch_many", args=["wpid_none"])).status_code == 404


def test_the_agents_parameters_come_as_a_file_to_fill_in(
    every_type: Workflow, client: Client
) -> None:
    answer = client.get(reverse("runs:launch_many_sample", args=[every_type.pk]))
    assert answer["Content-Type"] == "text/csv"
    header, row = answer.content.decode("utf-8-sig").splitlines()
    assert header == "greeting,customer,quantity,unit_price,express,lines,price_list,login"
    assert row.startswith("Hello,text,3,19.99,false,")


def test_hostile_names_and_cells_are_shown_escaped(client: Client, every_type: Workflow) -> None:
    evil = '"><img src=x onerror=alert(1)>'
    cell = evil.replace('"', '""')
    text = f'"{cell}",quantity\n"{cell}","{cell}"\n'
    for act in ("check", "go"):
        answer = press(client, every_type, **filled(text=text, p1=evil), act=act)
        assert "<img src=x" not in answer.content.decode()
    assert "<img src=x" not in press(client, every_type, text=f'"{evil}').content.decode()


def test_two_megabytes_are_taken_and_more_is_refused_with_a_sentence(
    every_type: Workflow, client: Client
) -> None:
    row = "Ä" * 1_900 + ",1\n"
    text = "customer,quantity\n" + row * 500
    answer = press(client, every_type, **filled(text=text), act="check")
    assert answer.context["step"] == "confirm"
    over = press(client, every_type, **filled(text=text * 2), act="check")
    assert over.status_code == 422
    assert "2 MB at most" in over.content.decode()
