"""How a tag is written: "key:value", or a value alone; as strict as Skyvern is."""

from __future__ import annotations

import re

from dashboard.skyvern.schema import Tag

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LONGEST = 200
MOST = 20
"""Tags that people may give one run."""
RESERVED_KEYS = "skyvern."
RESERVED_VALUES = ("__untagged__", "__other__")


def parsed(label: str) -> Tag:
    """ValueError says to a person what is wrong."""
    label = label.strip()
    before, colon, after = label.partition(":")
    key, value = (before.strip(), after.strip()) if colon else (None, label)
    if key is not None:
        _check_key(key, label)
    if not value:
        raise ValueError(f"“{label}” has no value." if colon else "Write “key:value” or a value.")
    if len(label) > LONGEST:
        raise ValueError(f"A tag has {LONGEST} characters at most, not {len(label)}.")
    if "," in value or not value.isprintable():
        raise ValueError(f"“{label}” holds a character that no tag can have.")
    if value in RESERVED_VALUES or (key and value == "*"):
        raise ValueError(f"“{value}” has another meaning to Skyvern.")
    return Tag(key=key, value=value)


def _check_key(key: str, label: str) -> None:
    if not KEY.fullmatch(key):
        raise ValueError(
            f"“{label}”: before the colon stand up to 64 letters, digits, “_”, “.” or “-”, "
            "of which the first is a letter or digit."
        )
    if key.startswith(RESERVED_KEYS):
        raise ValueError(f"Only Skyvern itself writes tags that begin with “{RESERVED_KEYS}”.")


def split(text: str) -> list[str]:
    """The labels of a line, parted by commas; each once."""
    return list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
