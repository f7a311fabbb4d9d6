"""What a person typed into a launch form and has not sent: kept until it is, never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from dashboard.skyvern.schema import RunRequest
from runs.forms import LaunchForm
from runs.models import Draft, Launch, Workflow


@dataclass(frozen=True)
class Restored:
    draft: Draft
    launch: Launch | None
    """The press it was sent with, if it was and nobody knows what became of it."""

    @property
    def typed(self) -> Mapping[str, str]:
        found: dict[str, str] = self.draft.typed
        return found


def find(user: User, workflow: Workflow) -> Restored | None:
    """None also where it was launched after all."""
    draft = Draft.objects.filter(user=user, workflow=workflow).first()
    if draft is None:
        return None
    launch = _sent(str(draft.typed.get("nonce", "")))
    if launch and launch.state == Launch.State.LAUNCHED:
        draft.delete()
        return None
    is_open = launch and launch.state != Launch.State.REJECTED
    return Restored(draft, launch if is_open else None)


def save(user: User, form: LaunchForm) -> None:
    """What is typed, valid or not; forgotten where nothing differs from a fresh form.

    A form that was sent is not kept again: its last words may arrive after the launch.
    """
    typed = _typed(form)
    if _sent(typed.get("nonce", "")):
        return
    if not _differs(form, typed):
        forget(user, form.workflow)
        return
    Draft.objects.update_or_create(user=user, workflow=form.workflow, defaults={"typed": typed})


def forget(user: User, workflow: Workflow) -> None:
    Draft.objects.filter(user=user, workflow=workflow).delete()


def _typed(form: LaunchForm) -> dict[str, str]:
    """Half a header may be half a secret, so nothing of headers is kept."""
    return {
        name: str(form.data[name]).replace("\0", "")
        for name in form.fields
        if name in form.data and name not in RunRequest.SECRET_FIELDS
    }


def _differs(form: LaunchForm, typed: Mapping[str, str]) -> bool:
    fresh = LaunchForm(form.workflow)
    return any(
        _plain(typed.get(name, "")) != _plain(fresh[name].value())
        for name in fresh.fields
        if name != "nonce" and name not in RunRequest.SECRET_FIELDS
    )


def _plain(value: Any) -> str:
    return "" if value is None or value is False else str(value).replace("\r\n", "\n")


def _sent(nonce: str) -> Launch | None:
    try:
        return Launch.objects.filter(pk=UUID(nonce)).first()
    except ValueError:
        return None
