"""The one place where Django's settings and the API client meet."""

import os
from functools import lru_cache

import httpx
import stamina
from django.conf import settings

from dashboard.limits import acquire
from dashboard.skyvern import Skyvern

stamina.instrumentation.set_on_retry_hooks(())  # the client logs its repetitions itself


def connect(*, patience: float = 15.0) -> Skyvern:
    """This process's client, with its connection pool; cheap to call again, shared by threads.

    `patience` (seconds) is what a call may take with all its repetitions.
    """
    return _client(
        settings.SKYVERN_BASE_URL,
        settings.SKYVERN_API_KEY,
        settings.SKYVERN_TRANSPORT,
        os.getpid(),  # a forked child must not use its parent's sockets
        patience,
    )


@lru_cache(maxsize=4)
def _client(
    base_url: str,
    api_key: str,
    transport: httpx.BaseTransport | None,
    _process: int,
    patience: float,
) -> Skyvern:
    return Skyvern(base_url, api_key, transport=transport, before_call=acquire, budget=patience)
