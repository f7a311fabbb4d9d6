"""A launch as commands that do the same: without the key, and safe whatever is in it."""

from __future__ import annotations

import json
import pprint
import shlex
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from dashboard.skyvern.schema import RunRequest

STAND_IN = "SECRET"
LONGEST_PRETTY = 200_000


@dataclass(frozen=True)
class Snippets:
    curl: str
    python: str
    has_secrets: bool
    """Values of headers stand in it as SECRET."""


def of(request: dict[str, Any]) -> Snippets:
    """Of the body of a launch."""
    body = _masked(request)
    return Snippets(_curl(body), _python(body), _has_headers(body))


def _curl(body: dict[str, Any]) -> str:
    """For a POSIX shell; `--data-raw`, because `--data` would read a file for an @."""
    written = json.dumps(body, ensure_ascii=False, indent=2)
    return " \\\n  ".join(
        (
            f"curl --request POST {shlex.quote(_url())}",
            '--header "x-api-key: $SKYVERN_API_KEY"',
            "--header 'content-type: application/json'",
            f"--data-raw {shlex.quote(_visible(written))}",
        )
    )


def _python(body: dict[str, Any]) -> str:
    """With nothing but the standard library."""
    written = pprint.pformat(body, width=88, sort_dicts=False)
    if len(written) > LONGEST_PRETTY:  # each line of a long text is put far to the right
        written = repr(body)
    return PYTHON.format(url=repr(_url()), body=written)


PYTHON = """\
import json
import os
import urllib.request

body = {body}

request = urllib.request.Request(
    {url},
    data=json.dumps(body).encode(),
    headers={{
        "x-api-key": os.environ["SKYVERN_API_KEY"],
        "content-type": "application/json",
    }},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer)["run_id"])
"""


def _visible(written: str) -> str:
    """JSON whose invisible characters are escaped: no terminal acts on them, no eye misses them."""
    return "".join(
        each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in written
    )


def _url() -> str:
    return f"{settings.SKYVERN_BASE_URL.rstrip('/')}/v1/run/agents"


def _masked(request: dict[str, Any]) -> dict[str, Any]:
    return {
        name: dict.fromkeys(value, STAND_IN)
        if name in RunRequest.SECRET_FIELDS and isinstance(value, dict)
        else value
        for name, value in request.items()
    }


def _has_headers(body: dict[str, Any]) -> bool:
    return any(body.get(name) for name in RunRequest.SECRET_FIELDS)
