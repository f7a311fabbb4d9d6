"""Every command that the containers run, on real PostgreSQL and Redis, mirroring the sandbox."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml

from tests.services.program import ROOT, Program, run

pytestmark = pytest.mark.services

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]


def dockerfile(instruction: str) -> list[str]:
    """The words of the last CMD or of the HEALTHCHECK's CMD."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if instruction in line]
    words: list[str] = yaml.safe_load(lines[-1].split("CMD", 1)[1])
    return words


@pytest.fixture(scope="module")
def migrated(production: Mapping[str, str]) -> Mapping[str, str]:
    done = run(SERVICES["migrate"]["command"], production)
    assert done.returncode == 0, done.stderr
    assert "Password (shown only now): " in done.stdout
    return production


def count(environment: Mapping[str, str], table: str) -> int:
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def beat_in(folder: Path) -> list[str]:
    return [str(folder / "beat") if word == "/tmp/beat" else word for word in beat_words()]


def beat_words() -> list[str]:
    words: list[str] = SERVICES["beat"]["command"]
    return words


def test_migrating_again_changes_nothing(migrated: Mapping[str, str]) -> None:
    again = run(SERVICES["migrate"]["command"], migrated)
    assert again.returncode == 0
    assert "No migrations to apply" in again.stdout
    assert "Password" not in again.stdout


def test_the_web_is_healthy_and_sends_people_to_https(
    migrated: Mapping[str, str], tmp_path: Path
) -> None:
    collected = run(["python", "manage.py", "collectstatic", "--noinput"], migrated)
    assert collected.returncode == 0, collected.stderr
    health = dockerfile("HEALTHCHECK")
    assert run(health, migrated).returncode == 1  # nothing listens yet
    url = f"http://127.0.0.1:{migrated['PORT']}"
    host = {"Host": "deck.example.com"}
    with Program(dockerfile("CMD"), migrated, tmp_path) as web:
        web.wait_for("health", lambda: run(health, migrated).returncode == 0)
        assert httpx.get(f"{url}/readyz", headers=host).status_code == 200
        plain = httpx.get(f"{url}/login/", headers=host)
        assert plain.headers["Location"] == "https://deck.example.com/login/"
        behind = {**host, "X-Forwarded-Proto": "https"}
        page = httpx.get(f"{url}/login/", headers=behind)
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert httpx.get(f"{url}/login/", headers={"Host": "evil.example"}).status_code == 400


def test_worker_and_beat_mirror_and_a_killed_worker_is_followed_by_the_next(
    migrated: Mapping[str, str], tmp_path: Path
) -> None:
    worker_words = SERVICES["worker"]["command"]
    with Program(beat_in(tmp_path), migrated, tmp_path) as beat:
        with Program(worker_words, migrated, tmp_path) as worker:
            worker.wait_for("agents", lambda: count(migrated, "runs_workflow") > 0)
            check = SERVICES["worker"]["healthcheck"]["test"][1:]
            worker.wait_for("ping", lambda: run(check, migrated).returncode == 0)
            worker.kill()
        with Program(worker_words, migrated, tmp_path) as worker:
            worker.wait_for("runs", lambda: count(migrated, "runs_run") > 0, 120)
            worker.wait_for("schedules", lambda: count(migrated, "schedules_schedule") > 0, 120)
        assert beat.process.poll() is None
