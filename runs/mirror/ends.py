"""Notes which runs have just ended, for those who want to be told; nothing while nobody does."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from runs.models import Rule, Run, RunEnd


def note(runs: Collection[Run], at: datetime) -> None:
    """To be called within the transaction that writes the runs."""
    if runs and Rule.objects.on().exists():
        RunEnd.objects.bulk_create(
            [RunEnd(run=run, at=at) for run in runs],
            update_conflicts=True,
            unique_fields=["run"],
            update_fields=["at"],
        )
