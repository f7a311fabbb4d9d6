"""Makes what upstream says fit the columns that hold it: lengths, ranges, hostile text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from django.db import models

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 20_000
DEEPEST, CUT = 100, "…"
"""Levels of JSON that are kept: whatever walks it later needs some stack for each."""
SECRETS = ("extra_http_headers", "cdp_connect_headers")
MASK = "•••"
_signed = re.compile(r"(/v1/artifacts/[\w-]+/content)\?[^\s\"'<>]*")
_SUSPECT = ("/v1/artifacts/", *SECRETS)
_SUSPECT_JSON = (*_SUSPECT, r"\u0000", r"\ud", "NaN", "Infinity", "e+")
_PLAIN = {str, int, bool, type(None)}
_whole_float = re.compile(r"(?:^|[ \[])-?\d+\.0(?:[,\]}]|$)")


def fit(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """The same columns, each value such that its column takes it on any database.

    Those that the answer does not tell (`...`) are left out.
    """
    fitters = _fitters(model)
    return {name: fitters[name](value) for name, value in values.items() if value is not ...}


def is_id(value: object) -> bool:
    """Whether it can be kept as an id, and be a part of an address.

    An id is never cut: two could become one.
    """
    if not isinstance(value, str) or not 0 < len(value) <= 128 or text(value) != value:
        return False
    return "/" not in value and value.strip(".") != ""


def text(value: object, longest: int = LONGEST_TEXT) -> str:
    """Neither NUL nor lone surrogates: no database takes them; "" for None."""
    if value is None:
        return ""
    found = str(value)
    if "\x00" in found:
        found = found.replace("\x00", "")
    if not found.isascii():
        found = found.encode("utf-8", "ignore").decode()
    return found if len(found) <= longest else found[:longest]


def document(value: Any) -> Any:
    """JSON without NULs, header secrets, the signatures of artifact links, and bottomless depths.

    A signature opens the file to anyone who reads it, and differs in every answer. Whole floats
    become integers: PostgreSQL would read large ones back as another number.

    Hardly any document has such a thing. Writing it down and looking there is a fifth of the
    work of going through all its values; where none has values of its own, as most rows of a list,
    to look at its texts is a third of that.
    """
    if value is None:
        return None
    if type(value) is dict and _PLAIN.issuperset(map(type, value.values())):
        texts = "\n".join([*value, *[item for item in value.values() if type(item) is str]])
        is_clean = texts.isascii() and "\0" not in texts and not _has(_SUSPECT, texts)
        return value if is_clean else _cleaned(value)
    try:
        written = json.dumps(value)
    except RecursionError:
        return _cleaned(value)
    is_shallow = written.count("{") + written.count("[") < DEEPEST
    return value if is_shallow and not _is_suspect(written) else _cleaned(value)


def _is_suspect(written: str) -> bool:
    """Whether JSON as Python writes it may have what is not to be kept."""
    if _has(_SUSPECT_JSON, written):
        return True
    return ".0" in written and _whole_float.search(written) is not None


def _has(marks: Iterable[str], text: str) -> bool:
    for mark in marks:  # noqa: SIM110 - any() takes twice as long
        if mark in text:
            return True
    return False


def _cleaned(value: Any, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _unsigned(text(value, len(value)))
    if isinstance(value, dict | list):
        return CUT if depth == DEEPEST else _nested(value, depth + 1)
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else value
    return value


def _unsigned(said: str) -> str:
    return _signed.sub(r"\1", said) if "/v1/artifacts/" in said else said


def _nested(value: dict[str, Any] | list[Any], depth: int) -> Any:
    if isinstance(value, list):
        return [_cleaned(item, depth) for item in value]
    return {
        _unsigned(text(key)): _masked(item, depth) if key in SECRETS else _cleaned(item, depth)
        for key, item in value.items()
    }


def _masked(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {text(name): MASK for name in value}
    return _cleaned(value, depth)


def moment(value: object) -> datetime | None:
    """A time that can be shown and subtracted; None for the absurd."""
    return value if isinstance(value, datetime) and EARLIEST <= value <= LATEST else None


def _count(value: object, field: models.Field[Any, Any]) -> int | None:
    largest = 2**63 - 1 if isinstance(field, models.PositiveBigIntegerField) else 2**31 - 1
    if isinstance(value, int) and 0 <= value <= largest:
        return int(value)
    return None if field.null else field.get_default()


@cache
def _fitters(model: type[models.Model]) -> dict[str, Callable[[Any], Any]]:
    """What makes a value fit each column: made once, used for every run there is."""
    return {field.name: _fitter(field) for field in model._meta.concrete_fields}


def _fitter(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return lambda value: document(field.get_default() if value is None else value)
    if isinstance(field, models.DateTimeField):
        return moment
    if isinstance(field, models.BooleanField):
        return bool
    if isinstance(field, models.IntegerField):
        return partial(_count, field=field)
    if isinstance(field, models.ForeignKey):
        return lambda value: value if is_id(value) else None
    return partial(text, longest=field.max_length or LONGEST_TEXT)
