"""The files of a run, sorted by what a person looks for: pictures, recordings, downloads, logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from runs.models import Artifact, Run, RunDetail
from runs.timeline import Step, Timeline
from runs.timeline.values import objects, text, whole, words

MAX_FILES = 1_000
ALL = Q()
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

    @property
    def taken(self) -> datetime | None:
        return self.artifact.created_at

    @property
    def thumbnail_url(self) -> str:
        return self.artifact.thumbnail_url


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
    recordings: list[Artifact] = field(default_factory=list)
    recording_state: str = "unread"
    """ready, waiting (it still runs), archived, none, or unread (its detail is not here yet)."""
    downloads: list[Download] = field(default_factory=list)
    others: list[tuple[str, Artifact]] = field(default_factory=list)
    cut: bool = False

    @property
    def count(self) -> int:
        kinds = (self.shots, self.recordings, self.downloads, self.others)
        return sum(len(files) for files in kinds)

    def shot_of(self, step: Step) -> Shot | None:
        """What was on screen at a step: its own picture, or the last one within it."""
        own = {child.key for child in step.walk()} - {""}
        taken = {child.screenshot for child in step.walk()} - {""}
        fitting = [s for s in self.shots if s.artifact.pk in taken or s.step in own]
        exact = [s for s in fitting if s.artifact.pk == step.screenshot]
        return next(reversed(exact or fitting), None)


def files_of(run: Run, wanted: Q = ALL) -> list[Artifact]:
    """With where they are kept; one more than MAX_FILES, to tell that there are more."""
    return list(run.artifacts.filter(wanted).select_related("keeping")[: MAX_FILES + 1])


def of_run(run: Run, detail: RunDetail | None, files: list[Artifact], steps: Timeline) -> Evidence:
    shown = files[:MAX_FILES]
    recordings = [file for file in shown if file.type == "recording"]
    return Evidence(
        shots=_shots(shown, steps),
        recordings=recordings,
        recording_state=_recording_state(run, detail, recordings),
        downloads=_downloads(detail, shown),
        others=_others(shown),
        cut=len(files) > MAX_FILES,
    )


def _shots(files: list[Artifact], timeline: Timeline) -> list[Shot]:
    by_picture = {step.screenshot: step for step in timeline.walk() if step.screenshot}
    by_block = {step.key: step for step in timeline.walk() if step.kind == "block"}
    found = []
    for file in files:
        if not file.type.startswith("screenshot"):
            continue
        step = by_picture.get(file.pk) or by_block.get(file.block_id)
        kind = words(file.type.removeprefix("screenshot_")) if step is None else step.title
        found.append(Shot(file, kind, step.key if step else ""))
    return found


def _recording_state(run: Run, detail: RunDetail | None, recordings: list[Artifact]) -> str:
    if run.is_live:
        return "waiting"
    if detail is None:
        return "unread"
    if detail.recording_archived or any(file.archived for file in recordings):
        return "archived"
    return "ready" if recordings else "none"


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
