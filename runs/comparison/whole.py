"""Two runs side by side: what they were given, did, brought out, and had on screen last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runs import evidence, inputs
from runs.comparison.outputs import outputs
from runs.comparison.parts import Block, Part, Row, Span
from runs.comparison.steps import change, steps
from runs.comparison.values import by_name, options, values
from runs.models import Artifact, Launch, Run, RunDetail
from runs.timeline import Timeline, shape


@dataclass(frozen=True)
class Side:
    """One of the two, with what is known of it; of its screenshots at least the last."""

    run: Run
    detail: RunDetail | None
    launch: Launch | None = None
    output: Any = None
    output_is_cut: bool = False
    """Whether only the beginning of the output was read."""
    shots: list[Artifact] = field(default_factory=list)


@dataclass(frozen=True)
class Comparison:
    inputs: Part[Row]
    options: Part[Row]
    steps: Part[Block]
    outputs: Part[Row]
    spans: list[Span]
    screens: tuple[evidence.Shot | None, evidence.Shot | None]
    as_sent: bool
    """Whether inputs and options are what Skydeck sent for both, not what Skyvern echoes."""

    @property
    def differences(self) -> list[tuple[str, str]]:
        """What differs, in words, each with the part of the page where it stands."""
        parts: tuple[tuple[str, Part[Any]], ...] = (
            ("input", self.inputs),
            ("option", self.options),
            ("step", self.steps),
            ("output", self.outputs),
        )
        counted = [(name, len(part.differing)) for name, part in parts]
        return [(f"{name}s", f"{n} {name}" + ("s" if n > 1 else "")) for name, n in counted if n]


def compare(this: Side, other: Side, *, now: datetime) -> Comparison:
    """`now` ends the bars of what still runs. Whatever upstream told, this is bounded."""
    sides = (this, other)
    here, there = (shape(side.detail.timeline if side.detail else [], now=now) for side in sides)
    as_sent = all(_is_sent(side.launch) for side in sides)
    given, given_there = (
        inputs.of_run(side.run, side.detail, side.launch if as_sent else None) for side in sides
    )
    return Comparison(
        inputs=by_name(values(given.parameters), values(given_there.parameters)),
        options=options(values(given.options), values(given_there.options)),
        steps=steps(here, there),
        outputs=outputs(*((side.output, side.output_is_cut) for side in sides)),
        spans=_spans(this.run, other.run),
        screens=(_last_shot(this, here), _last_shot(other, there)),
        as_sent=as_sent,
    )


def _is_sent(launch: Launch | None) -> bool:
    """Only like is compared with like: what one was sent has more than what another echoes."""
    request = launch.request if launch else None
    return isinstance(request, dict) and "retry_of" not in request


def _spans(this: Run, other: Run) -> list[Span]:
    waits, times = (this.queue_wait, other.queue_wait), (this.duration, other.duration)
    ended = this.is_final and other.is_final
    return [
        Span("Waited", *waits, change(*waits)),
        Span("Ran for", *times, change(*times) if ended else ""),
    ]


def _last_shot(side: Side, timeline: Timeline) -> evidence.Shot | None:
    shots = evidence.of_run(side.run, side.detail, side.shots, timeline).shots
    return shots[-1] if shots else None
