"""Files that people give to a run; kept nowhere, only their addresses are made up."""

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from uuid import uuid4

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.state import ORGANIZATION
from dashboard.sandbox.wire import RefusedError, Request, missing

type Json = dict[str, Any]

MOST_BYTES = 10 * 2**20


def upload_file(engine: Engine, request: Request) -> Json:
    name, content = _file(request)
    if len(content) > MOST_BYTES:
        raise RefusedError(413, "File size exceeds the maximum allowed size")
    key = f"{ORGANIZATION}/{uuid4().hex}/{name}"
    return {
        "s3_uri": f"s3://skyvern-uploads/{key}",
        "presigned_url": f"https://skyvern-uploads.example/{key}?X-Amz-Signature=sandbox",
        "file_id": f"file_{uuid4().int % 10**18:018}",
        "expires_at": None,
    }


def _file(request: Request) -> tuple[str, bytes]:
    """The name and bytes of the form's `file`."""
    kind = request.headers.get("content-type", "")
    head = f"content-type: {kind}\r\n\r\n".encode()
    sent = BytesParser(policy=HTTP).parsebytes(head + request.body)
    for part in sent.iter_parts() if sent.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "file":
            content = part.get_payload(decode=True)
            return part.get_filename() or "file", content if isinstance(content, bytes) else b""
    raise missing("file", {})
