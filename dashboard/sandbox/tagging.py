"""What a tag may be, and the tags that a run is started with."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from dashboard.sandbox.state import ORGANIZATION, Tag
from dashboard.sandbox.wire import RefusedError, invalid

type Json = dict[str, Any]

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
RESERVED = "skyvern."
MARKERS = ("__untagged__", "__other__")
LONGEST_KEY, LONGEST_VALUE = 64, 256
MOST_TAGS = 20


def manual(key: str | None, value: str, at: datetime) -> Tag:
    return Tag(key=key, value=value, set_at=at, set_by=ORGANIZATION)


def of_metadata(metadata: Json | None, at: datetime) -> list[Tag]:
    """A launch's `run_metadata`; what is empty or reserved is dropped without a word."""
    pairs = [(key.strip(), value.strip()) for key, value in (metadata or {}).items()]
    return [manual(k, v, at) for k, v in pairs if k and v and not k.startswith(RESERVED)]


def again(tags: list[Tag], at: datetime) -> list[Tag]:
    """What a retry keeps of them."""
    return [manual(tag.key, tag.value, at) for tag in tags if tag.key]


def identity(key: str | None, value: str | None) -> tuple[str | None, str | None]:
    """A run has one value of a key, but many values without one."""
    return (key, None) if key else (None, value)


def each[T](body: Json, name: str, read: Callable[[Json, list[str | int]], T]) -> list[T]:
    """What `read` makes of each item of a list in the body."""
    given = body.get(name) or []
    if len(given) > MOST_TAGS:
        rule = f"{name} can include at most {MOST_TAGS} entries"
        raise _wrong(["body", name], rule, given)
    return [read(item, ["body", name, place]) for place, item in enumerate(given)]


def checked(tag: Json, loc: list[str | int]) -> tuple[str | None, str]:
    """Key and value of a tag to set; RefusedError (422) as upstream's."""
    key, value = _key(tag, loc), str(tag.get("value") or "").strip()
    at = [*loc, "value"]
    if not value:
        raise _wrong(at, "tag value is required", tag.get("value"))
    if len(value) > LONGEST_VALUE:
        raise _wrong(at, f"tag values must be at most {LONGEST_VALUE} characters", value)
    if "," in value:
        raise _wrong(at, "tag values must not contain ','", value)
    _check_meaning(key, value, loc)
    return key, value


def _check_meaning(key: str | None, value: str, loc: list[str | int]) -> None:
    given = {"key": key, "value": value}
    if key is None and ":" in value:
        rule = "standalone label values must not contain ':' (use a group, e.g. key:value)"
        raise _wrong(loc, rule, given)
    if key is not None and value == "*":
        rule = "grouped tag values must not be exactly '*' (reserved as the group filter wildcard)"
        raise _wrong(loc, rule, given)
    if value in MARKERS:
        rule = f"tag values must not be exactly '{value}' (reserved as an analytics bucket marker)"
        raise _wrong(loc, rule, given)


def target(tag: Json, loc: list[str | int]) -> tuple[str | None, str | None]:
    key, value = _key(tag, loc), (tag.get("value") or "").strip() or None
    if key is None and value is None:
        rule = "each delete target must specify a key (group) or a value (label)"
        raise _wrong(loc, rule, tag)
    return identity(key, value)


def _key(tag: Json, loc: list[str | int]) -> str | None:
    key = (tag.get("key") or "").strip()
    if not key:
        return None
    at = [*loc, "key"]
    if len(key) > LONGEST_KEY:
        raise _wrong(at, f"tag keys must be at most {LONGEST_KEY} characters", key)
    if not KEY.fullmatch(key):
        rule = f"'^{KEY.pattern}$' (alphanumeric, underscore, dot, hyphen; must start with "
        raise _wrong(at, f"tag keys must match {rule}alphanumeric)", key)
    if key.startswith(RESERVED):
        raise _wrong(at, f"tag keys must not start with the reserved '{RESERVED}' prefix", key)
    return str(key)


def _wrong(loc: list[str | int], rule: str, given: Any) -> RefusedError:
    return invalid("value_error", loc, f"Value error, {rule}", given, {"error": {}})
