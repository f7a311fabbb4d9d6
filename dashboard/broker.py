"""The embedded broker: kombu's folder of messages, with every step one rename.

Kombu's own reader can meet a message that is not written yet, which ends the whole worker.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(  # type: ignore[override]  # kombu's two base classes name it differently
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        name = f"{time.monotonic_ns():020}_{uuid4().hex}.{queue}"
        partial = Path(self.data_folder_out, f"{name}.part")
        partial.write_text(dumps(payload))
        partial.rename(Path(self.data_folder_out, f"{name}.msg"))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in sorted(Path(self.data_folder_in).iterdir()):
            if path.name.partition(".")[2] == f"{queue}.msg":
                message = _take(path)
                if message is not None:
                    return message
        raise Empty


def _take(path: Path) -> Any:
    """The message, gone from the folder; None if another worker was faster, or it is garbage."""
    taken = path.with_suffix(".taken")
    try:
        path.rename(taken)
        message = loads(taken.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        log.warning("left out a message that cannot be read: %s", path.name)
        message = None
    taken.unlink(missing_ok=True)
    return message


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """Let `filesystem://` mean this one."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
