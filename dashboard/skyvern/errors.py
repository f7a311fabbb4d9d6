"""What can go wrong at the Skyvern API, told apart by what the caller can do about it.

SkyvernError
├── Unavailable    nothing was decided: try later (network, timeout, 429, 5xx, garbage)
│   └── Unknown    a POST was cut off: it may or may not have happened upstream
├── Rejected       our request was refused: change it (400, 409, 413, 422)
├── NotFound       no such thing, or no longer (404, 410)
├── Forbidden      the key is missing, wrong, expired or may not (401, 402, 403)
└── Unsupported    this server does not have that feature (501, 405, a missing route)
"""

# ruff: noqa: N818 - they are named for what the caller sees

from typing import Any


class SkyvernError(Exception):
    """`message` is safe to show to a person: it never holds the API key or a URL's query."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        detail: Any = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        """Seconds, as the server asked; None where it did not."""

    @property
    def fields(self) -> dict[str, str]:
        """What upstream said of single fields of the body: name → message; {} if nothing."""
        if not isinstance(self.detail, list):
            return {}
        found: dict[str, str] = {}
        for item in self.detail:
            if isinstance(item, dict) and isinstance(item.get("loc"), list) and item["loc"]:
                name = next(iter(place(item["loc"])), "body")
                found.setdefault(name, str(item.get("msg", "")))
        return found


def place(loc: list[Any]) -> list[str]:
    """FastAPI's `["body", "tags", 0]` without the part of the request it begins with."""
    parts = [str(part) for part in loc]
    return parts[1:] if parts[:1] and parts[0] in ("body", "query", "path", "header") else parts


class Unavailable(SkyvernError):
    pass


class Unknown(Unavailable):
    pass


class Rejected(SkyvernError):
    pass


class NotFound(SkyvernError):
    pass


class Forbidden(SkyvernError):
    pass


class Unsupported(SkyvernError):
    pass
