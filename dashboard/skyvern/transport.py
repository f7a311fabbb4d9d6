"""One HTTP exchange with Skyvern: pool, timeouts, retries of reads, and every failure named."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
import stamina

from dashboard.skyvern import answers, errors

KEY_HEADER = "x-api-key"
PASSED_ON = ("content-type", "content-length", "content-range", "accept-ranges")
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


class ArtifactStream:
    """The content of an artifact as it comes in; nothing is kept in memory."""

    def __init__(self, response: httpx.Response, explain: Callable[[Exception], Exception]) -> None:
        self._response = response
        self._explain = explain
        self.status = response.status_code
        encoded = "content-encoding" in response.headers
        self.headers = {
            name: response.headers[name]
            for name in PASSED_ON
            if name in response.headers and not (encoded and name == "content-length")
        }

    def iter_bytes(self) -> Iterator[bytes]:
        """Chunks as they arrive; Unavailable if the connection breaks half way."""
        try:
            yield from self._response.iter_bytes()
        except (httpx.HTTPError, httpx.StreamError) as exc:
            raise self._explain(exc) from answers.harmless(exc)


class Transport:
    """The connection pool to one server with one key; safe to share between threads.

    `tries` and `budget` (seconds) bound a read with all its repetitions, `timeout` (seconds) each
    silence of the server, `max_body` (bytes) an answer that is held in memory.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        before_call: Callable[[], None] | None = None,
        tries: int = 3,
        budget: float = 20.0,
        timeout: float = 10.0,
        max_body: int = 64 * 2**20,
    ) -> None:
        self._secret = answers.Secret(api_key)
        self._before_call = before_call
        self._tries = tries
        self._budget = budget
        self._timeout = timeout
        self._max_body = max_body
        self._http = httpx.Client(
            base_url=base_url,
            headers={KEY_HEADER: self._secret.reveal(), "user-agent": "skydeck"},
            transport=transport,
            follow_redirects=False,
            # Shorter than the 5 s after which uvicorn hangs up, or a POST may hit a dead line.
            limits=httpx.Limits(max_connections=40, keepalive_expiry=4.0),
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer; repeated after passing failures until `budget` is used up."""
        end = time.monotonic() + self._budget
        for attempt in self._attempts(end):
            with attempt:
                return self._exchange("GET", path, end=end, params=params)
        raise AssertionError("stamina either returns or raises")

    def send(self, method: str, path: str, body: Any = None, *, answer: bool = True) -> Any:
        """Change something, asked exactly once; the decoded answer, or None if not wanted."""
        end = time.monotonic() + self._budget
        content = None if body is None else msgspec.json.encode(body)
        return self._exchange(method, path, end=end, content=content, wanted=answer)

    @contextmanager
    def stream(self, path: str, range_header: str | None) -> Iterator[ArtifactStream]:
        """A GET whose body is passed on chunk by chunk; the connection is closed at the end."""
        headers = {"accept-encoding": "identity"}
        if range_header:
            headers["range"] = range_header
        end = time.monotonic() + self._budget
        response = self._open_stream(path, headers, end)
        try:
            yield ArtifactStream(response, lambda exc: self._explain(exc, sure=True))
        finally:
            response.close()

    def _open_stream(self, path: str, headers: dict[str, str], end: float) -> httpx.Response:
        for attempt in self._attempts(end):
            with attempt:
                return self._open("GET", path, end=end, headers=headers)
        raise AssertionError("stamina either returns or raises")

    def _attempts(self, end: float) -> Iterator[Any]:
        """Exponential back-off with jitter, or as long as the server asks if there is time."""

        def wait(exc: Exception) -> bool | float:
            if not isinstance(exc, errors.Unavailable) or isinstance(exc, answers.TooLarge):
                return False
            if exc.retry_after is None:
                return True
            return exc.retry_after if time.monotonic() + exc.retry_after < end else False

        return iter(
            stamina.retry_context(
                on=wait,
                attempts=self._tries,
                timeout=self._budget,
                wait_initial=0.2,
                wait_max=2.0,
                wait_jitter=0.3,
            )
        )

    def _exchange(
        self,
        method: str,
        path: str,
        *,
        end: float,
        wanted: bool = True,
        params: Mapping[str, Any] | None = None,
        content: bytes | None = None,
    ) -> Any:
        headers = {} if content is None else {"content-type": "application/json"}
        response = self._open(
            method, path, end=end, params=params, content=content, headers=headers
        )
        sure = method == "GET"
        try:
            if not wanted:
                return None
            body = self._read(response, end=end, limit=self._max_body)
            return answers.decode(self._secret.redact(body))
        except (httpx.HTTPError, httpx.StreamError) as exc:
            raise self._explain(exc, sure=sure) from answers.harmless(exc)
        except errors.Unavailable as exc:
            raise exc if sure else errors.Unknown(exc.message, status=exc.status) from exc
        finally:
            response.close()

    def _open(self, method: str, path: str, *, end: float, **request: Any) -> httpx.Response:
        """Send, and come back with a good answer whose body is still to be read."""
        if self._before_call is not None:
            self._before_call()
        left = max(min(self._timeout, end - time.monotonic()), 0.1)
        timeout = httpx.Timeout(left, connect=min(left, 3.0), pool=min(left, 3.0))
        try:
            built = self._http.build_request(method, path, timeout=timeout, **request)
            response = self._http.send(built, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as exc:
            sure = method == "GET" or isinstance(exc, NEVER_SENT)
            raise self._explain(exc, sure=sure) from answers.harmless(exc)
        if response.is_success:
            return response
        try:
            raise self._refusal(method, response, end)
        finally:
            response.close()

    def _refusal(self, method: str, response: httpx.Response, end: float) -> errors.SkyvernError:
        try:
            body = self._read(response, end=end, limit=2**20)
        except (httpx.HTTPError, httpx.StreamError, errors.Unavailable):
            body = b""  # the status alone says enough
        return answers.refusal(
            response.status_code,
            response.headers,
            self._secret.redact(body),
            changing=method != "GET",
        )

    def _read(self, response: httpx.Response, *, end: float, limit: int) -> bytes:
        """The whole body, unless it is larger than `limit` or comes in too slowly."""
        chunks = bytearray()
        for chunk in response.iter_bytes():
            chunks += chunk
            if len(chunks) > limit:
                raise answers.TooLarge(f"Skyvern's answer is larger than {limit // 2**20} MiB.")
            if time.monotonic() > end:
                raise errors.Unavailable("Skyvern's answer took too long.")
        return bytes(chunks)

    def _explain(self, exc: Exception, *, sure: bool) -> errors.Unavailable:
        """What broke, in a sentence; Unknown unless `sure` that nothing happened upstream."""
        reason = answers.reason(exc)
        if sure:
            return errors.Unavailable(self._secret.redact_text(reason))
        return errors.Unknown(
            self._secret.redact_text(f"{reason} It may or may not have happened all the same.")
        )
