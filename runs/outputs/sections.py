"""An output part by part, as the page of a run shows it first."""

from __future__ import annotations

from itertools import islice

from django.utils.safestring import SafeString

from dashboard.templatetags.ui import shortened
from runs.outputs.document import Document, Node
from runs.outputs.tree import MAX_CHILDREN, Address, Tree

EXTRACTED = "extracted_information"
LONGEST_NAME = 120
MOST_AT_FIRST, LEAST_ROOM = 300, 30
"""Nodes of all sections together, and of each however many there are."""


type Section = tuple[str, str, SafeString]
"""Its name, its path, and the tree."""


def sections(document: Document, address: Address | None = None) -> list[Section]:
    """What was extracted first, then the output of each block; empty ones are left out."""
    root, tree = document.root, Tree(2, address)
    found: list[Section] = []
    if root.kind != "object":
        return (
            [("Output", root.path, tree.whole(root))] if root.size and not is_nothing(root) else []
        )
    children = [child for child in islice(root.children(), MAX_CHILDREN) if not is_nothing(child)]
    children.sort(key=lambda child: child.key != EXTRACTED)
    for child in children:  # each has a fair share of what a page can bear
        tree.room = max(LEAST_ROOM, MOST_AT_FIRST // len(children))
        found.append((title(child), child.path, tree.whole(child)))
    if root.size > MAX_CHILDREN:
        more = tree.inside(root, MAX_CHILDREN)
        found.append((f"{root.size - MAX_CHILDREN:,} more", root.path, more))
    return found


def is_nothing(node: Node) -> bool:
    """Nothing was extracted; or the block has told nothing at all."""
    if node.large is not None:
        return False
    return node.value is None or (node.key == EXTRACTED and not node.value)


def title(node: Node) -> str:
    name = str(node.key)
    if name == EXTRACTED:
        return "Extracted information"
    return shortened(name.removesuffix("_output"), LONGEST_NAME)
