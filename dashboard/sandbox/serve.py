"""A sandbox that runs in real time: its state in a file, a thread that keeps it ticking."""

import os
import threading
import time
from pathlib import Path

from dashboard.sandbox.app import Sandbox

TICK_SECONDS = 0.5


def ticking() -> Sandbox:
    """Reads SKYDECK_VAR (folder of the state, default var) and SKYDECK_SANDBOX_PORT (8099)."""
    folder = Path(os.environ.get("SKYDECK_VAR") or "var")
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(
        base_url=f"http://127.0.0.1:{port()}",
        state=folder / "sandbox.json",
    )
    threading.Thread(target=_tick, args=(sandbox,), name="sandbox", daemon=True).start()
    return sandbox


def port() -> int:
    return int(os.environ.get("SKYDECK_SANDBOX_PORT") or 8099)


def _tick(sandbox: Sandbox) -> None:
    while True:
        time.sleep(TICK_SECONDS)
        sandbox.tick()
