"""The one place where Django's settings and the API client meet."""

from functools import lru_cache

from django.conf import settings

from dashboard.limits import acquire
from dashboard.skyvern import Skyvern


def connect() -> Skyvern:
    """This process's client, with its connection pool; cheap to call again."""
    return _client(
        settings.SKYVERN_BASE_URL, settings.SKYVERN_API_KEY, settings.SKYVERN_TRANSPORT
    )


@lru_cache(maxsize=2)
def _client(base_url: str, api_key: str, transport: object) -> Skyvern:
    return Skyvern(base_url, api_key, transport=transport, before_call=acquire)
