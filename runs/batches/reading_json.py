"""Objects: one a line, or all in one list; their names are the columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from runs.batches.table import Cell, Row, Table, UnreadableError

SPACE = re.compile(r"[ \t\n]*")


def read(text: str) -> Table:
    """A missing name and null are not given; an empty text is an empty text."""
    is_list = text.lstrip().startswith("[")
    objects = list(_of_list(text) if is_list else _of_lines(text))
    columns = list(dict.fromkeys(name for _, found in objects for name in found))
    rows = [Row(line, tuple(_cell(found.get(name)) for name in columns)) for line, found in objects]
    return Table("a JSON list" if is_list else "JSON lines", columns, rows)


def _of_lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        value, end = _value(line, 0, first=number)
        if line[end:].strip():
            raise UnreadableError(f"Line {number:,}: something follows after the object.")
        yield number, _object(value, number)


def _of_list(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Item by item, to know the line of each."""
    place = _after_space(text, text.index("[") + 1)
    while text[place : place + 1] != "]":
        line = _line(text, place)
        value, place = _value(text, place)
        yield line, _object(value, line)
        place = _after_space(text, place)
        if text[place : place + 1] == ",":
            place = _after_space(text, place + 1)
        elif text[place : place + 1] != "]":
            raise UnreadableError(
                f"Line {_line(text, place):,}: a comma or the closing ] is missing."
            )
    if text[place + 1 :].strip():
        raise UnreadableError(f"Line {_line(text, place):,}: something follows after the list.")


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _after_space(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return found.end() if found else place


def _value(text: str, place: int, first: int = 1) -> tuple[Any, int]:
    """The value that begins at `place`, and where it ends; `first` is the text's first line."""
    line = _line(text, place) + first - 1
    try:
        return _DECODER.raw_decode(text, _after_space(text, place))
    except json.JSONDecodeError as error:
        where = f"Line {first + error.lineno - 1:,}"
        said = f"{where} is not JSON: {error.msg} (column {error.colno:,})."
        raise UnreadableError(said) from error
    except RecursionError as error:
        raise UnreadableError(f"Line {line:,} is nested too deep.") from error
    except ValueError as error:
        raise UnreadableError(f"Line {line:,} is not JSON: {error}.") from error


def _object(value: Any, line: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableError(f'Line {line:,} is not an object such as {{"name": "value"}}.')
    return value


def _cell(value: Any) -> Cell:
    """As a person would type it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
