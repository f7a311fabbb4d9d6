"""Starting a run in place of a fire that had none, once for each fire."""

from __future__ import annotations

from datetime import UTC, timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from dashboard.audit import Actor, record
from dashboard.models import Revision
from dashboard.skyvern import errors
from runs.actions import launch
from runs.mirror.writing import writing
from runs.models import Launch, Run
from schedules.actions.running import request_of
from schedules.models import Fire, MakeUp

UNDER_WAY = "A run was asked for already, and no answer has come yet: it is being looked for."
LATELY = timedelta(days=2)
"""For so long it may still turn out that the run of a lost answer was started."""
State = Launch.State


def make_up(fire: Fire, *, actor: Actor) -> str:
    """Start the run that the fire did not have, with the schedule's parameters; its id.

    However often and by whomever it is asked for, one run is started. `errors.Unknown`: it may
    have been; it is looked for. Any other SkyvernError: none was, and it can be asked for again.
    """
    if not fire.can_be_made_up(timezone.now()):
        raise errors.Rejected("That fire has its run, or is not due yet: there is nothing to run.")
    schedule = fire.schedule
    nonce = _claim(fire)
    request = request_of(schedule, fire=fire.due_at.astimezone(UTC).isoformat())
    entry = launch(schedule.workflow, request, nonce=nonce, actor=actor)
    if entry.state == State.LAUNCHED:
        tie(fire, entry, actor)
        return entry.run_id
    if entry.state == State.REJECTED:
        raise errors.Rejected(entry.error)
    raise errors.Unknown(UNDER_WAY)


def tie_found() -> None:
    """Link the runs that were found after their answer was lost, or after a kill."""
    since = timezone.now() - LATELY
    lately = MakeUp.objects.filter(asked_at__gte=since)
    if not lately.exists():
        return
    for made in lately.filter(fire__made_up_by=None).select_related("fire__schedule"):
        entry = Launch.objects.select_related("user").filter(pk=made.nonce).first()
        if entry is None or entry.state != State.LAUNCHED:
            continue
        if Run.objects.filter(pk=entry.run_id).exists():
            name = entry.user.get_username() if entry.user else "someone who is deleted"
            tie(made.fire, entry, Actor(entry.user, name))


def tie(fire: Fire, entry: Launch, actor: Actor) -> None:
    """Write down, once, which run was started in place of the fire."""
    with writing("ledger"):
        mine = Fire.objects.filter(pk=fire.pk, made_up_by=None)
        if not mine.update(made_up_by=entry.run_id):
            return
        due = f"{fire.due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        detail = f"The fire of {due}, as {entry.run_id}."
        record(actor, "made up for a fire of", fire.schedule, detail=detail)
        Revision.bump("ledger")


def _claim(fire: Fire) -> UUID:
    """What to launch under: the same for everybody, another one only after a sure refusal."""
    with writing("ledger"):
        made, is_new = MakeUp.objects.get_or_create(fire=fire)
        sent = None if is_new else Launch.objects.filter(pk=made.nonce).first()
        if sent and sent.state == State.REJECTED:
            made.nonce = uuid4()
            made.save()
        elif sent and sent.state != State.LAUNCHED:
            raise errors.Unknown(UNDER_WAY)
        return made.nonce
