"""What a run will do: its blocks in order, loops unrolled, worked out before it starts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dashboard.sandbox import interpreter
from dashboard.sandbox.interpreter import CodeError, fill
from dashboard.sandbox.vocabulary import PAGE_KINDS

type Json = dict[str, Any]

SECONDS = {"goto_url": 1.5, "code": 0.4, "http_request": 0.6, "print_page": 0.8, "terminate": 0.2}


@dataclass(frozen=True)
class Failure:
    reason: str
    category: str = "UNKNOWN"
    code: str | None = None
    terminated: bool = False

    @property
    def status(self) -> str:
        return "terminated" if self.terminated else "failed"


@dataclass(frozen=True)
class Act:
    """One thing done on the page."""

    kind: str
    description: str
    reasoning: str | None = None
    element: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Play:
    """What a block does where its definition alone does not say it."""

    seconds: float = 3.0
    output: Any = None
    """A value, or a function of the run's parameters."""
    acts: Sequence[Act] = ()
    failure: Failure | None = None
    failing_attempts: int = 1_000
    files: Sequence[str] = ()


@dataclass(frozen=True)
class Step:
    number: int
    block: Json
    seconds: float
    url: str | None = None
    output: Any = None
    acts: Sequence[Act] = ()
    failure: Failure | None = None
    files: Sequence[str] = ()
    children: Sequence["Step"] = ()
    loop_values: list[Any] | None = None
    value: Any = None
    index: int | None = None

    @property
    def label(self) -> str:
        return str(self.block["label"])

    @property
    def kind(self) -> str:
        return str(self.block["block_type"])

    @property
    def is_fatal(self) -> bool:
        return self.failure is not None and not self.block.get("continue_on_failure")


@dataclass
class Expansion:
    """Turns one attempt's blocks into steps."""

    plays: Mapping[str, Play]
    names: Json
    attempt: int
    url: str = "about:blank"
    numbers: int = 0
    handlers: Mapping[str, Callable[[Step], Step]] = field(init=False)

    def __post_init__(self) -> None:
        self.handlers = {
            "code": self._code,
            "wait": self._wait,
            "http_request": self._http,
            "for_loop": self._loop,
            "terminate": self._terminate,
            "print_page": self._print,
            "human_interaction": self._ask,
        }

    def expand(
        self, blocks: Sequence[Json], value: Any = None, index: int | None = None
    ) -> list[Step]:
        steps: list[Step] = []
        for block in blocks:
            self.numbers += 1
            if block.get("url") and block["block_type"] != "http_request":
                self.url = fill(block["url"], self._scope(block["label"], value, index))
            shown = self.url if block["block_type"] in PAGE_KINDS else None
            step = Step(self.numbers, block, SECONDS.get(block["block_type"], 2.0), url=shown)
            step = self._perform(replace(step, value=value, index=index))
            self.names[f"{step.label}_output"] = step.output
            steps.append(step)
            if step.is_fatal:
                break
        return steps

    def _scope(self, label: str, value: Any, index: int | None) -> Json:
        current = {"current_value": value, "current_index": index}
        return {**self.names, **current, label: current, "page_url": self.url}

    def _perform(self, step: Step) -> Step:
        if play := self.plays.get(step.label):
            failing = play.failure is not None and self.attempt <= play.failing_attempts
            output = play.output(self.names) if callable(play.output) else play.output
            step = replace(
                step,
                seconds=play.seconds,
                output=None if failing else output,
                acts=play.acts,
                files=() if failing else [fill(name, self.names) for name in play.files],
                failure=play.failure if failing else None,
            )
        handler = self.handlers.get(step.kind)
        return handler(step) if handler and step.failure is None else step

    def _code(self, step: Step) -> Step:
        source = step.block.get("code") or ""
        try:
            outcome = interpreter.run(source, self._scope(step.label, step.value, step.index))
        except (CodeError, SyntaxError) as exc:
            reason = f"Failed to execute code block. Reason: {exc}"
            error = Act("null_action", "code error at line 1")
            return replace(step, failure=Failure(reason), acts=(error,))
        acts = tuple(
            Act(
                "input_text" if name == "fill" else "click", f"page.{name} {target}", element=target
            )
            for name, target in outcome.calls
        )
        output = outcome.value if step.output is None else step.output
        return replace(step, output=output, acts=step.acts or acts)

    def _ask(self, step: Step) -> Step:
        told = {"instructions": fill(step.block.get("instructions"), self.names)}
        return replace(step, block={**step.block, **told})

    def _wait(self, step: Step) -> Step:
        return replace(step, seconds=float(step.block["wait_sec"]), output={"success": True})

    def _http(self, step: Step) -> Step:
        url = fill(step.block.get("url"), self.names)
        headers = {"Content-Type": "application/json", "Server": "sandbox"}
        body = step.output if step.output is not None else {"items": [{"id": 1, "price": 1.5}]}
        output = {
            "status_code": 200,
            "response_headers": headers,
            "response_body": body,
            "request_method": step.block.get("method"),
            "request_url": url,
            "request_headers": {"Content-Type": "application/json"},
            "request_body": None,
            "headers": headers,
            "body": body,
            "url": url,
        }
        return replace(step, output=output)

    def _loop(self, step: Step) -> Step:
        values = self._loop_values(step)
        children: list[Step] = []
        for index, value in enumerate(values):
            found = self.expand(step.block["loop_blocks"], value, index)
            children += found
            if found and found[-1].is_fatal:
                failed = found[-1].failure
                return replace(
                    step, seconds=0, children=children, loop_values=values, failure=failed
                )
        return replace(step, seconds=0, children=children, loop_values=values)

    def _loop_values(self, step: Step) -> list[Any]:
        name = step.block.get("loop_variable_reference") or ""
        values = self.names.get(name, step.value if name == "current_value" else None)
        if isinstance(values, dict):
            values = values.get("pages") or list(values.values())
        return values if isinstance(values, list) else []

    def _terminate(self, step: Step) -> Step:
        reason = str(fill(step.block.get("reason"), self.names))
        failure = Failure(reason, code=step.block.get("error_code"), terminated=True)
        return replace(step, output={"reason": reason}, failure=failure)

    def _print(self, step: Step) -> Step:
        return replace(step, files=[f"page_{step.number}.pdf"], output=None)


def attempts(definition: Json, parameters: Json, plays: Mapping[str, Play]) -> list[list[Step]]:
    """The steps of every attempt that the retry policy allows and that takes place."""
    policy = definition.get("retry_policy") or {}
    found: list[list[Step]] = []
    for attempt in range(1, 2 + int(policy.get("max_retries") or 0)):
        steps = Expansion(plays, dict(parameters), attempt).expand(definition["blocks"])
        found.append(steps)
        if not (steps and steps[-1].is_fatal) or steps[-1].failure.terminated:  # type: ignore[union-attr]  # fatal has one
            break
    return found
