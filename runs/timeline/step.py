"""What a run did, step by step, as a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from dashboard.templatetags.ui import shortened
from runs.timeline.values import brief

LONGEST_KEY, LONGEST_TITLE, LONGEST_NOTE, LONGEST = 128, 300, 1_000, 20_000
MOST_CODES = 20
LONGEST_IN_PATH = 60
THEN = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "


def told(path: list[Step]) -> str:
    """The titles from the top down, long ones cut: those of an attempt, an item, an action, say."""
    return THEN.join(brief(step.title, LONGEST_IN_PATH) for step in path)


@dataclass
class Step:
    """A block, an action, a thought, an item of a loop, or an attempt. Times are UTC."""

    key: str
    kind: str
    title: str
    status: str = ""
    note: str = ""
    started: datetime | None = None
    seconds: float | None = None
    reason: str = ""
    confidence: int | None = None
    """How sure Skyvern was of an action, in percent."""
    asks: bool = False
    """Whether it is a question to a person."""
    error_codes: list[str] = field(default_factory=list)
    screenshot: str = ""
    texts: list[tuple[str, str]] = field(default_factory=list)
    inputs: Any = None
    output: Any = None
    children: list[Step] = field(default_factory=list)
    bar: tuple[float, float] | None = None
    """Where its time lies within the run: start and width in percent."""

    def __post_init__(self) -> None:
        """Whatever upstream told, no page has more of it than a person can read."""
        if len(self.key) > LONGEST_KEY:
            self.key = f"long-{crc32(self.key.encode(errors='replace')):08x}"
        self.title = shortened(self.title, LONGEST_TITLE)
        self.note, self.status = shortened(self.note, LONGEST_NOTE), self.status[:LONGEST_KEY]
        self.reason, self.screenshot = (
            shortened(self.reason, LONGEST),
            self.screenshot[:LONGEST_KEY],
        )
        self.error_codes = [
            shortened(code, LONGEST_TITLE) for code in self.error_codes[:MOST_CODES]
        ]
        self.texts = [(label, shortened(said, LONGEST)) for label, said in self.texts]

    @property
    def ended(self) -> datetime | None:
        if self.started is None or self.seconds is None:
            return None
        return self.started + timedelta(seconds=self.seconds)

    @property
    def took(self) -> timedelta | None:
        return None if self.seconds is None else timedelta(seconds=self.seconds)

    @property
    def has_failed(self) -> bool:
        return self.status in ("failed", "terminated", "timed_out")

    def walk(self) -> Iterator[Step]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Axis:
    """From when to when the bars reach."""

    start: datetime
    end: datetime

    @property
    def span(self) -> timedelta:
        return self.end - self.start

    @property
    def half(self) -> timedelta:
        return self.span / 2


@dataclass(frozen=True)
class Timeline:
    steps: list[Step]
    left_out: int = 0
    axis: Axis | None = None
    """None where no time is known of any step."""

    def walk(self) -> Iterator[Step]:
        for step in self.steps:
            yield from step.walk()

    def path_to(self, key: str) -> list[Step]:
        """From the top to the step of that key; [] if there is none."""
        return next((path for path in self.paths() if path[-1].key == key), [])

    def paths(self) -> Iterator[list[Step]]:
        """To each step, from the top."""
        return _paths(self.steps)

    @property
    def failing(self) -> list[Step]:
        """From the top to the last thing that failed; [] if nothing did."""
        return _last_path(self.steps, lambda step: step.has_failed)

    @property
    def last(self) -> list[Step]:
        """From the top to the last block, without what it did."""
        return _last_path(self.steps, lambda step: step.kind == "block")

    @property
    def current(self) -> list[Step]:
        """From the top to what is at work now; [] if nothing is."""
        return _last_path(self.steps, lambda step: step.status == "running")


def _paths(steps: list[Step]) -> Iterator[list[Step]]:
    for step in steps:
        yield [step]
        for path in _paths(step.children):
            yield [step, *path]


def _last_path(steps: list[Step], wanted: Callable[[Step], bool]) -> list[Step]:
    for step in reversed(steps):
        if below := _last_path(step.children, wanted):
            return [step, *below]
        if wanted(step):
            return [step]
    return []
