"""A PostgreSQL and a Redis of our own for the tests, run in temporary folders."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ops import system
from ops.ports import any_free

START_SECONDS = 30.0
LOG = "server.log"
HOW = "Install PostgreSQL and Redis, or set TEST_DATABASE_URL and TEST_REDIS_URL."


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """DATABASE_URL and BROKER_URL of running services: those given, else private ones."""
    database = os.environ.get("TEST_DATABASE_URL")
    redis = os.environ.get("TEST_REDIS_URL")
    install_missing(database=not database, redis=not redis)
    with ExitStack() as stack:
        yield {
            "DATABASE_URL": database or stack.enter_context(postgres()),
            "BROKER_URL": redis or stack.enter_context(redis_server()),
        }


def install_missing(*, database: bool, redis: bool) -> None:
    packages = []
    if database and not system.postgres_binary("initdb"):
        packages.append("postgresql")
    if redis and not shutil.which("redis-server"):
        packages.append("redis-server")
    system.need(" and ".join(packages), not packages, packages, HOW)


@contextmanager
def postgres() -> Iterator[str]:
    """Its DATABASE_URL. PostgreSQL refuses root, so root runs it as the package's own user."""
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="skydeck-pg-", ignore_cleanup_errors=True) as folder:
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data, port = str(Path(folder, "data")), any_free()
        server = system.postgres_binary("postgres") or "postgres"
        initdb = system.postgres_binary("initdb") or "initdb"
        make = [initdb, "-D", data, "-U", "skydeck", "-A", "trust", "-E", "UTF8", "--no-sync"]
        if spawn(make, folder, owner).wait():
            sys.exit(f"{Path(folder, LOG).read_text()}\ndev: initdb failed")
        quick = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]
        where = ["-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder]
        with program([server, *where, *quick], folder, owner) as log:
            ready = system.postgres_binary("pg_isready") or "pg_isready"
            ask = [ready, "-q", "-h", "127.0.0.1", "-p", str(port)]
            wait("PostgreSQL", log, lambda: succeeds(ask))
            create = [system.postgres_binary("createdb") or "createdb", "-h", "127.0.0.1"]
            subprocess.run([*create, "-p", str(port), "-U", "skydeck", "skydeck"], check=True)
            yield f"postgres://skydeck@127.0.0.1:{port}/skydeck"


@contextmanager
def redis_server() -> Iterator[str]:
    """Its BROKER_URL."""
    with tempfile.TemporaryDirectory(prefix="skydeck-redis-") as folder:
        port = any_free()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with program(["redis-server", *options], folder) as log:
            wait("Redis", log, lambda: succeeds(["redis-cli", "-p", str(port), "ping"]))
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def program(
    command: Sequence[str], folder: str, owner: pwd.struct_passwd | None = None
) -> Iterator[Path]:
    """Runs it with its output in a file, which is yielded; ends it with SIGTERM."""
    process = spawn(command, folder, owner)
    try:
        yield Path(folder, LOG)
    finally:
        process.terminate()
        process.wait(timeout=30)


def spawn(
    command: Sequence[str], folder: str, owner: pwd.struct_passwd | None
) -> subprocess.Popen[bytes]:
    with Path(folder, LOG).open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )


def succeeds(command: Sequence[str]) -> bool:
    done = subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return done.returncode == 0


def wait(name: str, log: Path, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > end:
            sys.exit(f"{log.read_text()[-2000:]}\ndev: {name} did not start")
        time.sleep(0.05)
