"""`./dev up` as people meet it: one group that lives, restarts its own and leaves nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ops.ports import any_free
from tests.e2e.deck import Deck, wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("sandbox", "web", "worker", "beat")
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("DJANGO_", "SKY", "DATABASE_", "BROKER_", "HOST", "PORT", "ALLOWED_"))
}
PRODUCTION = {
    "SKYDECK_ENV": "production",
    "SKYVERN_API_KEY": "a-key",
    "DJANGO_SECRET_KEY": "k7Q2-v9x_Zp4mW8sTn3bY6cR1dF5gH0jL2aE9uXoPqVwSi8tKz4",
    "ALLOWED_HOSTS": "deck.example.com",
}


@pytest.fixture
def deck(tmp_path: Path) -> Iterator[Deck]:
    made = Deck(tmp_path / "var", {}).start()
    yield made
    if made.process.poll() is None:
        made.stop()


def up(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to refuse."""
    places = {"SKYDECK_VAR": str(tmp_path / "var"), "PORT": str(any_free())}
    return subprocess.run(
        [ROOT / "dev", "up"],
        env={**CLEAN, **places, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def family(deck: Deck) -> list[psutil.Process]:
    return psutil.Process(deck.process.pid).children(recursive=True)


def test_it_serves_says_where_and_prints_the_password_once(deck: Deck) -> None:
    wait_until("the address is told", lambda: f"open {deck.url}" in deck.log.read_text())
    assert "it shows the built-in sandbox" in deck.log.read_text()
    assert "Password (shown only now)" not in deck.log.read_text()  # one was given
    for program in PROGRAMS:
        assert deck.pids(program), program


def test_whatever_dies_is_started_again(deck: Deck) -> None:
    for program in PROGRAMS:
        wait_until(program, lambda program=program: deck.pids(program))  # type: ignore[misc]
        deck.kill(program)
    deck.wait_for_web()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_within_ten_seconds(deck: Deck, number: signal.Signals) -> None:
    children = family(deck)
    deck.process.send_signal(number)
    assert deck.process.wait(timeout=12) == 0
    _, alive = psutil.wait_procs(children, timeout=2)
    assert alive == []


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux ends the children of a killed parent"
)
def test_even_a_killed_group_leaves_nothing(deck: Deck) -> None:
    children = family(deck)
    deck.process.kill()
    _, alive = psutil.wait_procs(children, timeout=12)
    assert alive == []


def test_a_shell_that_started_it_stops_it_too(tmp_path: Path) -> None:
    deck = Deck(tmp_path / "var", {})
    with deck.log.open("wb") as log:
        deck.process = subprocess.Popen(
            ["sh", "-c", f"{ROOT / 'dev'} up"],
            env=deck.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deck.wait_for_web()
    children = family(deck)
    os.killpg(deck.process.pid, signal.SIGINT)  # what Ctrl-C in a terminal does
    deck.process.wait(timeout=12)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []


def test_a_second_one_runs_beside_it_but_not_on_the_same_folder(deck: Deck, tmp_path: Path) -> None:
    refused = up(tmp_path)
    assert refused.returncode == 1
    assert "Skydeck already runs on" in refused.stderr
    other = Deck(tmp_path / "other", {})
    del other.env["SKYDECK_SANDBOX_PORT"]  # it finds one of its own
    other.start().stop()
    assert "collecting static files" not in other.log.read_text()  # they are the same for both
    assert deck.answers()


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = up(tmp_path, PORT=str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert re.fullmatch(r"dev: cannot listen on 127\.0\.0\.1:\d+: .*\n", refused.stderr)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"PORT": "eighty"}, 'PORT must be a number from 1 to 65535, not "eighty"'),
        ({"SKYDECK_ENV": "staging"}, "SKYDECK_ENV must be development or production"),
        ({"DATABASE_URL": "postgres://u@127.0.0.1:9/none"}, "the database could not be prepared"),
        ({"DATABASE_URL": "sqlite:////nowhere/at/all"}, "the database could not be prepared"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, wrong: dict[str, str], said: str) -> None:
    refused = up(tmp_path, **wrong)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


UNREADABLE = {
    "SKYVERN_BASE_URL": ["skyvern.example", "ftp://skyvern", "http://h:port", "https://u:pass@h"],
    "PUBLIC_URL": ["deck.example.com", "https://deck.example.com/below"],
    "DATABASE_URL": ["nonsense", "mysql://u:pass@h/x", "postgres://u:pass@h:port/x"],
    "BROKER_URL": ["amqp://u:pass@h"],
    "SKYDECK_VAR": ["/proc/nowhere", "/dev/null"],
    "SKYDECK_TLS": ["enabled"],
    "SKYDECK_PROXIES": ["-1", "one"],
    "SKYVERN_RATE": ["nan", "-1", "fast"],
    "LOG_LEVEL": ["loud"],
    "EVIDENCE_STORE": ["evidence", "/", "/proc/nowhere", "s3://u:pass@host/x"],
    "EVIDENCE_KEEP": ["some"],
    "EVIDENCE_GB": ["0"],
    "EVIDENCE_S3_ENDPOINT": ["https://u:pass@host"],
    "WEB_WORKERS": ["0"],
    "WORKER_THREADS": ["many"],
}
CASES = [(name, value) for name, values in UNREADABLE.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_setting_that_cannot_be_read_is_named_without_its_password(
    name: str, value: str, tmp_path: Path
) -> None:
    refused = up(tmp_path, **{"SKYVERN_API_KEY": "a-key", name: value})
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"skydeck: {name}")
    assert refused.stderr.count("\n") == 1
    assert "pass@" not in refused.stderr


def test_debug_pages_are_refused_in_production(tmp_path: Path) -> None:
    refused = up(tmp_path, **PRODUCTION, DJANGO_DEBUG="1")
    assert refused.stderr.startswith("skydeck: DJANGO_DEBUG must not be set in production")


def test_stopping_before_anything_runs_is_one_sentence(tmp_path: Path) -> None:
    deck = Deck(tmp_path / "var", {})
    with deck.log.open("wb") as log:
        process = subprocess.Popen(
            [ROOT / "dev", "up"],
            env=deck.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    wait_until("it prepares", lambda: "preparing" in deck.log.read_text())
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=12) == 1
    said = deck.log.read_text().splitlines()
    assert said == ["dev: preparing the database", "dev: stopped before anything was started"]


def command(*words: str) -> Callable[[dict[str, str]], subprocess.CompletedProcess[str]]:
    def run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            env={**CLEAN, **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


STARTS = {
    "dev up": command(str(ROOT / "dev"), "up"),
    "gunicorn": command(
        sys.executable, "-m", "gunicorn", "-c", "ops/gunicorn_conf.py", "dashboard.wsgi"
    ),
    "worker": command(sys.executable, "-m", "celery", "-A", "dashboard.celery", "worker"),
    "beat": command(sys.executable, "-m", "celery", "-A", "dashboard.celery", "beat"),
    "manage.py": command(sys.executable, "manage.py", "migrate"),
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("missing", ["SKYVERN_API_KEY", "DJANGO_SECRET_KEY", "ALLOWED_HOSTS"])
def test_production_refuses_to_start_without_what_it_needs(
    start: str, missing: str, tmp_path: Path
) -> None:
    given = {name: value for name, value in PRODUCTION.items() if name != missing}
    refused = STARTS[start]({**given, "SKYDECK_VAR": str(tmp_path), "PORT": str(any_free())})
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"skydeck: {missing} must be set in production: ")
    assert refused.stderr.count("\n") == 1


def test_the_deployment_check_is_clean_in_production(tmp_path: Path) -> None:
    check = command(sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    done = check({**PRODUCTION, "SKYDECK_VAR": str(tmp_path)})
    assert done.returncode == 0, done.stderr


def test_an_administrator_is_made_up_once_and_told_once(tmp_path: Path) -> None:
    places = {"SKYDECK_VAR": str(tmp_path)}
    migrate = command(sys.executable, "manage.py", "migrate", "--verbosity", "0")
    assert migrate(places).returncode == 0
    ensure = command(sys.executable, "manage.py", "ensure_admin")
    first = ensure(places).stdout.splitlines()
    assert first[0] == "First administrator: admin"
    assert re.fullmatch(r"Password \(shown only now\): \S{16}", first[1])
    assert ensure(places).stdout == ""
