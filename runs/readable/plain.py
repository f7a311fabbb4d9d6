"""What the readers of logs share: a table, text that may be shown, and what must not be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from runs.timeline import values

MOST_BYTES = 20 * 2**20
MOST_ROWS = 5_000
LONGEST = 2_000
LONGEST_READ = 4 * LONGEST
YEARS = range(1971, 9000)
"""In which any zone's clock can be told."""

_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SECRET_FROM = re.compile(r"[?#]|%3f|%23", re.IGNORECASE)
_LOGIN = re.compile(r"([/\\]{2})[^/\\]*@")
_PATH_PARAMETERS = re.compile(r";[^/]*")
_IN_URL = r"""(?:[^\s"<>')]|[')]+(?=[\w&=%/-]))"""
_URL = re.compile(rf"\b(?:https?|wss?|data):{_IN_URL}+", re.IGNORECASE)
_QUERY = re.compile(rf"""[?#][^\s"'<>=?#]{{1,100}}={_IN_URL}*""")


class UnreadableError(ValueError):
    """Its text is a sentence for the person who wanted to read the file."""


@dataclass(frozen=True)
class Table[Row]:
    """`left_out`: how many more there are in the file."""

    rows: list[Row]
    left_out: int = 0


def clean(text: str, most: int = LONGEST) -> str:
    """No longer than that, with a mark for each character that is unseen or turns the others
    around, and for half ones, which no page can be encoded with."""
    seen = _HIDDEN.sub("\ufffd", text[: most + 1])
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


def bare(url: str) -> str:
    """Without what carries secrets: log-in, parameters, query, fragment; of data only its type."""
    shown = clean(url, LONGEST_READ).strip()
    if shown[:5].lower() == "data:":
        return clean(f"{re.split('[,;]', shown, maxsplit=1)[0]},…")
    head, *more = _SECRET_FROM.split(shown, maxsplit=1)
    head = _PATH_PARAMETERS.sub(";…", _LOGIN.sub(r"\1…@", head))
    return f"{clean(head, LONGEST - 2)}{'?…' if more else ''}"


def told(text: str) -> str:
    """Words of a log, with the addresses in them laid bare."""
    shown = clean(text, LONGEST_READ)
    return clean(_QUERY.sub("?…", _URL.sub(lambda found: bare(found[0]), shown)))


def moment(text: str) -> datetime | None:
    found = values.moment(text)
    return found if found is not None and found.year in YEARS else None
