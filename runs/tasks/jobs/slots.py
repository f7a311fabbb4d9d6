"""How many slices one worker does at once: half its threads, so that the refreshes go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery.signals import worker_ready


class Slots:
    """At most `most` are taken together, by threads of this process; nobody waits for one."""

    def __init__(self) -> None:
        self.most = 1
        self._taken = 0
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Whether one was free; it is until the end of the block."""
        with self._lock:
            is_free = self._taken < self.most
            self._taken += is_free
        try:
            yield is_free
        finally:
            with self._lock:
                self._taken -= is_free


SLICES = Slots()


@worker_ready.connect
def share_threads(sender: Any, **_: Any) -> None:
    """`sender` is Celery's consumer: what it has threads for is known only in a worker."""
    SLICES.most = max(1, sender.pool.limit // 2)
