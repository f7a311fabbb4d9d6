"""The steps of a run as a person reads them: oldest first, loops by item, each with its time."""

from runs.timeline.folding import folded
from runs.timeline.reading import MAX_STEPS, shape
from runs.timeline.step import THEN, Step, Timeline, told

__all__ = ["MAX_STEPS", "THEN", "Step", "Timeline", "folded", "shape", "told"]
