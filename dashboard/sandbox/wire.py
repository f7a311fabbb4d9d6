"""What goes over the wire: requests taken apart, answers and refusals put together."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

type Json = dict[str, Any]
type StartResponse = Callable[..., object]
type Environ = dict[str, Any]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @classmethod
    def of(cls, environ: Environ) -> "Request":
        length = int(environ.get("CONTENT_LENGTH") or 0)
        headers = {
            name[5:].replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        headers["content-type"] = environ.get("CONTENT_TYPE") or ""
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
            query=parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True),
            headers=headers,
            body=environ["wsgi.input"].read(length) if length else b"",
        )

    def json(self) -> Json:
        """The body as an object, {} if there is none; RefusedError (422) for anything else."""
        if not self.body:
            return {}
        try:
            value = json.loads(self.body)
        except ValueError as exc:
            raise invalid("json_invalid", ["body", 0], "JSON decode error", {}) from exc
        if not isinstance(value, dict):
            msg = "Input should be a valid dictionary or object to extract fields from"
            raise invalid("model_attributes_type", ["body"], msg, value)
        return value

    def text(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return self.query[name][-1] if name in self.query else None

    def number(self, name: str, default: int, *, at_most: int | None = None) -> int:
        """A query parameter from 1 to `at_most`; RefusedError (422) otherwise."""
        given = self.text(name)
        if given is None:
            return default
        try:
            value = int(given)
        except ValueError as exc:
            msg = "Input should be a valid integer, unable to parse string as an integer"
            raise invalid("int_parsing", ["query", name], msg, given) from exc
        check_range(value, ["query", name], given=given, at_least=1, at_most=at_most)
        return value

    def choices(self, name: str, allowed: Iterable[str]) -> list[str]:
        """A repeatable query parameter of an enum; RefusedError (422) for anything else."""
        options = list(allowed)
        for place, value in enumerate(self.query.get(name, [])):
            if value not in options:
                raise not_one_of(options, ["query", name, place], value)
        return list(self.query.get(name, []))


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """An answer that is not 200; `detail` is a text or pydantic's list."""

    def __init__(self, status: int, detail: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.text = str(detail)
        self.answer = answer({"detail": detail}, status, headers)


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(encoded, status, {"Content-Type": "application/json", **(headers or {})})


def invalid(
    kind: str, loc: list[str | int], msg: str, given: Any, ctx: Json | None = None
) -> RefusedError:
    problem = {"type": kind, "loc": loc, "msg": msg, "input": given}
    return RefusedError(422, [{**problem, "ctx": ctx} if ctx is not None else problem])


def not_one_of(
    options: list[str], loc: list[str | int], given: Any, kind: str = "enum"
) -> RefusedError:
    quoted = [f"'{option}'" for option in options]
    listed = " or ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)
    return invalid(kind, loc, f"Input should be {listed}", given, {"expected": listed})


def missing(name: str, given: Json) -> RefusedError:
    return invalid("missing", ["body", name], "Field required", given)


def check_range(
    value: int,
    loc: list[str | int],
    *,
    given: Any,
    at_least: int | None = None,
    at_most: int | None = None,
) -> None:
    if at_least is not None and value < at_least:
        msg = f"Input should be greater than or equal to {at_least}"
        raise invalid("greater_than_equal", loc, msg, given, {"ge": at_least})
    if at_most is not None and value > at_most:
        msg = f"Input should be less than or equal to {at_most}"
        raise invalid("less_than_equal", loc, msg, given, {"le": at_most})


def page[T](items: list[T], number: int, size: int) -> list[T]:
    return items[(number - 1) * size : number * size]


def naive(moment: datetime | None) -> str | None:
    """UTC without a zone, as the real server writes most times."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() if moment else None


def zulu(moment: datetime | None) -> str | None:
    """UTC with a Z, as it writes the times of schedules and parameters."""
    return naive(moment) + "Z" if moment else None  # type: ignore[operator]  # not None here
