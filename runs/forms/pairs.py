"""Lines such as "Name: value", for headers and metadata."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
MOST_PAIRS, LONGEST_KEY, LONGEST_VALUE = 20, 64, 256


class Pairs(forms.Textarea):
    """A line for each pair; a script makes rows of them."""

    template_name = "agents/_pairs.html"


class PairsField(forms.CharField):
    """One pair a line → {name: value}; {} for nothing. Errors name the line."""

    def __init__(
        self, *, check: Callable[[str, str], None], most: int, placeholder: str, **options: Any
    ) -> None:
        attrs = {"rows": 2, "class": "mono grows", "spellcheck": "false", "autocomplete": "off"}
        attrs["data-pairs"] = placeholder
        widget = Pairs(attrs | {"placeholder": placeholder})
        super().__init__(required=False, widget=widget, **options)
        self.check = check
        self.most = most

    def to_python(self, value: str | None) -> Any:
        found: dict[str, str] = {}
        seen: set[str] = set()
        for number, line in enumerate((value or "").splitlines(), 1):
            if not line.strip():
                continue
            name, colon, text = (part.strip() for part in line.partition(":"))
            if not colon or not name:
                raise ValidationError(f"Line {number}: write “name: value”.", code="pair")
            if name.lower() in seen:
                raise ValidationError(f"Line {number}: {name} is given twice.", code="twice")
            try:
                self.check(name, text)
            except ValidationError as error:
                raise ValidationError(f"Line {number}: {error.message}", code="pair") from error
            seen.add(name.lower())
            found[name] = text
        if len(found) > self.most:
            raise ValidationError(f"{len(found)} are too many: {self.most} at most.", code="most")
        return found


def check_header_name(name: str, value: str) -> None:
    if not TOKEN.fullmatch(name):
        raise ValidationError(f"“{name}” cannot be the name of a header.")


def check_header(name: str, value: str) -> None:
    check_header_name(name, value)
    if not value:
        raise ValidationError(f"give {name} a value.")
    if re.search(r"[^\t\x20-\x7e\xa0-\xff]", value):
        raise ValidationError(f"the value of {name} holds characters no header can carry.")


def check_metadata(name: str, value: str) -> None:
    if len(name) > LONGEST_KEY:
        raise ValidationError(f"a name has {LONGEST_KEY} characters at most, not {len(name)}.")
    if len(value) > LONGEST_VALUE:
        raise ValidationError(f"a value has {LONGEST_VALUE} characters at most, not {len(value)}.")
    if name.startswith("skyvern."):
        raise ValidationError("names that begin with “skyvern.” are dropped by Skyvern.")


def as_lines(pairs: Any) -> str:
    if not isinstance(pairs, dict):
        return ""
    return "\n".join(f"{name}: {value}" for name, value in pairs.items())
