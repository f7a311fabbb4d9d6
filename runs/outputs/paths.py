"""Where in a document a part lies, in a form that people write and addresses hold.

`$.orders[3].total`; a name that is no word is quoted (`$["unit price"]`), and one that nobody
could type is told by its place among its siblings (`${7}`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

ROOT = "$"
LONGEST = 1_500
"""Characters; a longer path is told by places alone, so that an address can hold it."""
LONGEST_NAME = 100
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP = re.compile(
    r"\.(?P<word>[^.\[\]{}\"'$\s]+)|\[(?P<index>\d{1,12})\]"
    r"|\[(?P<quoted>\"(?:[^\"\\]|\\.)*\")\]|\['(?P<single>[^']*)'\]|\{(?P<place>\d{1,12})\}"
)


@dataclass(frozen=True)
class Place:
    """The child that so many others come before."""

    number: int


type Step = str | int | Place


def step(key: str | int, place: int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    if len(key) <= LONGEST_NAME:
        if _WORD.fullmatch(key):
            return f".{key}"
        if key.isprintable():
            return f"[{json.dumps(key, ensure_ascii=False)}]"
    return f"{{{place}}}"


def parsed(path: str) -> list[Step] | None:
    """None: that is no path."""
    if not path.startswith(ROOT):
        return None
    found: list[Step] = []
    at = len(ROOT)
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        found.append(_step(match))
        at = match.end()
    return found


def _step(match: re.Match[str]) -> Step:
    said = match[0][1:]
    match match.lastgroup:
        case "index":
            return int(said[:-1])
        case "place":
            return Place(int(said[:-1]))
        case "quoted":
            return _unquoted(said[:-1])
        case "single":
            return said[1:-2]
    return said


def _unquoted(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]
