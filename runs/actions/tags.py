"""Giving tags to runs and taking them away."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.skyvern import errors, schema
from runs import labels, mirror
from runs.actions.claim import refusals_recorded
from runs.mirror.tags import fitted
from runs.models import Run


def tag_runs(
    run_ids: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = (), actor: Actor
) -> None:
    """Add and remove tags, each written "key:value" or as a value alone, run by run.

    A tag takes the place of another with its key. The first SkyvernError ends it: runs before
    that one are tagged.
    """
    for run_id in run_ids:
        run = Run.objects.filter(pk=run_id).defer("raw").first()
        if run is None:
            raise errors.NotFound("There is no such run here.")
        with refusals_recorded(actor, "tagged", run):
            _tag(run, _parsed(add), remove)
        record(actor, "tagged", run, detail=_said(add, remove))


def _tag(run: Run, add: Sequence[schema.Tag], remove: Sequence[str]) -> None:
    if not run.is_taggable:
        raise errors.Rejected("Only a run of an agent that Skyvern still has can have tags.")
    unwanted = {fitted(label) for label in remove} - {fitted(tag.label) for tag in add}
    if not add and not unwanted:
        return
    found = connect().tags(run.run_id) if unwanted else []
    # Upstream removes by key alone: that key may have another value by now.
    gone = [tag for tag in found if fitted(tag.label) in unwanted and not tag.is_system]
    if add or gone:
        found = connect().change_tags(run.run_id, add=add, remove=gone)
    mirror.save_tags({run.run_id: [tag.label for tag in found]})


def _parsed(written: Sequence[str]) -> list[schema.Tag]:
    try:
        found = [labels.parsed(label) for label in written]
    except ValueError as exc:
        raise errors.Rejected(str(exc)) from exc
    if len(found) > labels.MOST:
        raise errors.Rejected(f"A run has {labels.MOST} tags at most.")
    return found


def _said(add: Sequence[str], remove: Sequence[str]) -> str:
    parts = (("Added", add), ("Removed", remove))
    return " ".join(f"{verb} {', '.join(which)}." for verb, which in parts if which)
