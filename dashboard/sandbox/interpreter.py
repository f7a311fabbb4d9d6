"""Runs the small subset of Python that a code block without an LLM needs, and fills templates."""

import ast
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_OPERATORS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class CodeError(Exception):
    """The code itself failed; the text is what upstream says of it."""


@dataclass
class Outcome:
    value: Any = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Calls on the page: its method and its first argument."""


def run(source: str, names: Mapping[str, Any]) -> Outcome:
    """Run statements up to the first `return`; CodeError if they raise or cannot be run."""
    outcome = Outcome()
    known = dict(names)
    for statement in ast.parse(f"async def block():\n{_indent(source)}").body[0].body:  # type: ignore[attr-defined]  # the function just written
        match statement:
            case ast.Return(value=value):
                outcome.value = None if value is None else _value(value, known, outcome)
                return outcome
            case ast.Raise(exc=ast.Call(func=ast.Name(id=kind), args=args)):
                words = " ".join(str(_value(arg, known, outcome)) for arg in args)
                raise CodeError(f"{kind}: {words}")
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known[name] = _value(value, known, outcome)
            case ast.Expr(value=value):
                _value(value, known, outcome)
            case _:
                raise CodeError(f"SyntaxError: {type(statement).__name__} is not supported here")
    return outcome


def _indent(source: str) -> str:
    return "\n".join(f"    {line}" for line in source.splitlines())


def _value(node: ast.expr, names: Mapping[str, Any], outcome: Outcome) -> Any:
    def value_of(part: ast.expr) -> Any:
        return _value(part, names, outcome)

    result: Any
    match node:
        case ast.Constant(value=result):
            pass
        case ast.Name(id=name) if name in names:
            result = names[name]
        case ast.Name(id=name):
            raise CodeError(f"NameError: name '{name}' is not defined")
        case ast.List(elts=items):
            result = [value_of(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            result = {value_of(key): value_of(value) for key, value in pairs if key is not None}
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            result = not value_of(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            result = _calculate(op, value_of(left), value_of(right))
        case ast.Await(value=ast.Call(func=ast.Attribute(attr=method), args=args)):
            result = _call(method, [value_of(arg) for arg in args], outcome)
        case ast.Attribute(value=ast.Name(id="page"), attr="url"):
            result = names.get("page_url")
        case _:
            raise CodeError(f"SyntaxError: {type(node).__name__} is not supported here")
    return result


def _calculate(op: ast.operator, left: Any, right: Any) -> Any:
    try:
        return _OPERATORS[type(op)](left, right)
    except (ZeroDivisionError, TypeError) as exc:
        raise CodeError(f"{type(exc).__name__}: {exc}") from exc


def _call(method: str, args: list[Any], outcome: Outcome) -> Any:
    if method == "title":
        return "Sandbox page"
    if method == "inner_text":
        return "text of the page"
    outcome.calls.append((method, str(args[0]) if args else ""))
    return None


def fill(template: Any, names: Mapping[str, Any]) -> Any:
    """`{{ name }}` and `{{ name.key }}` replaced in a text; anything else as it is."""
    if not isinstance(template, str):
        return template

    def look_up(found: re.Match[str]) -> str:
        value: Any = names
        for part in found[1].split("."):
            value = value.get(part, "") if isinstance(value, Mapping) else ""
        return str(value)

    return re.sub(r"\{\{\s*([\w.]+)\s*\}\}", look_up, template)
