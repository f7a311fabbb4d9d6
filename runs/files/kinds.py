"""What a file is: by its type at Skyvern and its first bytes, whatever was claimed for it."""

from __future__ import annotations

import mimetypes
import re

from runs.models import Artifact
from runs.readable.zipped import ZIP_STARTS

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
IMAGES = ("image/png", "image/jpeg", "image/webp")
VIDEOS = ("video/mp4", "video/webm")
TEXTS = ("text/plain", "application/json", "text/csv")
LOGS = ("browser_console_log", "skyvern_log", "har", "llm_prompt", "llm_request", "llm_response")
UNKNOWN = "application/octet-stream"
ZIP = "application/zip"
SNIFFED = 512
"""Bytes that are looked at; what is text has no NUL in them."""
EXTENSIONS = {"image/jpeg": ".jpg", "text/plain": ".txt", "application/json": ".json"}


def is_picture(file: Artifact) -> bool:
    return file.type.startswith("screenshot")


def is_media(file: Artifact) -> bool:
    """Whether its type says what it is, so that any part of it can be given out."""
    return is_picture(file) or file.type in ("recording", "download")


def content_type(file: Artifact, claimed: str, start: bytes = b"") -> str:
    """By the artifact's type and its first bytes, where they were looked at; upstream's word only
    picks among what that type may be."""
    claimed = claimed.partition(";")[0].strip().lower()
    if is_picture(file):
        return claimed if claimed in IMAGES else IMAGES[0]
    if file.type == "recording":
        return claimed if claimed in VIDEOS else VIDEOS[0]
    if start.startswith(ZIP_STARTS):
        return ZIP
    if file.type in LOGS and b"\0" not in start:
        return claimed if claimed in TEXTS else TEXTS[0]
    if file.type == "pdf":
        return "application/pdf"
    return UNKNOWN


def filename(file: Artifact, kind: str) -> str:
    """A plain name: no folder, nothing that hides its ending, and one that says what it is of."""
    if name := UNPRINTABLE.sub("_", file.filename).strip(" ."):
        return name[:150]
    ending = EXTENSIONS.get(kind) or mimetypes.guess_extension(kind) or ""
    return f"{file.run_id}-{file.type}-{file.artifact_id}{ending if kind != UNKNOWN else ''}"
