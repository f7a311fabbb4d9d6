"""README names every variable that the project reads, and none that it does not."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
READ_IN_PYTHON = re.compile(
    r"""(?:env\.\w+|required|os\.environ\.get|os\.environ\.setdefault)\(\s*"([A-Z][A-Z0-9_]+)"|"""
    r"""os\.environ\["([A-Z][A-Z0-9_]+)"\]"""
)
READ_IN_SHELL = re.compile(r"\$\{([A-Z][A-Z_]+)")
NAMED = re.compile(r"`([A-Z]+(?:_[A-Z0-9]+)*)`")
# Python, the shell and CI systems define these.
FOREIGN = {"HOME", "PATH", "CI", "PYENV_ROOT", "PYTHONWARNINGS"}
WORDS = {"DEBUG", "INFO", "WARNING", "ERROR"}


def read_by_the_project() -> set[str]:
    python = [
        path
        for folder in ("dashboard", "runs", "schedules", "ops", "bench")
        for path in (ROOT / folder).rglob("*.py")
    ]
    found = {
        first or second
        for path in (*python, ROOT / "manage.py")
        for first, second in READ_IN_PYTHON.findall(path.read_text())
    }
    for name in ("dev", "compose.yaml"):
        found |= set(READ_IN_SHELL.findall((ROOT / name).read_text()))
    return found - FOREIGN


def test_every_variable_is_in_the_readme() -> None:
    assert read_by_the_project() - set(NAMED.findall(README)) == set()


def test_the_readme_names_no_variable_that_nobody_reads() -> None:
    tests_read = {"SKYVERN_TEST_URL", "SKYVERN_TEST_KEY", "SKYVERN_TEST_VAR"}
    known = read_by_the_project() | tests_read | WORDS
    assert set(NAMED.findall(README)) - known == set()


def test_it_names_only_files_that_exist() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (ROOT / target).exists(), target
