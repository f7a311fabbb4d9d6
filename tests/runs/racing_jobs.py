"""`python -m tests.runs.racing_jobs WHAT`: a worker of bulk jobs on a database of its own.

"make N PORT": a job that cancels N live runs. "work PORT": slices until nothing is left to
do now. The sandbox listens at PORT, so that all workers meet the same one.
"""

import sys

import django
from django.conf import settings

django.setup()

from django.utils import timezone  # noqa: E402

from dashboard.connect import connect  # noqa: E402
from dashboard.skyvern.schema import RunRequest  # noqa: E402
from runs import mirror  # noqa: E402
from runs.models import Job, JobItem, Run, Workflow  # noqa: E402
from runs.tasks import jobs  # noqa: E402


def make(count: int) -> None:
    mirror.save_workflows(connect().workflows(), seen_at=timezone.now())
    wpid = Workflow.objects.get(title="Slow crawl").pk
    for _ in range(count):
        answer = connect().start(RunRequest(workflow_id=wpid))
        mirror.save_run(answer, seen_at=timezone.now())
    ids = Run.objects.newest().values_list("run_id", flat=True)
    job = Job.objects.create(
        kind=Job.Kind.CANCEL, state=Job.State.RUNNING, options={"by": "skydeck", "from": None}
    )
    JobItem.objects.bulk_create(
        JobItem(job=job, number=n, run_id=run_id) for n, run_id in enumerate(ids, 1)
    )


def work() -> None:
    while jobs.work():
        pass


def main(what: str, *given: str) -> None:
    settings.SKYVERN_BASE_URL = f"http://127.0.0.1:{given[-1]}"
    settings.SKYVERN_API_KEY = "sandbox"
    make(int(given[0])) if what == "make" else work()


if __name__ == "__main__":
    main(*sys.argv[1:])
