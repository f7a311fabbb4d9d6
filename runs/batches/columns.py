"""Which column is which parameter: found by name, changed by a person."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator

from runs.batches.table import Table
from runs.models import Workflow
from runs.parameters import Parameter, read

UNUSED = "Do not use"


class ColumnsForm(forms.Form):
    """A choice for each column (`c0`, `c1`, …). `columns` tells what the choices were made for."""

    columns = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, workflow: Workflow, table: Table, data: Mapping[str, Any] | None = None
    ) -> None:
        self.table = table
        self.asked = {found.key: found for found in read(workflow.parameters)}
        super().__init__({**self._chosen(data or {}), "columns": json.dumps(table.columns)})
        choices = [("", UNUSED), *((key, Truncator(key).chars(80)) for key in self.asked)]
        for number, name in enumerate(table.columns):
            label = name or f"Column {number + 1}"
            self.fields[f"c{number}"] = forms.ChoiceField(
                required=False, label=label, choices=choices
            )

    def _chosen(self, data: Mapping[str, Any]) -> dict[str, str]:
        """What a person chose for a column of that name, else the parameter named like it."""
        chosen = {f"c{n}": key for n, key in enumerate(matched(self.table.columns, self.asked))}
        before = _names(data.get("columns"))
        for number, name in enumerate(self.table.columns):
            if name in before and (old := f"c{before.index(name)}") in data:
                chosen[f"c{number}"] = str(data[old])
        return chosen

    def clean(self) -> dict[str, Any]:
        taken: dict[str, str] = {}
        for name, key in self._given():
            if key in taken:
                first = self.fields[taken[key]].label
                self.add_error(name, ValidationError(f"{key} comes from “{first}” already."))
            taken.setdefault(key, name)
        return self.cleaned_data

    def _given(self) -> list[tuple[str, str]]:
        names = (f"c{number}" for number in range(len(self.table.columns)))
        return [(name, key) for name in names if (key := self.cleaned_data.get(name))]

    @property
    def parameters(self) -> dict[int, Parameter]:
        """Of the columns that are used, by place; a wrong choice counts as none."""
        self.is_valid()  # fills cleaned_data
        return {int(name[1:]): self.asked[key] for name, key in self._given()}

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Each column's field with examples of what stands in it."""
        return [
            {"field": self[f"c{number}"], "examples": self.table.examples(number)}
            for number in range(len(self.table.columns))
        ]


def matched(columns: list[str], keys: Mapping[str, Any]) -> list[str]:
    """For each column the key that is named alike and not taken yet, or ""."""
    free = {_alike(key): key for key in reversed(list(keys))}
    exact = {key: key for key in keys}
    found = []
    for name in columns:
        key = exact.get(name) or free.get(_alike(name), "")
        free.pop(_alike(name), None)
        exact.pop(key, None)
        found.append(key)
    return found


def _alike(name: str) -> str:
    return re.sub(r"[\s_\-']+", "", name).casefold()


def _names(typed: Any) -> list[Any]:
    try:
        names = json.loads(typed or "")
    except (TypeError, ValueError, RecursionError):
        return []
    return names if isinstance(names, list) else []
