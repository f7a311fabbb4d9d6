"""`./dev test`: pytest on this repository alone; `all` adds real services and a real Skyvern."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ops import services, system
from ops.group import say
from ops.ports import any_free

ALONE = "not services and not skyvern"
# What of the pages and the mirror touches the database runs on PostgreSQL too.
ON_DATABASE = f"{ALONE} and database and not browser"
ABOUT_ROWS = ("tests/runs", "tests/schedules", "tests/dashboard")


def pytest(*arguments: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether it passed. Variables that would change the product under test are taken away."""
    foreign = ("DJANGO_", "SKYDECK_", "SKYVERN_", "DATABASE_URL", "BROKER_URL", "PUBLIC_URL")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign) or "_TEST_" in k}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env={**kept, **(environment or {})}, check=False).returncode == 0


def need_browser() -> None:
    otherwise = "Install Chromium, or name it with CHROMIUM=/path/to/it."
    packages = ("chromium", "fonts-liberation")
    system.need("Chromium", system.browser_present(), packages, otherwise)


def alone() -> bool:
    need_browser()
    say("the tests that need this repository and a browser")
    return pytest("-m", ALONE, "-n", "3", "--dist", "loadgroup", "--durations", "25")


@contextmanager
def installing_skyvern() -> Iterator[None]:
    """Meanwhile: it takes minutes of loading. What goes wrong is told when it is to be started."""
    command = [sys.executable, "-m", "ops.skyvern", "install"]
    given = os.environ.get("SKYVERN_TEST_URL")
    process = None if given else subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        if process:
            process.wait()


def on_services() -> bool:
    with installing_skyvern(), services.running() as environment:
        say("the tests of what touches the database, on PostgreSQL")
        same = pytest("-m", ON_DATABASE, "-n", "2", *ABOUT_ROWS, environment=environment)
        say("the tests that need PostgreSQL and Redis")
        return pytest("-m", "services", environment=environment) and same


@contextmanager
def skyvern() -> Iterator[dict[str, str]]:
    """SKYVERN_TEST_URL, _KEY and _VAR (the folder of one that may be killed): those given, else
    of a server in a temporary folder."""
    names = ("SKYVERN_TEST_URL", "SKYVERN_TEST_KEY", "SKYVERN_TEST_VAR")
    given = {name: os.environ.get(name, "") for name in names}
    if all(given.values()):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="skydeck-skyvern-") as folder:
        own = {"SKYDECK_VAR": folder, "SKYVERN_PORT": str(any_free()), "SITE_PORT": str(any_free())}
        command = [sys.executable, "-m", "ops.skyvern"]
        environment = {**os.environ, **own}
        try:
            started = subprocess.run(
                command, env=environment, check=True, stdout=subprocess.PIPE, text=True
            )
            lines = (line.removeprefix("export ") for line in started.stdout.splitlines())
            printed = dict(line.split("=", 1) for line in lines)
            yield {
                "SKYVERN_TEST_URL": printed["SKYVERN_BASE_URL"],
                "SKYVERN_TEST_KEY": printed["SKYVERN_API_KEY"],
                "SKYVERN_TEST_VAR": folder,
            }
        finally:
            subprocess.run([*command, "stop"], env=environment, check=True)


def on_skyvern() -> bool:
    with skyvern() as environment:
        say(f"the tests that need a real Skyvern ({environment['SKYVERN_TEST_URL']})")
        return pytest("-m", "skyvern", environment=environment)


def main() -> None:
    words = sys.argv[1:]
    if words not in ([], ["all"]):
        need_browser()
        sys.exit(0 if pytest(*words) else 1)
    suites = [alone] if not words else [alone, on_services, on_skyvern]
    failed = [suite.__name__ for suite in suites if not suite()]
    if failed:
        print(f"dev: failed: {', '.join(failed)}", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
