"""The names of upstream's credentials, to choose from; their secrets never come here."""

from django.core.cache import cache

from dashboard.connect import connect
from dashboard.skyvern import errors
from runs.parameters import read

_KEY = "credential-names"
_SECONDS = 60


def choices_for(definitions: object) -> list[tuple[str, str]] | None:
    """(id, name) pairs if the definitions ask for a credential and upstream tells them.

    None otherwise: then an id is typed. Remembered for a minute, an unanswered question too.
    """
    if not any(parameter.type == "credential_id" for parameter in read(definitions)):
        return None
    found: list[tuple[str, str]] | None = cache.get_or_set(_KEY, _ask, _SECONDS)
    return found or None


def _ask() -> list[tuple[str, str]]:
    try:
        return [(found.credential_id, found.name) for found in connect().credentials()]
    except errors.SkyvernError:
        return []
