"""A bucket of S3, or of something that speaks like it, as a storage that fails as a folder does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

LARGEST_PUT = 5 * 2**30
"""Bytes that S3 takes in one request."""
URL_SECONDS = 300
"""For which an address of a file opens it. None leaves the server."""


class Bucket(S3Storage):  # type: ignore[misc]  # the library has no types
    """Each method raises an OSError where a bucket cannot do what a folder could.

    A file comes in one request, and so wholly or not at all: of a worker that was killed nothing
    is left that no list shows.
    """

    def __init__(self, **options: Any) -> None:
        style = "path" if options.get("endpoint_url") else "auto"
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": style},
            connect_timeout=5,
            read_timeout=60,
            retries={"total_max_attempts": 3},
            # What other makers' servers do not know either.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(
            client_config=config,
            transfer_config=TransferConfig(multipart_threshold=LARGEST_PUT, use_threads=False),
            querystring_expire=URL_SECONDS,
            **options,
        )

    def save(self, *args: Any, **kwargs: Any) -> str:
        with _as_os_error():
            return str(super().save(*args, **kwargs))

    def delete(self, name: str) -> None:
        with _as_os_error():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _as_os_error():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with _as_os_error():
            return int(super().size(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _as_os_error():
            folders, files = super().listdir(path)
        return folders, files

    def url(self, name: str, *args: Any, **kwargs: Any) -> str:
        with _as_os_error():
            return str(super().url(name, *args, **kwargs))


@contextmanager
def _as_os_error() -> Iterator[None]:
    """The library's own words tell the bucket and the key's id, which belong in no log."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))[:60]
        raise OSError(f"the store refused: {code or 'no reason was given'}") from None
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(f"the store could not be used: {type(error).__name__}") from None
