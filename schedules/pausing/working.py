"""Carries bulks on: one schedule at a time under a lease, so that a killed worker is followed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from dashboard import feeds, leases
from dashboard.audit import Actor, record
from dashboard.connect import connect
from dashboard.models import Activity, Revision
from dashboard.skyvern import errors
from runs.mirror.writing import writing
from schedules import actions, mirror
from schedules.actions import bulk as bulks
from schedules.actions.switching import mirrored
from schedules.models import Bulk, BulkItem, Pause, Schedule
from schedules.pausing import noting, vital

SLICE = 5.0
"""Seconds after which a worker turns to what else is waiting."""
LEASE = timedelta(seconds=60)
ABSURD = 10 * LEASE
"""A lease or a wait that ends later than this was written under a clock that has jumped since."""
MOST_AT_WORK = 2
"""Schedules at work together, over all processes: the refreshes need API and worker too."""
MOST_TRIES = 8
PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)
"""Before the second try, and doubled before each one after it."""

DELETED = "Was deleted."
ONCE = "Fires once: such a one can only be canceled, on its own page."
IS_VITAL = "It is vital and was not ticked."
ALREADY = {Bulk.Verb.PAUSE: "Was paused already.", Bulk.Verb.RESUME: "Was going on already."}
ANEW = "Was paused anew meanwhile, and stays so."
OTHERS = "Somebody else paused it meanwhile."

State = BulkItem.State


@dataclass(frozen=True)
class Outcome:
    """What came of an item; WAITING: nothing yet, it is taken up again at `due_at`."""

    state: str
    said: str = ""
    pause_id: int | None = None
    due_at: datetime | None = None


def work() -> bool:
    """A slice of what is to be done; whether more can be done at once."""
    going = Bulk.objects.filter(ended_at=None)
    if not going.exists():
        return False
    _release_expired()
    more = feeds.health().state != "down" and _slice(stop=time.monotonic() + SLICE)
    for bulk in going.select_related("user"):
        bulks.end(bulk)
    return more


def _slice(*, stop: float) -> bool:
    while time.monotonic() < stop:
        item = claim()
        if item is None:
            return False
        if carry_out(item).state == State.WAITING:
            return False  # Skyvern is away: not all of them have to find that out
    return True


def claim() -> BulkItem | None:
    """The next item, at work from now on; None if none is due or there is no room for it."""
    now = timezone.now()
    free = leases.free(now, ABSURD)
    with writing("bulks"):
        at_work = BulkItem.objects.filter(state=State.WORKING, bulk__ended_at=None)
        if at_work.count() >= MOST_AT_WORK:
            return None
        for bulk in Bulk.objects.filter(state=Bulk.State.RUNNING, ended_at=None).order_by(
            "created_at"
        ):
            waiting = bulk.items.filter(free, state=State.WAITING).order_by("number")
            if item := waiting.select_related("bulk__user", "schedule", "pause").first():
                item.state, item.lease_until = State.WORKING, now + LEASE
                item.save(update_fields=["state", "lease_until"])
                Revision.bump("bulks")
                return item
    return None


def carry_out(item: BulkItem) -> Outcome:
    """Switch it, and write what came of it."""
    try:
        outcome = _act(item, item.bulk)
    except errors.Unavailable as error:
        outcome = _later(item, error)
    except errors.SkyvernError as error:
        outcome = Outcome(State.FAILED, error.message)
    except Exception as exc:
        settle(item, Outcome(State.FAILED, f"{type(exc).__name__} in Skydeck; see its log."))
        raise
    settle(item, outcome)
    return outcome


def settle(item: BulkItem, outcome: Outcome) -> bool:
    """False if it is another worker's since, who writes it then."""
    same = BulkItem.objects.filter(pk=item.pk, state=State.WORKING, lease_until=item.lease_until)
    changed = same.update(
        state=outcome.state,
        said=outcome.said,
        pause_id=outcome.pause_id or item.pause_id,
        lease_until=outcome.due_at,
        tries=item.tries + (outcome.state == State.WAITING),
    )
    if changed:
        Revision.bump("bulks")
    return bool(changed)


