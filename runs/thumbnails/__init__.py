"""Small pictures of screenshots: made of a file once, and in the database from then on."""

from runs.thumbnails.drawing import placeholder
from runs.thumbnails.making import BusyError, made_before, of

__all__ = ["BusyError", "made_before", "of", "placeholder"]
