"""Addresses that open something by themselves: ids, signed, and where people get at them."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest


def signed(salt: str, link_id: UUID) -> str:
    """The token of an address; links of another kind have another salt."""
    return _signer(salt).sign(link_id.hex)


def unsigned(salt: str, token: str) -> UUID | None:
    """The id of what the token is of; None for what is forged."""
    try:
        return UUID(hex=_signer(salt).unsign(token))
    except (BadSignature, ValueError):
        return None


def whole(path: str, request: HttpRequest) -> str:
    """The address under PUBLIC_URL, or else as the request came."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}{path}"
    return str(request.build_absolute_uri(path))


def _signer(salt: str) -> Signer:
    """Where addresses end in chats, a colon is worse than a full stop."""
    return Signer(salt=salt, sep=".")
