"""Small pictures of screenshots: made of a file once, and in the database from then on."""

from runs.thumbnails.drawing import placeholder
from runs.thumbnails.making import MOST_BYTES, BusyError, made_before, of, prepare

__all__ = ["MOST_BYTES", "BusyError", "made_before", "of", "placeholder", "prepare"]
