"""Webhooks: signed, tried up to three times, sent twice after a cancel."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from dashboard.sandbox import describe
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.runs import check_url, find
from dashboard.sandbox.state import Run
from dashboard.sandbox.wire import RefusedError, Request

type Json = dict[str, Any]
type Send = Callable[[str, Mapping[str, str], bytes], int]

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

    def __init__(self, engine: Engine, send: Send) -> None:
        self.engine = engine
        self.send = send
        self.waiting: list[Delivery] = []

    def due(self) -> list[Delivery]:
        """Take out what is to be sent by now. The caller holds the lock."""
        now = self.engine.now()
        for run in self.engine.world.runs.values():
            if run.request.get("webhook_url"):
                self._announce(run)
        ready = [d for d in self.waiting if d.due <= now]
        self.waiting = [d for d in self.waiting if d.due > now]
        return ready

    def _announce(self, run: Run) -> None:
        """Queue what the run has come to since the last time: its end, and its last block's."""
        progress = self.engine.progress(run)
        if progress.finished is None:
            return
        workflow = self.engine.world.version_of(run)
        policy = workflow.definition.get("retry_policy") or {}
        if progress.retry_pending and policy.get("webhook_on_retry") != "every_attempt":
            return
        name = f"{progress.attempt} {progress.status}"
        if progress.ended <= progress.now:
            name += " filled" if run.canceled_at else ""
        if name in run.announced:
            return
        run.announced.append(name)
        emptied = run.canceled_at is not None and not name.endswith("filled")
        body = payload(self.engine, run, emptied=emptied)
        self.waiting.append(Delivery(run.run_id, run.request["webhook_url"], body, progress.now))

    def deliver(self, delivery: Delivery, lock: threading.RLock) -> None:
        """Send without the lock, then note how it went."""
        status = self.send(delivery.url, signed(self.engine.api_key, delivery.body), delivery.body)
        with lock:
            run = self.engine.world.runs[delivery.run_id]
            if 200 <= status < 300:
                run.webhook_failure = ""
                return
            run.webhook_failure = (
                f"Webhook failed with status code {status}" if status else "No answer"
            )
            again = status == 0 or status >= 500 or status in TRIED_AGAIN
            if again and delivery.tries < len(WAITS):
                wait = timedelta(seconds=WAITS[delivery.tries])
                self.waiting.append(
                    Delivery(
                        delivery.run_id,
                        delivery.url,
                        delivery.body,
                        delivery.due + wait,
                        delivery.tries + 1,
                    )
                )


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
    status = post(url, headers, body)
    return {
        "run_id": run_id,
        "run_type": "workflow_run",
        "default_webhook_url": usual,
        "target_webhook_url": url,
        "payload": body.decode(),
        "headers": headers,
        "status_code": status or None,
        "latency_ms": int((time.monotonic() - started) * 1000),
        "response_body": "",
        "error": None if 200 <= status < 300 else f"Target answered {status or 'nothing'}",
    }
