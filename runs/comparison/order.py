"""The order in which what two runs have is told."""

from __future__ import annotations

from collections.abc import Iterable


def merged[K](here: Iterable[K], there: Iterable[K]) -> list[K]:
    """In the order of here; what only there has comes after what it follows there."""
    known = dict.fromkeys(here)
    following: dict[K | None, list[K]] = {}
    last: K | None = None
    for key in there:
        if key in known:
            last = key
        else:
            following.setdefault(last, []).append(key)
    merged = list(following.get(None, []))
    for key in known:
        merged += [key, *following.get(key, [])]
    return merged
