"""What came back from Skyvern: a value, or the error that says what the caller can do about it."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from dashboard.skyvern import errors, schema
from dashboard.skyvern.secret import Secret
from dashboard.wording import said

log = logging.getLogger(__name__)

LONGEST_MESSAGE = 500
KEY_TROUBLE = (
    "Invalid credentials",
    "Could not validate credentials",
    "Invalid authentication method",
    "Auth token is expired",
    "Organization not found",
)
BREAKS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "Skyvern did not accept a connection in time."),
    (httpx.PoolTimeout, "All connections to Skyvern are in use."),
    (httpx.TimeoutException, "Skyvern did not answer in time."),
    (httpx.ConnectError, "Skyvern could not be reached ({})."),
    (httpx.ProxyError, "The proxy on the way to Skyvern refused ({})."),
    (httpx.UnsupportedProtocol, "SKYVERN_BASE_URL must begin with http:// or https://."),
    (httpx.DecodingError, "Skyvern's answer could not be unpacked."),
)


class TooLarge(errors.Unavailable):
    """Asking again would bring the same."""


def decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise errors.Unavailable("Skyvern answered something that is not JSON.") from exc


def one[T: msgspec.Struct](kind: type[T], found: Any) -> T:
    try:
        return schema.read(kind, found)
    except msgspec.ValidationError as exc:
        raise errors.Unavailable(f"Skyvern answered something that is no {kind.__name__}.") from exc


def rows[T: msgspec.Struct](kind: type[T], found: Any) -> list[T]:
    """The rows that can be read; one that cannot is logged and left out, not the whole page."""
    if not isinstance(found, list):
        raise errors.Unavailable(f"Skyvern answered something that is no list of {kind.__name__}.")
    good = []
    for row in found:
        try:
            good.append(schema.read(kind, row))
        except msgspec.ValidationError:
            log.warning("left out a malformed %s with id %s", kind.__name__, _id_of(kind, row))
    return good


def _id_of(kind: type[msgspec.Struct], row: Any) -> str:
    ids = [each.encode_name for each in msgspec.structs.fields(kind) if each.required]
    return repr(row.get(ids[0]))[:80] if ids and isinstance(row, dict) else "unknown"


def broken(exc: Exception, secret: Secret, *, unknown: bool = False) -> errors.Unavailable:
    """The exchange broke off: Unavailable, or Unknown if the request may have got through."""
    text = next((text for kind, text in BREAKS if isinstance(exc, kind)), None)
    message = (text or "The connection to Skyvern broke off.").format(said(exc))
    message = secret.redact_text(message)
    if unknown:
        return errors.Unknown(f"{message} It may have been done nevertheless.")
    return errors.Unavailable(message)


def harmless(exc: BaseException, secret: Secret) -> BaseException:
    """The same exception without what may hold the key: its frames, its request, its words."""
    link: BaseException | None = exc
    while link is not None:
        link.__traceback__ = None
        link.args = tuple(
            secret.redact_text(part) if isinstance(part, str) else part for part in link.args
        )
        if isinstance(link, httpx.RequestError):
            link.request = httpx.Request("GET", "http://skyvern")
        link = link.__cause__ or link.__context__
    return exc


def refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, changing: bool
) -> errors.SkyvernError:
    """The error for an answer that is not 2xx; `changing` if the request was not a GET."""
    detail, foreign = _detail(body)
    kind, message = _judge(status, _sentence(detail), foreign=foreign, changing=changing)
    return kind(
        message[:LONGEST_MESSAGE],
        status=status,
        detail=detail,
        retry_after=_retry_after(headers.get("retry-after", "")),
    )


def _judge(
    status: int, said: str, *, foreign: bool, changing: bool
) -> tuple[type[errors.SkyvernError], str]:
    """`foreign`: the body is not the JSON that Skyvern would have sent."""
    tail = f": {said}" if said else "."
    if said in KEY_TROUBLE:
        return errors.Forbidden, f"Skyvern does not accept the API key: {said}"
    if status < 400 or (status in (404, 410) and foreign):
        # A proxy's "not found" must not pass for Skyvern's: the mirror would delete what it has.
        return errors.Unavailable, f"Something before Skyvern answered ({status})."
    if status < 500 and status != 429:
        return _judge_refusal(status, said, tail)
    if status == 501:
        return errors.Unsupported, f"This Skyvern server does not have this{tail}"
    if status in (429, 503):
        busy = "is limiting our calls" if status == 429 else "is not available"
        return errors.Unavailable, f"Skyvern {busy}{tail}"
    # Behind any other 5xx the work may have begun.
    kind = errors.Unknown if changing else errors.Unavailable
    return kind, f"Skyvern has a problem ({status}){tail}"


def _judge_refusal(status: int, said: str, tail: str) -> tuple[type[errors.SkyvernError], str]:
    if status in (401, 402, 403):
        return errors.Forbidden, f"Skyvern does not allow this{tail}"
    # FastAPI's words for a route that does not exist; a missing thing has other words, or none.
    if status == 405 or (status == 404 and said == "Not Found"):
        return errors.Unsupported, f"This Skyvern server does not have this{tail}"
    if status in (404, 410):
        return errors.NotFound, said or "Skyvern does not have this (any more)."
    return errors.Rejected, said or f"Skyvern refused this ({status})."


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
        return [_without_echo(item) for item in found], False
    return found, False


def _without_echo(item: Any) -> Any:
    """A 422 repeats what was sent, which may be a secret."""
    if not isinstance(item, dict):
        return item
    return {name: part for name, part in item.items() if name not in ("input", "ctx", "url")}


def _sentence(detail: Any) -> str:
    match detail:
        case str():
            return detail.strip()
        case list():
            return "; ".join(filter(None, map(_sentence_of_field, detail)))
        case {"message": str(text)} | {"msg": str(text)} | {"error": str(text)}:
            return text.strip()
        case {"code": str(text)}:
            return text.strip()
        case _:
            return ""


def _sentence_of_field(item: Any) -> str:
    said = _sentence(item)
    loc = item.get("loc") if isinstance(item, dict) else None
    where = ".".join(errors.place(loc)) if isinstance(loc, list) else ""
    return f"{where}: {said}" if where and said else said


def _retry_after(header: str) -> float | None:
    """Seconds from now, of either form of the header; None where it says nothing."""
    try:
        if header.strip().isdecimal():
            return float(header)
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)
