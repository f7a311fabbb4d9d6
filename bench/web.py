"""This process as a Skydeck of its own, and a web server beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.stack import program, wait_for
from ops import static_files
from ops.ports import any_free
from tests.migrated import lay_out

if TYPE_CHECKING:
    from dashboard.skyvern.schema import WorkflowRun


def settle_into(var: Path) -> None:
    """Make this process a Skydeck on the folder `var`: it can then write as the mirror does.

    Its database is an empty one in that folder, or the one of DATABASE_URL, which is migrated.
    """
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
        "SKYDECK_VAR": str(var),
        "LOG_LEVEL": "WARNING",
    }
    if "DATABASE_URL" not in os.environ:
        lay_out(var)

    import django

    from dashboard.celery import leave_alone_what_stays

    django.setup()
    static_files.collect()
    leave_alone_what_stays()


def save(rows: list[WorkflowRun]) -> None:
    from runs import mirror

    mirror.save_runs(rows, seen_at=datetime.now(UTC))


@contextmanager
def web() -> Iterator[str]:
    """Its address; it serves what `settle_into` has made."""
    port = any_free()
    serve = ["gunicorn", "-c", "ops/gunicorn_conf.py", "dashboard.wsgi", "--log-level", "warning"]
    serve += ["--bind", f"127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}"
    with program(serve, dict(os.environ)):
        wait_for(f"{url}/healthz")
        yield url
