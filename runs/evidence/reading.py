"""The files of a run, sorted by what a person looks for: pictures, recordings, downloads, logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from runs import recording
from runs.evidence.states import State, is_settling, recorded, recording_state, state_of
from runs.models import Artifact, Run, RunDetail
from runs.recording import Clock
from runs.timeline import THEN, Step, Timeline, attempts, told
from runs.timeline.values import brief, objects, text, whole, words

MAX_FILES = 1_000
ALL = Q()
STRIP = 120
"""Screenshots in the strip beside the steps; all of them are under Files."""
LOGS = {
    "browser_console_log": "Browser console",
    "skyvern_log": "Skyvern's log",
    "har": "Network (HAR)",
    "trace": "Browser trace",
    "html_scrape": "Page as HTML",
}


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

    @property
    def thumbnail_url(self) -> str:
        return self.artifact.thumbnail_url


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
    file: Artifact | None
    """None for one that lies on Skyvern's own disk, where no address leads."""

    @property
    def url(self) -> str:
        return self.file.get_absolute_url() if self.file else ""


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
        return [shot for shot in self.shots if not shot.artifact.is_out_of_reach]

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


def files_of(run: Run, wanted: Q = ALL) -> list[Artifact]:
    """With where they are kept; one more than MAX_FILES, to tell that there are more."""
    return list(run.artifacts.filter(wanted).select_related("keeping")[: MAX_FILES + 1])


def of_run(run: Run, detail: RunDetail | None, files: list[Artifact], steps: Timeline) -> Evidence:
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
        state = recorded(run, detail, file, is_over=attempt.finished is not None)
        found.append(Recording(file, state, clock, part, marks.blocks))
    return found


def _downloads(detail: RunDetail | None, files: list[Artifact]) -> list[Download]:
    known = {file.pk: file for file in files if file.type == "download"}
    found = []
    for item in objects(detail.downloads if detail else []):
        file = known.pop(text(item.get("artifact_id")), None)
        name = text(item.get("filename")) or (file.filename if file else "") or "unnamed"
        found.append(Download(name, whole(item.get("file_size")), file))
    rest = [Download(file.filename or file.pk, file.size, file) for file in known.values()]
    return found + rest


def _others(files: list[Artifact]) -> list[tuple[str, Artifact]]:
    return [
        (LOGS.get(file.type) or words(file.type), file)
        for file in files
        if file.type not in ("recording", "download") and not file.type.startswith("screenshot")
    ]
