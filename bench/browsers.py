"""Two hundred browsers that look at the runs table and ask whether anything is new.

Each asks for the table as often as static/app.js does while a run on the page is live, and for the
freshness line about every five seconds. They are made of sockets, so that they cost less than the
server.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlsplit

BUSY = 0.75
"""Seconds from one poll of a live table to the next, as in static/app.js."""
CALM = 6
"""Of so many polls, one is followed by one of the freshness line."""


@dataclass(frozen=True)
class Visit:
    """The server, the cookies of somebody who has logged in, and the table's address to poll."""

    url: str
    cookies: str
    path: str


@contextmanager
def watching(visit: Visit, browsers: int) -> Iterator[Callable[[], int]]:
    """That many browsers, in a process of their own, until the block ends.

    What it yields tells how many answers they have had.
    """
    spawned = get_context("spawn")
    answers = spawned.Value("q", 0)
    crowd = spawned.Process(target=_run, args=(visit, browsers, answers), daemon=True)
    crowd.start()
    try:
        yield lambda: int(answers.value)
        if not crowd.is_alive():
            raise RuntimeError("the simulated browsers gave up; see above")
    finally:
        crowd.terminate()
        crowd.join()


def _run(visit: Visit, browsers: int, answers: Any) -> None:
    asyncio.run(_all(visit, browsers, answers))


async def _all(visit: Visit, browsers: int, answers: Any) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(browsers):
            group.create_task(_browse(visit, answers))


async def _browse(visit: Visit, answers: Any) -> None:
    """One browser, with one connection that it keeps."""
    await asyncio.sleep(random.uniform(0, BUSY))
    to = urlsplit(visit.url)
    reader, writer = await asyncio.open_connection(to.hostname, to.port)
    tags: dict[str, str] = {}
    for number in count():
        begun = time.monotonic()
        for path in (visit.path, "/pulse/") if number % CALM == 0 else (visit.path,):
            tag = f"HX-PTag: {tags[path]}\r\n" if path in tags else ""
            asked = f"GET {path} HTTP/1.1\r\nHost: {to.netloc}\r\nCookie: {visit.cookies}\r\n"
            writer.write(f"{asked}HX-Request: true\r\n{tag}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            status, *lines = head.decode("latin-1").split("\r\n")
            if status.split(" ", 2)[1] not in ("200", "304"):
                raise RuntimeError(f"{path} answered {status}")
            told = {
                name.lower(): value for name, _, value in (one.partition(": ") for one in lines)
            }
            await reader.readexactly(int(told.get("content-length", 0)))
            answers.value += 1
            tags[path] = told.get("hx-ptag", tags.get(path, ""))
        took = time.monotonic() - begun
        await asyncio.sleep(max(BUSY, 3 * took) - took)
