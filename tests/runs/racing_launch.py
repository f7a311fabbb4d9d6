"""`python -m tests.runs.racing_launch`: eight threads press one launch button at once, on a
database of their own; says how many POSTs Skyvern saw, and what each press came to."""

import sys
import threading
from uuid import uuid4

import django
import httpx
from django.conf import settings

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from dashboard.audit import SYSTEM  # noqa: E402
from dashboard.connect import connect  # noqa: E402
from dashboard.sandbox import Sandbox  # noqa: E402
from dashboard.skyvern.schema import RunRequest  # noqa: E402
from runs import actions, mirror  # noqa: E402
from runs.models import Launch, Run, Workflow  # noqa: E402

PRESSES = 8


def main() -> None:
    sandbox = Sandbox(history=0)
    settings.SKYVERN_TRANSPORT = httpx.WSGITransport(app=sandbox)
    settings.SKYVERN_API_KEY = sandbox.api_key
    mirror.save_workflows(connect().workflows(), seen_at=timezone.now())
    workflow = Workflow.objects.get(title="Price feed")
    sandbox.fault("latency", path="/v1/run/agents", times=None, seconds=0.5)
    ready, nonce, entries = threading.Barrier(PRESSES), uuid4(), []
    request = RunRequest(workflow_id=workflow.pk)

    def press() -> None:
        ready.wait(10)
        entries.append(actions.launch(workflow, request, nonce=nonce, actor=SYSTEM).state)
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(PRESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    posts = sandbox.calls.count(("POST", "/v1/run/agents"))
    states = ",".join(sorted(entries))
    sys.stdout.write(f"{posts} {Launch.objects.count()} {Run.objects.count()} {states}")


if __name__ == "__main__":
    main()
