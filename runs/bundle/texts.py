"""What is told in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from dashboard.templatetags import ui
from runs.bundle.case import Case
from runs.evidence import MAX_FILES, Shot
from runs.models import Note
from runs.readable.plain import clean
from runs.timeline.values import brief, objects, text

type Named = tuple[str, str]

COLUMNS = (
    *("run_id", "title", "run_type", "status", "attempt", "schedule_id", "created_at"),
    *("queued_at", "started_at", "failure_reason", "category", "webhook_failure_reason"),
)
HEAD = """
This is what Skydeck knows of one run of an agent, for whoever helps with it.
Times are UTC. Header values are masked, and addresses have neither their log-in nor
a query that could open something. Inputs, outputs, screenshots and the console are
as they were: look through them before you send this on.
"""


def overview(case: Case) -> dict[str, Any]:
    run, why, told = case.run, case.why, case.told
    codes = [run.error_code, *(text(item.get("error_code")) for item in objects(told.errors))]
    return {
        **{name: getattr(run, name) for name in COLUMNS},
        "finished_at": run.ended_at,
        "trigger": run.trigger_type,
        "agent_id": run.workflow_id,
        "agent": str(run.workflow) if run.workflow else None,
        "retried_from": case.retried_from,
        "retried_as": case.retried_as,
        "tags": case.tags,
        "reason": why.sentence if why else None,
        "failed_at": [step.title for step in why.path] if why else [],
        "categories": told.categories,
        "error_codes": [code for code in dict.fromkeys(codes) if code],
        "errors": told.errors,
        **case.inputs.as_json(),
    }


def notes(case: Case) -> Iterator[str]:
    for note in case.notes:
        yield f"{_utc(note.created_at)} {_line(str(note.user or 'someone who is deleted'))}"
        yield f"{textwrap.indent(clean(note.text, Note.LONGEST), '  ')}\n"
    if not case.notes:
        yield "Nobody has written one."


def history(case: Case) -> Iterator[str]:
    for event in case.events:
        result = f"({event.result})" if event.result else ""
        said = (event.who, event.verb, event.what, result, event.detail)
        yield f"{_utc(event.at)} {_line(' '.join(part for part in said if part))}"
    if not case.events:
        yield "Nobody has done anything to this run from here."


def picture(block: str, shot: Shot, *, failed: bool) -> str:
    said = [*dict.fromkeys((_line(block), _line(shot.label))), _utc(shot.taken)]
    return ", ".join([*said, "when it failed"] if failed else said)


def readme(case: Case, contained: Iterable[Named], left_out: Iterable[Named]) -> Iterator[str]:
    run, why = case.run, case.why
    facts = {
        "Agent": f"{run.workflow} ({run.workflow_id})" if run.workflow else "none",
        "Status": run.status,
        "Reason": why.sentence if why else "",
        "Failed at": " > ".join(step.title for step in why.path) if why else "",
        "Created": _utc(run.created_at),
        "Started": _utc(run.started_at),
        "Finished": _utc(run.ended_at),
        "Made": f"{_utc(case.at)} by {case.by}",
    }
    yield f"Support bundle of the run {_line(run.run_id)}"
    yield HEAD
    yield from (f"{name + ':':<11}{_line(fact)}" for name, fact in facts.items() if fact)
    yield "\nWhat is in it"
    yield from (f"  {name}: {what}" for name, what in contained)
    yield "\nWhat is not in it"
    yield from (f"  {name}: {_line(reason)}" for name, reason in left_out)


def never(case: Case, pictures: int) -> Iterator[Named]:
    """What was not even tried."""
    if case.detail is None:
        yield "steps, outputs and files", "Skydeck has not read them from Skyvern yet."
    elif case.detail.error:
        yield "some of it", f"the last reading was not complete: {case.detail.error}"
    if case.detail and not case.logs:
        yield "console.log", "there is none yet." if case.run.is_live else "this run left none."
    if older := case.logs[1:]:
        yield "older console logs", f"{len(older)} of them: only the newest is asked for."
    if len(case.files.shots) > pictures:
        yield "more screenshots", "these are a choice of those that were taken."
    if case.files.cut:
        yield "later files", f"only the first {MAX_FILES:,} were looked at."
    if len(case.notes) < case.note_count:
        yield "older notes", f"these are the newest {len(case.notes)} of {case.note_count}."
    yield "recordings, downloads and other files", "never in here; they are in Skydeck."


def _line(said: str) -> str:
    """One line of it that hides nothing."""
    return clean(brief(said, 600), 600)


def _utc(moment: datetime | None) -> str:
    return ui.iso(moment) if moment else "not known"
