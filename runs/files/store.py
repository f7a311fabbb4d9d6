"""Where files are kept: a folder or a bucket, behind Django's Storage; its trouble is OSError."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages

GB = 10**9
LEAST_FREE = 1 * GB
LEAST_FREE_PART = 0.05
"""What of a disk is left to others, whichever is more."""


def is_on() -> bool:
    return bool(settings.EVIDENCE_STORE)


def store() -> Storage:
    return storages["evidence"]


def folder() -> Path | None:
    """None for a bucket."""
    found = store()
    return Path(found.location) if isinstance(found, FileSystemStorage) else None


def room() -> int | None:
    """Bytes that may still be written here before the disk is too full; None for a bucket."""
    here = folder()
    if here is None:
        return None
    disk = shutil.disk_usage(here)
    return max(0, disk.free - max(LEAST_FREE, int(disk.total * LEAST_FREE_PART)))
