"""The addresses of pages, where a page has hundreds: `reverse` takes as long as a row's rest."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote

from django.urls import reverse


def address(name: str, upstream_id: str) -> str:
    """Of the page that shows the one with that id; fit to stand in an attribute."""
    before, after = _around(name)
    return f"{before}{quote(upstream_id, safe='')}{after}"


@cache
def _around(name: str) -> tuple[str, str]:
    """What an address has before and after the id."""
    before, _, after = reverse(name, args=["~"]).partition("~")
    return before, after
