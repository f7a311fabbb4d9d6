"""What a comparison is told in: rows of values, blocks and times, each with its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

LONGEST = 300
"""Characters of a cell."""
LONGEST_NAME = 120
SAME = "Same"
DIFFERS = "Differs"
ONLY_HERE = "Only in this run"
ONLY_THERE = "Only in the other"
HIDDEN = "Values not compared"


@dataclass(frozen=True)
class Row:
    """A value of both; None where a run has none."""

    name: str
    here: str | None
    there: str | None
    verdict: str

    @property
    def differs(self) -> bool:
        return self.verdict not in (SAME, HIDDEN)


@dataclass(frozen=True)
class Told:
    status: str
    seconds: float | None
    reason: str

    @property
    def took(self) -> timedelta | None:
        return None if self.seconds is None else timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Block:
    """A block, or an item of a loop, in both; None where a run did not come to it."""

    label: str
    within: str
    here: Told | None
    there: Told | None
    verdict: str

    @property
    def differs(self) -> bool:
        return self.verdict != SAME


@dataclass(frozen=True)
class Part[R: (Row, Block)]:
    """Rows of which those that differ come first."""

    rows: list[R]
    left_out: int = 0
    is_cut: bool = False
    """Whether there is even more than was counted."""

    @property
    def differing(self) -> list[R]:
        return [row for row in self.rows if row.differs]

    @property
    def same(self) -> list[R]:
        return [row for row in self.rows if not row.differs]


@dataclass(frozen=True)
class Span:
    name: str
    here: timedelta | None
    there: timedelta | None
    change: str
    """ "1m 12s longer"; "" where there is no difference worth telling."""
