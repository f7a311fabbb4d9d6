"""Launch forms that people filled in and named, and how far their agents have moved on since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from runs.actions.launch import kept
from runs.forms import LaunchForm
from runs.models import Preset, Workflow
from runs.parameters import read
from runs.parameters.form import TYPE_NAMES


@dataclass(frozen=True)
class Drift:
    """What an agent asks for now and did not then, by key; a change says from what to what."""

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.changed)


def visible_to(user: User, workflow: Workflow) -> QuerySet[Preset]:
    """One's own and those that are shared, by name."""
    seen = Q(user=user) | Q(shared=True)
    return workflow.presets.filter(seen).select_related("user").order_by("name", "pk")


def may_change(user: User, preset: Preset) -> bool:
    return user.is_superuser or preset.user_id == user.pk


def find(user: User, workflow: Workflow, number: str) -> Preset | None:
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    return visible_to(user, workflow).filter(pk=int(number)).first()


def save(user: User, form: LaunchForm, *, name: str, shared: bool) -> Preset:
    """Under a name of one's own: what stood there is replaced. `form` is valid."""
    preset, _ = Preset.objects.update_or_create(
        user=user,
        workflow=form.workflow,
        name=name,
        defaults={
            "shared": shared,
            "request": kept(form.request()),
            "definitions": _definitions(form.workflow),
        },
    )
    return preset


def drift(preset: Preset, workflow: Workflow) -> Drift:
    then = {str(one.get("key")): str(one.get("type")) for one in preset.definitions}
    now = {str(one["key"]): str(one["type"]) for one in _definitions(workflow)}
    return Drift(
        tuple(key for key in now if key not in then),
        tuple(key for key in then if key not in now),
        tuple(
            (key, _called(then[key]), _called(now[key]))
            for key in now
            if key in then and then[key] != now[key]
        ),
    )


def _definitions(workflow: Workflow) -> list[dict[str, Any]]:
    return [{"key": found.key, "type": found.type} for found in read(workflow.parameters)]


def _called(kind: str) -> str:
    return TYPE_NAMES.get(kind, kind)
