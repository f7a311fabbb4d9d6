"""The files of a run, sorted by what a person looks for: pictures, recordings, downloads, logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from runs import recording
from runs.failure import SETUP
from runs.models import Artifact, Run, RunDetail
from runs.recording import Clock
from runs.timeline import THEN, Step, Timeline, attempts, told
from runs.timeline.values import brief, objects, text, whole, words

MAX_FILES = 1_000
STRIP = 120
"""Screenshots in the strip beside the steps; all of them are under Files."""
SETTLES = timedelta(minutes=1)
"""After the end of a run its last files are written."""
LOGS = {
    "browser_console_log": "Browser console",
    "skyvern_log": "Skyvern's log",
    "har": "Network (HAR)",
    "trace": "Browser trace",
    "html_scrape": "Page as HTML",
}


class State(StrEnum):
    """Whether files of one kind are there, and why not; _absence.html says it in words."""

    READY = "ready"
    UNREAD = "unread"
    WAITING = "waiting"
    ARCHIVED = "archived"
    GONE = "gone"
    """Skyvern had the run once, and has it no more."""

    # Those that were never made:
    SETUP = "setup"
    TASK = "task"
    UNSTARTED = "unstarted"
    SHARED = "shared"
    NO_PAGE = "no page"
    UNTOLD = "untold"
    """Pages were opened, and still there is none."""


@dataclass(frozen=True)
class Shot:
    """A screenshot, and the step that it was taken in ("" where unknown)."""

    artifact: Artifact
    label: str
    step: str
    path: str = ""
    """The titles from the top down to that step."""
    after: float | None = None
    """Seconds into the run."""

    @property
    def within(self) -> str:
        """The path without the step itself, in few words."""
        return THEN.join(brief(title, 24) for title in self.path.split(THEN)[:-1])

    @property
    def taken(self) -> datetime | None:
        return self.artifact.created_at


@dataclass(frozen=True)
class Recording:
    artifact: Artifact
    state: State
    clock: Clock
    part: str = ""
    """Which part of the run it is of, where that is known: "Attempt 2"."""
    marks: list[Step] = field(default_factory=list)
    """The blocks that can be jumped to."""


@dataclass(frozen=True)
class Download:
    name: str
    size: int | None
    url: str
    """"" for a file that lies on Skyvern's own disk, where no address leads."""


