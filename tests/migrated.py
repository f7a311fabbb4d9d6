"""A migrated, empty database as a file, made once: migrating takes seconds, a copy does not."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
NAME = "skydeck.sqlite3"


def lay_out(var: Path) -> None:
    """Put the database into the folder of a Skydeck that has none yet."""
    if not (var / NAME).exists():
        shutil.copyfile(_template(), var / NAME)


def _template() -> Path:
    """Of the migrations and libraries as they are; whoever comes first makes it for all."""
    sources = [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements.lock"]
    digest = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = ROOT / "var" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    found = folder / f"migrated-{digest}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            _migrate(found)
    return found


def _migrate(found: Path) -> None:
    foreign = ("DJANGO_", "SKYVERN_", "SKYDECK_", "DATABASE_", "BROKER_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    part = found.with_suffix(".part")
    part.unlink(missing_ok=True)
    with TemporaryDirectory() as var:
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, env={**kept, "SKYDECK_VAR": var}, cwd=ROOT, check=True)
        with (
            closing(sqlite3.connect(Path(var) / NAME)) as source,
            closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
    part.replace(found)
