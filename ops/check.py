"""`./dev check`: everything that can be said about the code without running its tests."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ops import lock

TYPED = ("dashboard", "runs", "schedules", "tests", "bench", "ops", "manage.py")
VENDOR = Path("static/vendor")
BIN = Path(sys.executable).parent


def tool(name: str, *arguments: str) -> Callable[[], str]:
    """A check that runs a program of the virtual environment; what it returns is the complaint."""

    def run() -> str:
        done = subprocess.run(
            [BIN / name, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "NO_COLOR": "1", "SKYVERN_API_KEY": ""},
        )
        if done.returncode == 0:
            return ""
        return (done.stdout + done.stderr).strip() or f"exit status {done.returncode}"

    return run


def templates() -> list[str]:
    return sorted(str(path) for path in Path("templates").rglob("*.html"))


def vendored() -> str:
    """Each vendored file is the one that its VERSIONS line pins, and none is unlisted."""
    wrong, listed = [], set()
    for line in (VENDOR / "VERSIONS").read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        name, *_, pinned = line.split()
        listed.add(name)
        if hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() != pinned:
            wrong.append(f"{name} is not the file that VERSIONS pins")
    found = {path.name for path in VENDOR.iterdir() if path.suffix in (".js", ".css", ".svg")}
    wrong += [f"{name} is not listed in VERSIONS" for name in sorted(found - listed)]
    return "\n".join(wrong)


def checks() -> dict[str, Callable[[], str]]:
    python = BIN.joinpath("python").name
    return {
        "lint (ruff)": tool("ruff", "check", "--quiet", "."),
        "format (ruff)": tool("ruff", "format", "--check", "--quiet", "."),
        "types (mypy)": tool("mypy", "--no-error-summary", *TYPED),
        "layers (import-linter)": tool("lint-imports"),
        "template format (djade)": tool("djade", "--check", *templates()),
        "template lint (djlint)": tool("djlint", "--lint", "--quiet", "templates"),
        "migrations": tool(python, "manage.py", "makemigrations", "--check", "--dry-run"),
        "system (Django)": tool(python, "manage.py", "check", "--fail-level", "WARNING"),
        "locks": lambda: "\n".join(lock.stale()),
        "installed packages": tool(python, "-m", "pip", "check"),
        "vendored files": vendored,
        "shell (shellcheck)": tool("shellcheck", "dev", ".ci/run"),
        "Dockerfile (hadolint)": tool("hadolint", "Dockerfile"),
        "compose (schema)": tool(
            "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"
        ),
    }


def main() -> None:
    failed = 0
    for name, check in checks().items():
        begun = time.monotonic()
        complaint = check()
        failed += bool(complaint)
        verdict = "FAILED" if complaint else "ok"
        print(f"{name:<26}{verdict:<8}{time.monotonic() - begun:5.1f} s", flush=True)
        if complaint:
            print(complaint, flush=True)
    if failed:
        sys.exit(f"dev: {failed} checks failed")


if __name__ == "__main__":
    main()
