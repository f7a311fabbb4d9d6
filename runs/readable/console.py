"""The browser's console, as Skyvern writes it: `TIME[level]words url=… lineNumber=…`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from runs.readable.plain import LONGEST_READ, MOST_ROWS, Table, bare, moment, told

PROBLEMS = ("error", "assert", "warning", "warn")

_LINES = re.compile(rb"[^\r\n]+")
_LINE = re.compile(
    r"""\[?(\d{4}-\d\d-\d\d[T ][\d:.]{5,15}(?:Z|[+-]\d\d:\d\d)?)\]?\s?
        \[([A-Za-z]{1,20})\]\s?(.*)""",
    re.VERBOSE | re.DOTALL,
)
_PLACE = re.compile(r"(\S*)((?:\s\w+=-?\d+)*)\s*")
_NUMBER = re.compile(r"\s(?:line|lineNumber)=(\d{1,9})")


@dataclass(frozen=True)
class Line:
    at: str
    level: str
    text: str
    source: str
    """Address and line of the script."""

    @property
    def is_problem(self) -> bool:
        return self.level in PROBLEMS

    @property
    def is_warning(self) -> bool:
        return self.level.startswith("warn")

    @property
    def moment(self) -> datetime | None:
        return moment(self.at)

    @property
    def sought(self) -> str:
        return f"{self.level} {self.text} {self.source}"


def parse(content: bytes) -> Table[Line]:
    """Never fails: what does not look like a line of Skyvern's is words of level "log"."""
    lines: list[Line] = []
    for found in _LINES.finditer(content):
        if len(lines) == MOST_ROWS:
            rest = content[found.start() :].rstrip(b"\r\n")
            return Table(lines, left_out=rest.count(b"\n") + 1)
        if said := found[0].decode(errors="replace").strip():
            lines.append(_line(said))
    return Table(lines)


def _line(said: str) -> Line:
    known = _LINE.fullmatch(said)
    at, level, words = known.groups() if known else ("", "log", said)
    text, mark, place = words.rpartition(" url=")
    found = _PLACE.fullmatch(place[-LONGEST_READ:]) if mark else None
    if found is None:
        return Line(at, level.lower(), told(words), "")
    number = _NUMBER.search(found[2])
    source = bare(found[1]) + (f":{number[1]}" if number and found[1] else "")
    return Line(at, level.lower(), told(text), source)
