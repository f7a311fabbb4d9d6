"""A file to begin with: the agent's parameters as header, and one row that could be launched."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from runs.parameters import Parameter, read

EXAMPLES = {
    "string": "text",
    "integer": "1",
    "float": "1.5",
    "boolean": "true",
    "json": "{}",
    "file_url": "https://example.com/file.csv",
    "credential_id": "",
}
FORMULA = re.compile(r"(?![+-]?[0-9.]+$)[=+\-@]")


def sample(definitions: Any) -> str:
    parameters = read(definitions)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_harmless(found.key) for found in parameters])
    writer.writerow([_example(found) for found in parameters])
    return out.getvalue()


def _example(parameter: Parameter) -> str:
    if parameter.default is None:
        return EXAMPLES.get(parameter.type, "text")
    if isinstance(parameter.default, dict | list):
        return json.dumps(parameter.default, ensure_ascii=False)
    return _harmless(parameter.default_text)


def _harmless(text: str) -> str:
    """A spreadsheet takes a leading = or + for a formula and would work it out."""
    return f"'{text}" if FORMULA.match(text) else text
