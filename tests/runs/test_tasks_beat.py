"""The beat goes on when the clock is set, in either direction."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from celery import Celery

from dashboard.beat import SteadyScheduler
from dashboard.celery import app

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Counting(SteadyScheduler):
    """Sends nothing; remembers what was due."""

    def __init__(self, program: Celery) -> None:
        self.sent: list[str] = []
        super().__init__(program, lazy=False)

    def apply_async(self, entry: Any, *args: Any, **kwargs: Any) -> None:
        self.sent.append(entry.task)

    def due(self) -> set[str]:
        self.sent.clear()
        for _ in range(20):
            self.tick()
        return set(self.sent)


@pytest.mark.django_db
def test_every_task_of_the_schedule_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_an_hour_set_back_is_no_hour_of_silence() -> None:
    with time_machine.travel(T0, tick=False) as clock:
        beat = Counting(app)
        clock.shift(61)
        everything = beat.due()
        assert "runs.tasks.refresh_live" in everything
        clock.shift(-3600)
        beat.tick()
        clock.shift(61)
        assert beat.due() == everything


def test_an_hour_set_forward_fires_everything_once() -> None:
    with time_machine.travel(T0, tick=False) as clock:
        beat = Counting(app)
        clock.shift(61)
        everything = beat.due()
        clock.shift(3600)
        assert beat.due() == everything
        assert beat.due() == set()
