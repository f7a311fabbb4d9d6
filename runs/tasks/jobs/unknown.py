"""Items that were sent and perhaps not received: found, given up, or absent and sent again."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dashboard import feeds
from runs.models import Job, JobItem, Launch
from runs.tasks import launches
from runs.tasks.jobs.lease import LOOKED_FOR, Outcome, expired, settle
from runs.tasks.jobs.verbs import INTERRUPTED, SEARCHED, interrupted, looked_for, outcome_of

State = JobItem.State
MOST = 50
"""Looked at in a slice."""
APART = timedelta(seconds=15)
"""Between the last search and the reading that proves absence: a server that was frozen while the
launch was sent answers all that waited for it, in any order, when it goes on."""
NEVER_CAME = "This never reached Skyvern, so it started nothing."
STARTED_NOTHING = "Surely no run was started, so it is sent again."


def release_expired() -> None:
    """Take up again what a killed worker had; where a Launch tells that it was sent, by that."""
    for item in expired()[:MOST]:
        settle(item, interrupted(item, Outcome(State.WAITING, INTERRUPTED)))


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
    only if it was withdrawn before it was sent, or after (1) the search for its run is over, so
    that its POST has long ended and nothing can arrive any more (`launches.AFTER`); and (2) some
    time after that, all runs that Skyvern has of the agent since then were read, none left out,
    and each of them belongs to another launch or was given other parameters. Then the run does not
    exist and will not: absence is known by reading. Wherever that cannot be read, the item stays
    not known, says so, and a person decides. A retry is not sent again: what its run was given is
    only as well known as the run it repeats.
    """
    given_up = Outcome(State.UNKNOWN, launches.NOT_FOUND)
    if sent is None:
        return given_up
    outcome = outcome_of(sent)
    if outcome.state != State.UNKNOWN:
        return outcome
    still = looked_for(item.error.removesuffix(SEARCHED).strip())
    if not _is_over(sent):
        return still
    if item.job.kind != Job.Kind.LAUNCH:
        return given_up
    with feeds.claim("launches") as lease:
        absent = launches.is_absent(lease, sent) if lease else None
        if absent is not None:
            return _sent_again(item) if absent else given_up
    return still  # somebody else has the lease, or Skyvern does not answer: another time


def _is_over(sent: Launch) -> bool:
    """Whether it was looked for, and that some time ago, when nothing could arrive any more."""
    looked_for_long = sent.updated_at <= timezone.now() - APART
    is_open = launches.open_launches().filter(pk=sent.pk).exists()
    return sent.state == Launch.State.UNKNOWN and looked_for_long and not is_open


def _sent_again(item: JobItem) -> Outcome:
    said = item.error.removesuffix(SEARCHED).strip()
    return Outcome(State.WAITING, f"{said} {STARTED_NOTHING}", fresh=True)
