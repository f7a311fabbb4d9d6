"""Which browser the browser tests drive, and how it is started."""

import os
from typing import Any

from ops.system import chromium


def launch_args() -> dict[str, Any]:
    """Playwright's arguments: CHROMIUM or the machine's browser, else Playwright's own download.

    As root a browser starts only without its sandbox.
    """
    arguments: dict[str, Any] = {"args": ["--no-sandbox"] if os.geteuid() == 0 else []}
    if path := chromium():
        arguments["executable_path"] = path
    return arguments
