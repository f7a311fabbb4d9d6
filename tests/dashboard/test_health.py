"""The probes, and the feeds in the administration."""

from datetime import timedelta

from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Feed
from tests.conftest import Browse


def test_probes_answer_without_a_login_and_to_any_host(db: None) -> None:
    client = Client(headers={"host": "10.1.2.3:8000"})
    assert client.get("/healthz").content == b"ok\n"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "migrations": "ok", "mirror": "never"}
    assert client.get("/login/").status_code == 400


def test_an_unapplied_migration_is_not_ready(db: None) -> None:
    [newest] = MigrationLoader(connection).graph.leaf_nodes("schedules")
    MigrationRecorder(connection).record_unapplied(*newest)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == "1 not applied"


def test_a_database_that_is_gone_is_not_ready_but_alive(db: None) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("could not connect to 10.0.0.3 as skydeck")

    with connection.execute_wrapper(gone):
        assert Client().get("/healthz").status_code == 200
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"
    assert "10.0.0.3" not in answer.content.decode()


def test_refresh_now_forgets_the_wait_and_asks_a_worker(browse: Browse, sandbox: object) -> None:
    later = timezone.now() + timedelta(minutes=1)
    for name in ("workflows", "api"):
        Feed.objects.create(name=name, due_at=later, failures=9, error="No answer.")
    client = browse("superuser")
    url = reverse("admin:dashboard_feed_changelist")
    page = client.post(
        url, {"action": "refresh_now", "_selected_action": ["workflows"]}, follow=True
    )
    assert "Asked the workers to refresh: workflows." in page.content.decode()
    workflows = Feed.objects.get(name="workflows")
    assert (workflows.due_at, workflows.failures) == (None, 0)
    assert client.get(reverse("admin:dashboard_feed_change", args=["api"])).status_code == 200
    assert client.get(reverse("admin:dashboard_feed_delete", args=["api"])).status_code == 403
