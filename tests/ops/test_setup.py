"""`./dev` sets up what a command needs, says so, and the second time costs nothing."""

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a lock of nothing and a Django that says hello."""
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "manage.py").write_text("import sys; print('hello', *sys.argv[1:])\n")
    return tmp_path


def dev(checkout: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "dev", *words],
        env={**os.environ, "PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def test_the_first_start_sets_up_and_the_second_costs_under_a_second(checkout: Path) -> None:
    first = dev(checkout, "manage", "one")
    assert first.returncode == 0, first.stderr
    assert first.stdout == "hello one\n"
    assert "making .venv with Python 3." in first.stderr
    assert "installing requirements.lock" in first.stderr

    begun = time.monotonic()
    second = dev(checkout, "manage", "two words")
    assert time.monotonic() - begun < 1
    assert (second.stdout, second.stderr) == ("hello two words\n", "")


def test_a_changed_lock_is_installed_again(checkout: Path) -> None:
    dev(checkout, "manage")
    (checkout / "requirements.lock").write_text("# another\n")
    assert "installing requirements.lock" in dev(checkout, "manage").stderr


def test_a_lock_that_cannot_be_installed_stops_there_and_is_tried_again(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("nothing-of-this-name\n")  # has no hash
    for _ in range(2):
        refused = dev(checkout, "manage")
        assert refused.returncode == 1
        assert "could not install requirements.lock" in refused.stderr
        assert refused.stdout == ""


def test_a_python_that_does_not_run_is_passed_over(checkout: Path, tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    for name in ("python3.14", "python3.13"):
        shim = shims / name
        shim.write_text("#!/bin/sh\nexit 127\n")
        shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    (shims / "python3.12").symlink_to(sys.executable)
    path = f"{shims}:/usr/bin:/bin"
    found = dev(checkout, "manage", PYTHON="/bin/false", PATH=path, HOME=str(tmp_path))
    assert found.returncode == 0, found.stderr
    assert "(python3.12)" in found.stderr


def test_without_a_python_it_says_what_to_install(checkout: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "cksum", "cat"):
        (tools / name).symlink_to(shutil.which(name) or name)
    given = {"PATH": str(tools), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path), "PYTHON": ""}
    refused = dev(checkout, "manage", **given)
    local = list(Path("/usr/local/bin").glob("python3.1[234]"))
    if not local:
        assert refused.returncode == 1
        assert "no Python 3.12, 3.13 or 3.14 was found" in refused.stderr


def test_an_unknown_command_is_told_with_those_there_are(checkout: Path) -> None:
    refused = dev(checkout, "fly")
    assert refused.returncode == 1
    assert 'there is no command "fly"' in refused.stderr
    assert "./dev up" in refused.stderr
