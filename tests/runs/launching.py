"""How the tests press the launch button."""

import re
from uuid import uuid4

from django.urls import reverse

from dashboard.sandbox import Sandbox
from runs.models import Workflow

START = ("POST", "/v1/run/agents")
EVERY_TYPE = {
    "p0": "Good day",
    "p1": "Ada & <Co>",
    "p2": "4",
    "p3": "2.5",
    "p4": "true",
    "p5": '[{"sku": "A"}]',
    "p6": "https://files.example/prices.csv",
}


def starts(sandbox: Sandbox) -> int:
    return sandbox.calls.count(START)


def url(workflow: Workflow) -> str:
    return reverse("runs:launch", args=[workflow.pk])


def typed(**more: str) -> dict[str, str]:
    return {"nonce": str(uuid4()), **EVERY_TYPE, **more}


def nonce_in(html: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', html)
    assert found
    return found[1]
