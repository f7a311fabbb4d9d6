"""What the system says went wrong, for people to read."""

import re

NUMBER = re.compile(r"\[Errno -?\d+\] ")


def said(exc: Exception) -> str:
    """Its words without the system's number for them; the name of its kind if it has none."""
    return NUMBER.sub("", str(exc)) or type(exc).__name__
