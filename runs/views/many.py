"""Many launches of one agent from a file: rows, columns, a dry run, and one last look."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.access import needs
from dashboard.audit import Actor
from runs import credentials
from runs.actions.jobs import create_launches
from runs.batches import (
    BatchForm,
    Checked,
    ColumnsForm,
    Table,
    UnreadableError,
    check,
    decoded,
    read,
    sample,
)
from runs.batches.checking import canonical
from runs.models import Job, Workflow
from runs.parameters import read as read_parameters

WRONG = 422
STEPS = {"rows": "Rows", "columns": "Columns", "problems": "Check", "confirm": "Launch"}
OWN = ("csrfmiddlewaretoken", "text", "act", "confirmed", "again")
"""Fields that are not carried on as they came."""
INCOMPLETE = "The form was not complete. Look through it and check the rows again."
CHANGED = "Something changed since this was shown. This is what would be launched now."


@dataclass(frozen=True)
class Batch:
    """What one press of a button brought, all of it read anew."""

    workflow: Workflow
    text: str
    table: Table
    columns: ColumnsForm
    form: BatchForm

    @property
    def is_filled_in(self) -> bool:
        return all([self.columns.is_valid(), self.form.is_valid()])

    def checked(self) -> Checked:
        return check(self.table, self.columns.parameters, self.form.values())


@needs("runs.launch_run")
@require_http_methods(["GET", "HEAD", "POST"])
def launch_many(request: HttpRequest, wpid: str) -> HttpResponse:
    """Everything typed comes with every press, so nothing is kept here between the steps."""
    workflow = get_object_or_404(Workflow, pk=wpid)
    if request.method != "POST":
        return page(request, workflow, "rows")
    text = request.POST.get("text", "")
    try:
        text = uploaded(request, text)
        table = read(text)
    except UnreadableError as error:
        return page(request, workflow, "rows", WRONG, text=text, unreadable=error)
    return look(request, batch_of(request, workflow, text, table))


@needs("runs.launch_run")
@require_safe
def launch_many_sample(request: HttpRequest, wpid: str) -> HttpResponse:
    workflow = get_object_or_404(Workflow, pk=wpid)
    # The mark tells spreadsheets that it is UTF-8.
    answer = HttpResponse(f"\ufeff{sample(workflow.parameters)}", content_type="text/csv")
    answer["Content-Disposition"] = 'attachment; filename="rows.csv"'
    return answer


def page(
    request: HttpRequest, workflow: Workflow, step: str, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "workflow": workflow,
        "step": step,
        "steps": STEPS,
        "parameters": read_parameters(workflow.parameters),
        "carried": [(name, value) for name, value in request.POST.items() if name not in OWN],
    }
    return render(request, "agents/many.html", context | more, status=status)


def uploaded(request: HttpRequest, text: str) -> str:
    """The chosen file's text; where none was chosen, what was typed."""
    file = request.FILES.get("file")
    return decoded(file.read()) if file else text


def batch_of(request: HttpRequest, workflow: Workflow, text: str, table: Table) -> Batch:
    columns = ColumnsForm(workflow, table, request.POST)
    form = BatchForm(
        workflow,
        request.POST if "at_once" in request.POST else None,
        columns={found.key for found in columns.parameters.values()},
        credentials=credentials.choices_for(workflow.parameters),
    )
    return Batch(workflow, text, table, columns, form)


def look(request: HttpRequest, batch: Batch) -> HttpResponse:
    """The step that follows: the first one that something is open in."""
    if not batch.form.is_bound:
        return show(request, batch, "columns")
    if not batch.is_filled_in:
        return show(request, batch, "columns", WRONG)
    checked = batch.checked()
    act = request.POST.get("act")
    if not checked.good or (checked.problems and act not in ("go", "launch")):
        return problems(request, batch, checked)
    if act == "launch":
        return launch(request, batch, checked)
    return confirm(request, batch, checked)


def show(
    request: HttpRequest, batch: Batch, step: str, status: int = 200, **more: Any
) -> HttpResponse:
    """The form as it was typed, under a new nonce: the one it came with may be used up."""
    form = batch.form
    if form.is_bound:
        if form.errors.pop("nonce", None):
            form.add_error(None, INCOMPLETE)
        form.renew_nonce()
    context = {"text": batch.text, "table": batch.table, "columns": batch.columns, "form": form}
    return page(request, batch.workflow, step, status, **context, **more)


def problems(request: HttpRequest, batch: Batch, checked: Checked) -> HttpResponse:
    names = {n: batch.columns.fields[f"c{n}"].label for n in checked.wrong_columns}
    rows = [
        {
            "line": problem.row.line,
            "cells": [
                {"name": name, "text": problem.row.cells[n], "error": problem.errors.get(n)}
                for n, name in names.items()
            ],
        }
        for problem in checked.shown
    ]
    more = {"checked": checked, "rows": rows, "wrong_names": names.values()}
    return show(request, batch, "problems", WRONG, **more)


def confirm(
    request: HttpRequest, batch: Batch, checked: Checked, status: int = 200, **more: Any
) -> HttpResponse:
    return show(
        request,
        batch,
        "confirm",
        status,
        checked=checked,
        at_once=batch.form.cleaned_data["at_once"],
        confirmed=token(batch, checked),
        earlier=earlier(batch.workflow, checked.digest),
        **more,
    )


def token(batch: Batch, checked: Checked) -> str:
    """What a person agrees to: other rows or options need another look."""
    given = [checked.digest, batch.form.options(), batch.form.cleaned_data["at_once"]]
    return hashlib.sha256(canonical(given).encode(errors="replace")).hexdigest()


def earlier(workflow: Workflow, digest: str) -> Job | None:
    """The last launch of the same rows."""
    same = Job.objects.filter(kind=Job.Kind.LAUNCH, workflow=workflow, digest=digest)
    return same.select_related("user").order_by("-created_at").first()


def launch(request: HttpRequest, batch: Batch, checked: Checked) -> HttpResponse:
    if request.POST.get("confirmed") != token(batch, checked):
        return confirm(request, batch, checked, WRONG, complaint=CHANGED)
    nonce = batch.form.cleaned_data["nonce"]
    if Job.objects.filter(pk=nonce).exists():
        return redirect("runs:job_detail", nonce)
    if not batch.workflow.can_launch:
        return confirm(request, batch, checked, WRONG)
    before = earlier(batch.workflow, checked.digest)
    if before and request.POST.get("again") != str(before.pk):
        return confirm(request, batch, checked, WRONG, unticked=True)
    job = create_launches(
        batch.workflow,
        checked.good,
        request=batch.form.options(),
        at_once=batch.form.cleaned_data["at_once"],
        digest=checked.digest,
        actor=Actor.of(request),
        nonce=nonce,
    )
    return redirect("runs:job_detail", job.pk)
