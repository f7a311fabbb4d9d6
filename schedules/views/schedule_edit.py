"""Editing a schedule: what it changes is shown before it is saved, and nobody is overwritten."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.access import needs
from dashboard.audit import Actor
from dashboard.skyvern import errors
from dashboard.skyvern.schema import ScheduleRequest
from schedules import actions, editing
from schedules.forms import chosen_values, form_of
from schedules.forms.kinds import offer_kinds
from schedules.models import Schedule
from schedules.outlook import drops, switched_off
from schedules.timing import Timing
from schedules.views.schedule_form import (
    CONFLICT,
    page,
    parameters_form,
    ready,
    show_refusal,
    typed,
)

NOTHING = "Nothing was changed, so nothing was sent."
OVER = "It already fired or was canceled, so it can no longer change."
CHOOSE = "Say of each field that both of you changed whose is to stay."
KEEP = "keep-"
NOT_TYPED = {
    *("csrfmiddlewaretoken", "version", "opened"),
    *("confirm", "merge", "preview", "pick-cron", "pick-timezone"),
}
"""What is sent beside what was typed."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs("schedules.change_schedule")
def schedule_edit(request: HttpRequest, schedule_id: str) -> HttpResponse:
    present = Schedule.objects.present().select_related("workflow")
    schedule = get_object_or_404(present, pk=schedule_id)
    if off := switched_off():
        context = {"reason": off, "schedule": schedule}
        return render(request, "schedules/schedules_off.html", context)
    if schedule.kind == Schedule.Kind.ONCE and not schedule.is_active:
        messages.error(request, OVER)
        return redirect(schedule)
    if (data := typed(request)) is None:
        return Edit(request, schedule).page()
    return Edit(request, schedule, data, is_sent=True).go_on()


@dataclass
class Edit:
    """One request of an edit. `data` is what was typed, with `version` and `opened`: what the
    editor had before them."""

    request: HttpRequest
    schedule: Schedule
    data: QueryDict = field(default_factory=QueryDict)
    is_sent: bool = False

    def __post_init__(self) -> None:
        data, stored = self.data if self.is_sent else None, self.schedule.parameters
        self.form = form_of(self.schedule, data)
        offer_kinds(self.form)
        self.parameters = parameters_form(self.schedule.workflow, data, stored)
        self.saved = editing.state_of(self.schedule)
        self.version = self.data.get("version") or _version(self.schedule)
        was = "" if self.is_sent else editing.opened(self.saved)
        self.opened = self.data.get("opened") or was

    def go_on(self) -> HttpResponse:
        """One step further: to what is wrong, a merge, the review, or the saved schedule."""
        if not ready(self.data, self.form, self.parameters):
            return self.page()
        body = self.form.request(chosen_values(self.parameters, self.schedule.parameters))
        lines = self._lines(body)
        if self._has_moved() and any(line.verdict != editing.MINE for line in lines):
            return self._merge(lines)
        if not (found := editing.changes(self.saved, editing.state_sent(body))):
            messages.info(self.request, NOTHING)
            return redirect(self.schedule)
        if "confirm" not in self.data or self._has_moved():
            return self._review(found)
        return self._save(body)

    def page(self) -> HttpResponse:
        context = {"schedule": self.schedule, "workflow": self.schedule.workflow}
        return page(self.request, self.form, self.parameters, context | self._versions())

    def _save(self, body: ScheduleRequest) -> HttpResponse:
        seen = _moment(self.version)
        try:
            changed = actions.update(
                self.schedule, body, actor=Actor.of(self.request), seen_version=seen
            )
        except actions.Conflict as exc:
            again = self.data.copy()
            again.pop("confirm", None)
            return Edit(self.request, exc.current, again, is_sent=True).go_on()
        except errors.SkyvernError as exc:
            show_refusal(self.form, exc)
            return self.page()
        messages.success(self.request, f"Saved {changed}.")
        return redirect(changed)

    def _review(self, found: list[editing.Change]) -> HttpResponse:
        was = Timing.of(self.schedule)
        paused = self.form.cleaned_data["kind"] != Schedule.Kind.ONCE
        paused = paused and not self.form.cleaned_data["enabled"]
        will = self.form.timing()
        now = timezone.now()
        context = {
            "schedule": self.schedule,
            "changes": found,
            "fires": editing.compared(
                was if self.schedule.is_active else None, None if paused else will, now
            ),
            "words": (was.words, will.words),
            "zones": (was.zone_name, will.zone_name),
            "drops": drops(self.schedule, now),
            "typed": self._typed(),
            "version": _version(self.schedule),
            "opened": editing.opened(self.saved),
        }
        return render(self.request, "schedules/schedule_review.html", context)

    def _merge(self, lines: list[editing.Line]) -> HttpResponse:
        """First ask whose is to stay; with the answers, go on with a form that holds both."""
        kept = {line.field: self.data.get(f"{KEEP}{line.field}") for line in lines}
        clashes = [line for line in lines if line.verdict == editing.CLASH]
        answered = all(kept[line.field] in (editing.THEIRS, editing.MINE) for line in clashes)
        asked = self.data.get("merge") == _version(self.schedule)
        if asked and answered:
            data = self._merged(lines, kept)
            return Edit(self.request, self.schedule, data, is_sent=True).go_on()
        context = {
            "schedule": self.schedule,
            "lines": [replace(line, kept=kept[line.field] or "") for line in lines],
            "problem": CHOOSE if asked else "",
            "typed": self._typed(),
            "theirs_version": _version(self.schedule),
            **self._versions(),
        }
        return render(self.request, "schedules/schedule_merge.html", context, status=CONFLICT)

    def _merged(self, lines: list[editing.Line], kept: dict[str, str | None]) -> QueryDict:
        theirs = [
            line.field
            for line in lines
            if line.verdict == editing.THEIRS or kept[line.field] == editing.THEIRS
        ]
        schedule = self.schedule
        saved = parameters_form(schedule.workflow, None, schedule.parameters)
        data = editing.merged(self.data, theirs, form_of(schedule), saved)
        for name in [name for name in data if name in NOT_TYPED or name.startswith(KEEP)]:
            del data[name]
        data["version"], data["opened"] = _version(schedule), editing.opened(self.saved)
        return data

    def _lines(self, body: ScheduleRequest) -> list[editing.Line]:
        sent = editing.state_sent(body)
        return editing.three_way(editing.read(self.opened), self.saved, sent)

    def _has_moved(self) -> bool:
        """It was saved by somebody else since the form was opened."""
        return self.version != _version(self.schedule)

    def _typed(self) -> list[tuple[str, Any]]:
        return [
            (name, value)
            for name, values in self.data.lists()
            if name not in NOT_TYPED and not name.startswith(KEEP)
            for value in values
        ]

    def _versions(self) -> dict[str, str]:
        return {"version": self.version, "opened": self.opened}


def _version(schedule: Schedule) -> str:
    return schedule.modified_at.isoformat() if schedule.modified_at else ""


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
