"""Leases, back-off and the circuit: who refreshes when, and what the freshness line says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from dashboard import feeds
from dashboard.models import Feed
from dashboard.skyvern.errors import Forbidden, Unavailable, Unsupported

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def answer() -> str:
    return "answer"


def fail(error: Exception) -> Callable[[], None]:
    def ask() -> None:
        raise error

    return ask


def refresh(name: str, ask: Callable[[], object] = answer) -> bool:
    """Whether the feed could be claimed."""
    with feeds.claim(name) as lease:
        if lease is None:
            return False
        lease.call(ask)
    return True


def feed(name: str) -> Feed:
    return Feed.objects.get(pk=name)


@pytest.mark.django_db
class TestOneWorker:
    def test_a_claimed_feed_cannot_be_claimed_again(self) -> None:
        with feeds.claim("live") as mine:
            assert mine is not None
            with feeds.claim("live") as other:
                assert other is None
            assert refresh("newest")

    def test_a_released_feed_can_be_claimed_at_once(self) -> None:
        assert refresh("live")
        assert refresh("live")

    def test_a_killed_worker_is_followed_after_its_lease(self) -> None:
        with time_machine.travel(T0, tick=False) as clock:
            Feed.objects.create(
                name="live", lease_owner="killed", lease_until=T0 + timedelta(seconds=30)
            )
            clock.shift(29)
            assert not refresh("live")
            clock.shift(2)
            assert refresh("live")

    def test_a_lease_of_the_far_future_was_written_before_the_clock_was_set_back(self) -> None:
        with time_machine.travel(T0, tick=False):
            Feed.objects.create(name="live", lease_owner="x", lease_until=T0 + timedelta(hours=1))
            assert refresh("live")

    def test_a_worker_that_lost_its_lease_neither_releases_nor_reports(self) -> None:
        with time_machine.travel(T0, tick=False) as clock, feeds.claim("live") as slow:
            assert slow is not None
            clock.shift(40)
            with feeds.claim("live") as follower:
                assert follower is not None
                slow.cursor["page"] = 9
                with pytest.raises(feeds.LeaseLostError):
                    slow.call(answer)
                with pytest.raises(feeds.LeaseLostError):
                    slow.save_cursor()
        assert feed("live").cursor == {}

    def test_losing_the_lease_ends_the_work_quietly(self) -> None:
        with time_machine.travel(T0, tick=False) as clock, feeds.claim("live") as slow:
            assert slow is not None
            clock.shift(40)
            assert refresh("live")
            slow.call(answer)
            pytest.fail("went on without a lease")
        assert feed("live").failures == 0

    def test_a_long_walk_renews_its_lease(self) -> None:
        with time_machine.travel(T0, tick=False) as clock, feeds.claim("history") as lease:
            assert lease is not None
            for _ in range(5):
                clock.shift(20)
                lease.call(answer)
                assert not refresh("history")

    def test_the_cursor_is_kept_for_the_next_worker(self) -> None:
        with feeds.claim("history") as lease:
            assert lease is not None
            lease.cursor["page"] = 3
        with feeds.claim("history") as lease:
            assert lease is not None
            assert lease.cursor == {"page": 3}


@pytest.mark.django_db
class TestBackOff:
    def test_a_failure_is_recorded_and_the_feed_waits_longer_each_time(self) -> None:
        waits = []
        with time_machine.travel(T0, tick=False) as clock:
            for _ in range(8):
                assert refresh("live", fail(Unavailable("Skyvern did not answer.")))
                assert refresh("newest")
                due_at = feed("live").due_at
                assert due_at is not None
                waits.append((due_at - datetime.now(UTC)).total_seconds())
                assert not refresh("live")
                clock.shift(61)
        assert waits[0] <= 2
        assert 30 <= waits[-1] <= 60
        assert feed("live").failures == 8
        assert feed("live").error == "Skyvern did not answer."

    def test_what_the_server_asks_for_is_honoured_up_to_a_minute(self) -> None:
        with time_machine.travel(T0, tick=False):
            refresh("live", fail(Unavailable("Slow down.", retry_after=45)))
            refresh("newest", fail(Unavailable("Slow down.", retry_after=3600)))
        assert feed("live").due_at == T0 + timedelta(seconds=45)
        assert feed("newest").due_at == T0 + timedelta(seconds=60)

    def test_a_success_forgets_the_failures(self) -> None:
        with time_machine.travel(T0, tick=False) as clock:
            refresh("live", fail(Unavailable("Gone.")))
            clock.shift(61)
            refresh("live")
        assert (feed("live").failures, feed("live").error, feed("live").due_at) == (0, "", None)
        assert feed("live").latency_ms is not None

    def test_a_wait_of_the_far_future_was_written_before_the_clock_was_set_back(self) -> None:
        with time_machine.travel(T0, tick=False):
            Feed.objects.create(name="live", due_at=T0 + timedelta(hours=1), failures=1)
            assert refresh("live")

    def test_a_defect_of_ours_is_recorded_and_raised(self) -> None:
        with pytest.raises(ZeroDivisionError):
            refresh("live", fail(ZeroDivisionError()))
        assert feed("live").error == "ZeroDivisionError in Skydeck; see its log."
        assert feeds.health().state == "never"

    def test_a_feature_the_server_lacks_is_no_failure(self) -> None:
        refresh("schedules", fail(Unsupported("Schedules are off.")))
        assert (feed("schedules").failures, feed("schedules").error) == (0, "Schedules are off.")


@pytest.mark.django_db
class TestCircuit:
    def test_after_repeated_failures_only_one_feed_probes(self) -> None:
        with time_machine.travel(T0, tick=False) as clock:
            for name in ("live", "newest", "workflows"):
                refresh(name, fail(Unavailable("No connection.")))
            assert not refresh("history")
            clock.shift(61)
            with feeds.claim("history") as probe:
                assert probe is not None
                assert [refresh(name) for name in ("live", "newest", "schedules")] == [False] * 3

    def test_one_success_lets_all_go_on_at_once(self) -> None:
        with time_machine.travel(T0, tick=False) as clock:
            for name in ("live", "newest", "workflows"):
                refresh(name, fail(Unavailable("No connection.")))
            clock.shift(61)
            assert refresh("history")
            assert all(refresh(name) for name in feeds.FEEDS)

    def test_work_that_asks_nobody_goes_on_and_is_no_probe(self) -> None:
        Feed.objects.create(name=feeds.API, failures=5)
        with feeds.claim("evidence", asks_api=False) as lease:
            assert lease is not None
        assert Feed.objects.get(pk=feeds.API).due_at is None
        assert refresh("live")

    def test_a_probe_that_is_killed_is_followed(self) -> None:
        with time_machine.travel(T0, tick=False) as clock:
            Feed.objects.create(name=feeds.API, failures=5)
            with feeds.claim("live") as killed:
                assert killed is not None
                clock.shift(31)
                assert refresh("newest")


@pytest.mark.django_db
class TestHealth:
    def test_nothing_was_ever_refreshed(self) -> None:
        health = feeds.health()
        assert (health.state, health.as_of, health.backfill) == ("never", None, None)

    def test_fresh_becomes_stale(self) -> None:
        with time_machine.travel(T0, tick=False) as clock:
            refresh("newest")
            assert feeds.health().state == "fresh"
            assert feeds.health().as_of == T0
            clock.shift(21)
            assert feeds.health().state == "stale"

    def test_down_says_why_and_when_it_tries_again(self) -> None:
        with time_machine.travel(T0, tick=False):
            refresh("newest")
            for name in ("live", "workflows", "schedules"):
                refresh(name, fail(Forbidden("Skyvern did not allow it.")))
            health = feeds.health()
        assert (health.state, health.error) == ("down", "Skyvern did not allow it.")
        assert health.as_of == T0
        assert health.retry_at is not None
        assert health.retry_at > T0

    def test_a_success_of_the_future_counts_as_now(self) -> None:
        with time_machine.travel(T0, tick=False):
            Feed.objects.create(name="newest", succeeded_at=T0 + timedelta(hours=1))
            assert feeds.health().as_of == T0

    def test_the_first_back_fill_shows_how_far_it_is_until_it_is_done(self) -> None:
        Feed.objects.create(name="history", cursor={"page": 3, "runs": 600})
        assert feeds.health().backfill == feeds.Backfill(runs=600)
        Feed.objects.update(cursor={"page": 1, "runs": 200, "done": True})
        assert feeds.health().backfill is None

    def test_it_costs_one_query(self, django_assert_num_queries: Callable[[int], object]) -> None:
        refresh("newest")
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            feeds.health()
