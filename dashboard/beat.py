"""Celery's beat, such that it goes on when the clock is set back."""

from __future__ import annotations

import time
from typing import Any

from celery.beat import Scheduler


class SteadyScheduler(Scheduler):
    """Keeps nothing on disk: every entry is due within a minute of any start.

    Celery compares with the time of the last run, so an hour set back is an hour of silence.
    """

    _ticked = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        now = time.time()
        if now < self._ticked:
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self.populate_heap()
        self._ticked = now
        return float(super().tick(*args, **kwargs))
