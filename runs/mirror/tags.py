"""Writes the tags of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import batched

from dashboard.models import Revision
from runs.labels import LONGEST, RESERVED_KEYS
from runs.mirror.fit import is_id, text
from runs.mirror.writing import CHUNK, writing
from runs.models import Run, Tag

MOST = 50
"""Tags of a run that are kept; upstream allows fewer."""

type Labels = dict[str, set[str]]


def save_tags(labels_by_run: Mapping[str, Iterable[str]]) -> None:
    """Make these the tags of these runs. Skyvern's own and those of unknown runs are left out."""
    fitted = [(run_id, _fitted(labels)) for run_id, labels in labels_by_run.items()]
    for chunk in batched(((run_id, kept) for run_id, kept in fitted if is_id(run_id)), CHUNK):
        wanted = dict(chunk)
        if any(_differences(wanted)):
            with writing("runs"):
                _write(wanted)


def fitted(label: str) -> str:
    """As the mirror keeps it."""
    return text(label, LONGEST)


def _fitted(labels: Iterable[str]) -> set[str]:
    kept = (fitted(label) for label in labels if not label.startswith(RESERVED_KEYS))
    return set(sorted(filter(str.strip, kept))[:MOST])


def _write(wanted: Labels) -> None:
    gone, new = _differences(wanted)
    if not gone and not new:
        return
    Tag.objects.filter(pk__in=gone).delete()
    Tag.objects.bulk_create(new)
    Revision.bump("runs")


def _differences(wanted: Labels) -> tuple[list[int], list[Tag]]:
    """Ids of the tags that are no more, and the tags that are new."""
    known = Tag.objects.filter(run__in=wanted).values_list("run_id", "label", "pk")
    had = {(run_id, label): pk for run_id, label, pk in known}
    new = {(run_id, label) for run_id, labels in wanted.items() for label in labels} - had.keys()
    places = dict(
        Run.objects.filter(pk__in={run_id for run_id, _ in new}).values_list("pk", "place")
    )
    gone = [pk for (run_id, label), pk in had.items() if label not in wanted[run_id]]
    return gone, [
        Tag(run_id=run_id, label=label, place=places[run_id])
        for run_id, label in sorted(new)
        if run_id in places
    ]
