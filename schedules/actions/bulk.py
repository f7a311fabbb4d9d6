"""Pausing or resuming many schedules: made here, carried on by `schedules.pausing.working`.

A bulk is rows, which the beat finds; a worker may be told of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.models import Revision
from schedules.models import Bulk, BulkItem

MOST = 10_000
CHUNK = 500
UNDONE = "Paused again: resuming many at once was undone."
State = BulkItem.State
OPPOSITE = {Bulk.Verb.PAUSE: Bulk.Verb.RESUME, Bulk.Verb.RESUME: Bulk.Verb.PAUSE}


@dataclass(frozen=True)
class Chosen:
    """A schedule of a bulk; `pause_id` as `BulkItem.pause` has it."""

    schedule_id: str
    knows_vital: bool = False
    pause_id: int | None = None


def create(
    verb: str,
    chosen: Iterable[Chosen],
    *,
    actor: Actor,
    nonce: UUID,
    reason: str = "",
    resume_at: datetime | None = None,
    undo_of: Bulk | None = None,
) -> Bulk:
    """In this order, MOST at most; the same nonce gives the one that it made before."""
    told: dict[str, Any] = {
        "verb": verb,
        "reason": reason,
        "resume_at": resume_at,
        "undo_of": undo_of,
        "user": actor.user,
        "by": actor.name,
        "address": actor.address,
    }
    with transaction.atomic():
        bulk, is_new = Bulk.objects.get_or_create(pk=nonce, defaults=told)
        if is_new:
            items = [
                BulkItem(bulk=bulk, number=number, **vars(one))
                for number, one in enumerate(list(chosen)[:MOST], 1)
            ]
            BulkItem.objects.bulk_create(items, batch_size=CHUNK)
            what = f"{bulk.get_verb_display()} {len(items):,} schedules."
            record(actor, "started", bulk, detail=" ".join(filter(None, (what, reason))))
            Revision.bump("bulks")
    return bulk


def undo(bulk: Bulk, *, actor: Actor, nonce: UUID) -> Bulk:
    """The opposite for exactly those that it switched; what became of them since is respected."""
    done = bulk.items.filter(state=State.DONE)
    return create(
        OPPOSITE[Bulk.Verb(bulk.verb)],
        _again(done, knows_vital=True),
        reason=UNDONE if bulk.verb == Bulk.Verb.RESUME else "",
        undo_of=bulk,
        actor=actor,
        nonce=nonce,
    )


def repeat_failed(bulk: Bulk, *, actor: Actor, nonce: UUID) -> Bulk:
    failed = bulk.items.filter(state=State.FAILED)
    return create(
        bulk.verb,
        _again(failed),
        reason=bulk.reason,
        resume_at=bulk.resume_at,
        undo_of=bulk.undo_of,
        actor=actor,
        nonce=nonce,
    )


def _again(items: Any, *, knows_vital: bool = False) -> list[Chosen]:
    found = items.order_by("number").values_list("schedule_id", "knows_vital", "pause_id")
    return [Chosen(pk, knows_vital or knew, pause) for pk, knew, pause in found]


def abort(bulk: Bulk, *, actor: Actor) -> bool:
    """Take up no further schedule: what waits is left as it is. Whether it was going on."""
    going = Bulk.objects.filter(pk=bulk.pk, state=Bulk.State.RUNNING)
    with transaction.atomic():
        if not going.update(state=Bulk.State.ABORTED):
            return False
        record(actor, "aborted", bulk)
        Revision.bump("bulks")
    return True


def end(bulk: Bulk) -> None:
    """Close it if nothing of it is left to do, once."""
    left = (State.WORKING,) if bulk.state == Bulk.State.ABORTED else (State.WAITING, State.WORKING)
    if bulk.items.filter(state__in=left).exists():
        return
    state = Bulk.State.DONE if bulk.state == Bulk.State.RUNNING else bulk.state
    same = Bulk.objects.filter(pk=bulk.pk, state=bulk.state, ended_at=None)
    with transaction.atomic():
        if same.update(state=state, ended_at=timezone.now()):
            states = list(bulk.items.values_list("state", flat=True))
            said = ", ".join(f"{states.count(s):,} {s.label.lower()}" for s in State if s in states)
            actor = Actor(bulk.user, bulk.by, bulk.address)
            record(actor, "ended", bulk, detail=f"{said or 'Nothing to do'}.")
            Revision.bump("bulks")
