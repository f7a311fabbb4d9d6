"""Whatever is wrong: all that was typed stays, and a sentence at its field says what to mend."""

from typing import Any

import pytest

from dashboard.sandbox import Sandbox
from tests.conftest import Browse
from tests.schedules.conftest import Agent
from tests.schedules.pages import Typed

type Sent = dict[str, Any]

BAD: list[tuple[dict[str, str], str]] = [
    ({"cron": ""}, "cron"),
    ({"cron": "61 * * * *"}, "cron"),
    ({"cron": "* * * * *"}, "cron"),
    ({"cron": "0 9 31 2 *"}, "cron"),
    ({"cron": "0 0 9 * * 1"}, "cron"),
    ({"cron": "H H * * *"}, "cron"),
    ({"cron": "<script>alert(1)</script>"}, "cron"),
    ({"cron": "0 9 * * *\0"}, "cron"),
    ({"cron": "1," * 600}, "cron"),
    ({"cron": "\uff10 \uff19 * * *"}, "cron"),
    ({"timezone": ""}, "timezone"),
    ({"timezone": "CET"}, "timezone"),
    ({"timezone": "UTC+99"}, "timezone"),
    ({"timezone": "<b>Berlin"}, "timezone"),
    ({"timezone": "x" * 101}, "timezone"),
    ({"timezone": "../../etc/passwd"}, "timezone"),
    ({"kind": "hourly"}, "kind"),
    ({"kind": ""}, "kind"),
    ({"kind": "interval", "every": "", "unit": "minutes"}, "every"),
    ({"kind": "interval", "every": "4", "unit": "minutes"}, "every"),
    ({"kind": "interval", "every": "1e3", "unit": "minutes"}, "every"),
    ({"kind": "interval", "every": "9" * 30, "unit": "days"}, "every"),
    ({"kind": "interval", "every": "-5", "unit": "hours"}, "every"),
    ({"kind": "interval", "every": "2", "unit": "fortnights"}, "unit"),
    ({"kind": "interval", "every": "2", "unit": "hours", "first_fire_at": "?"}, "first_fire_at"),
    ({"kind": "once", "run_at": ""}, "run_at"),
    ({"kind": "once", "run_at": "tomorrow"}, "run_at"),
    ({"kind": "once", "run_at": "2020-01-01T09:00"}, "run_at"),
    ({"kind": "once", "run_at": "2099-02-30T09:00"}, "run_at"),
    ({"kind": "once", "run_at": "2099-01-01T09:00+01:00"}, "run_at"),
    ({"by": "built", "rhythm": "weekly", "at": "09:00"}, "days"),
    ({"by": "built", "rhythm": "daily", "at": "noon"}, "at"),
    ({"by": "built", "rhythm": "monthly", "day": "32", "at": "09:00"}, "day"),
    ({"by": "built", "rhythm": "nth", "place": "6", "weekday": "1", "at": "09:00"}, "place"),
    ({"by": "built", "rhythm": "hours", "hour_step": "2", "minute": "x"}, "minute"),
    ({"by": "built", "rhythm": "sometimes"}, "rhythm"),
    ({"name": "n" * 501}, "name"),
    ({"name": "a\0b"}, "name"),
    ({"description": "d" * 5001}, "description"),
]


@pytest.fixture
def form_sent(agent: Agent, typed: Typed) -> Sent:
    return typed(agent("Slow crawl"), description="why & <how>")


@pytest.mark.parametrize(("given", "field"), BAD)
def test_bad_input_keeps_all_that_was_typed_and_says_what_to_mend(
    form_sent: Sent, browse: Browse, sandbox: Sandbox, given: dict[str, str], field: str
) -> None:
    client, sent = browse("team_admin"), form_sent | given
    calls = len(sandbox.calls)
    answer = client.post("/schedules/new/", sent)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {field}
    assert form.errors[field][0].endswith((".", ")."))
    assert f'href="#{form[field].id_for_label or form[field].auto_id}"' in answer.content.decode()
    for name in sent.keys() & form.fields.keys() - {"by"}:
        kept = form[name].value()
        assert (kept is True) if name == "enabled" else (kept == sent[name]), name
    assert not [call for call in sandbox.calls[calls:] if call[0] != "GET"]
    preview = client.get("/schedules/preview/", sent)
    assert preview.status_code == 200
