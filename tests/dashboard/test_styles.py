"""The one stylesheet that pages load is made of all the sheets there are, with their icons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage

from dashboard import styles

WRITTEN = Path(settings.BASE_DIR, "static", "css")


def test_every_sheet_is_in_it() -> None:
    text = styles.joined()
    assert {path.stem for path in WRITTEN.glob("*.css")} == set(styles.SHEETS)
    assert all((WRITTEN / f"{name}.css").read_text() in text for name in styles.SHEETS)


def test_an_icon_comes_with_it_as_an_image() -> None:
    assert "--icon-st-completed: url('data:image/svg+xml,<svg xmlns=" in styles.joined()


def test_an_icon_that_is_not_drawn_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(styles, "_ICONS", tmp_path / "icons.svg")
    (tmp_path / "icons.svg").write_text("<svg></svg>")
    with pytest.raises(KeyError):
        styles.joined()


def test_it_is_written_again_when_a_sheet_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in styles.SHEETS:
        tmp_path.joinpath("css").mkdir(exist_ok=True)
        (tmp_path / "css" / f"{name}.css").write_text("")
    monkeypatch.setattr(styles, "_STATIC", tmp_path)
    finder = styles.StylesFinder()
    finder.storage = FileSystemStorage(location=tmp_path / "out")
    [(name, storage)] = finder.list(None)
    assert name == styles.NAME
    assert "blue" not in Path(storage.path(name)).read_text()
    (tmp_path / "css" / "base.css").write_text("a { color: blue }")
    assert "blue" in Path(finder.find(styles.NAME)).read_text()


def test_a_server_that_serves_uncollected_finds_it() -> None:
    assert finders.find(styles.NAME)


def test_no_two_sheets_draw_the_same_class() -> None:
    """They are one stylesheet: what one page calls a bar would be drawn as another page's."""
    owners: dict[str, set[str]] = {}
    for sheet in set(styles.SHEETS) - {"print"}:
        css = (WRITTEN / f"{sheet}.css").read_text()
        plain = re.sub(r"  @media.*?\n  }\n", "", css, flags=re.DOTALL)
        for name in re.findall(r"^  \.([\w-]+) \{", plain, flags=re.MULTILINE):
            owners.setdefault(name, set()).add(sheet)
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}
