"""Console logs and HARs, as Skyvern sends them and as nobody should."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runs.readable import har
from runs.readable.plain import MOST_BYTES
from tests.hostile.texts import TEXTS

HAR_ZIP = (Path(__file__).parents[1] / "runs" / "recorded" / "har.zip").read_bytes()
"""What Skyvern 1.0.56 sends for a HAR when the browser was closed late."""
WRITTEN = (
    b"2026-11-21T22:36:37.104500Z[log]portal 4.12.0 ready url=https://shop.example/app.js?v=s3cret "
    b"line=12 column=7 lineNumber=12 columnNumber=7\n"
    b"2026-11-21T22:36:38.000001Z[error]Failed to load https://shop.example/me?token=s3cret now "
    b"url= lineNumber=0 columnNumber=0\n"
    b"    at f (https://shop.example/app.js?v=s3cret:3:9)\n"
    b"2026-11-21T22:36:39.000001Z[warning]cookie blocked url=https://shop.example/ lineNumber=3\n"
)
"""As webeye/browser_factory.py of Skyvern 1.0.56 puts it, with the place that Playwright names."""


def entry(url: Any = "https://shop.example/", status: Any = 200, **more: Any) -> dict[str, Any]:
    """One of a HAR as Playwright writes it."""
    secret = [{"name": "Authorization", "value": "Bearer s3cret"}]
    return {
        "startedDateTime": "2026-11-23T19:30:07.881Z",
        "time": 84.2,
        "request": {
            "method": "GET",
            "url": url,
            "headers": secret,
            "cookies": [{"name": "session", "value": "s3cret"}],
            "queryString": [{"name": "token", "value": "s3cret"}],
            "postData": {"mimeType": "text/plain", "text": "password=s3cret"},
        },
        "response": {
            "status": status,
            "statusText": "s3cret",
            "headers": [{"name": "set-cookie", "value": "session=s3cret"}],
            "redirectURL": "https://shop.example/?token=s3cret",
            "content": {"size": 5120, "mimeType": "text/html; charset=utf-8", "text": "s3cret"},
        },
        **more,
    }


def written(*entries: Any) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def zipped(**files: bytes) -> bytes:
    """`zipped(har=…)`: an archive with the file "x.har"."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for ending, content in files.items():
            archive.writestr(f"x.{ending}", content)
    return target.getvalue()


