"""Installs the pinned server, and makes its browser library find the machine's own browser."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from ops import system
from ops.group import say
from ops.skyvern.place import Place

VERSION = "1.0.56"
NEEDED = "Install Chromium and ffmpeg (Debian: apt-get install chromium-headless-shell ffmpeg)."


def install(place: Place) -> None:
    """Everything the server needs; quick when it is already there."""
    present = bool(system.chromium() and shutil.which("ffmpeg"))
    system.need("Chromium or ffmpeg", present, (*system.BROWSER_PACKAGES, "ffmpeg"), NEEDED)
    marker = place.venv / f"skyvern-{VERSION}"
    if not marker.exists():
        install_server(place)
        marker.touch()
    link_browsers(place)


def install_server(place: Place) -> None:
    say(f"installing skyvern {VERSION} into {place.venv} (about 1.2 GB, once)")
    uv = [sys.executable, "-m", "uv"]
    python = sys.executable if sys.version_info < (3, 14) else "3.13"  # what Skyvern supports
    requirement = f"skyvern[server]=={VERSION}"
    for command in (
        [*uv, "venv", "-q", "--clear", "-p", python, str(place.venv)],
        [*uv, "pip", "install", "-q", "-p", str(place.python), requirement],
    ):
        if subprocess.run(command, check=False).returncode:
            sys.exit("dev: Skyvern could not be installed; see what uv says above")


def link_browsers(place: Place) -> None:
    """Playwright looks only for its own downloads: put the machine's programs where those go."""
    library = subprocess.check_output(
        [place.python, "-c", "import playwright; print(playwright.__path__[0])"], text=True
    ).strip()
    listed = json.loads(Path(library, "driver/package/browsers.json").read_text())["browsers"]
    revision = {browser["name"]: browser["revision"] for browser in listed}
    place.browsers.mkdir(parents=True, exist_ok=True)
    start = place.browsers / "chromium.sh"
    start.write_text(f'#!/bin/sh\nexec "{system.chromium()}" --no-sandbox "$@"\n')
    start.chmod(0o755)
    ffmpeg = Path(shutil.which("ffmpeg") or "ffmpeg")
    shell = "chromium_headless_shell"
    for folder, names, target in (
        (
            f"chromium-{revision['chromium']}",
            ("chrome-linux64/chrome", "chrome-linux/chrome"),
            start,
        ),
        (
            f"{shell}-{revision['chromium-headless-shell']}",
            ("chrome-headless-shell-linux64/chrome-headless-shell", "chrome-linux/headless_shell"),
            start,
        ),
        (f"ffmpeg-{revision['ffmpeg']}", ("ffmpeg-linux",), ffmpeg),
    ):
        for name in names:
            link = place.browsers / folder / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        (place.browsers / folder / "INSTALLATION_COMPLETE").touch()
