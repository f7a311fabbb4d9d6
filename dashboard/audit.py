"""The audit trail: one row for every act of a person, refused ones too."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.http import HttpRequest

from dashboard.models import Activity


@dataclass(frozen=True)
class Actor:
    """Who acts, and from where."""

    user: User | None
    name: str
    address: str | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Actor:
        user = request.user
        address = request.META.get("REMOTE_ADDR") or None
        if isinstance(user, AnonymousUser):
            return cls(None, "anonymous", address)
        return cls(user, user.get_username(), address)


SYSTEM = Actor(None, "skydeck")


def record(
    actor: Actor,
    verb: str,
    target: models.Model,
    *,
    result: str = Activity.Result.OK,
    detail: str = "",
) -> Activity:
    """Write one row. `verb` is past tense ("launched"), `detail` a sentence for people."""
    return Activity.objects.create(
        actor=actor.user,
        actor_name=actor.name,
        address=actor.address,
        verb=verb,
        target_type=target._meta.model_name or "",
        target_id=str(target.pk),
        target_label=str(target)[:300],
        result=result,
        detail=detail[:2000],
    )