HARS: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n ",
    "garbage": bytes(range(256)) * 50,
    "gzip": b"\x1f\x8b\x08\x00" * 20,
    "not JSON": b"<html><script>alert(1)</script>",
    "cut short": written(entry())[:-40],
    "UTF-16": written(entry()).decode().encode("utf-16"),
    "with a mark of its encoding": b"\xef\xbb\xbf" + written(entry()),
    "NaN": b"NaN",
    "null": b"null",
    "a number": b"1e400",
    "5000 digits": b"9" * 5_000,
    "a list": b"[]",
    "deep lists": b"[" * 100_000,
    "deep entries": b'{"log":{"entries":[' + b'{"request":' * 5_000 + b"1" + b"}" * 5_000 + b"]}}",
    "no log": b"{}",
    "log is a list": b'{"log":[]}',
    "no entries": b'{"log":{}}',
    "entries is an object": b'{"log":{"entries":{"length":3}}}',
    "entries of all types": b'{"log":{"entries":[null,1,"x",[],true,{}]}}',
    "wrong types": written(dict.fromkeys(har.KEPT, 5), {name: [{}] for name in har.KEPT}),
    "wrong types within": written(
        {"request": {"url": {"a": 1}, "method": ["GET"]}, "response": {"status": "200"}},
        {"request": {"url": None}, "response": {"status": True, "content": {"size": False}}},
        entry(status={"a": []}, startedDateTime=7, time="9"),
    ),
    "endless status": written(entry()).replace(b'"status": 200', b'"status": 1e400'),
    "NaN everywhere": written(entry(status=float("nan"), time=float("nan"))),
    "huge numbers": written(entry(status=10**300, time=10**300)).replace(b"5120", b"9" * 400),
    "negative": written(entry(status=-5, time=-1)).replace(b"5120", b"-5120"),
    "markup": written(entry('https://x/"><script>alert(1)</script>', request_=1)),
    "script address": written(entry("javascript:alert(document.domain)")),
    "RTL": written(entry("https://x/\u202egnp.exe\u2066\u200f", startedDateTime="\u202e")),
    "NUL": written(entry("https://x/\x00\x07\x1b[31m")),
    "half characters": written(entry("https://x/\ud800", startedDateTime="\udfff")),
    "years": written(*(entry(startedDateTime=at) for at in ("0001-01-01T00:00Z", "9999-12-31"))),
    "a long address": written(entry("https://x/" + "a" * 2_000_000)),
    "a long type": written(entry(response={"content": {"mimeType": "漢" * 10_000}})),
    "template": written(entry("https://x/{{ settings.SECRET_KEY }}{% debug %}")),
    "an archive": HAR_ZIP,
    "an archive of nothing": zipped(),
    "an archive of others": zipped(exe=b"MZ"),
    "a broken archive": HAR_ZIP[:-30],
    "a bomb of gzip": gzip.compress(b"[" * 2**22),
    "every field of every text": written(
        *(
            {
                "startedDateTime": text[:99],
                "request": {"url": f"https://x/{text[:2_000]}", "method": text[:2_000]},
                "response": {"status": 200, "content": {"mimeType": text[:2_000]}},
            }
            for text in TEXTS.values()
        )
    ),
    "an archive in an archive in an archive": zipped(har=zipped(har=zipped(har=b"{}"))),
}  # fmt: skip
ERROR = b"[2026-11-21T22:36:37Z] [error] "
LOGS: dict[str, bytes] = {
    "empty": b"",
    "blank": b"\n\r\n \n",
    "garbage": bytes(range(256)) * 50,
    "NULs": b"\x00" * 5_000,
    "half characters": ERROR + b"\xed\xa0\x80 url=\xed\xbf\xbf lineNumber=1",
    "a megabyte line": ERROR + b"" + b"x" * 2**20 + b" url=y lineNumber=3",
    "a megabyte of spaces": b"[" + b" " * 2**20 + b"]",
    "a megabyte of addresses": b"https://" * 2**17,
    "a megabyte of quotes": b"https://a?" + b"')" * 2**19,
    "a megabyte of places": b" url=" + b" line=1" * 2**17 + b"!",
    "markup": ERROR + b"<script>alert(1)</script><img src=x onerror=alert(1)>",
    "RTL": "2026-11-21T22:36:37Z[log]\u202eevil url=javascript:alert(1) lineNumber=1".encode(),
    "no time": b"9999-99-99T99:99:99Z[error]x\n0001-01-01T00:00:00+23:59[error]y",
    "JSON": b'{"level":"error","text":"x"}',
    "every text": "\n".join(
        f"{ERROR.decode()}{text[:2_000]}" for text in TEXTS.values()
    ).encode(errors="replace"),
    "an archive of nothing": zipped(),
}  # fmt: skip
LARGE_LOGS: dict[str, Callable[[], bytes]] = {
    "deep": lambda: b'{"log":' * 100_000 + b"1" + b"}" * 100_000,
    "too many parts": lambda: b'{"log":{"entries":[' + b"[]," * 1_100_000 + b"1]}}",
    "bomb": lambda: zipped(har=b"[" * (MOST_BYTES + 1), log=b"\n" * (MOST_BYTES + 1)),
    "only line ends": lambda: b"\n" * MOST_BYTES,
    "only short lines": lambda: b"a\n" * (MOST_BYTES // 2),
    "too large": lambda: b" " * (MOST_BYTES + 1),
}
"""Made when they are asked for, not to be held as long as all tests last."""
