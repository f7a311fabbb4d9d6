"""What may not stand in a log."""

import logging
import re

SECRET_ADDRESS = re.compile(r"(/(?:shared|calendar)/.{6})[^\s/?]+")
"""Whoever reads the rest of it opens what it opens."""


class ShortAddresses(logging.Filter):
    """Django logs the path of what it answers with an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                SECRET_ADDRESS.sub(r"\1…", each) if isinstance(each, str) else each
                for each in record.args
            )
        return True
