"""Names of files, as a web site that offers a download may choose them."""

from __future__ import annotations

from tests.hostile.texts import EVIL, PWN

NAMES = {
    "up and away": "../../../../etc/passwd",
    "up and away, backwards": "..\\..\\x",
    "from the root": "/etc/passwd",
    "from a drive": "C:\\Windows\\System32\\x.dll",
    "on a share": "\\\\evil.example\\x",
    "a device": "CON",
    "a device with an ending": "nul.txt",
    "dots at its end": "invoice.pdf...",
    "only dots": "..",
    "a space at its end": "invoice.pdf ",
    "nothing": "",
    "a line break": f"a\r\nX-Evil: 1\r\n\r\n<script>{PWN}</script>.csv",
    "a quote": 'a"; filename="evil.html',
    "a semicolon": "a; filename*=UTF-8''evil.html",
    "a comma": "a, attachment; b.csv",
    "per cent": "%2e%2e%2f%00.csv",
    "NUL": "a.csv\x00.html",
    "turned round": "invoice\u202efdp.exe",
    "nothing to be seen": "in\u200bvoice.pdf",
    "half a character": "a\ud800.csv",
    "markup": f"<img src=x onerror={PWN}>.csv",
    "an address": f"{EVIL}/x.csv",
    "a stream": "a.txt:evil.exe",
    "a web page": "evil.html",
    "a vector image": "evil.svg",
    "a formula": "=cmd|'/c calc'!A0.csv",
    "very long": "a" * 100_000 + ".csv",
    "other letters": "Rechnung für Größe \u4e2d\u6587 \U0001f600.pdf",
    "an option": "-rf",
    "hidden": ".htaccess",
}