def _act(item: BulkItem, bulk: Bulk) -> Outcome:
    wants_pause = bulk.verb == Bulk.Verb.PAUSE
    schedule = item.schedule
    if schedule.kind == Schedule.Kind.ONCE:
        return Outcome(State.SKIPPED, ONCE)
    if wants_pause and not item.knows_vital and vital.mark_of(schedule):
        return Outcome(State.SKIPPED, IS_VITAL)
    try:
        found = connect().schedule(schedule.workflow_id, schedule.pk)
    except errors.NotFound:
        mirror.mark_deleted([schedule.pk], timezone.now())
        return Outcome(State.SKIPPED, DELETED)
    schedule = mirrored(found)
    if schedule.enabled is not wants_pause:
        return _found_so(item, bulk, schedule)
    return _pause(item, bulk, schedule) if wants_pause else _resume(item, bulk, schedule)


def _found_so(item: BulkItem, bulk: Bulk, schedule: Schedule) -> Outcome:
    """It was so before, or a killed worker, who was to write so, has come that far."""
    if item.sent_at is None:
        return Outcome(State.SKIPPED, ALREADY[Bulk.Verb(bulk.verb)])
    moment = noting.moment_of(schedule, timezone.now())
    with writing("ledger"):
        if bulk.verb == Bulk.Verb.PAUSE:
            pause = noting.begin(schedule, moment)
            mine = pause.bulk_id == bulk.pk
            return (
                Outcome(State.DONE, pause_id=pause.pk) if mine else Outcome(State.SKIPPED, OTHERS)
            )
        noting.end(schedule, moment)
        told = Activity.objects.filter(
            target_type="schedule", target_id=schedule.pk, verb="resumed", at__gte=item.sent_at
        )
        if not told.exists():
            record(_actor(bulk), "resumed", schedule)
    return Outcome(State.DONE)


def _pause(item: BulkItem, bulk: Bulk, schedule: Schedule) -> Outcome:
    """Of an undo, with the reason that it had, and the end if that is still to come."""
    before = item.pause if bulk.undo_of_id else None
    if not _send(item):
        return Outcome(State.SKIPPED, OTHERS)
    until = before.resume_at if before else bulk.resume_at
    actions.pause(
        schedule,
        reason=(before.reason if before else "") or bulk.reason,
        resume_at=until if until and until > timezone.now() else None,
        actor=_actor(bulk),
        knows_vital=item.knows_vital,
        bulk=bulk,
    )
    return Outcome(State.DONE, pause_id=_open(schedule))


def _resume(item: BulkItem, bulk: Bulk, schedule: Schedule) -> Outcome:
    """Of an undo, only if it is still the pause that is to be undone."""
    with writing("ledger"):
        pause = noting.begin(schedule, noting.moment_of(schedule, timezone.now()))
    if bulk.undo_of_id and pause.pk != item.pause_id:
        return Outcome(State.SKIPPED, ANEW)
    if not _send(item, pause_id=pause.pk):
        return Outcome(State.SKIPPED, OTHERS)
    actions.resume(schedule, actor=_actor(bulk))
    return Outcome(State.DONE, pause_id=pause.pk)


def _send(item: BulkItem, pause_id: int | None = None) -> bool:
    """Write that Skyvern is asked from here on; False if it is another worker's by now."""
    item.pause_id = pause_id or item.pause_id
    mine = Q(state=State.WORKING, lease_until=item.lease_until)
    sent = item.sent_at or timezone.now()
    own = BulkItem.objects.filter(mine, pk=item.pk)
    return bool(own.update(sent_at=sent, pause_id=item.pause_id))


def _open(schedule: Schedule) -> int | None:
    return Pause.objects.filter(schedule=schedule, end=None).values_list("pk", flat=True).first()


def _later(item: BulkItem, error: errors.Unavailable) -> Outcome:
    if item.tries + 1 >= MOST_TRIES:
        return Outcome(State.FAILED, f"Given up after {MOST_TRIES} tries. {error.message}")
    wait = max(PAUSE * 2**item.tries, timedelta(seconds=error.retry_after or 0))
    due_at = timezone.now() + min(wait, LONGEST_PAUSE)
    return Outcome(State.WAITING, error.message, due_at=due_at)


def _release_expired() -> None:
    """Take up again what a killed worker had."""
    free = leases.free(timezone.now(), ABSURD)
    left = BulkItem.objects.filter(free, state=State.WORKING, bulk__ended_at=None)
    pks = list(left.values_list("pk", flat=True))
    if pks and BulkItem.objects.filter(free, pk__in=pks, state=State.WORKING).update(
        state=State.WAITING, lease_until=None
    ):
        Revision.bump("bulks")


def _actor(bulk: Bulk) -> Actor:
    """Who started it: everything it does is theirs."""
    return Actor(bulk.user, bulk.by, bulk.address)
