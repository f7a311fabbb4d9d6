"""Draws a document as a tree that folds, and no more of it than a page can bear."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from runs.outputs import paths
from runs.outputs.document import Node
from runs.outputs.layout import written

MAX_NODES = 600
MAX_CHILDREN = 100
MAX_DEPTH = 10
FEW = 10
"""Children that are drawn with their parent even if it is folded."""
LONG_TEXT = 160
MAX_TEXT = 4_000
MAX_CHARACTERS = 200_000
LONGEST_KEY = 200


@dataclass(frozen=True)
class Address:
    """Where what is not drawn can be had: alone on a page, or as what a fold opens to."""

    page: str
    """The path is added as one more parameter."""
    part: str

    def alone(self, node: Node, start: int = 0) -> str:
        return f"{self.page}&{_query(node, start)}"

    def within(self, node: Node, start: int = 0) -> str:
        return f"{self.part}?{_query(node, start)}"


def _query(node: Node, start: int) -> str:
    return urlencode({"path": node.path} | ({"from": start} if start else {}))


class Tree:
    """Draws at most `room` nodes, however large the document; what is too much is counted.

    The outer `unfold` levels are open. Without an address what is not drawn cannot be asked for.
    """

    def __init__(self, unfold: int, address: Address | None = None, here: str = "") -> None:
        self.unfold = unfold
        self.address = address
        self.here = here
        """The path of the one that is marked."""
        self.room = MAX_NODES
        self.characters = MAX_CHARACTERS

    def whole(self, node: Node) -> SafeString:
        return self._framed(node, self._node(node, 0, is_first=True))

    def inside(self, node: Node, start: int = 0) -> SafeString:
        """The children alone, from that place on."""
        return self._framed(node, self.children(node, start, 1))

    def _framed(self, node: Node, drawn: SafeString) -> SafeString:
        return format_html('<div class="json" data-path="{}">{}</div>', node.path, drawn)

    def children(self, node: Node, start: int, depth: int) -> SafeString:
        drawn: list[tuple[SafeString]] = []
        for child in islice(node.children(start), MAX_CHILDREN):
            if drawn and self.room <= 0:
                break
            drawn.append((self._node(child, depth),))
        return format_html(
            "{}{}", format_html_join("", "{}", drawn), self._next(node, start, drawn)
        )

    def _node(self, node: Node, depth: int, *, is_first: bool = False) -> SafeString:
        """The first one stands under its name already, and its path is that of the frame."""
        self.room -= 1
        name, step = SafeString(""), SafeString("")
        if not is_first:
            name = _key(str(node.key))
            step = format_html(' data-part="{}"', paths.step(node.key, node.place))
        if node.is_branch and node.size:
            return self._branch(node, depth, name, step)
        leaf, mark = self._leaf(node), ' id="here"' if self.here and node.said == self.here else ""
        return format_html(
            '<div class="json-leaf"{}{} tabindex="-1">{}{}</div>',
            step,
            SafeString(mark),
            name,
            leaf,
        )

    def _branch(self, node: Node, depth: int, name: SafeString, step: SafeString) -> SafeString:
        is_open = depth < self.unfold
        summary = format_html(
            '<summary>{}<span class="json-size">{}</span></summary>', name, counted(node)
        )
        if self._is_left(node, depth, is_open=is_open):
            return self._folded(node, summary, step)
        return format_html(
            '<details{}{}>{}<div class="json-body">{}</div></details>',
            step,
            SafeString(" open") if is_open else "",
            summary,
            self.children(node, 0, depth + 1),
        )

    def _is_left(self, node: Node, depth: int, *, is_open: bool) -> bool:
        """Whether its children are drawn only when someone asks for them."""
        if self.room <= 0 or depth >= MAX_DEPTH or node.is_too_deep:
            return True
        return self.address is not None and not is_open and node.size > FEW

    def _folded(self, node: Node, summary: SafeString, step: SafeString) -> SafeString:
        if self.address is None or node.is_too_deep:
            return format_html(
                '<details{}>{}<div class="json-body">{}</div></details>',
                step,
                summary,
                _more(node.size),
            )
        return format_html(
            '<details{} hx-get="{}" hx-trigger="toggle once" hx-target="find .json-body">{}'
            '<div class="json-body" id="at-{}" hx-morph-skip-children>'
            '<a class="json-more" href="{}">Open {}</a></div></details>',
            step,
            self.address.within(node),
            summary,
            "-".join(map(str, node.places)),
            self.address.alone(node),
            counted(node),
        )

    def _next(self, node: Node, start: int, drawn: list[tuple[SafeString]]) -> SafeString | str:
        left = node.size - start - len(drawn)
        if left <= 0 or node.is_too_deep:
            return ""
        if self.address is None:
            return _more(left)
        return format_html(
            '<a class="json-more" href="{}" hx-get="{}" hx-target="this" hx-swap="outerHTML">'
            "Show more of the {} that are left</a>",
            self.address.alone(node, start + len(drawn)),
            self.address.within(node, start + len(drawn)),
            f"{left:,}",
        )

    # Values ------------------------------------------------------------------------------------

    def _leaf(self, node: Node) -> SafeString:
        if node.kind == "text":
            beginning, stop = node.stretch(0, LONG_TEXT + 1)
            if stop > LONG_TEXT or "\n" in beginning:
                return self._long(node)
            shown = beginning
        else:
            shown = written(node.value)[:MAX_TEXT]
        self.characters -= len(shown)
        return format_html('<span class="json-{}">{}</span>', node.kind, shown)

    def _long(self, node: Node) -> SafeString:
        shown, stop = node.stretch(0, max(LONG_TEXT, min(MAX_TEXT, self.characters)))
        self.characters -= len(shown)
        left = node.size - stop
        return format_html(
            '<details class="json-long"><summary><span class="json-text">{}…</span>'
            '<span class="json-size">{}</span></summary><pre tabindex="0">{}</pre>{}</details>',
            " ".join(shown[:LONG_TEXT].split()),
            counted(node),
            shown,
            self._rest(node, stop, left) if left > 0 else "",
        )

    def _rest(self, node: Node, stop: int, left: int) -> SafeString | str:
        if self.address is None:
            return _more(left, " characters")
        return format_html(
            '<a class="json-more" href="{}">Go on reading: {} more characters</a>',
            self.address.alone(node, stop),
            f"{left:,}",
        )


def counted(node: Node) -> str:
    """ "12 fields", "1 item", "3,400 characters"; "" for what has no parts."""
    name = {"object": "field", "array": "item", "text": "character"}.get(node.kind)
    if name is None:
        return ""
    return f"{node.size:,} {name}{'' if node.size == 1 else 's'}"


def _more(left: int, what: str = "") -> SafeString:
    return format_html('<p class="json-more">… {}{} more.</p>', f"{left:,}", what)


def _key(key: str) -> SafeString:
    return format_html('<span class="json-key"><bdi>{}</bdi></span>', key[:LONGEST_KEY])
