"""The files that a run leaves behind: which there are, and from when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.sandbox.clockwork import VIDEO_SECONDS, Progress, Timed
from dashboard.sandbox.outputs import part
from dashboard.sandbox.state import Run, identifier
from dashboard.sandbox.vocabulary import PAGE_KINDS

# Slots of a step that hold artifacts; 0 to 2 are its own ids.
ACTION_SLOT, SCREEN_SLOT, FILE_SLOT, RUN_SLOT = 10, 40, 50, 900
EXTENSIONS = {
    "recording": "mp4",
    "screenshot_action": "png",
    "screenshot_llm": "png",
    "screenshot_final": "png",
    "browser_console_log": "log",
    "har": "har",
    "html_scrape": "html",
    "pdf": "pdf",
    "download": "csv",
}


@dataclass(frozen=True)
class Artifact:
    artifact_id: str
    kind: str
    made: datetime
    name: str
    ready: datetime
    """From when on its content is there."""
    timed: Timed | None = None
    act: int | None = None


def of_run(run: Run, progress: Progress) -> list[Artifact]:
    """All that exist by now, oldest first."""
    found = [a for a in _all(run, progress) if a.made <= progress.now]
    return sorted(found, key=lambda a: (a.made, a.artifact_id))


def _all(run: Run, progress: Progress) -> Iterator[Artifact]:
    steps = [t for top in progress.steps for t in top.walk()]
    for timed in steps:
        yield from _of_step(run, timed)
    for attempt in progress.attempts:
        on_page = [t for t in steps if t.attempt == attempt.number and t.step.kind in PAGE_KINDS]
        if on_page:
            yield from _of_attempt(run, progress, on_page[0], on_page[-1])


def _of_step(run: Run, timed: Timed) -> Iterator[Artifact]:
    span = timed.end - timed.start if timed.end < _horizon(timed) else timedelta(seconds=2)
    acts = timed.step.acts if timed.step.kind in PAGE_KINDS else ()
    for place, act in enumerate(acts):
        if act.kind != "null_action":
            made = timed.start + span * (place + 1) / (len(acts) + 1)
            yield _artifact(run, timed, ACTION_SLOT + place, "screenshot_action", made, act=place)
    if timed.step.kind in PAGE_KINDS:
        made = timed.start + span * 0.9
        yield _artifact(run, timed, SCREEN_SLOT, "screenshot_llm", made)
        if timed.step.kind == "extraction":
            yield _artifact(run, timed, SCREEN_SLOT + 1, "html_scrape", made)
    for place, name in enumerate(timed.step.files):
        kind = "pdf" if name.endswith(".pdf") else "download"
        yield _artifact(run, timed, FILE_SLOT + place, kind, timed.end, name=name)


def _horizon(timed: Timed) -> datetime:
    """Blocks that wait for a person have no end yet: beyond this they are open-ended."""
    return timed.start + timedelta(days=30)


def _of_attempt(run: Run, progress: Progress, first: Timed, last: Timed) -> Iterator[Artifact]:
    made = first.start + (min(first.end, first.start + timedelta(seconds=1)) - first.start) / 2
    later = first.attempt != progress.attempt
    over = last.end if later else progress.finished
    ready = over + timedelta(seconds=VIDEO_SECONDS) if over else _horizon(first)
    yield _artifact(run, first, RUN_SLOT, "recording", made, ready=ready)
    if over is None or progress.ended > progress.now:
        return
    yield _artifact(run, last, RUN_SLOT + 1, "screenshot_final", over)
    yield _artifact(run, last, RUN_SLOT + 2, "browser_console_log", over)
    yield _artifact(run, last, RUN_SLOT + 3, "har", over)


def _artifact(
    run: Run,
    timed: Timed,
    slot: int,
    kind: str,
    made: datetime,
    *,
    ready: datetime | None = None,
    name: str = "",
    act: int | None = None,
) -> Artifact:
    artifact_id = f"a_{identifier(run.number, part(timed, slot))}"
    name = name or f"{artifact_id}_{kind}.{EXTENSIONS[kind]}"
    return Artifact(artifact_id, kind, made, name, ready or made, timed, act)
