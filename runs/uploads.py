"""Files that come with a launch form: given to Skyvern, they become addresses in its fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict

from dashboard.audit import Actor
from dashboard.skyvern import errors
from runs import actions
from runs.models import Workflow

if TYPE_CHECKING:
    from runs.forms import LaunchForm

FIELD = re.compile(r"(p\d{1,4})-file")
_NONE = "uploads-unsupported"
_SECONDS = 600


def possible() -> bool:
    """As far as is known: servers do not tell before they are given a file."""
    return not cache.get(_NONE)


def address_of(request: HttpRequest, workflow: Workflow, file: UploadedFile[Any]) -> str:
    """Give it to Skyvern; the errors of the client, whose messages are for people."""
    try:
        return actions.upload(workflow, file, actor=Actor.of(request))
    except errors.Unsupported:
        cache.set(_NONE, True, _SECONDS)
        raise


def taken(request: HttpRequest, workflow: Workflow) -> tuple[QueryDict, dict[str, str]]:
    """What was typed with the addresses of the files that came along, and what went wrong."""
    typed, wrong = request.POST.copy(), {}
    for name, file in request.FILES.items():
        if not (found := FIELD.fullmatch(name)) or not isinstance(file, UploadedFile):
            continue
        try:
            typed[found[1]] = address_of(request, workflow, file)
        except errors.SkyvernError as error:
            wrong[found[1]] = f"{file.name} was not uploaded. {error.message}"
    return typed, wrong


def blame(form: LaunchForm, wrong: dict[str, str]) -> None:
    """Say at its field why a file was not uploaded."""
    for name, said in wrong.items():
        form.errors.pop(name, None)  # "Give a value.": it was tried
        form.add_error(name if name in form.fields else None, said)
