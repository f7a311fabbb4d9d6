"""One HTTP exchange with Skyvern: pool, timeouts, repeated reads, and every failure named."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, TypedDict

import httpx
import stamina

from dashboard.skyvern import answers, errors
from dashboard.skyvern.secret import Secret

log = logging.getLogger(__name__)

NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)
type File = tuple[str, IO[bytes], str]
"""Name, content and media type."""

PASSED_ON = ("content-type", "content-length", "content-range", "accept-ranges")
REFUSAL_LIMIT = 2**20  # bytes of an error's text that are read


class ArtifactStream:
    """An artifact's content as it comes in; never more than a chunk of it is in memory."""

    def __init__(self, response: httpx.Response, secret: Secret) -> None:
        self._response = response
        self._secret = secret
        self.status = response.status_code
        self.headers = {name: value for name in PASSED_ON if (value := response.headers.get(name))}
        if "content-encoding" in response.headers:  # what comes out is longer than what came in
            self.headers.pop("content-length", None)

    def iter_bytes(self) -> Iterator[bytes]:
        """Chunks as they arrive; Unavailable if the connection breaks half way."""
        try:
            yield from self._response.iter_bytes()
        except (httpx.HTTPError, httpx.StreamError) as exc:
            raise answers.broken(exc, self._secret) from answers.harmless(exc, self._secret)


class Options(TypedDict, total=False):
    """What `Transport` takes besides the server and the key."""

    transport: httpx.BaseTransport | None
    before_call: Callable[[], None] | None
    tries: int
    budget: float
    timeout: float
    max_body: int


