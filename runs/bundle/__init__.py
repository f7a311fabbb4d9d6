"""One zip of a run for whoever helps with it, made while it is sent.

It leaves the house, so less is told in it than on the page: no header values, no API key, and no
log-in or query of an address that opens something to whoever reads it. What is not in it is named
in its README.txt with the reason, and never breaks the zip.
"""

from collections.abc import Generator

from runs.bundle.case import LOG, Case
from runs.bundle.contents import Contents
from runs.bundle.zipping import zipped

__all__ = ["LOG", "Case", "stream"]


def stream(case: Case) -> Generator[bytes]:
    """The zip, bit by bit; a file is fetched when its turn comes."""
    return zipped(Contents(case).members(), case.at)
