"""Who may do what: each address, role and method, and no address forgotten."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from dashboard import links
from dashboard.models import Channel, Notification
from dashboard.notify.message import trial
from dashboard.sandbox import Sandbox
from runs import sharing
from runs.models import Artifact, FailureGroup, Job, Note, Preset, Rule, Run, Share, Workflow
from schedules import feed
from schedules.models import Bulk, CalendarLink, Fire, Schedule

ANYONE = ("anonymous", "nobody", "support", "operator", "team_admin", "superuser")
SIGNED_IN = ANYONE[1:]
VIEWERS = ANYONE[2:]
OPERATORS = ANYONE[3:]
ADMINS = ANYONE[4:]

RUN, AGENT, SCHEDULE = {"run_id": "wr_1"}, {"wpid": "wpid_1"}, {"schedule_id": "wfs_1"}
BULK = {"bulk_id": str(uuid4())}
PRESET = {"number": "1"}
NONCE = {"nonce": str(uuid4())}
JOB = {"job_id": str(uuid4())}
NOTIFICATION = {"notification_id": str(uuid4())}
LINK = Share(run_id="wr_1")
SHARED = {"token": sharing.token(LINK)}
CALENDAR_LINK = CalendarLink()
CALENDAR = {"token": links.signed(feed.SALT, CALENDAR_LINK.link_id)}

# name → (arguments, who may GET, who may POST); None: that method is refused to everyone (405)
MATRIX: dict[str, tuple[dict[str, str], tuple[str, ...] | None, tuple[str, ...] | None]] = {
    "overview": ({}, VIEWERS, None),
    "pulse": ({}, SIGNED_IN, None),
    "jump": ({}, VIEWERS, None),
    "keys": ({}, SIGNED_IN, None),
    "account": ({}, SIGNED_IN, None),
    "clock": ({}, None, SIGNED_IN),
    "activity": ({}, ADMINS, None),
    "healthz": ({}, ANYONE, None),
    "readyz": ({}, ANYONE, None),
    "login": ({}, ANYONE, ANYONE),
    "logout": ({}, None, SIGNED_IN),
    "password_change": ({}, SIGNED_IN, SIGNED_IN),
    "password_change_done": ({}, SIGNED_IN, None),
    "runs:run_list": ({}, VIEWERS, None),
    "runs:run_offers": ({}, VIEWERS, None),
    "runs:view_save": ({}, VIEWERS, VIEWERS),
    "runs:view_change": ({"pk": "1"}, None, VIEWERS),
    "runs:run_export": ({}, None, VIEWERS),
    "runs:table_settings": ({}, VIEWERS, VIEWERS),
    "runs:run_detail": (RUN, VIEWERS, None),
    "runs:run_json": ({**RUN, "part": "output"}, VIEWERS, None),
    "runs:run_output": (RUN, VIEWERS, None),
    "runs:run_compare": (RUN, VIEWERS, None),
    "runs:run_bundle": (RUN, VIEWERS, None),
    "runs:run_cancel": (RUN, None, OPERATORS),
    "runs:run_retry": (RUN, None, OPERATORS),
    "runs:run_resume": (RUN, None, OPERATORS),
    "runs:run_replay_webhook": (RUN, None, OPERATORS),
    "runs:run_tag": (RUN, None, OPERATORS),
    "runs:run_note": (RUN, None, VIEWERS),
    # one of somebody else's
    "runs:note_delete": ({**RUN, "pk": "1"}, None, ANYONE[5:]),
    "runs:run_share": (RUN, None, VIEWERS),
    "runs:share_revoke": ({**RUN, "pk": str(LINK.pk)}, None, VIEWERS),
    # those who have the link need no account
    "runs:shared": (SHARED, ANYONE, None),
    "runs:shared_file": ({**SHARED, "artifact_id": "a_1"}, ANYONE, None),
    "runs:job_list": ({}, VIEWERS, None),
    "runs:job_new": ({}, VIEWERS, OPERATORS),
    "runs:job_detail": (JOB, VIEWERS, None),
    "runs:job_pause": (JOB, None, OPERATORS),
    "runs:job_resume": (JOB, None, OPERATORS),
    "runs:job_abort": (JOB, None, OPERATORS),
    "runs:job_again": (JOB, None, OPERATORS),
    "runs:failure_list": ({}, VIEWERS, None),
    "runs:failure_detail": ({"pk": "1"}, VIEWERS, None),
    "runs:failure_state": ({"pk": "1"}, None, VIEWERS),
    "runs:failure_note": ({"pk": "1"}, None, VIEWERS),
    "runs:failure_merge": ({"pk": "1"}, None, VIEWERS),
    "runs:failure_part": ({"pk": "1"}, None, VIEWERS),
    "runs:rule_list": ({}, VIEWERS, None),
    "runs:rule_new": ({}, ADMINS, ADMINS),
    "runs:rule_detail": ({"pk": "1"}, VIEWERS, None),
    "runs:rule_edit": ({"pk": "1"}, ADMINS, ADMINS),
    "runs:rule_act": ({"pk": "1"}, None, ADMINS),
    "runs:channel_list": ({}, VIEWERS, None),
    "runs:channel_new": ({}, ADMINS, ADMINS),
    "runs:channel_detail": ({"pk": "1"}, ADMINS, ADMINS),
    "runs:channel_act": ({"pk": "1"}, None, ADMINS),
    "runs:notification_list": ({}, VIEWERS, None),
    "runs:notification_detail": (NOTIFICATION, VIEWERS, None),
    "runs:notification_again": (NOTIFICATION, None, ADMINS),
    "runs:artifact": ({"artifact_id": "a_1"}, VIEWERS, None),
    "runs:thumbnail": ({"artifact_id": "a_1"}, VIEWERS, None),
    "runs:artifact_table": ({"artifact_id": "a_1"}, VIEWERS, None),
    "runs:agent_list": ({}, VIEWERS, None),
    "runs:agent_detail": (AGENT, VIEWERS, None),
    "runs:launch": (AGENT, OPERATORS, OPERATORS),
    "runs:launch_many": (AGENT, OPERATORS, OPERATORS),
    "runs:launch_many_sample": (AGENT, OPERATORS, None),
    "runs:draft": (AGENT, None, OPERATORS),
    "runs:upload": (AGENT, None, OPERATORS),
    "runs:launch_code": (AGENT, None, OPERATORS),
    "runs:preset_save": (AGENT, None, OPERATORS),
    # a shared one of somebody else's
    "runs:preset_detail": (PRESET, ANYONE[5:], ANYONE[5:]),
    "runs:preset_delete": (PRESET, None, ANYONE[5:]),
    "runs:launch_state": (NONCE, OPERATORS, None),
    "runs:webhook": ({}, None, ()),
    "schedules:schedule_list": ({}, VIEWERS, None),
    "schedules:schedule_create": ({}, ADMINS, ADMINS),
    "schedules:coming": ({}, VIEWERS, None),
    "schedules:ledger": ({}, VIEWERS, None),
    "schedules:ledger_export": ({}, VIEWERS, None),
    "schedules:calendar": ({}, VIEWERS, VIEWERS),
    # those who have the address need no session
    "schedules:calendar_feed": (CALENDAR, ANYONE, None),
    "schedules:schedule_preview": ({}, ADMINS, ADMINS),
    "schedules:bulk_new": ({}, ADMINS, ADMINS),
    "schedules:bulk_list": ({}, VIEWERS, None),
    "schedules:bulk_detail": (BULK, VIEWERS, None),
    "schedules:bulk_act": (BULK, None, ADMINS),
    "schedules:schedule_detail": (SCHEDULE, VIEWERS, None),
    "schedules:fire_list": (SCHEDULE, VIEWERS, None),
    "schedules:fire_export": (SCHEDULE, VIEWERS, None),
    "schedules:schedule_edit": (SCHEDULE, ADMINS, ADMINS),
    "schedules:schedule_run": (SCHEDULE, None, OPERATORS),
    "schedules:fire_run": ({**SCHEDULE, "pk": "1"}, ADMINS, ADMINS),
    "schedules:schedule_pause": (SCHEDULE, ADMINS, ADMINS),
    "schedules:schedule_resume": (SCHEDULE, ADMINS, ADMINS),
    "schedules:schedule_vital": (SCHEDULE, ADMINS, ADMINS),
    "schedules:schedule_cancel": (SCHEDULE, ADMINS, ADMINS),
    "schedules:schedule_delete": (SCHEDULE, ADMINS, ADMINS),
}


def names(resolver: URLResolver, prefix: str = "") -> list[str]:
    found = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            found.append(f"{prefix}{pattern.name}")
        elif pattern.namespace != "admin":
            found += names(pattern, f"{pattern.namespace}:" if pattern.namespace else prefix)
    return found


@pytest.fixture
def rows(db: None, sandbox: Sandbox) -> None:
    now = datetime.now(UTC)
    workflow = Workflow.objects.create(wpid="wpid_1", title="Invoices", seen_at=now)
    run = Run.objects.create(
        run_id="wr_1",
        workflow=workflow,
        status="completed",
        phase=Run.Phase.COMPLETED,
        created_at=now,
        seen_at=now,
        changed_at=now,
    )
    owner = User.objects.create_user("owner")
    Preset.objects.create(pk=1, user=owner, workflow=workflow, name="P", shared=True, request={})
    FailureGroup.objects.create(
        pk=1, key="k", workflow=workflow, runs=1, first_at=run.created_at, last_at=run.created_at
    )
    Rule.objects.create(pk=1, name="R", event=Rule.Event.STUCK, since=now)
    channel = Channel.objects.create(pk=1, name="C", kind="slack", address="https://x.test/")
    Notification.objects.create(
        pk=NOTIFICATION["notification_id"],
        channel=channel,
        subject="S",
        document=trial("C", "me"),
        due_at=now,
    )
    Note.objects.create(pk=1, user=owner, run=run, text="Look at step 3.")
    Share.objects.create(pk=LINK.pk, run=run, user=owner, expires_at=now + timedelta(days=1))
    reader = User.objects.create_superuser("reader")
    CalendarLink.objects.create(pk=CALENDAR_LINK.pk, user=reader)
    Artifact.objects.create(artifact_id="a_1", run=run, type="screenshot_final")
    Job.objects.create(pk=JOB["job_id"], kind=Job.Kind.CANCEL, options={"by": "x", "from": None})
    Schedule.objects.create(
        schedule_id="wfs_1",
        workflow=workflow,
        cron_expression="0 9 * * *",
        seen_at=now,
        changed_at=now,
    )
    Fire.objects.create(pk=1, schedule_id="wfs_1", due_at=now, state=Fire.State.MISSED)
    Bulk.objects.create(pk=BULK["bulk_id"], verb=Bulk.Verb.PAUSE, by="x")


def test_every_address_is_in_the_matrix() -> None:
    assert sorted(names(get_resolver())) == sorted(MATRIX)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("name", MATRIX)
@pytest.mark.parametrize("role", ANYONE)
def test_each_role_may_exactly_what_the_matrix_says(
    name: str, role: str, browse: Callable[[str], Client]
) -> None:
    arguments, readers, writers = MATRIX[name]
    client = Client() if role == "anonymous" else browse(role)
    url = reverse(name, kwargs=arguments)
    for method, allowed in (("get", readers), ("post", writers)):
        answer = getattr(client, method)(url)
        refused = answer.status_code in (403, 405) or (
            answer.status_code == 302 and answer["Location"].startswith(reverse("login"))
        )
        if name == "logout" and role in SIGNED_IN and method == "post":
            refused = False  # it leads to the log-in page by design
        assert refused is (role not in (allowed or ())), (method, answer.status_code)
        if allowed is None and role == "superuser":
            assert answer.status_code == 405
        assert answer.status_code != 500
        for other in ("put", "patch", "delete"):
            assert getattr(client, other)(url).status_code in (302, 403, 405)


@pytest.mark.parametrize("role", ANYONE)
def test_only_a_superuser_gets_into_the_admin(
    role: str, browse: Callable[[str], Client], db: None
) -> None:
    client = Client() if role == "anonymous" else browse(role)
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == (200 if role == "superuser" else 302)
