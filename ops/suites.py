"""`./dev test`: pytest on this repository alone; `all` adds real services and a real Skyvern."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import IO

from ops import services, system
from ops.group import say
from ops.ports import any_free

ALONE = "not services and not skyvern"
# What of the pages and the mirror touches the database runs on PostgreSQL too.
ON_DATABASE = f"{ALONE} and database and not browser"
OWN_SKYVERN = "tests/schedules/test_ledger_skyvern.py"
# What shares a server stays in one process, which starts it once; the files that take longest are
# collected first.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
ABOUT_ROWS = ("tests/runs", "tests/schedules", "tests/dashboard")


def pytest(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    gives_way: bool = False,
) -> bool:
    """Whether it passed. Variables that would change the product under test are taken away.

    `output`: where it tells of that, if not where we do; `gives_way`: to what goes beside it.
    """
    foreign = ("DJANGO_", "SKYDECK_", "SKYVERN_", "DATABASE_URL", "BROKER_URL", "PUBLIC_URL")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(foreign) or "_TEST_" in k}
    command = [*(["nice"] if gives_way else []), sys.executable, "-m", "pytest", *arguments]
    variables = {**kept, **(environment or {})}
    done = subprocess.run(command, env=variables, check=False, stdout=output, stderr=output)
    return done.returncode == 0


@contextmanager
def beside(
    *arguments: str, environment: AbstractContextManager[Mapping[str, str] | None]
) -> Iterator[Callable[[], bool]]:
    """Runs pytest while other things are done; asked whether it passed, it waits and says all.

    Meanwhile, too, the `environment` is set up; it is left when the tests are over.
    """
    with ThreadPoolExecutor(1) as pool, tempfile.TemporaryFile() as output:

        def run() -> bool:
            with environment as variables:
                return pytest(*arguments, environment=variables, output=output)

        running = pool.submit(run)

        def passed() -> bool:
            found = running.result()
            output.seek(0)
            print(f"\npytest {' '.join(arguments)}\n{output.read().decode()}", flush=True)
            return found

        yield passed


def alone(*, gives_way: bool = False) -> bool:
    system.need_browser()
    say("the tests that need this repository and a browser")
    longest = ("--durations", "25")
    return pytest("-m", ALONE, "-n", "3", *BY_FILE, *longest, gives_way=gives_way)


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


def everything() -> bool:
    """What mostly waits, for a real Skyvern or for workers that are killed, goes beside the others;
    which give way, as it goes by the clock."""
    system.need_browser()
    with services.running() as database:
        with (
            beside("-m", "skyvern", OWN_SKYVERN, environment=nullcontext()) as passed_on_own,
            beside("-m", "services", environment=nullcontext(database)) as passed_on_services,
        ):
            found = {"alone": alone(gives_way=True)}
            found["on services"] = passed_on_services()
            found["on a Skyvern of its own"] = passed_on_own()
        say("the tests that need PostgreSQL, or a real Skyvern")
        shared = ("-m", "skyvern", f"--ignore={OWN_SKYVERN}")
        with beside(*shared, environment=skyvern()) as passed_on_skyvern:
            rows = ("-m", ON_DATABASE, "-n", "2", *ABOUT_ROWS)
            found["on PostgreSQL"] = pytest(*rows, environment=database, gives_way=True)
            found["on a real Skyvern"] = passed_on_skyvern()
    for name in (name for name, passed in found.items() if not passed):
        print(f"dev: failed: the tests {name}", file=sys.stderr)
    return all(found.values())


def main() -> None:
    words = sys.argv[1:]
    if words in ([], ["all"]):
        passed = everything() if words else alone()
    else:
        system.need_browser()
        passed = pytest(*words)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
