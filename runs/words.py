"""Text as the index of runs holds it and as a search asks for it: the same rule for both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

LONGEST = 2_000
LONGEST_READ = 4 * LONGEST
MOST_VALUES = 200
_ASCII = "".join(char.lower() if char.isalnum() else " " for char in map(chr, range(128)))
"""What becomes of each character of ASCII: a fifth of the work of looking for words."""
_word = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Lower case, without accents, parted at everything that is neither letter nor digit."""
    return _parted(text[:LONGEST_READ])


def _parted(text: str) -> list[str]:
    if text.isascii():
        return text.translate(_ASCII).split()
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return _word.findall(bare.casefold())


def indexed(*texts: str) -> str:
    """Each word once, in the order in which they come, LONGEST characters at the most."""
    found = _parted(" ".join([text[:LONGEST_READ] for text in texts]))
    return " ".join(dict.fromkeys([word[:100] for word in found]))[:LONGEST]


def indexed_values(document: Any) -> str:
    """The values anywhere in a JSON document, without its keys."""
    return indexed(*_values(document))


def _values(document: Any) -> Iterator[str]:
    waiting = [document]
    given = 0
    while waiting and given < MOST_VALUES:
        value = waiting.pop(0)
        if isinstance(value, dict):
            waiting[:0] = value.values()
        elif isinstance(value, list):
            waiting[:0] = value
        elif value is not None and not isinstance(value, bool):
            given += 1
            yield str(value)[:LONGEST]
