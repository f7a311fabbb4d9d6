"""Somebody who has logged in and has the runs table open; and what the server spends on them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psutil

from bench.browsers import Visit


@contextmanager
def logged_in(url: str) -> Iterator[httpx.Client]:
    """As "bench", who has been made."""
    with httpx.Client(base_url=url, timeout=120) as client:
        form = client.get("/login/").text
        hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        token = hidden[1] if hidden else ""
        typed = {"username": "bench", "password": "bench", "csrfmiddlewaretoken": token}
        client.post("/login/", data=typed, headers={"Referer": f"{url}/login/"})
        yield client


def asked(
    client: httpx.Client, path: str | Callable[[int], str], samples: int
) -> tuple[list[float], int]:
    """Milliseconds of each answer but the first few, and the length of the longest. `path` may
    be another one each time."""
    took, size = [], 0
    for number in range(samples + 3):
        where = path if isinstance(path, str) else path(number)
        begun = time.perf_counter()
        answer = client.get(where)
        spent = time.perf_counter() - begun
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{where} answered {answer.status_code}")
        size = max(size, len(answer.content))
        if number >= 3:
            took.append(spent * 1000)
    return took, size


def watched_table(url: str) -> Visit:
    """Of all runs."""
    with logged_in(url) as client:
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        return Visit(url, cookies, poll_of(client))


def poll_of(client: httpx.Client) -> str:
    """The address that the table of all runs polls."""
    page = client.get("/runs/?all=1").text
    poll = page.split('data-live hx-get="/runs/', 1)[1]
    return "/runs/" + poll.split('"', 1)[0].replace("&amp;", "&")


def cpu_seconds() -> float:
    """Of the web server that this process has started, all its processes together."""
    return sum(one.cpu_times().user + one.cpu_times().system for one in _servers())


def megabytes() -> float:
    """Likewise; what they share counts for each of them."""
    return float(sum(one.memory_info().rss for one in _servers()) / 1e6)


def _servers() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [one for one in found if "gunicorn" in " ".join(one.cmdline())]
