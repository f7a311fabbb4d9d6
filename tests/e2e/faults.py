"""What is wrong with a page as it stands: for axe, for its width, its headings and its title."""

from __future__ import annotations

import re
from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
VIOLATIONS = {"resultTypes": ["violations"]}
"""Each rule is held against the page as before; to list all that passed takes as long again."""


def on_pages(tab: Page, paths: Iterable[str], width: int) -> dict[str, list[str]]:
    """What is wrong on each of them in either theme; those without a fault are left out."""
    wrong = {}
    tab.set_viewport_size({"width": width, "height": 900})
    for path in paths:
        tab.goto(path)
        if found := in_both_themes(tab):
            wrong[path] = found
    return wrong


def in_both_themes(tab: Page) -> list[str]:
    """What is wrong with the page as it stands, in the light and in the dark."""
    # A colour that is on its way to the other theme's has no contrast to be measured.
    tab.emulate_media(reduced_motion="reduce")
    found = []
    for theme in ("light", "dark"):
        tab.emulate_media(color_scheme=theme)
        found += [f"{theme}: {fault}" for fault in faults(tab)]
    return found


def faults(tab: Page) -> list[str]:
    """What is wrong with the page as it stands; the rule and the element, or the measure."""
    violations = AXE.run(tab, options=VIOLATIONS).response["violations"]
    found = [f"{each['id']}: {each['nodes'][0]['html']}" for each in violations]
    room = "document.scrollingElement.clientWidth - document.scrollingElement.scrollWidth"
    if (lack := tab.evaluate(room)) < 0:
        found.append(f"scrolls sideways by {-lack} px")
    if (headings := tab.locator("h1").count()) != 1:
        found.append(f"{headings} first headings")
    if not re.fullmatch(r".+ · Skydeck", tab.title()):
        found.append(f"is titled {tab.title()!r}")
    return found
