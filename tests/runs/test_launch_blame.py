"""What Skyvern refused is said at the field that was wrong."""

import pytest

from dashboard.skyvern import errors
from runs.forms import LaunchForm, blame
from runs.parameters import Parameter

PARAMETERS = {
    "p0": Parameter("name", "string", "", None),
    "p1": Parameter("count", "integer", "", 1),
    "p2": Parameter("login", "credential_id", "", None),
}


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("Missing value for parameter name in workflow wpid_1", {"p0"}),
        ("Missing value for parameter name, count in workflow run wr_1 of", {"p0", "p1"}),
        ("Invalid workflow parameter. Expected parameter type: integer. Value: 12.", {"p1"}),
        ("Invalid credential ID: cred_9. Failed to resolve to a valid credential.", {"p2"}),
        ("Invalid webhook_url: malformed. Use an HTTP or HTTPS URL", {"webhook_url"}),
        ("Browser session pbs_x does not exist or is not live.", {"browser_session_id"}),
        ("Browser profile bp_x not found for organization o_1", {"browser_profile_id"}),
        ("Something else entirely", set()),
    ],
)
def test_a_rejection_in_words_is_put_at_the_field_it_names(said: str, at: set[str]) -> None:
    values = {"name": "n", "count": 12, "login": "cred_9"}
    found = blame(errors.Rejected(said), PARAMETERS, values, set(LaunchForm.base_fields))
    assert set(found) == at


def test_a_rejection_with_a_list_of_details_is_put_at_its_options() -> None:
    detail = [
        {"loc": ["body", "max_elapsed_time_minutes"], "msg": "too large"},
        {"loc": ["body", "proxy_location", "str-enum[ProxyLocation]"], "msg": "not one of"},
        {"loc": ["body", "unheard_of"], "msg": "?"},
    ]
    error = errors.Rejected("refused", detail=detail)
    assert blame(error, {}, {}, set(LaunchForm.base_fields)) == {
        "max_elapsed_time_minutes": "too large",
        "proxy_location": "not one of",
    }
