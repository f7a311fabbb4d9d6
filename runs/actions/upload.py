"""Giving Skyvern a file, for a run to work with."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.skyvern import errors
from runs.actions.claim import refusals_recorded
from runs.models import Workflow

MOST_BYTES = 10 * 2**20
VERB = "uploaded a file for"


def upload(workflow: Workflow, file: UploadedFile[Any], *, actor: Actor) -> str:
    """Where Skyvern keeps it, as a parameter takes it. `errors.Unsupported`: links only."""
    name, size = file.name or "file", file.size or 0
    with refusals_recorded(actor, VERB, workflow):
        if size > MOST_BYTES:
            raise errors.Rejected(
                f"It has {size / 2**20:.1f} MB, and Skyvern takes {MOST_BYTES // 2**20} MB at most."
            )
        kind = file.content_type or "application/octet-stream"
        found = connect().upload_file(name, file.open("rb"), kind)
        if not (address := found.s3_uri or found.presigned_url):
            raise errors.Unavailable("Skyvern did not say where it put the file.")
    record(actor, VERB, workflow, detail=f"{name}, {size:,} bytes.")
    return address
