"""The small parts: pills, times, live regions, vendored files."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.skyvern.schema import STATUSES
from dashboard.templatetags import ui

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (-4, "just now"),
        (3, "now"),
        (-14, "14 s ago"),
        (-60, "1 min ago"),
        (-3599, "59 min ago"),
        (-3600, "1 h ago"),
        (-172800, "2 d ago"),
        (300, "in 5 min"),
    ],
)
def test_a_relative_time_is_short_and_rounds_down(seconds: int, text: str) -> None:
    assert ui.relative(NOW + timedelta(seconds=seconds), NOW) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(milliseconds=420), "420 ms"),
        (timedelta(0), "0s"),
        (timedelta(seconds=14), "14s"),
        (timedelta(seconds=72), "1m 12s"),
        (timedelta(hours=2, minutes=5), "2h 05m"),
        (timedelta(days=3, hours=4), "3d 4h"),
        (timedelta(seconds=-3), "0s"),
    ],
)
def test_a_duration_shows_its_two_largest_units(span: timedelta, text: str) -> None:
    assert ui.duration(span) == text


def test_what_is_not_known_is_a_dash() -> None:
    assert ui.duration(None) == ui.NOTHING
    assert ui.NOTHING in ui.when(None)


@pytest.mark.parametrize("status", [*STATUSES, "", "hibernating"])
def test_every_status_has_a_mark_of_its_own_and_its_word(status: str) -> None:
    symbols = (Path(settings.BASE_DIR) / "static" / "icons.svg").read_text()
    assert f'id="st-{ui.tone(status)}"' in symbols
    assert ui.words(status) in ui.pill(status)
    assert ui.words(status) in ui.mark(status)


def test_a_status_from_upstream_cannot_carry_markup() -> None:
    assert "<b>" not in ui.pill("<b>bold</b>")
    assert '"' not in ui.copy('"><script>').replace('="', "").replace('" ', "").replace('">', "")


def test_vendored_files_are_the_ones_that_were_published() -> None:
    lines = [line.split() for line in (VENDOR / "VERSIONS").read_text().splitlines()]
    named = {line[0]: line[3] for line in lines if line and line[0] != "#"}
    scripts = {path.name for path in VENDOR.glob("*.js")}
    assert named.keys() == scripts
    for name, digest in named.items():
        assert sha256((VENDOR / name).read_bytes()).hexdigest() == digest
