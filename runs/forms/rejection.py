"""Which field Skyvern's refusal is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dashboard.skyvern.errors import SkyvernError
from runs.parameters import Parameter

MISSING = re.compile(r"Missing value for parameters? (?P<keys>.+?) in workflow")
INVALID = re.compile(
    r"Expected parameter type: (?P<type>\w+)\. Value: (?P<value>.*?)\.?$", re.DOTALL
)
CREDENTIAL = re.compile(r"Invalid credential ID: (?P<value>[^\s.]+)")
OPTIONS = (
    (re.compile(r"Invalid (\w+):"), None),
    (re.compile(r"browser session", re.IGNORECASE), "browser_session_id"),
    (re.compile(r"browser profile", re.IGNORECASE), "browser_profile_id"),
    (re.compile(r"webhook", re.IGNORECASE), "webhook_url"),
    (re.compile(r"proxy", re.IGNORECASE), "proxy_location"),
)


def blame(
    error: SkyvernError,
    parameters: dict[str, Parameter],
    values: dict[str, Any],
    options: set[str],
) -> dict[str, str]:
    """Field name → what Skyvern said of it; {} if it named nothing that can be typed here.

    `parameters` by field name, `values` as sent by key, `options` the names of option fields.
    """
    if error.fields:
        return {name: said for name, said in error.fields.items() if name in options}
    text = error.message
    named = dict.fromkeys(_parameters(text, parameters, values), text)
    return named or dict.fromkeys(_options(text, options), text)


def _parameters(
    text: str, parameters: dict[str, Parameter], values: dict[str, Any]
) -> Iterator[str]:
    if found := MISSING.search(text):
        keys = {key.strip() for key in found["keys"].split(",")} | {found["keys"]}
        yield from (name for name, parameter in parameters.items() if parameter.key in keys)
    elif found := INVALID.search(text):
        for name, parameter in parameters.items():
            if parameter.type == found["type"] and str(values.get(parameter.key)) == found["value"]:
                yield name
    elif found := CREDENTIAL.search(text):
        for name, parameter in parameters.items():
            if values.get(parameter.key) == found["value"]:
                yield name


def _options(text: str, options: set[str]) -> Iterator[str]:
    for pattern, name in OPTIONS:
        if found := pattern.search(text):
            named = name or found[1]
            if named in options:
                yield named
                return
