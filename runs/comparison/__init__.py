"""A run beside another one; whatever upstream told of them, what is told here is bounded."""

from runs.comparison.whole import Comparison, Side, compare

__all__ = ["Comparison", "Side", "compare"]
