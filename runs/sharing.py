"""Where share links lead, and who may find them there: ids of links, signed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from runs.models import Run, Share, ShareQuerySet

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
    """Where people get at it: under PUBLIC_URL, or else as the request came."""
    path = reverse("runs:shared", args=[token(share)])
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}{path}"
    return str(request.build_absolute_uri(path))


def token(share: Share) -> str:
    return _signer().sign(share.share_id.hex)


def opened_by(token: str) -> ShareQuerySet:
    """The live link of that token. None for what is forged, unknown or ended, which is not told."""
    try:
        share_id = UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError):
        return Share.objects.none()
    return Share.objects.live().filter(pk=share_id)


def _signer() -> Signer:
    """Where addresses end in chats, a colon is worse than a full stop."""
    return Signer(salt="runs.share", sep=".")
