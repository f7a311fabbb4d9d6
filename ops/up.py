"""`./dev up`: prepares the database and static files, then keeps the whole product running."""

import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import IO, NoReturn

from ops import health
from ops.group import Group, Program, say
from ops.ports import free
from ops.static_files import collect

HOST = os.environ.setdefault("HOST", "127.0.0.1")
SANDBOX_OFFSET = 99  # 8000 → 8099


def fail(text: str) -> NoReturn:
    sys.exit(f"dev: {text}")


def check_port() -> int:
    """The port to serve on, from PORT; ends with a sentence if that cannot be."""
    given = os.environ.setdefault("PORT", "8000")
    if not given.isdecimal() or not 0 < int(given) < 65536:
        fail(f'PORT must be a number from 1 to 65535, not "{given}"')
    port = int(given)
    if not free(HOST, port):
        fail(
            f"cannot listen on {HOST}:{port}: something else does, or it is not this machine's "
            "address; choose another, as in PORT=8001 ./dev up"
        )
    return port


def choose_sandbox_port(port: int) -> None:
    """SKYDECK_SANDBOX_PORT, unless given: the first free one from PORT + 99."""
    if "SKYDECK_SANDBOX_PORT" in os.environ:
        return
    start = port + SANDBOX_OFFSET if port + SANDBOX_OFFSET < 65000 else port - 1000
    found = next((p for p in range(start, start + 100) if free("127.0.0.1", p)), start)
    os.environ["SKYDECK_SANDBOX_PORT"] = str(found)


def hold(folder: Path) -> IO[str]:
    """A lock on the folder: two groups on one database would run every beat twice."""
    try:
        lock = (folder / "up.lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fail(f"Skydeck already runs on {folder}; for a second one set SKYDECK_VAR and PORT")
    except OSError as wrong:
        fail(f"SKYDECK_VAR cannot be used: {wrong}")
    return lock


def prepare() -> None:
    """Database, administrator, static files and an empty queue; raises SystemExit with a reason."""
    import django
    from django.conf import settings
    from django.core.management import CommandError, call_command
    from django.db import DatabaseError, connection

    django.setup()
    say("preparing the database")
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("ensure_admin")
    except (DatabaseError, CommandError) as wrong:
        fail(f"the database could not be prepared: {' '.join(str(wrong).split())}")
    connection.close()
    try:
        collect()
    except OSError as wrong:
        fail(f"the static files could not be collected: {wrong}")
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        # Wake-ups of an earlier run: the database knows what is to be done.
        for folder in (settings.VAR_DIR / "broker").iterdir():
            shutil.rmtree(folder)
            folder.mkdir()


def environment() -> dict[str, str]:
    """Without Celery's page of advice against root: here one user owns everything there is."""
    ignored = "ignore:You're running the worker with superuser privileges"
    warnings = filter(None, (os.environ.get("PYTHONWARNINGS"), ignored))
    return {**os.environ, "PYTHONWARNINGS": ",".join(warnings)}


def programs(*, sandbox: bool, threads: int) -> list[Program]:
    web = [
        "gunicorn",
        "--log-level",
        "warning",
        "-c",
        "ops/gunicorn_conf.py",
        "dashboard.wsgi:application",
    ]
    celery = ["celery", "-q", "-A", "dashboard.celery"]
    pool = ["-P", "threads", "-c", str(threads)]
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    commands = {
        "web": web,
        "worker": [*celery, "worker", "-l", "WARNING", *pool, *alone],
        "beat": [*celery, "beat", "-l", "WARNING", "--pidfile="],
    }
    if sandbox:
        address = f"127.0.0.1:{os.environ['SKYDECK_SANDBOX_PORT']}"
        options = ["-w", "1", "--threads", "8", "--keep-alive", "75", "--log-level", "warning"]
        stand_in = ["gunicorn", *options, "-b", address, "--no-control-socket"]
        commands = {"sandbox": [*stand_in, "dashboard.sandbox.wsgi:app"], **commands}
    given = environment()
    return [
        Program(name, [sys.executable, "-m", *command], given) for name, command in commands.items()
    ]


class Announcement:
    """Says once, as soon as the web answers, where to open the browser."""

    def __init__(self, *, sandbox: bool) -> None:
        self.sandbox = sandbox
        self.made = False

    def __call__(self) -> None:
        if self.made or not health.alive():
            return
        self.made = True
        print(f"Skydeck is up: open {health.web_address()} (Ctrl-C stops it)", flush=True)
        if self.sandbox:
            print("No SKYVERN_API_KEY is set: it shows the built-in sandbox.", flush=True)


def main() -> None:
    port = check_port()
    choose_sandbox_port(port)
    from dashboard import settings

    if settings.SANDBOX and not free("127.0.0.1", settings.SANDBOX_PORT):
        fail(f"port {settings.SANDBOX_PORT} is in use; set SKYDECK_SANDBOX_PORT to a free one")
    threads = settings.env.count("WORKER_THREADS", 4, least=1)
    settings.env.count("WEB_WORKERS", 2, least=1)  # or gunicorn would refuse, again and again
    lock = hold(settings.VAR_DIR)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    prepare()
    say(f"starting on {HOST}:{port}")
    Group(programs(sandbox=settings.SANDBOX, threads=threads)).run(
        Announcement(sandbox=settings.SANDBOX)
    )
    lock.close()


def leave(*_: object) -> None:
    """Ctrl-C before there is a group to stop. An exception could be lost in somebody's callback."""
    os.write(sys.stderr.fileno(), b"dev: stopped before anything was started\n")
    os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, leave)
    main()
