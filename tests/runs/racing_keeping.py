"""`python -m tests.runs.racing_keeping WHAT PORT`: a worker that keeps files.

"mirror": what the sandbox at PORT has, with files whose time has come. "work": until nothing is
left to do. "die-saved", "die-saving": the same, killed after the first file was saved and before
that is written down, or in the middle of saving it.
"""

import os
import signal
import sys
import time

import django
from django.conf import settings

django.setup()

from django.core.files.storage import FileSystemStorage  # noqa: E402

from runs.models import Kept, Run  # noqa: E402
from runs.tasks import (  # noqa: E402
    keep_files,
    refresh_newest,
    refresh_run,
    refresh_workflows,
    tidy_files,
)
from runs.tasks.keeping import lease  # noqa: E402


def mirror() -> None:
    tidy_files()
    refresh_workflows()
    refresh_newest()
    for run in Run.objects.all():
        refresh_run(run.pk)
    Kept.objects.update(lease_until=None)


def work() -> None:
    give_up = time.monotonic() + 60
    while Kept.objects.filter(state=Kept.State.WAITING).exists() and time.monotonic() < give_up:
        keep_files()


def die(*_: object, **__: object) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit


def die_saving(self: FileSystemStorage, name: str, content: object, **_: object) -> str:
    os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
    with open(self.path(name), "wb") as half:
        half.write(b"half")
    die()
    return name


def main(what: str, port: str) -> None:
    settings.SKYVERN_BASE_URL = f"http://127.0.0.1:{port}"
    settings.SKYVERN_API_KEY = "sandbox"
    if what == "die-saved":
        lease.settle = die
    if what == "die-saving":
        FileSystemStorage.save = die_saving  # type: ignore[assignment]  # it never comes back
    mirror() if what == "mirror" else work()


if __name__ == "__main__":
    main(*sys.argv[1:])
