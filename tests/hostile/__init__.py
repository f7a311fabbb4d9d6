"""What upstream, a web site or a file could send to harm whoever looks at it, by name.

Whatever of it runs in a page sets `window.__pwned`; whatever of it is asked for is at evil.example.
"""

from __future__ import annotations

from tests.hostile.answers import ANSWERS, BOMBS, wrong_types
from tests.hostile.documents import DOCUMENTS
from tests.hostile.files import FILES
from tests.hostile.logs import HARS, LARGE_LOGS, LOGS
from tests.hostile.names import NAMES
from tests.hostile.texts import TEXTS

GROUPS = {
    "texts": TEXTS,
    "documents": DOCUMENTS,
    "file names": NAMES,
    "files": FILES,
    "HARs": HARS,
    "logs": LOGS,
    "large logs": LARGE_LOGS,
    "answers": ANSWERS,
    "bombs": BOMBS,
    "wrong types": wrong_types(),
}
CASES = [f"{group}: {name}" for group, cases in GROUPS.items() for name in cases]

__all__ = ["CASES", "GROUPS"]
