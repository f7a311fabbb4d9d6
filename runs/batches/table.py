"""What every kind of file becomes: named columns, and rows that know their line."""

from __future__ import annotations

from dataclasses import dataclass

type Cell = str | None
"""None: nothing was given, which is not the same as an empty text."""

MOST_ROWS = 1_000
MOST_COLUMNS = 200
MOST_BYTES = 2_000_000


class UnreadableError(Exception):
    """A sentence for people that says what cannot be read, and where."""


@dataclass(frozen=True)
class Row:
    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    format: str
    columns: list[str]
    rows: list[Row]

    def examples(self, column: int, most: int = 3) -> list[str]:
        """The first different things that stand in the column."""
        found = dict.fromkeys(row.cells[column] or "" for row in self.rows[:50])
        return [text for text in found if text][:most]


def checked_size(table: Table) -> Table:
    if not table.rows:
        raise UnreadableError("There is a header, but no row below it.")
    if len(table.columns) > MOST_COLUMNS:
        many = f"{len(table.columns):,} columns"
        raise UnreadableError(f"{many} are too many: {MOST_COLUMNS} at most.")
    if len(table.rows) > MOST_ROWS:
        first = table.rows[MOST_ROWS].line
        raise UnreadableError(
            f"{len(table.rows):,} rows are too many: {MOST_ROWS:,} at once at most. "
            f"The first one too many is in line {first:,}."
        )
    return table
