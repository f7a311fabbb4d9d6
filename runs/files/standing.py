"""How much is kept, in one line."""

from __future__ import annotations

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from runs.files import store
from runs.models import Kept

State = Kept.State


def told() -> str:
    """ "1.2 GB of 20 GB in 314 files; 3 waiting; 1 given up." """
    if not store.is_on():
        return "No files are kept: EVIDENCE_STORE is not set."
    counts = Kept.objects.by_state()
    waiting = counts.get(State.WAITING, 0) + counts.get(State.WORKING, 0)
    kept, given_up = counts.get(State.KEPT, 0), counts.get(State.FAILED, 0)
    size = filesizeformat(Kept.objects.bytes()).replace("\xa0", " ")
    parts = [f"{size} of {settings.EVIDENCE_GB} GB in {kept:,} file{'' if kept == 1 else 's'}"]
    parts += [f"{waiting:,} waiting"] if waiting else []
    parts += [f"{given_up:,} given up"] if given_up else []
    parts += [_trouble()]
    return f"{'; '.join(part for part in parts if part)}."


def _trouble() -> str:
    try:
        return "the disk is too full for more" if store.room() == 0 else ""
    except OSError:
        return "the store cannot be reached"
