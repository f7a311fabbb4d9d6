"""`python -m tests.schedules.racing_pauses WHAT`: workers on a database of their own.

"make-due N PORT": N schedules whose pause has come to its end. "make-bulk N PORT": a bulk that
pauses N. "make-missed N PORT": N fires without a run. "wake PORT" ends pauses, "work PORT" does
bulks, "run PORT" runs missed fires, each until nothing is left to do now. The sandbox listens at
PORT, so that all workers meet the same one.
"""

import sys
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import django
from django.conf import settings

django.setup()

from django.utils import timezone  # noqa: E402

from dashboard.audit import SYSTEM  # noqa: E402
from dashboard.connect import connect  # noqa: E402
from dashboard.skyvern.errors import SkyvernError  # noqa: E402
from dashboard.skyvern.schema import ScheduleRequest  # noqa: E402
from runs.mirror import save_workflows  # noqa: E402
from runs.models import Workflow  # noqa: E402
from schedules import actions  # noqa: E402
from schedules.actions import bulk  # noqa: E402
from schedules.models import Fire, Pause, Schedule  # noqa: E402
from schedules.pausing import waking, working  # noqa: E402
from schedules.tasks import end_pauses  # noqa: E402


def made(count: int) -> list[Schedule]:
    save_workflows(connect().workflows(), seen_at=timezone.now())
    workflow = Workflow.objects.get(title="Price feed")
    return [actions.create(workflow, hourly(n), nonce=uuid4(), actor=SYSTEM) for n in range(count)]


def hourly(number: int) -> ScheduleRequest:
    return ScheduleRequest(timezone="UTC", cron_expression="0 * * * *", name=f"S{number}")


def make_due(count: int) -> None:
    soon = timezone.now() + timedelta(hours=1)
    for schedule in made(count):
        actions.pause(schedule, reason="Why", resume_at=soon, actor=SYSTEM)
    Pause.objects.update(resume_at=timezone.now())


def make_bulk(count: int) -> None:
    chosen = [bulk.Chosen(schedule.pk) for schedule in made(count)]
    bulk.create("pause", chosen, actor=SYSTEM, nonce=uuid4(), reason="Why")


def make_missed(count: int) -> None:
    (schedule,) = made(1)
    for hours in range(count):
        at = timezone.now() - timedelta(hours=hours + 1)
        Fire.objects.create(schedule=schedule, due_at=at, state=Fire.State.MISSED)


def run() -> None:
    for fire in Fire.objects.filter(made_up_by=None, state=Fire.State.MISSED):
        with suppress(SkyvernError):
            actions.make_up(fire, actor=SYSTEM)


def wake() -> None:
    while waking.due(timezone.now()).exists():
        end_pauses()


def work() -> None:
    while working.work():
        pass


def main(what: str, *given: str) -> None:
    settings.SKYVERN_BASE_URL = f"http://127.0.0.1:{given[-1]}"
    settings.SKYVERN_API_KEY = "sandbox"
    makers = {"make-due": make_due, "make-bulk": make_bulk, "make-missed": make_missed}
    if what in makers:
        makers[what](int(given[0]))
    else:
        {"wake": wake, "work": work, "run": run}[what]()


if __name__ == "__main__":
    main(*sys.argv[1:])
