"""What a failure reason says, without what differs from one run to the next.

Two runs failed in the same way if their reasons have the same shape. Taken out are ids, addresses,
times, quoted values and numbers; what is kept is how the sentence goes, the name of an exception, a
net error's code and an HTTP status, because a page that is missing is another failure than a server
that is down.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_READ = 2_000
LONGEST = 300
LAYER = re.compile(r"\s*[^:]{0,80}?\breason:\s+(?=\S)", re.IGNORECASE)
_BLOCK = re.compile(r"^\s*([a-z][a-z0-9_]{1,40}) block (?:failed|terminated)\b")
# From here on each line is of one call alone: what a browser was doing, where code was.
_AFTERWARDS = re.compile(r"\n\s*(?:Call log|Stack trace|Traceback|at )\b.*", re.DOTALL)
_QUOTED = (r"\"[^\"\n]*\"", r"“[^”\n]*”", r"„[^“”\n]*[“”]", r"«[^»\n]*»", r"`[^`\n]*`")
_APOSTROPHES = r"(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w))*'(?!\w)"
_DATE = r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
_CLOCK = r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]m)?\b"
_DOMAINS = "com|org|net|io|dev|app|ai|co|eu|de|fr|uk|us|example|local|localhost|test|internal"
_HOST = rf"\b(?:(?:[a-z0-9-]+\.){{1,8}}+(?:{_DOMAINS})|(?:\d{{1,3}}\.){{3}}\d{{1,3}})\b(?::\d+)?"
_UNITS = "ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?|days?|bytes?|[kmg]i?b|px|times?"
_UNSPACED = r"[^\s\"'<>]"
_PARTS = (
    ("", r"\b(?:HTTP|status(?: code)?)[ :=/]{1,2}[1-5]\d\d\b"),
    ("address", rf"\b(?:[a-z][a-z0-9+.-]*://|www\.){_UNSPACED}*{_UNSPACED[:-1]}.,;:!?)\]]"),
    ("mail", r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("value", "|".join((*_QUOTED, _APOSTROPHES))),
    ("time", f"{_DATE}|{_CLOCK}"),
    ("id", r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[a-z]{1,12}_[a-z0-9]*\d[\w-]*"),
    ("path", r"(?<![\w/])(?:[a-z]:\\|~?/)[\w.@%+-]+(?:[\\/][\w.@%+-]*)*"),
    ("host", _HOST),
    ("number", rf"(?<![\w-])[+-]?\d+(?:[.,:]\d+)*(?: ?%|[ -]?(?:{_UNITS})\b|\b(?!-?[a-z]))"),
    ("id", r"\b(?=[a-z-]*\d)(?=[\d-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*\b|\b[0-9a-f]{12,}\b"),
    ("number", r"\d+(?:[.,:]\d+)*"),
)
"""In this order: what stands earlier is not looked at by what stands later. "" stays."""
KINDS = tuple(sorted({name for name, _ in _PARTS if name}))
_PART = re.compile(
    "|".join(f"(?P<{name}_{at}>{pattern})" for at, (name, pattern) in enumerate(_PARTS)),
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")


def sentence(reason: str) -> str:
    """Without the "… failed. failure reason: …" that each layer of Skyvern puts in front."""
    said = reason.strip()
    while match := LAYER.match(said):
        said = said[match.end() :]
    return said[:1].upper() + said[1:]


def block(reason: str) -> str:
    """The kind of the block that failed, as the outermost layer names it; "" if none does."""
    named = _BLOCK.match(reason)
    return named[1] if named else ""


def shape(reason: str) -> str:
    """Lower case, one line, LONGEST characters at the most; the same for the same failure.

    What is taken out leaves its kind behind, as in "user <value> was not found after <number> s".
    """
    return _shape(reason[:LONGEST_READ])


@lru_cache(maxsize=1_000)
def _shape(reason: str) -> str:
    """Most failures give the very reason that another just gave."""
    kept = _PART.sub(_replaced, _AFTERWARDS.sub("", sentence(reason)))
    return _SPACE.sub(" ", kept).strip(" .").lower()[:LONGEST]


def _replaced(match: re.Match[str]) -> str:
    kind = (match.lastgroup or "").partition("_")[0]
    return f"<{kind}>" if kind else match[0]
