"""Writing notes on a run, and deleting them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from dashboard.access import needs
from dashboard.audit import Actor, record
from runs.annals import NOTED
from runs.models import Note, Run
from runs.views import run_detail


class NoteText(forms.CharField):
    """Browsers count a line break as one character and send two."""

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class NoteForm(forms.Form):
    text = NoteText(
        max_length=Note.LONGEST,
        error_messages={
            "required": "Write something first.",
            "max_length": f"A note has {Note.LONGEST:,} characters at most;"
            " this has %(show_value)d.",
            "null_characters_not_allowed": "There is a character in it that no text can have (NUL)."
            " Take it out, please.",
        },
    )


@needs("runs.add_note")
@require_POST
def run_note(request: HttpRequest, run_id: str) -> HttpResponse:
    """Add a note; the page again, with what was typed, if it cannot be one."""
    run, form = run_detail.find(run_id), NoteForm(request.POST)
    if not form.is_valid():
        context = run_detail.parts(request, run) | {"note_form": form, "tab": "notes"}
        return render(request, "runs/run_detail.html", context, status=422)
    with transaction.atomic():
        note = Note.objects.create(
            run=run, user=cast("User", request.user), text=form.cleaned_data["text"]
        )
        record(Actor.of(request), NOTED, run)
    messages.success(request, "Added your note.")
    return redirect(f"{_notes_of(run)}#note-{note.pk}")


@needs("runs.add_note")
@require_POST
def note_delete(request: HttpRequest, run_id: str, pk: int) -> HttpResponse:
    """One's own; a superuser deletes others' too. The log keeps that it was, not what it said."""
    found = Note.objects.select_related("run", "user").defer("run__raw")
    note = get_object_or_404(found, pk=pk, run_id=run_id)
    if note.user_id != request.user.pk and not request.user.is_superuser:
        raise PermissionDenied
    with transaction.atomic():
        note.delete()
        author = note.user or "someone who is deleted"
        record(Actor.of(request), "deleted a note on", note.run, detail=f"By {author}.")
    messages.success(request, "Deleted the note.")
    return redirect(_notes_of(note.run))


def _notes_of(run: Run) -> str:
    return f"{run.get_absolute_url()}?tab=notes"
