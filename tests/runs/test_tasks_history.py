"""The walk through the whole history, and runs that upstream no longer has."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from dashboard import feeds
from dashboard.models import Feed
from dashboard.sandbox import Sandbox
from runs import tasks
from runs.models import Run
from runs.tasks import history

pytestmark = pytest.mark.django_db


@pytest.fixture
def past(settings: Settings) -> Sandbox:
    """A server with a history."""
    app = Sandbox(history=60)
    settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=app)
    settings.SKYVERN_BASE_URL = "http://past"
    settings.SKYVERN_API_KEY = app.api_key
    return app


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE", 10)
    monkeypatch.setattr(history, "FIRST_PAGES", 2)


def make(run_id: str, seen_at: datetime, phase: str = Run.Phase.COMPLETED) -> Run:
    status = "running" if phase == Run.Phase.LIVE else "completed"
    return Run.objects.create(
        run_id=run_id,
        status=status,
        phase=phase,
        created_at=seen_at,
        seen_at=seen_at,
        changed_at=seen_at,
    )


def test_the_first_back_fill_goes_on_where_a_killed_worker_left_it(
    past: Sandbox, small_pages: None
) -> None:
    tasks.walk_history()
    first = Run.objects.count()
    assert feeds.health().backfill == feeds.Backfill(runs=20)
    Feed.objects.filter(pk="history").update(
        lease_owner="killed", lease_until=timezone.now() - timedelta(seconds=1)
    )
    tasks.walk_history()
    assert Run.objects.count() > first == 20
    for _ in range(10):
        tasks.walk_history()
    assert Run.objects.count() >= 60
    assert feeds.health().backfill is None


def test_portions_overlap_so_that_shifted_rows_are_not_skipped(
    past: Sandbox, small_pages: None
) -> None:
    tasks.walk_history()
    before = Feed.objects.get(pk="history").cursor["page"]
    tasks.walk_history()
    after = Feed.objects.get(pk="history").cursor["page"]
    assert after == before + history.FIRST_PAGES - 1


def test_it_rests_between_two_walks(past: Sandbox) -> None:
    tasks.walk_history()
    before = len(past.calls)
    tasks.walk_history()
    assert len(past.calls) == before
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        tasks.walk_history()
    assert len(past.calls) > before


def test_a_run_is_missing_only_when_a_whole_walk_and_its_own_address_lack_it(
    past: Sandbox,
) -> None:
    make("wr_0", timezone.now() - timedelta(hours=1))
    tasks.walk_history()
    assert Run.objects.get(pk="wr_0").missing_at is None
    tasks.walk_history()
    gone = Run.objects.get(pk="wr_0")
    assert gone.missing_at is not None
    assert Run.objects.filter(missing_at=None).count() == Run.objects.count() - 1


def test_a_live_run_is_not_missing_after_one_404(sandbox: Sandbox) -> None:
    make("wr_0", timezone.now(), phase=Run.Phase.LIVE)
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False) as clock:
        tasks.refresh_live()
        clock.shift(30)
        tasks.refresh_live()
        assert Run.objects.get(pk="wr_0").missing_at is None
        clock.shift(31)
        tasks.refresh_live()
    gone = Run.objects.get(pk="wr_0")
    assert (gone.missing_at is not None, gone.is_live) == (True, False)