@dataclass(frozen=True)
class Evidence:
    shots: list[Shot] = field(default_factory=list)
    shots_state: State = State.UNREAD
    recordings: list[Recording] = field(default_factory=list)
    recording_state: State = State.UNREAD
    downloads: list[Download] = field(default_factory=list)
    downloads_state: State = State.UNREAD
    others: list[tuple[str, Artifact]] = field(default_factory=list)
    cut: bool = False
    settling: bool = False
    """Whether Skyvern may still be writing some of them."""

    @property
    def count(self) -> int:
        kinds = (self.shots, self.recordings, self.downloads, self.others)
        return sum(len(files) for files in kinds)

    @property
    def visible(self) -> list[Shot]:
        """The screenshots that upstream still gives, as far as is known."""
        return [shot for shot in self.shots if not shot.artifact.archived]

    def shot_of(self, step: Step) -> Shot | None:
        """What was on screen at a step: its own picture, or the last one within it."""
        fitting = self.shots_of(step)
        exact = [s for s in fitting if s.artifact.pk == step.screenshot]
        return next(reversed(exact or fitting), None)

    def shots_of(self, step: Step) -> list[Shot]:
        own = {child.key for child in step.walk()} - {""}
        taken = {child.screenshot for child in step.walk()} - {""}
        return [s for s in self.visible if s.artifact.pk in taken or s.step in own]

    def recording_of(self, step: Step) -> Recording | None:
        """The one that can be played and shows the step's beginning."""
        if step.started is None:
            return None
        ready = [one for one in self.recordings if one.state is State.READY]
        return next((one for one in reversed(ready) if one.clock.covers(step.started)), None)

    def strip(self, around: Shot | None) -> Strip:
        """Those beside one, or the first ones, if there are more than STRIP."""
        places = {shot.artifact.pk: place for place, shot in enumerate(self.shots)}
        middle = places[around.artifact.pk] if around else 0
        first = max(min(middle - STRIP // 2, len(self.shots) - STRIP), 0)
        return Strip(self.shots[first : first + STRIP], first, len(self.shots))


@dataclass(frozen=True)
class Strip:
    """Part of the screenshots: those from the place `first` on, of `total`."""

    shots: list[Shot]
    first: int
    total: int

    @property
    def is_cut(self) -> bool:
        return len(self.shots) < self.total


def of_run(run: Run, detail: RunDetail | None, files: list[Artifact], steps: Timeline) -> Evidence:
    """`files` may hold one more than MAX_FILES, to tell that there are more."""
    shown = files[:MAX_FILES]
    tried = attempts.read(detail.attempts if detail else [])
    shots = _shots(shown, steps, recording.began(run, tried))
    recordings = [file for file in shown if file.type == "recording"]
    downloads = _downloads(detail, shown)
    opened = bool(shots)
    return Evidence(
        shots=shots,
        shots_state=state_of(run, detail, [shot.artifact for shot in shots]),
        recordings=_recordings(run, detail, recordings, steps, tried),
        recording_state=recording_state(run, detail, recordings, opened=opened),
        downloads=downloads,
        downloads_state=State.READY if downloads else state_of(run, detail, []),
        others=_others(shown),
        cut=len(files) > MAX_FILES,
        settling=is_settling(run),
    )


def state_of(run: Run, detail: RunDetail | None, files: list[Artifact]) -> State:
    """Of the files of one kind."""
    if files:
        if all(file.archived for file in files):
            return State.ARCHIVED
        return State.GONE if run.missing_at else State.READY
    if run.is_final and run.failure_reason.startswith(SETUP):
        return State.SETUP
    if run.missing_at is not None:
        return State.GONE
    if is_settling(run):
        return State.WAITING
    return State.UNREAD if detail is None else _never(run)


def recording_state(
    run: Run, detail: RunDetail | None, files: list[Artifact], *, opened: bool
) -> State:
    """`opened`: whether a page was, as far as the screenshots tell."""
    if run.is_live:
        return State.WAITING
    if detail is not None and detail.recording_archived:
        return State.ARCHIVED
    found = state_of(run, detail, files)
    if found is State.NO_PAGE and is_shared(detail):
        return State.SHARED
    return State.UNTOLD if found is State.NO_PAGE and opened else found


def is_settling(run: Run) -> bool:
    """Whether files may still come: it is live, or ended less than a minute ago."""
    return run.is_live or (
        run.finished_at is not None and abs(timezone.now() - run.finished_at) < SETTLES
    )


def is_shared(detail: RunDetail | None) -> bool:
    """Whether it ran in a browser that is not its own, as far as its request tells."""
    asked = detail.request if detail is not None and isinstance(detail.request, dict) else {}
    return any(asked.get(name) for name in ("browser_session_id", "browser_address"))


def _never(run: Run) -> State:
    if run.workflow_id is None:
        return State.TASK
    return State.UNSTARTED if run.started_at is None else State.NO_PAGE


def _shots(files: list[Artifact], timeline: Timeline, began: datetime | None) -> list[Shot]:
    by_picture: dict[str, list[Step]] = {}
    by_block: dict[str, list[Step]] = {}
    for path in timeline.paths():
        step = path[-1]
        if step.screenshot:
            by_picture[step.screenshot] = path
        if step.kind == "block":
            by_block[step.key] = path
    found = []
    for file in files:
        if not file.type.startswith("screenshot"):
            continue
        path = by_picture.get(file.pk) or by_block.get(file.block_id) or []
        kind = path[-1].title if path else words(file.type.removeprefix("screenshot_"))
        key = path[-1].key if path else ""
        found.append(Shot(file, kind, key, told(path) or kind, _after(file, began)))
    return found


def _after(file: Artifact, began: datetime | None) -> float | None:
    if file.created_at is None or began is None:
        return None
    return max((file.created_at - began).total_seconds(), 0.0)


def _recordings(
    run: Run,
    detail: RunDetail | None,
    files: list[Artifact],
    steps: Timeline,
    tried: list[attempts.Attempt],
) -> list[Recording]:
    found = []
    for file in files:
        attempt = recording.attempt_of(file, run, tried)
        marks = recording.marks(steps, attempt, headed=len(tried) > 1)
        part = f"Attempt {attempt.number}" if len(tried) > 1 else ""
        clock = recording.clock_of(file.created_at, attempt, marks.begun)
        state = _recorded(run, detail, file, attempt)
        found.append(Recording(file, state, clock, part, marks.blocks))
    return found


def _recorded(
    run: Run, detail: RunDetail | None, file: Artifact, attempt: attempts.Attempt
) -> State:
    """Of one recording: it is complete when its attempt is over, which the run may not be."""
    if run.is_live and attempt.finished is None:
        return State.WAITING
    if detail is not None and detail.recording_archived:
        return State.ARCHIVED
    return state_of(run, detail, [file])


def _downloads(detail: RunDetail | None, files: list[Artifact]) -> list[Download]:
    known = {file.pk: file for file in files if file.type == "download"}
    found = []
    for item in objects(detail.downloads if detail else []):
        file = known.pop(text(item.get("artifact_id")), None)
        name = text(item.get("filename")) or (file.filename if file else "") or "unnamed"
        url = file.get_absolute_url() if file else ""
        found.append(Download(name, whole(item.get("file_size")), url))
    rest = [Download(f.filename or f.pk, f.size, f.get_absolute_url()) for f in known.values()]
    return found + rest


def _others(files: list[Artifact]) -> list[tuple[str, Artifact]]:
    return [
        (LOGS.get(file.type) or words(file.type), file)
        for file in files
        if file.type not in ("recording", "download") and not file.type.startswith("screenshot")
    ]
