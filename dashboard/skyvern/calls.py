"""How each method of the client asks, and what it makes of the answer."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, Unpack
from urllib.parse import quote

from msgspec import Struct

from dashboard.skyvern import answers, errors
from dashboard.skyvern.transport import Options, Transport

MOST_CHOICES = 1000


def path(*parts: str) -> str:
    """`/v1/a/b`; no part can be more than one segment, so an id never changes the route."""
    for part in parts:
        if not 0 < len(part) <= 200 or part in (".", "..") or "/" in part:
            raise errors.NotFound("Skyvern has nothing with such an id.")
    return "/v1/" + "/".join(quote(part, safe="", errors="replace") for part in parts)


def query(**values: Any) -> dict[str, Any]:
    """Query parameters without the ones that are not asked for; times as naive UTC."""

    def sent(value: Any) -> Any:
        if isinstance(value, datetime):  # the server drops an offset instead of applying it
            return value.astimezone(UTC).replace(tzinfo=None).isoformat()
        return value if isinstance(value, str | int) else list(value)

    return {name: sent(value) for name, value in values.items() if value not in (None, "")}


class Calls:
    """The connections to one server, and calls of every shape."""

    def __init__(self, base_url: str, api_key: str, **options: Unpack[Options]) -> None:
        self._http = Transport(base_url, api_key, **options)

    def close(self) -> None:
        self._http.close()

    def _one[T: Struct](self, kind: type[T], route: str) -> T:
        return self._http.get(route, partial(answers.one, kind))

    def _rows[T: Struct](self, kind: type[T], route: str, **asked: Any) -> list[T]:
        return self._http.get(route, partial(answers.rows, kind), **query(**asked))

    def _all[T: Struct](self, kind: type[T], route: str) -> list[T]:
        """Every page, up to MOST_CHOICES: nobody picks from more than that."""

        def counted(listed: Any) -> tuple[list[T], int]:
            return answers.rows(kind, listed), len(listed)

        found: list[T] = []
        for page in range(1, MOST_CHOICES // 100 + 1):
            good, sent = self._http.get(route, counted, page=page, page_size=100)
            found += good
            if sent < 100:
                break
        return found

    def _change[T: Struct](self, kind: type[T], method: str, route: str, body: Any = None) -> T:
        return self._http.send(method, route, partial(answers.one, kind), body)
