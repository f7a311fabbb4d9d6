"""What a run brought out, as a document of any size of which only a part is ever read at once."""

from runs.outputs.document import Document, Node
from runs.outputs.layout import Layout, lay_out
from runs.outputs.reading import ReplacedError

__all__ = ["Document", "Layout", "Node", "ReplacedError", "lay_out"]
