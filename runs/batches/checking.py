"""The dry run: every row by the same strict rules as a single launch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from runs.batches.table import Cell, Row, Table
from runs.parameters import ABSENT, Parameter

MOST_SHOWN = 200


@dataclass(frozen=True)
class Problem:
    """A row that cannot be launched: what stands in it, and what is wrong, by column."""

    row: Row
    errors: dict[int, str]


@dataclass(frozen=True)
class Checked:
    """`good` holds the parameters of each launch, in the order of the table."""

    good: list[dict[str, Any]]
    problems: list[Problem]

    @property
    def shown(self) -> list[Problem]:
        return self.problems[:MOST_SHOWN]

    @property
    def repeats(self) -> int:
        """How many of the good rows are the same as one before."""
        return len(self.good) - len({canonical(row) for row in self.good})

    @property
    def wrong_columns(self) -> list[int]:
        """Those that something is wrong with in a row that is shown."""
        return sorted({column for problem in self.shown for column in problem.errors})

    @property
    def digest(self) -> str:
        """The same for the same rows, whatever the file that they came in looked like."""
        return hashlib.sha256(canonical(self.good).encode(errors="replace")).hexdigest()


def check(table: Table, columns: Mapping[int, Parameter], shared: Mapping[str, Any]) -> Checked:
    """`columns` by their place in the table; `shared` is added to the parameters of each row."""
    found = Checked([], [])
    for row in table.rows:
        values, errors = _parsed(row, columns)
        if errors:
            found.problems.append(Problem(row, errors))
        else:
            found.good.append({**shared, **values})
    return found


def _parsed(row: Row, columns: Mapping[int, Parameter]) -> tuple[dict[str, Any], dict[int, str]]:
    values, errors = {}, {}
    for column, parameter in columns.items():
        try:
            value = parameter.parse(_typed(row.cells[column], parameter))
        except ValidationError as error:
            errors[column] = " ".join(error.messages)
        else:
            if value is not ABSENT:
                values[parameter.key] = value
    return values, errors


def _typed(cell: Cell, parameter: Parameter) -> Cell:
    """Spreadsheets write TRUE and FALSE, which can mean nothing else."""
    return cell.lower() if cell is not None and parameter.type == "boolean" else cell


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
