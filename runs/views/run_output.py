"""What a run brought out: as a tree of which the opened parts are read, searched, and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from dashboard.access import needs
from dashboard.htmx import HtmxRequest
from dashboard.templatetags.ui import shortened
from runs import mirror
from runs.models import Run
from runs.outputs import Document, Node, stored
from runs.outputs.search import Found, search
from runs.outputs.sections import is_nothing, sections
from runs.outputs.tree import MAX_CHILDREN, Address, Tree, counted

LONGEST_PATH = 3_000
LONGEST_QUERY = 200
LONGEST_SHOWN = 240
LONGEST_CRUMB = 40
MOST_CRUMBS = 8
READ_AT_ONCE = 20_000
"""Characters of a long text."""


@dataclass(frozen=True)
class Asked:
    """What the address of the tab asks for."""

    path: str
    start: int
    find: str

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """A path that is typed into the search is one to go to."""
        get = request.GET.get
        find = get("find", "").replace("\0", "").strip()[:LONGEST_PATH]
        if find.startswith("$"):
            return cls(find, 0, "")
        given = get("from", "")
        start = int(given) if given.isascii() and given.isdigit() and len(given) < 12 else 0
        return cls(get("path", "").replace("\0", "")[:LONGEST_PATH], start, find[:LONGEST_QUERY])


@dataclass(frozen=True)
class Part:
    """One part on its own: a branch with its children, or a long text; else what it is in."""

    node: Node
    crumbs: list[tuple[str, str]]
    """Names with their addresses, from the root to the parent; "" is where some are left out."""
    tree: SafeString | str = ""
    text: str = ""
    start: int = 0
    first: str = ""
    """The addresses of the text's beginning, and of what comes next; "" at its end."""
    next: str = ""

    @property
    def counted(self) -> str:
        return counted(self.node)


def document_of(run: Run) -> Document:
    """An old output is laid out when it is first looked at."""
    if (found := stored.large(run.pk)) is not None:
        return found
    value, length = stored.small(run.pk)
    if length > stored.LONG_AGO and mirror.lay_out_late(run.pk):
        return stored.large(run.pk) or Document.of(value)
    return Document.of(value)


def address_of(run: Run) -> Address:
    part = reverse("runs:run_output", args=[run.pk])
    return Address(page=f"{run.get_absolute_url()}?tab=output", part=part)


def shown(request: HttpRequest, run: Run) -> dict[str, Any]:
    """What the tab shows: all sections, one part, or what was found."""
    asked = Asked.of(request)
    return stored.settled(partial(_shown, run, asked))


def _shown(run: Run, asked: Asked) -> dict[str, Any]:
    document, address = document_of(run), address_of(run)
    context: dict[str, Any] = {
        "find": asked.find,
        "path": document.root.path,
        "is_empty": is_nothing(document.root) or not document.root.size,
    }
    if asked.find:
        within = search(document, asked.find)
        return context | {"found": within, "matches": matches(within, address)}
    if not asked.path:
        found = sections(document, address)
        return context | {"sections": found, "is_empty": not found}
    trail = document.at(asked.path)
    if trail is None:
        return context | {"lost": asked.path, "sections": sections(document, address)}
    one = part(trail, asked.start, address)
    return context | {"part": one, "path": trail[-1].path}


def matches(found: Found, address: Address) -> list[dict[str, Any]]:
    return [
        {
            "path": shortened(match.node.path, LONGEST_SHOWN),
            "url": f"{address.alone(match.node)}#here",
            "match": match,
        }
        for match in found.matches
    ]


def part(trail: list[Node], start: int, address: Address) -> Part:
    node = trail[-1]
    if node.is_branch and node.size:
        return Part(node, crumbs(trail, address), Tree(2, address).inside(node, start))
    if node.kind == "text" and (start or node.size > READ_AT_ONCE // 100):
        text, stop = node.stretch(start, READ_AT_ONCE)
        more = address.alone(node, stop) if text and stop < length(node) else ""
        first = address.alone(node)
        where = crumbs(trail, address)
        return Part(node, where, text=text, start=start, first=first, next=more)
    if len(trail) == 1:
        return Part(node, [], Tree(2, address).whole(node))
    before = node.place // MAX_CHILDREN * MAX_CHILDREN
    tree = Tree(2, address, here=node.said).inside(trail[-2], before)
    return Part(node, crumbs(trail, address), tree)


def length(node: Node) -> int:
    return node.size if node.large is None else node.large.end - node.large.start - 2


def crumbs(trail: list[Node], address: Address) -> list[tuple[str, str]]:
    found = [
        (shortened(str(node.key), LONGEST_CRUMB) if node.places else "All", address.alone(node))
        for node in trail[:-1]
    ]
    if len(found) > MOST_CRUMBS:
        found[2 : len(found) - MOST_CRUMBS + 3] = [("…", "")]
    return found


@needs("runs.view_run")
@require_safe
def run_output(request: HtmxRequest, run_id: str) -> HttpResponse:
    """`?path=&from=`: the children of that part, for the fold that was opened."""
    run = run_of(run_id)
    asked = Asked.of(request)
    if not request.htmx:
        query = urlencode({"tab": "output", "path": asked.path or "$", "from": str(asked.start)})
        return redirect(f"{run.get_absolute_url()}?{query}")
    return HttpResponse(stored.settled(partial(_inside, run, asked)))


def _inside(run: Run, asked: Asked) -> SafeString:
    trail = document_of(run).at(asked.path)
    if trail is None:
        raise Http404("no such part")
    return Tree(1, address_of(run)).inside(trail[-1], asked.start)


def run_of(run_id: str) -> Run:
    run = Run.objects.filter(pk=run_id).only("run_id").first()
    if run is None:
        raise Http404("no such run")
    return run
