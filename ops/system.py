"""What the machine must have: finds installed programs, installs Debian's packages where it may."""

import glob
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ops.group import say

BROWSER_PACKAGES = ("chromium-headless-shell", "fonts-liberation")
"""Of Chromium the part without windows: for a tab it takes a fifth of what the whole takes."""
APT_TRIES, APT_PAUSE = 30, 4.0  # somebody else's installation may hold dpkg's lock for minutes


def chromium() -> str | None:
    """The browser that CHROMIUM names, or the machine's own."""
    here = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return os.environ.get("CHROMIUM") or here


def browser_present() -> bool:
    """Is there a browser for the tests: the machine's own, or one that Playwright downloaded?"""
    if path := chromium():
        return shutil.which(path) is not None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def postgres_binary(name: str) -> str | None:
    """Debian keeps the server's programs out of PATH, in a folder per version; the newest wins."""
    debian = sorted(
        glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4])
    )
    return debian[-1] if debian else shutil.which(name)


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: Sequence[str]) -> None:
    """Install them; ends with apt's own words if that fails for another reason than its lock."""
    say(f"installing {', '.join(packages)} with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        for _ in range(APT_TRIES):
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                break
            if "lock" not in done.stderr:
                sys.exit(f"dev: {' '.join(command)} failed: {done.stderr.strip()[-500:]}")
            time.sleep(APT_PAUSE)
        else:
            sys.exit("dev: another program has held dpkg's lock for minutes; try again later")


def need(what: str, present: bool, packages: Sequence[str], otherwise: str) -> None:
    """Make sure that `what` is there: install Debian's packages where one may, else say how."""
    if present:
        return
    if not may_install():
        sys.exit(f"dev: {what} is missing. {otherwise}")
    apt_install(packages)


def need_browser() -> None:
    otherwise = "Install Chromium, or name it with CHROMIUM=/path/to/it."
    need("Chromium", browser_present(), BROWSER_PACKAGES, otherwise)
