"""Items that were sent and perhaps not received: found, given up, or absent and sent again."""

from __future__ import annotations

from dashboard import feeds
from runs.models import Job, JobItem, Launch
from runs.tasks import launches
from runs.tasks.jobs.lease import LOOKED_FOR, Outcome, expired, settle
from runs.tasks.jobs.verbs import outcome_of

State = JobItem.State
MOST = 50
"""Looked at in a slice."""
NEVER_CAME = "This never reached Skyvern; it was sent again under another number."


def release_expired() -> None:
    """Take up again what a killed worker had; where a Launch tells that it was sent, by that."""
    for item in expired()[:MOST]:
        sent = Launch.objects.filter(pk=item.pk).first()
        settle(item, outcome_of(sent) if sent else Outcome(State.WAITING))


def settle_unknown() -> None:
    """Follow what `settle_launches` has made of them."""
    items = JobItem.objects.filter(LOOKED_FOR, job__ended_at=None).select_related("job")
    for item in items.order_by("lease_until")[:MOST]:
        sent = Launch.objects.select_related("workflow").filter(pk=item.pk).first()
        if settle(item, outcome := _outcome(item, sent)) and outcome.fresh:
            rejected = Launch.objects.filter(pk=item.pk, state=Launch.State.UNKNOWN)
            rejected.update(state=Launch.State.REJECTED, error=NEVER_CAME)


def _outcome(item: JobItem, sent: Launch | None) -> Outcome:
    """Why a launch may be sent a second time, and its run is still started exactly once.

    A launch is not sent again because no answer came, nor because some time has passed. It is,
    only after (1) the search for its run is over, so that its POST, which lasts a quarter of a
    minute at most, has long ended and nothing can arrive any more; and (2) after that, all runs
    that Skyvern has of the agent around that time were read, none left out, and each of them
    belongs to another launch or was given other parameters. Then the run does not exist and will
    not: absence is known by reading. Wherever that cannot be read, the item stays not known, says
    so, and a person decides. A retry is not sent again: what its run was given is only as well
    known as the run it repeats.
    """
    given_up = Outcome(State.UNKNOWN, launches.NOT_FOUND)
    if sent is None:
        return given_up
    outcome = outcome_of(sent)
    is_over = sent.state == Launch.State.UNKNOWN and not launches.open_launches().filter(pk=sent.pk)
    if outcome.state != State.UNKNOWN or not is_over:
        return outcome
    if item.job.kind != Job.Kind.LAUNCH:
        return given_up
    with feeds.claim("launches") as lease:
        if lease:
            absent = launches.is_absent(lease, sent)
            return Outcome(State.WAITING, fresh=True) if absent else given_up
    return outcome  # somebody else has the lease, or Skyvern does not answer: another time
