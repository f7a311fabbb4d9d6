"""The card of a run that failed in setup names what it was given wrongly."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from runs.failure import Failure
from runs.inputs import Input, Inputs
from runs.models import Run, RunDetail
from runs.setup import CREDENTIAL, PARAMETER, PROXY, SESSION, wrong
from tests.conftest import Browse
from tests.runs.labelled_reasons import LABELLED
from tests.runs.test_run_detail import made, page

SETUP = "Setup workflow failed. failure reason: "
GIVEN = Inputs(
    parameters=[
        Input("month", "string", None),
        Input("login", "credential_id", "cred_480000000000004711"),
        Input("session", "string", "pbs_7"),
    ],
    options=[
        Input("Browser session id", "", "pbs_7"),
        Input("Proxy location", "", "RESIDENTIAL_XX"),
    ],
    as_sent=True,
)


def told(reason: str, *, in_setup: bool = True) -> tuple[str, str, list[str]] | None:
    found = wrong(Failure(sentence="", full=SETUP + reason, in_setup=in_setup), GIVEN)
    if found is None:
        return None
    return found.kind, found.name, [item.name for item in found.inputs]


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        (
            "Missing value for parameter month in workflow run wr_480000000000000123 of workflow "
            "wpid_480000000000000001",
            (PARAMETER, "month", ["month"]),
        ),
        (
            "Missing value for parameter month, customer in workflow wpid_1",
            (PARAMETER, "month, customer", ["month"]),
        ),
        (
            "Invalid credential ID: cred_480000000000004711. Failed to resolve to a valid "
            "credential.",
            (CREDENTIAL, "cred_480000000000004711", ["login"]),
        ),
        ("Could not find credential parameter: cp_7", (CREDENTIAL, "cp_7", [])),
        (
            "Credential vault service 'bitwarden' is not configured. Credential "
            "cred_480000000000004711 was found in DB but cannot be resolved.",
            (CREDENTIAL, "cred_480000000000004711", ["login"]),
        ),
        (
            "Browser session pbs_7 expired after reaching its configured lifetime.",
            (SESSION, "pbs_7", ["Browser session id"]),
        ),
        ("Unknown proxy location: RESIDENTIAL_XX.", (PROXY, "RESIDENTIAL_XX", ["Proxy location"])),
        ("1Password rate limit exceeded: (429) try again at 10:15.", None),
    ],
)
def test_a_recorded_reason_names_what_was_wrong(reason: str, named: Any) -> None:
    assert told(reason) == named


def test_a_reason_of_a_later_failure_names_nothing() -> None:
    assert told("Invalid credential ID: cred_1. Failed", in_setup=False) is None
    assert wrong(None, GIVEN) is None


def test_the_names_in_recorded_reasons_are_short_and_one_word() -> None:
    recorded = [r for reasons in LABELLED.values() for r in reasons if r.startswith(SETUP)]
    found = [named for r in recorded if (named := told(r.removeprefix(SETUP)))]
    assert len(found) > 10
    assert all(len(name) <= 60 and " " not in name for _, name, _ in found)


@pytest.mark.django_db
def test_the_card_leads_to_the_input(browse: Browse) -> None:
    reason = SETUP + "Invalid credential ID: cred_9. Failed to resolve to a valid credential."
    run = made(status="failed", phase="failed", failure_reason=reason, watched_at=timezone.now())
    given = {"login": "cred_9", "<b>": 1}
    RunDetail.objects.create(run=run, fetched_at=timezone.now(), parameters=given)
    client = browse("support")
    anchor = Input("login", "", None).anchor
    html = page(client, run)
    assert "What was wrong is its credential" in html
    assert f'href="/runs/wr_1/?tab=inputs#{anchor}"' in html
    assert f'<div id="{anchor}">' in page(client, run, tab="inputs")


@pytest.mark.django_db
def test_a_parameter_without_a_value_is_named(browse: Browse) -> None:
    reason = SETUP + "Missing value for parameter <i>x</i> in workflow run wr_1 of workflow wpid_1"
    run = made(status="failed", phase="failed", failure_reason=reason, watched_at=timezone.now())
    html = page(browse("support"), run)
    assert "It was given no value for the parameter" in html
    assert "&lt;i&gt;x&lt;/i&gt;" in html
    assert "<i>x" not in html
    assert Run.objects.count() == 1
