"""One command of the containers, run here as it is there."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ("DJANGO_", "SKY", "DATABASE_", "BROKER_", "ALLOWED_", "HOST", "PORT")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
BIN = Path(sys.executable).parent


def run(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """To its end; `words` are found in the virtual environment, as in the container."""
    return subprocess.run(
        words,
        cwd=ROOT,
        env={**CLEAN, **environment, "PATH": f"{BIN}:{CLEAN['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


class Program:
    """A context: SIGTERM at its end, and its output in `log`."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.words, self.environment = words, environment
        self.log = folder / f"{words[0]}.log"

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.words,
                cwd=ROOT,
                env={**CLEAN, **self.environment, "PATH": f"{BIN}:{CLEAN['PATH']}"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=60)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not ready():
            said = self.log.read_text()[-3000:]
            assert self.process.poll() is None, f"{self.words} ended: {said}"
            assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s: {said}"
            time.sleep(0.2)

    def wait_for_port(self, port: int) -> None:
        def open_() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        self.wait_for(f"port {port}", open_)
