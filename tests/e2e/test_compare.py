"""From a failed run to what differs from the last good one, and on to the files that prove it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from dashboard.sandbox import Sandbox, engine
from dashboard.sandbox.plays import plays_of
from runs.models import Run
from tests.browser import reach
from tests.e2e.faults import on_pages
from tests.e2e.live import THREADS, signed_in
from tests.runs.conftest import played

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    *(pytest.mark.filterwarnings(ignored) for ignored in THREADS),
]

NAME = "Invoice download"


@pytest.fixture
def failed(transactional_db: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The page had moved; of another month than the good run before it."""
    played(sandbox, NAME, month="2026-09")
    monkeypatch.setattr(engine, "plays_of", lambda title, _: plays_of(title, "moved"))
    run = played(sandbox, NAME, month="2026-10")
    Run.objects.update(watched_at=timezone.now(), detail_due=False)
    assert run.status == "failed"
    return run


@pytest.fixture
def tab(
    browser: Browser, live_server: LiveServer, failed: Run, person: Callable[[str], User]
) -> Iterator[Page]:
    person("support")
    with signed_in(browser, live_server.url, "support", accept_downloads=True) as page:
        page.goto(failed.get_absolute_url())
        yield page


def section(tab: Page, name: str) -> Locator:
    return tab.get_by_role("region", name=re.compile(f"^{name}"))


def test_by_keys_alone_one_sees_what_differs_from_the_last_good_run(tab: Page) -> None:
    reach(tab, "Compare")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text(f"Compare: {NAME}")
    expect(section(tab, "Last good run")).to_contain_text("Completed")
    expect(section(tab, "This run")).to_contain_text("Failed")
    inputs = section(tab, "Inputs").get_by_role("row", name=re.compile("^month"))
    expect(inputs).to_contain_text("2026-10")
    expect(inputs).to_contain_text("2026-09")
    expect(inputs).to_contain_text("Differs")
    steps = section(tab, "Steps")
    expect(steps.get_by_role("row", name=re.compile("^open_invoices"))).to_contain_text(
        "navigation bar has changed"
    )
    expect(steps.get_by_role("row", name=re.compile("^read_totals"))).to_contain_text("not there")
    expect(section(tab, "Output")).to_contain_text("Only in the other")
    screens = section(tab, "What was on screen").get_by_role("img")
    expect(screens).to_have_count(2)
    for place in range(2):
        screens.nth(place).scroll_into_view_if_needed()
        tab.wait_for_function(
            "(image) => image.naturalWidth > 0", arg=screens.nth(place).element_handle()
        )
    reach(tab, "Back to the run")
    tab.keyboard.press("Enter")
    expect(tab.locator("#run-failure")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 360])
def test_the_comparison_and_the_logs_are_accessible_in_both_themes(
    tab: Page, failed: Run, width: int
) -> None:
    logs = [failed.artifacts.filter(type=kind)[0] for kind in ("har", "browser_console_log")]
    tables = [f"{log.get_absolute_url()}table/" for log in logs]
    odd = [f"{tables[0]}?q=no+such+request", f"{tables[1]}?only=problems"]
    paths = (f"{failed.get_absolute_url()}compare/", *tables, *odd)
    assert on_pages(tab, paths, width) == {}


def test_the_bundle_is_a_zip_with_what_it_says_is_in_it(tab: Page, failed: Run) -> None:
    tab.get_by_role("link", name=re.compile("^Files")).click()
    with tab.expect_download() as loading:
        tab.get_by_role("link", name="Support bundle").click()
    assert loading.value.suggested_filename == f"{failed.pk}.zip"
    with zipfile.ZipFile(io.BytesIO(loading.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        readme = archive.read("README.txt").decode()
        outputs = json.loads(archive.read("outputs.json"))
    assert {"run.json", "timeline.json", "outputs.json", "notes.txt", "console.log"} <= set(names)
    assert [name for name in names if name.startswith("screenshots/")]
    for name in names:
        assert name in readme
    assert outputs is None or isinstance(outputs, dict)


def test_the_requests_of_a_run_are_filtered_and_searched(tab: Page) -> None:
    tab.get_by_role("link", name=re.compile("^Files")).click()
    tab.get_by_role("link", name="Read as a table").last.click()
    rows = tab.locator("table.readable tbody tr")
    expect(rows).not_to_have_count(0)
    every = rows.count()
    tab.get_by_label("Text").fill("no such words at all")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name=re.compile("^No .* matches"))).to_be_visible()
    tab.get_by_role("link", name="Clear the filter").click()
    expect(rows).to_have_count(every)
    tab.get_by_label("Show", exact=True).select_option("problems")
    tab.wait_for_url("**only=problems**")
    assert rows.count() < every or rows.locator(".pill").count() == every
