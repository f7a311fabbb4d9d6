"""What is wrong with a page as it stands: for axe, for its width, its headings and its title."""

from __future__ import annotations

import re
from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

type Faults = dict[tuple[str, str], list[str]]


def on_pages(tab: Page, paths: Iterable[str], width: int) -> Faults:
    """(path, theme) → what is wrong there; those without a fault are left out."""
    axe = Axe()
    wrong: Faults = {}
    tab.set_viewport_size({"width": width, "height": 900})
    # A colour that is on its way to the other theme's has no contrast to be measured.
    tab.emulate_media(reduced_motion="reduce")
    for path in paths:
        tab.goto(path)
        for theme in ("light", "dark"):
            tab.emulate_media(color_scheme=theme)
            if found := faults(tab, axe):
                wrong[path, theme] = found
    return wrong


def faults(tab: Page, axe: Axe) -> list[str]:
    """What is wrong with the page as it stands; the rule and the element, or the measure."""
    found = [
        f"{each['id']}: {each['nodes'][0]['html']}" for each in axe.run(tab).response["violations"]
    ]
    room = "document.scrollingElement.clientWidth - document.scrollingElement.scrollWidth"
    if (lack := tab.evaluate(room)) < 0:
        found.append(f"scrolls sideways by {-lack} px")
    if (headings := tab.locator("h1").count()) != 1:
        found.append(f"{headings} first headings")
    if not re.fullmatch(r".+ · Skydeck", tab.title()):
        found.append(f"is titled {tab.title()!r}")
    return found
