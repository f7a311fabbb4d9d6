"""Webhooks: signed, tried up to three times, sent twice after a cancel."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from dashboard.sandbox import describe
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.runs import check_url, find
from dashboard.sandbox.state import Run
from dashboard.sandbox.wire import RefusedError, Request

type Json = dict[str, Any]
WAITS = (1.0, 4.0)
"""Seconds before the second and the third try."""
TRIED_AGAIN = frozenset({403, 408, 425, 429})


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Deliver one webhook; 0 if nobody answers."""
    try:
        return httpx.post(url, headers=dict(headers), content=body, timeout=10).status_code
    except httpx.HTTPError:
        return 0


@dataclass(frozen=True)
class Delivery:
    run_id: str
    url: str
    body: bytes
    due: datetime
    tries: int = 0


class Webhooks:
    """Deliveries that wait for their time; only `due` and `deliver` touch them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.waiting: list[Delivery] = []

    def due(self) -> list[Delivery]:
        """Take out what is to be sent by now. The caller holds the lock."""
        now = self.engine.now()
        for run in self.engine.world.runs.values():
            if url := run.request.get("webhook_url"):
                for body in self._news(run):
                    self.waiting.append(Delivery(run.run_id, url, body, now))
        ready = [d for d in self.waiting if d.due <= now]
        self.waiting = [d for d in self.waiting if d.due > now]
        return ready

    def _news(self, run: Run) -> Iterator[bytes]:
        """What the run has come to since the last time: its end and, after a cancel, once
        more when its last block has ended too."""
        progress = self.engine.progress(run)
        policy = self.engine.world.version_of(run).definition.get("retry_policy") or {}
        told_now = policy.get("webhook_on_retry") == "every_attempt" or not progress.retry_pending
        if progress.finished is None or not told_now:
            return
        end = f"{progress.attempt} {progress.status}"
        if end not in run.announced:
            run.announced.append(end)
            yield payload(self.engine, run, emptied=run.canceled_at is not None)
        last = f"{end} filled"
        if run.canceled_at and progress.ended <= progress.now and last not in run.announced:
            run.announced.append(last)
            yield payload(self.engine, run)

    def deliver(self, delivery: Delivery, lock: threading.RLock) -> None:
        """Send without the lock, then note how it went."""
        headers = signed(self.engine.api_key, delivery.body)
        status = self.engine.send(delivery.url, headers, delivery.body)
        with lock:
            run = self.engine.world.runs[delivery.run_id]
            run.webhook_failure = _failure(status)
            again = status == 0 or status >= 500 or status in TRIED_AGAIN
            if again and delivery.tries < len(WAITS):
                due = delivery.due + timedelta(seconds=WAITS[delivery.tries])
                self.waiting.append(replace(delivery, due=due, tries=delivery.tries + 1))


def _failure(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if status == 0:
        return "Webhook delivery failed before receiving a response: ConnectError"
    return f"Webhook failed with status code {status}, error message: "


def payload(engine: Engine, run: Run, *, emptied: bool = False) -> bytes:
    """Both details in one object, as compact JSON; `emptied` leaves the outputs out."""
    body = {**describe.rich(engine, run, with_workflow=False), **describe.detail(engine, run)}
    if emptied:
        body["output"] = body["outputs"] = None
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def signed(api_key: str, body: bytes) -> dict[str, str]:
    """The time is not part of what is signed, as upstream has it."""
    return {
        "Content-Type": "application/json",
        "x-skyvern-signature": hmac.new(api_key.encode(), body, hashlib.sha256).hexdigest(),
        "x-skyvern-timestamp": str(int(time.time())),
    }


def replay(engine: Engine, request: Request, run_id: str) -> Json:
    """One try; 200 even if the target fails."""
    run = find(engine, run_id, "Run {} not found")
    progress = engine.progress(run)
    if not progress.is_final:
        msg = f"Run {run_id} has not reached a terminal state (status={progress.status})."
        raise RefusedError(400, msg)
    usual = run.request.get("webhook_url")
    url = request.json().get("webhook_url") or usual
    if url is None:
        raise RefusedError(400, "No webhook URL configured for the run.")
    check_url("url", url)
    body = payload(engine, run)
    headers = signed(engine.api_key, body)
    started = time.monotonic()
    status = engine.send(url, headers, body)
    return {
        "run_id": run_id,
        "run_type": "workflow_run",
        "default_webhook_url": usual,
        "target_webhook_url": url,
        "payload": body.decode(),
        "headers": headers,
        "status_code": status or None,
        "latency_ms": int((time.monotonic() - started) * 1000),
        "response_body": "" if status else None,
        "error": None if status else "Could not reach URL: All connection attempts failed",
    }
