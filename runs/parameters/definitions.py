"""Parameter definitions: read, shown as text, and what was typed parsed by them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError

from runs.parameters.parsers import PARSERS, string_value


class _Absent:
    """Nothing was given: the key is not sent and upstream takes the default."""


ABSENT: Final = _Absent()


@dataclass(frozen=True)
class Parameter:
    key: str
    type: str
    description: str
    default: Any

    @property
    def is_known_type(self) -> bool:
        return self.type in PARSERS

    @property
    def is_required(self) -> bool:
        """Upstream has no such flag: no default means required, except for a credential."""
        return self.default is None and self.type != "credential_id"

    @property
    def default_text(self) -> str:
        return "" if self.default is None else self.text(self.default)

    def text(self, value: Any) -> str:
        """The value as a person would type it."""
        if value is None:
            return ""
        if self.type == "json" and isinstance(value, str) and _is_json(value):
            return value
        if self.type == "boolean" and str(value).lower() in ("true", "false", "1", "0"):
            return "true" if str(value).lower() in ("true", "1") else "false"
        if isinstance(value, str) and self.type != "json":
            return value
        return json.dumps(value, ensure_ascii=False, indent=2 if self.type == "json" else None)

    def parse(self, typed: str | None) -> Any:
        """The value to send, or ABSENT; ValidationError says what is wrong.

        None means the field was not there at all, which is different from an empty text.
        An untouched default is sent as it is, odd or not: it is what upstream would take.
        """
        if typed is None or (not typed.strip() and not self._can_be_empty):
            if self.is_required:
                raise ValidationError("Give a value.", code="required")
            return ABSENT
        typed = typed.replace("\r\n", "\n")
        if self.default is not None and typed == self.default_text.replace("\r\n", "\n"):
            return self._untouched(typed)
        return PARSERS.get(self.type, string_value)(typed)

    @property
    def _can_be_empty(self) -> bool:
        return self.type == "string" or not self.is_known_type

    def _untouched(self, typed: str) -> Any:
        try:
            return PARSERS.get(self.type, string_value)(typed)
        except ValidationError:
            return self.default


def read(definitions: Any) -> list[Parameter]:
    """The definitions as parameters, in their order; what has no key is left out.

    Upstream keeps values by key, so a second definition of a key cannot be given a value.
    """
    found: dict[str, Parameter] = {}
    for item in definitions if isinstance(definitions, list) else []:
        if not isinstance(item, dict) or item.get("key") in (None, ""):
            continue
        key = str(item["key"])
        if key not in found:
            kind, description = item.get("type"), item.get("description")
            found[key] = Parameter(
                key,
                str(kind) if kind else "string",
                str(description) if description else "",
                item.get("default_value"),
            )
    return list(found.values())


def clean(
    definitions: Any, typed: Mapping[str, str | None]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Typed texts by key → (values to send, what is wrong by key). Unknown keys are ignored."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for parameter in read(definitions):
        try:
            value = parameter.parse(typed.get(parameter.key))
        except ValidationError as error:
            errors[parameter.key] = " ".join(error.messages)
        else:
            if value is not ABSENT:
                values[parameter.key] = value
    return values, errors


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
