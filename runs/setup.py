"""What a run that failed before its first step was given wrongly, as its reason tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from runs.failure import Failure
from runs.inputs import Input, Inputs
from runs.timeline.values import text

LONGEST_READ = 2_000
PARAMETER, CREDENTIAL = "parameter", "credential"
SESSION, PROXY = "browser session", "proxy location"
TOLD = (
    (PARAMETER, r"Missing value for parameter (\S.{0,200}?) in workflow "),
    (CREDENTIAL, r"Invalid credential ID: ([^\s.]{1,200})"),
    (CREDENTIAL, r"Could not find credential parameter: ([^\s.]{1,200})"),
    (CREDENTIAL, r"Credential (\S{1,200}) was found in DB but cannot be resolved"),
    (SESSION, r"Browser session (pbs_\w{1,100}) (?:does not exist|expired|is already occupied)"),
    (PROXY, r"Unknown proxy location: ([^\s.]{1,200})"),
)
"""How Skyvern 1.0.56 words it, for each kind of thing."""
OPTIONS = {SESSION: "Browser session id", PROXY: "Proxy location"}
_patterns = [(kind, re.compile(pattern)) for kind, pattern in TOLD]


@dataclass(frozen=True)
class Wrong:
    """`kind` in words, and what it is called; where it stands among the inputs, if it does."""

    kind: str
    name: str
    inputs: list[Input] = field(default_factory=list)

    @property
    def is_missing(self) -> bool:
        return self.kind == PARAMETER


def wrong(why: Failure | None, given: Inputs) -> Wrong | None:
    """None for what failed later, or tells no name."""
    if why is None or not why.in_setup:
        return None
    for kind, pattern in _patterns:
        if found := pattern.search(why.full[:LONGEST_READ]):
            return Wrong(kind, found[1], _holding(kind, found[1], given))
    return None


def _holding(kind: str, name: str, given: Inputs) -> list[Input]:
    """The parameter of that name, or those that were given this id; else the option."""
    if kind == PARAMETER:
        names = name.split(", ")
        return [item for item in given.parameters if item.name in names]
    if kind in OPTIONS:
        return [item for item in given.options if item.name == OPTIONS[kind]]
    return [item for item in given.parameters if name in (text(item.value), item.name)]
