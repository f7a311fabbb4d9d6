"""What Skyvern answered: a value, or the error that says what the caller can do about it."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from dashboard.skyvern import errors, schema

log = logging.getLogger(__name__)

REDACTED = "[redacted]"
LONGEST_MESSAGE = 500


class TooLarge(errors.Unavailable):
    """Asking again would bring the same."""


class Secret:
    """The API key, which shows itself in no repr and takes itself out of what others say."""

    def __init__(self, value: str) -> None:
        self._value = value.strip()
        if not all("!" <= letter <= "~" for letter in self._value):
            raise ValueError("the API key holds characters that cannot be sent in a header")

    def __repr__(self) -> str:
        return REDACTED

    def reveal(self) -> str:
        return self._value

    def redact(self, body: bytes) -> bytes:
        # A key as short as "sandbox" is a word, not a secret: it would spoil honest answers.
        if len(self._value) < 8:
            return body
        return body.replace(self._value.encode(), REDACTED.encode())

    def redact_text(self, text: str) -> str:
        return self.redact(text.encode("utf-8", "replace")).decode()


def harmless(exc: BaseException) -> BaseException:
    """The same exception without what holds the key: its frames and its request's headers."""
    link: BaseException | None = exc
    while link is not None:
        link.__traceback__ = None
        if isinstance(link, httpx.RequestError):
            link.request = httpx.Request(
                link.request.method, link.request.url.copy_with(query=None)
            )
        link = link.__cause__ or link.__context__
    return exc


def reason(exc: Exception) -> str:
    """A sentence for a person."""
    match exc:
        case httpx.ConnectTimeout():
            return "Skyvern did not accept a connection in time."
        case httpx.PoolTimeout():
            return "All connections to Skyvern are in use."
        case httpx.TimeoutException():
            return "Skyvern did not answer in time."
        case httpx.ConnectError() | httpx.ProxyError():
            return f"Skyvern could not be reached ({exc})."
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return "Skyvern's address or this request cannot be sent; check SKYVERN_BASE_URL."
        case httpx.DecodingError():
            return "Skyvern's answer could not be decompressed."
        case _:
            return "The connection to Skyvern broke off."


def decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise errors.Unavailable("Skyvern answered something that is not JSON.") from exc


def one[T: msgspec.Struct](kind: type[T], found: Any) -> T:
    try:
        return schema.read(kind, found)
    except msgspec.ValidationError as exc:
        raise errors.Unavailable(
            f"Skyvern answered something that is not a {kind.__name__}."
        ) from exc


def rows[T: msgspec.Struct](kind: type[T], found: Any) -> list[T]:
    """The rows that can be read; one that cannot is logged and left out, not the whole page."""
    if not isinstance(found, list):
        raise errors.Unavailable(
            f"Skyvern answered something that is not a list of {kind.__name__}."
        )
    good = []
    for row in found:
        try:
            good.append(schema.read(kind, row))
        except msgspec.ValidationError:
            log.warning("left out a malformed %s: %s", kind.__name__, _id_of(kind, row))
    return good


def _id_of(kind: type[msgspec.Struct], row: Any) -> str:
    name = next(field.name for field in msgspec.structs.fields(kind) if field.required)
    return repr(row.get(name))[:80] if isinstance(row, dict) else type(row).__name__


def refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, changing: bool
) -> errors.SkyvernError:
    """The error for an answer that is not 2xx; `changing` if the request was not a GET."""
    detail, garbage = _detail(body)
    said = _sentence(detail)
    kind, message = _judge(status, said, garbage=garbage, changing=changing)
    return kind(
        message[:LONGEST_MESSAGE],
        status=status,
        detail=detail,
        retry_after=_retry_after(headers.get("retry-after")),
    )


def _judge(
    status: int, said: str, *, garbage: bool, changing: bool
) -> tuple[type[errors.SkyvernError], str]:
    tail = f": {said}" if said else "."
    if status in (401, 402, 403) or (status == 404 and said == "Organization not found"):
        return errors.Forbidden, f"Skyvern did not allow it{tail}"
    # FastAPI's own words for a route that does not exist; a missing thing has other words or none.
    if status in (405, 501) or (status == 404 and said == "Not Found"):
        return errors.Unsupported, f"This Skyvern server cannot do that{tail}"
    if status in (404, 410) and not garbage:
        return errors.NotFound, said or "Skyvern does not have it (any more)."
    if status == 429:
        return errors.Unavailable, f"Skyvern is limiting our calls{tail}"
    if status < 400 or status in (404, 410):
        return errors.Unavailable, (
            f"Something other than Skyvern answered ({status}); check SKYVERN_BASE_URL."
        )
    if status < 500:
        return errors.Rejected, said or f"Skyvern refused the request ({status})."
    # 503 is an honest no; behind any other 5xx the work may have been begun.
    kind = errors.Unknown if changing and status != 503 else errors.Unavailable
    return kind, f"Skyvern has a problem ({status}){tail}"


def _detail(body: bytes) -> tuple[Any, bool]:
    """What the answer says of itself, and whether it is something else than Skyvern's JSON."""
    if not body.strip():
        return None, False
    try:
        found = decode(body)
    except errors.Unavailable:
        return None, True
    if isinstance(found, dict):
        found = found.get("detail", found.get("error", found))
    if isinstance(found, list):
        # `input` echoes what was sent, which may be a secret.
        found = [
            {name: part for name, part in item.items() if name not in ("input", "ctx", "url")}
            if isinstance(item, dict)
            else item
            for item in found
        ]
    return found, False


def _sentence(detail: Any) -> str:
    match detail:
        case str():
            return detail.strip()
        case list():
            return "; ".join(filter(None, map(_sentence_of_field, detail)))
        case (
            {"message": str(text)} | {"msg": str(text)} | {"error": str(text)} | {"code": str(text)}
        ):
            return text.strip()
        case _:
            return ""


def _sentence_of_field(item: Any) -> str:
    said = _sentence(item)
    if not isinstance(item, dict) or not isinstance(item.get("loc"), list):
        return said
    where = ".".join(str(part) for part in item["loc"] if part != "body")
    return f"{where}: {said}" if where else said


def _retry_after(header: str | None) -> float | None:
    """Seconds from now, from either form of the header."""
    if header is None:
        return None
    try:
        return max(float(header), 0.0) if header.strip().isdigit() else _until(header)
    except (ValueError, OverflowError):
        return None


def _until(http_date: str) -> float:
    at = parsedate_to_datetime(http_date)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)
