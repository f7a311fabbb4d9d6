"""Values between commas, semicolons or tabs, the first line naming the columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from runs.batches.table import Row, Table, UnreadableError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
DECLARED = re.compile(r"sep=([,;\t])[ \t]*\n", re.IGNORECASE)
UNCLOSED = "unexpected end of data"
TOO_LONG = "field larger than field limit"


def read(text: str) -> Table:
    """A row of nothing but empty cells is no row; an empty cell is one that was not given."""
    declared = DECLARED.match(text)
    separator = declared[1] if declared else sniffed(text)
    records = _records(text, separator, skip=1 if declared else 0)
    _, header = next(records, (1, []))
    if not header:
        raise UnreadableError("The first line names no column.")
    columns = [name.strip() for name in header]
    rows = [_row(line, cells, len(columns)) for line, cells in records]
    return Table(f"CSV with {SEPARATORS[separator]}", columns, rows)


def sniffed(text: str) -> str:
    """What parts the names in the header; a comma if nothing does."""
    header = text.lstrip("\n").partition("\n")[0]
    outside = re.sub(r'"[^"]*"', "", header)
    return max(SEPARATORS, key=outside.count)


def _records(text: str, separator: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it begins in; those without any text are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and line > skip:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(f"Line {line:,}: {_said(str(error))}") from error


def _said(error: str) -> str:
    if error == UNCLOSED:
        return 'a quotation mark (") opens a cell here that is never closed.'
    if error.startswith(TOO_LONG):
        return f"a cell is longer than {csv.field_size_limit():,} characters."
    return 'after the quotation mark that closes a cell, something follows. Write "" for one.'


def _row(line: int, cells: list[str], columns: int) -> Row:
    if len(cells) != columns:
        has = f"{len(cells):,} cell{'s' if len(cells) != 1 else ''}"
        named = f"{columns:,} column{'s' if columns != 1 else ''}"
        raise UnreadableError(
            f"Line {line:,} has {has}, but the first line names {named}. "
            'Put a text that holds the separator between quotation marks (").'
        )
    return Row(line, tuple(cell if cell.strip() else None for cell in cells))
