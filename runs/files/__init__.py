"""Where the bytes of a run's file come from: they are kept here, or else Skyvern has them."""

from runs.files.copying import TooLargeError, copied, whole
from runs.files.opening import ArchivedError, opened
from runs.files.source import Source

__all__ = ["ArchivedError", "Source", "TooLargeError", "copied", "opened", "whole"]
