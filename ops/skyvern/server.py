"""Starts and stops the Skyvern server and the small site that its agents visit."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from ops.group import say
from ops.ports import free
from ops.skyvern.place import Place

START_SECONDS = 300.0  # one that dies is told of at once; a busy machine took over 180 to load it
STOP_SECONDS = 15.0


def environment(place: Place) -> dict[str, str]:
    """The server's settings: SQLite, no LLM, no telemetry, everything under the place's folder."""
    keys = place.data / "keys.json"
    if not keys.exists():
        keys.touch(mode=0o600)
        keys.write_text(json.dumps([secrets.token_hex(32), secrets.token_urlsafe(32)]))
    secret, artifact_secret = json.loads(keys.read_text())
    keyring = {
        "current_kid": "local-1",
        "keys": {"local-1": {"secret": artifact_secret, "created_at": "2026-01-01"}},
    }
    folders = {
        "ARTIFACT_STORAGE_PATH": "artifacts",
        "VIDEO_PATH": "video",
        "HAR_PATH": "har",
        "LOG_PATH": "log",
        "TEMP_PATH": "temp",
        "DOWNLOAD_PATH": "downloads",
        "BROWSER_SESSION_BASE_PATH": "browser_sessions",
        "HOME": "home",
    }
    for folder in folders.values():
        (place.data / folder).mkdir(exist_ok=True)
    foreign = ("SKYVERN_", "DATABASE_", "DJANGO_", "SKYDECK_")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    return {
        "WORKFLOW_SCHEDULE_POLL_INTERVAL_SECONDS": "5",
        **inherited,
        **{name: str(place.data / folder) for name, folder in folders.items()},
        "ENV": "local",
        "SKYVERN_TELEMETRY": "false",
        "SECRET_KEY": secret,
        "DATABASE_STRING": f"sqlite+aiosqlite:///{place.data / 'data.db'}?timeout=60",
        "SKYVERN_BASE_URL": place.url,
        "PORT": str(place.port),
        "ALLOWED_HOSTS": '["127.0.0.1","localhost"]',
        "ARTIFACT_CONTENT_HMAC_KEYRING": json.dumps(keyring),
        "BROWSER_TYPE": "chromium-headless",
        "BROWSER_STREAMING_MODE": "cdp",
        "PLAYWRIGHT_BROWSERS_PATH": str(place.browsers),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LOG_RAW_API_REQUESTS": "false",
        "NO_COLOR": "1",
    }


def start(place: Place) -> None:
    """Start what does not run yet, and return once the server answers."""
    for name, port, variable in (
        ("site", place.site_port, "SITE_PORT"),
        ("server", place.port, "SKYVERN_PORT"),
    ):
        if not running(place, name) and not free("127.0.0.1", port):
            sys.exit(f"dev: port {port} is in use; choose another with {variable}")
    if not running(place, "site"):
        site = str(Path(__file__).with_name("site.py"))
        spawn(place, "site", [sys.executable, site, str(place.site_port)], dict(os.environ))
    if running(place, "server"):
        return
    say(f"starting Skyvern on {place.url}")
    app = ["--app-dir", str(Path(__file__).with_name("inside")), "--factory", "local_app:create"]
    address = ["--host", "127.0.0.1", "--port", str(place.port)]
    options = ["--loop", "asyncio", "--no-access-log", "--ws", "websockets-sansio"]
    command = [str(place.python), "-m", "uvicorn", *app, *address, *options]
    spawn(place, "server", command, environment(place))
    end = time.monotonic() + START_SECONDS
    while not answers(place):
        if not running(place, "server") or time.monotonic() > end:
            tail = "\n".join(place.log("server").read_text().splitlines()[-15:])
            stop(place)
            sys.exit(f"{tail}\ndev: Skyvern did not start; see {place.log('server')}")
        time.sleep(0.3)


def spawn(place: Place, name: str, command: list[str], env: dict[str, str]) -> None:
    """In the background, in a session of its own, with its pid noted for `stop`.

    The working folder matters: the server writes the API key it makes into ./.env.
    """
    with place.log(name).open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=place.data,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (place.data / f"{name}.pid").write_text(str(process.pid))


def answers(place: Place) -> bool:
    try:
        answer = httpx.get(f"{place.url}/api/v1/heartbeat", timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def running(place: Place, name: str) -> int | None:
    """The pid, if that program still is what was started: pids come round again."""
    path = place.data / f"{name}.pid"
    if not path.exists():
        return None
    pid = int(path.read_text())
    listing = subprocess.run(
        ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    ours = "uvicorn" if name == "server" else "site.py"
    return pid if ours in listing and not listing.startswith("Z") else None


def stop(place: Place) -> None:
    """End both, with the browsers that the server started."""
    for name in ("server", "site"):
        if pid := running(place, name):
            os.killpg(pid, signal.SIGTERM)
            end = time.monotonic() + STOP_SECONDS
            while running(place, name) and time.monotonic() < end:
                time.sleep(0.1)
            if running(place, name):
                os.killpg(pid, signal.SIGKILL)
            say(f"stopped the {name}")
        (place.data / f"{name}.pid").unlink(missing_ok=True)
