"""Where files can be kept: a folder or a bucket, as an entry of Django's STORAGES."""

from __future__ import annotations

from typing import Any


def folder(path: str) -> dict[str, Any]:
    """What is in it is for the user that Skydeck runs as."""
    options = {
        "location": path,
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    }
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


def bucket(place: str, **options: str) -> dict[str, Any]:
    """`place` as in s3://bucket/prefix; what of the options is empty, the S3 client looks for."""
    name, _, prefix = place.removeprefix("s3://").partition("/")
    given = {key: value for key, value in options.items() if value}
    named = {"bucket_name": name, "location": prefix}
    return {"BACKEND": "dashboard.bucket.Bucket", "OPTIONS": named | given}
