"""The sandbox as a WSGI program: one lock, the key, faults, then a route."""

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from dashboard.sandbox import faults, webhooks
from dashboard.sandbox.engine import Clock, Engine, Send, utc_now
from dashboard.sandbox.faults import Fault, Faults
from dashboard.sandbox.firing import fire_due, skip_missed
from dashboard.sandbox.history import settle_in
from dashboard.sandbox.routes import WITHOUT_KEY, resolve
from dashboard.sandbox.state import World
from dashboard.sandbox.webhooks import Delivery, Webhooks
from dashboard.sandbox.wire import Answer, Environ, RefusedError, Request, StartResponse, answer

type Json = dict[str, Any]

CALLS_KEPT = 10_000


class Sandbox:
    """A Skyvern without a browser. Thread-safe.

    `clock` gives aware UTC times; `speed` is script seconds per clock second; `history` is the
    number of past runs made at the start; `state` is a file that outlives the process; `send`
    delivers a webhook (url, headers, body) and gives the target's status.
    """

    def __init__(
        self,
        *,
        api_key: str = "sandbox",
        base_url: str = "http://sandbox",
        clock: Clock = utc_now,
        speed: float = 1.0,
        history: int = 120,
        state: Path | None = None,
        send: Send = webhooks.post,
    ) -> None:
        self.api_key = api_key
        self.calls: list[tuple[str, str]] = []
        self._lock = threading.RLock()
        self._faults = Faults()
        self._state = state
        known = World.load(state) if state and state.exists() else None
        self._engine = Engine(
            known or World(),
            api_key=api_key,
            base_url=base_url,
            clock=clock,
            speed=speed,
            send=send,
        )
        self._webhooks = Webhooks(self._engine)
        self._begin(None if known else history)

    def _begin(self, past_runs: int | None) -> None:
        """None goes on with a world that was there before."""
        if past_runs is None:
            skip_missed(self._engine)
        else:
            settle_in(self._engine, past_runs)
        self._save()

    @property
    def agents(self) -> dict[str, str]:
        """Title → wpid."""
        with self._lock:
            return {w.title: w.wpid for w in self._engine.world.newest_versions()}

    def advance(self, seconds: float) -> None:
        """Move the clock forward and let everything due happen, webhooks included."""
        with self._lock:
            self._engine.world.advanced += seconds
        self.tick()

    def tick(self) -> None:
        """Fire what is due and deliver webhooks; deliveries happen outside the lock."""
        with self._lock:
            changed = fire_due(self._engine)
        while due := self._take_due():
            for delivery in due:
                self._webhooks.deliver(delivery, self._lock)
            changed = True
        if changed:
            with self._lock:
                self._save()

    def _take_due(self) -> list[Delivery]:
        with self._lock:
            return self._webhooks.due()

    def fault(self, kind: str, *, path: str = "", times: int | None = 1, **options: Any) -> None:
        """Make the next `times` requests whose path contains `path` fail; see faults.KINDS."""
        with self._lock:
            self._faults.active.append(Fault(kind, path, times, options))
            self._engine.is_old = self._faults.is_old

    def heal(self) -> None:
        with self._lock:
            self._faults.active.clear()
            self._engine.is_old = False

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = Request.of(environ)
        with self._lock:
            self.calls.append((request.method, request.path))
            del self.calls[:-CALLS_KEPT]
            met = self._faults.take(request.method, request.path)
            self._engine.is_old = self._engine.is_old and self._faults.is_old
        replies = [faults.instead(fault) for fault in met]
        if any(fault.kind == "drop" for fault in met):
            faults.hang_up(environ)
            _start(Answer(b"", 500), start_response)  # nobody hears it; WSGI wants an answer
            return []
        given = next((reply for reply in replies if reply is not None), None)
        given = given or self._answer(request)
        _start(given, start_response)
        if any(fault.kind == "cut" for fault in met):
            return faults.first_half(given.body, environ)
        return [given.body]

    def _answer(self, request: Request) -> Answer:
        try:
            if request.path.startswith("/_sandbox/"):
                self._check_key(request)
                return self._control(request)
            view, names = resolve(request.method, request.path)
            if request.path not in WITHOUT_KEY and not (
                request.path.endswith("/content") and request.text("sig")
            ):
                self._check_key(request)
            with self._lock:
                changed = fire_due(self._engine)
                value = view(self._engine, request, **names)
                if changed or request.method != "GET":
                    self._save()
        except RefusedError as refused:
            return refused.answer
        return value if isinstance(value, Answer) else answer(value)

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("x-api-key", "")
        if given == self.api_key:
            return
        if given:
            raise RefusedError(403, "Could not validate credentials")
        if "authorization" in request.headers:
            raise RefusedError(403, "Invalid authentication method")
        raise RefusedError(403, "Invalid credentials")

    def _control(self, request: Request) -> Answer:
        """POST /_sandbox/fault|advance|heal: the methods of the same names."""
        body = request.json()
        verbs: dict[str, Callable[[], None]] = {
            "/_sandbox/fault": lambda: self.fault(**body),
            "/_sandbox/advance": lambda: self.advance(float(body["seconds"])),
            "/_sandbox/heal": self.heal,
        }
        verb = verbs.get(request.path)
        if verb is None or request.method != "POST":
            raise RefusedError(404, "Not Found")
        try:
            verb()
        except (KeyError, TypeError, ValueError) as exc:
            raise RefusedError(422, f"{type(exc).__name__}: {exc}") from exc
        return answer({"ok": True})

    def _save(self) -> None:
        if self._state is not None:
            self._engine.world.save(self._state)


def _start(given: Answer, start_response: StartResponse) -> None:
    phrase = HTTPStatus(given.status).phrase
    usual = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff"}
    headers = {**usual, **given.headers, "Content-Length": str(len(given.body))}
    start_response(f"{given.status} {phrase}", list(headers.items()))
