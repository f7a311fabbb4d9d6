"""How an answer becomes a struct."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import force_setattr

Json = dict[str, Any]


def utc(value: datetime) -> datetime | None:
    """The same instant in UTC; None for one that no calendar holds (year 0)."""
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        return None


class Upstream(Struct, frozen=True, kw_only=True):
    """One object of an answer; `raw` is that object exactly as it came."""

    raw: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime):
                force_setattr(self, name, utc(value))


def read[T: Struct](kind: type[T], obj: Any) -> T:
    """Turn one decoded JSON object into `kind`; msgspec.ValidationError if it cannot be one.

    An optional field of a wrong type counts as not sent: one odd value must not hide a run.
    """
    if not isinstance(obj, dict):
        raise msgspec.ValidationError(f"expected an object, got {type(obj).__name__}")
    found = {**obj, "raw": obj}
    for name, part in _parts(kind):
        if name in found:
            found[name] = read(part, found[name])
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError:
        return msgspec.convert(_sound(kind, found), kind, strict=False)


@cache
def _parts(kind: type[Struct]) -> list[tuple[str, type[Upstream]]]:
    """The fields that are answers themselves, which need their own `raw`."""
    return [
        (each.encode_name, each.type)
        for each in msgspec.structs.fields(kind)
        if isinstance(each.type, type) and issubclass(each.type, Upstream)
    ]


def _sound(kind: type[Struct], found: Json) -> Json:
    """The fields whose values are of the right type."""
    kept = {}
    for each in msgspec.structs.fields(kind):
        if each.encode_name in found:
            try:
                msgspec.convert(found[each.encode_name], each.type, strict=False)
            except msgspec.ValidationError:
                continue
            kept[each.encode_name] = found[each.encode_name]
    return kept