class Transport:
    """The connections to one server with one key; safe to share between threads.

    `budget` (seconds) and `tries` bound a call with all its repetitions, `timeout` (seconds) one
    silence while reading, `max_body` (bytes) an answer that is held in memory.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        before_call: Callable[[], None] | None = None,
        tries: int = 3,
        budget: float = 15.0,
        timeout: float = 10.0,
        max_body: int = 64 * 2**20,
    ) -> None:
        self._secret = Secret(api_key)
        self._before_call = before_call
        self._budget = budget
        self._timeout = timeout
        self._max_body = max_body
        self._again = stamina.RetryingCaller(
            attempts=tries, timeout=budget, wait_initial=0.2, wait_max=2.0, wait_jitter=0.3
        )
        self._http = httpx.Client(
            base_url=base_url,
            headers={"x-api-key": self._secret.reveal(), "user-agent": "skydeck"},
            transport=transport,
            follow_redirects=False,
            # Shorter than the 5 s after which uvicorn hangs up, or a POST may meet a dead line.
            limits=httpx.Limits(max_connections=40, keepalive_expiry=4.0),
        )

    def close(self) -> None:
        self._http.close()

    def get[T](self, path: str, read: Callable[[Any], T], **params: Any) -> T:
        """The answer as `read` makes it, asked for again after a passing failure."""

        def ask(end: float) -> T:
            response = self._open("GET", path, end=end, params=params)
            return read(self._decode(response, end=end))

        return self._retried(ask)

    def send[T](
        self,
        method: str,
        path: str,
        read: Callable[[Any], T],
        body: object = None,
        *,
        file: File | None = None,
    ) -> T:
        """Change something, asked exactly once; Unknown if it may have happened nevertheless."""
        end = time.monotonic() + self._budget
        content = {"files": {"file": file}} if file else _json(body)
        response = self._open(method, path, end=end, **content)
        try:
            return read(self._decode(response, end=end))
        except errors.Unavailable as exc:
            message = f"Skyvern accepted this, but its answer was lost. {exc.message}"
            raise errors.Unknown(message, status=response.status_code) from exc

    def tell(self, method: str, path: str) -> None:
        """As `send`, where the status says it all."""
        end = time.monotonic() + self._budget
        response = self._open(method, path, end=end)
        try:
            self._read(response, end=end, limit=REFUSAL_LIMIT)
        except errors.Unavailable as exc:
            log.info("ignored the end of an answer to %s %s: %s", method, path, exc.message)

    @contextmanager
    def stream(self, path: str, range_header: str | None) -> Iterator[ArtifactStream]:
        """A GET whose body is passed on as it comes; the connection is closed at the end."""
        headers = {"accept-encoding": "identity"}
        if range_header:
            headers["range"] = range_header
        response = self._retried(lambda end: self._open("GET", path, end=end, headers=headers))
        try:
            yield ArtifactStream(response, self._secret)
        finally:
            response.close()

    def _retried[T](self, ask: Callable[[float], T]) -> T:
        """Exponential back-off with jitter, or as long as the server asks if there is time."""
        end = time.monotonic() + self._budget

        def wait(exc: Exception) -> bool | float:
            if not isinstance(exc, errors.Unavailable) or isinstance(exc, answers.TooLarge):
                return False
            if time.monotonic() + (exc.retry_after or 0.0) >= end:
                return False
            log.info("a read of Skyvern failed for now (status %s)", exc.status)
            return True if exc.retry_after is None else exc.retry_after

        return self._again(wait, ask, end)

    def _open(self, method: str, path: str, *, end: float, **request: Any) -> httpx.Response:
        """Send, and come back with a good answer whose body is still to be read."""
        if not self._secret.can_be_sent:
            raise errors.Forbidden("The API key holds impossible letters; check SKYVERN_API_KEY.")
        if self._before_call is not None:
            self._before_call()
        if method != "GET" and time.monotonic() > end:  # whoever asked has long stopped waiting
            raise errors.Unavailable("There was no time left to send this.")
        # A change has only this one try, so it may use all the time there is.
        patience = self._timeout if method == "GET" else self._budget
        left = max(min(patience, end - time.monotonic()), 0.1)
        timeout = httpx.Timeout(left, connect=min(left, 3.0), pool=min(left, 3.0))
        try:
            built = self._http.build_request(method, path, timeout=timeout, **request)
        except (httpx.InvalidURL, UnicodeEncodeError) as exc:
            raise errors.Rejected("This cannot be asked: it is too long or no text.") from (
                answers.harmless(exc, self._secret)
            )
        try:
            response = self._http.send(built, stream=True)
        except httpx.HTTPError as exc:
            unknown = method != "GET" and not isinstance(exc, NEVER_SENT)
            raise answers.broken(exc, self._secret, unknown=unknown) from answers.harmless(
                exc, self._secret
            )
        if not response.is_success:
            raise self._refusal(response, end=end, changing=method != "GET")
        return response

    def _refusal(
        self, response: httpx.Response, *, end: float, changing: bool
    ) -> errors.SkyvernError:
        try:
            body = self._read(response, end=end, limit=REFUSAL_LIMIT)
        except errors.Unavailable as exc:
            log.info("could not read why Skyvern said %d: %s", response.status_code, exc.message)
            body = b"?"  # not empty, or a cut-off 404 would pass for Skyvern's own
        return answers.refusal(response.status_code, response.headers, body, changing=changing)

    def _decode(self, response: httpx.Response, *, end: float) -> Any:
        return answers.decode(self._read(response, end=end, limit=self._max_body))

    def _read(self, response: httpx.Response, *, end: float, limit: int) -> bytes:
        """The whole body without our key; Unavailable if it is too large, too slow or cut off."""
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > limit:
                    raise answers.TooLarge(f"Skyvern's answer has more than {limit} bytes.")
                if time.monotonic() > end:
                    raise errors.Unavailable("Skyvern's answer took too long.")
        except httpx.HTTPError as exc:
            raise answers.broken(exc, self._secret) from answers.harmless(exc, self._secret)
        finally:
            response.close()
        return self._secret.redact(bytes(body))


def _json(body: object) -> Mapping[str, Any]:
    """The parts of a request that carry this body."""
    if body is None:
        return {}
    try:
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as exc:
        raise errors.Rejected("This cannot be sent as JSON.") from exc
    return {"content": content, "headers": {"content-type": "application/json"}}
