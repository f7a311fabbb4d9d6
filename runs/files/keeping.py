"""A kept file as a source: out of a folder, or through a bucket's own address of it.

Such an address opens the file to whoever has it: it stays in here, and is in no error and no log.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import IO

import httpx
from django.core.files.storage import FileSystemStorage, Storage

from dashboard.skyvern import errors
from runs.files.ranges import part
from runs.files.source import Source
from runs.files.store import store
from runs.models import Kept

CHUNK = 2**18
BROKE_OFF = "The file could not be read to its end from where it is kept."


@contextmanager
def from_store(kept: Kept, wanted: str | None) -> Iterator[Source]:
    """Rejected (416) for an impossible range; OSError if the store does not have it whole."""
    storage = store()
    if isinstance(storage, FileSystemStorage):
        with storage.open(kept.name) as content:
            yield _OfFolder(content, kept, wanted)
    else:
        with _asked(storage, kept, wanted) as response:
            yield _OfBucket(response, kept)


class _OfFolder:
    def __init__(self, content: IO[bytes], kept: Kept, wanted: str | None) -> None:
        size = content.seek(0, os.SEEK_END)
        if size != kept.size:
            raise OSError("it is not as it was saved")
        asked = part(wanted, size)
        start, end = asked or (0, size)
        content.seek(start)
        self._content, self._left = content, end - start
        self.status = 206 if asked else 200
        self.headers = {
            "content-type": kept.content_type,
            "content-length": str(end - start),
            "accept-ranges": "bytes",
        }
        if asked:
            self.headers["content-range"] = f"bytes {start}-{end - 1}/{size}"

    def iter_bytes(self) -> Iterator[bytes]:
        while self._left:
            try:
                piece = self._content.read(min(CHUNK, self._left))
            except OSError as error:
                raise errors.Unavailable(BROKE_OFF) from error
            if not piece:
                raise errors.Unavailable(BROKE_OFF)
            self._left -= len(piece)
            yield piece


class _OfBucket:
    def __init__(self, response: httpx.Response, kept: Kept) -> None:
        self._response, told = response, response.headers
        self.status = response.status_code
        self.headers = {
            "content-type": kept.content_type,
            "accept-ranges": "bytes",
            **{name: told[name] for name in ("content-length", "content-range") if name in told},
        }

    def iter_bytes(self) -> Iterator[bytes]:
        try:
            yield from self._response.iter_bytes(CHUNK)
        except (httpx.HTTPError, httpx.StreamError):
            raise errors.Unavailable(BROKE_OFF) from None


@contextmanager
def _asked(storage: Storage, kept: Kept, wanted: str | None) -> Iterator[httpx.Response]:
    headers = {"accept-encoding": "identity", **({"range": wanted} if wanted else {})}
    request = _client(os.getpid()).build_request("GET", storage.url(kept.name), headers=headers)
    try:
        response = _client(os.getpid()).send(request, stream=True)
    except httpx.HTTPError as error:
        raise OSError(f"no answer ({type(error).__name__})") from None
    try:
        if response.status_code == 416:
            raise errors.Rejected("The file is shorter than that.", status=416)
        if response.status_code not in (200, 206) or _size(response) != kept.size:
            raise OSError(f"an answer that is not the file ({response.status_code})")
        yield response
    finally:
        response.close()


def _size(response: httpx.Response) -> int | None:
    """Of the whole file."""
    told = response.headers
    if response.status_code == 206:
        said = told.get("content-range", "").rpartition("/")[2]
    else:
        said = told.get("content-length", "")
    return int(said) if said.isdecimal() else None


@lru_cache(maxsize=1)
def _client(_process: int) -> httpx.Client:
    """This process's connections: a forked child must not use its parent's."""
    limits = httpx.Limits(max_connections=40, keepalive_expiry=4.0)
    return httpx.Client(timeout=httpx.Timeout(30.0, connect=5.0, pool=5.0), limits=limits)
