"""Real PostgreSQL and Redis, from DATABASE_URL and BROKER_URL (`./dev test all` gives them)."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from ops.ports import any_free
from tests.services.program import Program

SECRETS = {
    "SKYDECK_ENV": "production",
    "DJANGO_SECRET_KEY": "k7Q2-v9x_Zp4mW8sTn3bY6cR1dF5gH0jL2aE9uXoPqVwSi8tKz4",
    "ALLOWED_HOSTS": "deck.example.com",
}


@pytest.fixture(scope="session")
def sandbox_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a sandbox in a process of its own."""
    port = str(any_free())
    folder = tmp_path_factory.mktemp("sandbox")
    environment = {"SKYDECK_VAR": str(folder), "SKYDECK_SANDBOX_PORT": port}
    words = ["gunicorn", "-b", f"127.0.0.1:{port}", "--threads", "8", "--no-control-socket"]
    with Program([*words, "dashboard.sandbox.wsgi:app"], environment, folder) as program:
        program.wait_for_port(int(port))
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def production(
    sandbox_program: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """The environment of a production installation with a database of its own."""
    given = os.environ["DATABASE_URL"]
    name = f"production_{os.getpid()}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield {
        **SECRETS,
        "SKYVERN_API_KEY": "sandbox",
        "SKYVERN_BASE_URL": sandbox_program,
        "DATABASE_URL": f"{given.rsplit('/', 1)[0]}/{name}",
        "BROKER_URL": os.environ["BROKER_URL"],
        "SKYDECK_VAR": str(tmp_path_factory.mktemp("production")),
        "PORT": str(any_free()),
    }
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
