"""Where share links lead, and who may find them there: ids of links, signed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from dashboard import links
from runs.models import Run, Share, ShareQuerySet

SALT = "runs.share"
MOST_ENDED = 20
SHOWN_FILES = Q(type="recording") | Q(type__startswith="screenshot")
"""The files of a run that a link to it opens."""


@dataclass(frozen=True)
class Links:
    """Of one run, newest first: those that open it, each with its address, and the last ended."""

    live: list[tuple[Share, str]]
    ended: list[Share]


def of_run(run: Run, request: HttpRequest) -> Links:
    found = run.shares.select_related("user", "revoked_by")
    live = [(share, address(share, request)) for share in found.live()]
    return Links(live, list(found.ended()[:MOST_ENDED]))


def address(share: Share, request: HttpRequest) -> str:
    """Where people get at it."""
    return links.whole(reverse("runs:shared", args=[token(share)]), request)


def token(share: Share) -> str:
    return links.signed(SALT, share.share_id)


def opened_by(token: str) -> ShareQuerySet:
    """The live link of that token. None for what is forged, unknown or ended, which is not told."""
    share_id = links.unsigned(SALT, token)
    return Share.objects.live().filter(pk=share_id) if share_id else Share.objects.none()
