"""Typed text into the value to send, one strict function per parameter type.

Upstream is lenient (`1.9` becomes 1, a bad value fails minutes later); a person's slip is better
caught before anything starts. Each function raises ValidationError with a sentence for people.
"""

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

MAX_URL = 2083
MAX_DEPTH = 100
_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_BOOLEANS = {"true": True, "false": False}


def http_url(typed: str, schemes: Iterable[str] = ("http", "https")) -> str:
    """The address without the space around it; ValidationError if it is not absolute."""
    url = typed.strip()
    names = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f\x7f\\<>\"]", url):
        raise ValidationError(f"Not a web address. It starts with {names}.", code="url")
    if len(url) > MAX_URL:
        raise ValidationError(f"Longer than {MAX_URL:,} characters.", code="url")
    return url


def string_value(typed: str) -> str:
    _refuse_unstorable(typed)
    return typed


def integer_value(typed: str) -> int:
    text = typed.strip()
    if not _INTEGER.fullmatch(text):
        raise ValidationError("Not a whole number. Digits only, such as 42 or -7.", code="integer")
    try:
        return _storable(text)
    except ValueError as error:
        raise ValidationError(f"Too large: {error}.", code="integer") from error


def float_value(typed: str) -> float:
    text = typed.strip()
    number = float(text) if _FLOAT.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ValidationError("Not a number. Write it as 3.5, -2 or 1e-3.", code="float")
    return number


def boolean_value(typed: str) -> bool:
    if typed.strip() not in _BOOLEANS:
        raise ValidationError("Choose true or false.", code="boolean")
    return _BOOLEANS[typed.strip()]


def json_value(typed: str) -> Any:
    """An object or a list as it is; anything else as JSON text, which upstream parses itself."""
    try:
        value = json.loads(
            typed, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_storable
        )
        depth = _depth(value)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        said = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise ValidationError(f"Not JSON, {where}: {said}.", code="json") from error
    except RecursionError:
        depth = MAX_DEPTH + 1
    except ValueError as error:
        raise ValidationError(f"Not JSON: {error}.", code="json") from error
    if depth > MAX_DEPTH:
        raise ValidationError(f"Nested deeper than {MAX_DEPTH} levels.", code="json")
    if value is None:
        raise ValidationError("null counts as no value at all.", code="json")
    if isinstance(value, (dict, list)):
        return value
    _refuse_unstorable(value if isinstance(value, str) else "")
    return typed.strip()


def file_value(typed: str) -> str:
    """A link, or where Skyvern keeps a file that was uploaded to it."""
    address = typed.strip()
    if not re.fullmatch(r"(s3|gs|azure)://[^/\s]+/\S[^\x00-\x1f\x7f]*", address):
        return http_url(typed)
    if len(address) > MAX_URL:
        raise ValidationError(f"Longer than {MAX_URL:,} characters.", code="url")
    return address


def credential_value(typed: str) -> str:
    text = typed.strip()
    if not re.fullmatch(r"[!-~]{1,256}", text):
        raise ValidationError("Not a credential id, such as cred_123.", code="credential")
    return text


PARSERS: dict[str, Callable[[str], Any]] = {
    "string": string_value,
    "integer": integer_value,
    "float": float_value,
    "boolean": boolean_value,
    "json": json_value,
    "file_url": file_value,
    "credential_id": credential_value,
}


def _storable(text: str) -> int:
    """Upstream answers 500 to a larger one."""
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{text[:20]}… does not fit into 64 bits")
    return number


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _depth(value: Any) -> int:
    """How deep it nests; on the way it looks for text that no database could keep."""
    if isinstance(value, dict):
        for key in value:
            _refuse_unstorable(key)
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    if isinstance(value, str):
        _refuse_unstorable(value)
    return 0


def _refuse_unstorable(text: str) -> None:
    if "\x00" in text or re.search("[\ud800-\udfff]", text):
        raise ValidationError("Holds a character that is not text (NUL or half a pair).")
