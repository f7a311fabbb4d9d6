"""A group of programs that live and die together: who dies is started again, a signal ends all."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

STOP_SECONDS = 8.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Runs in the child before its program: Linux ends it even if the group itself is killed -9."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def say(text: str) -> None:
    """On stderr, as `dev` itself does: stdout is for what others may read."""
    print(f"dev: {text}", file=sys.stderr, flush=True)


@dataclass
class Program:
    """One program of the group, in a session of its own so that Ctrl-C reaches only the group."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    quick_deaths: int = 0
    _due_at: float = field(default=0.0, repr=False)

    def keep_up(self, now: float) -> None:
        """Start it if it does not run; after quick deaths only after a pause of up to 10 s."""
        if self.process is not None and (code := self.process.poll()) is not None:
            self.quick_deaths = self.quick_deaths + 1 if now - self.started_at < 5 else 0
            self._due_at = now + min(10.0, 0.5 * self.quick_deaths**2)
            self.signal(signal.SIGKILL)  # what it started is not left behind
            self.process = None
            say(f"{self.name} ended ({how(code)}); starting it again")
        if self.process is None and now >= self._due_at:
            self.started_at = now
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 (the group has one thread)
            )

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


def how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"


class Group:
    def __init__(self, programs: Sequence[Program]) -> None:
        self.programs = programs
        self.stopping = threading.Event()

    def run(self, each_turn: Callable[[], None]) -> None:
        """Until SIGINT, SIGTERM or SIGHUP; `each_turn` is called about five times a second."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            numbers.append(signal.SIGHUP)
        for number in numbers:
            signal.signal(number, lambda *_: self.stopping.set())
        try:
            while not self.stopping.is_set():
                for program in self.programs:
                    program.keep_up(time.monotonic())
                each_turn()
                self.stopping.wait(0.2)
        finally:
            say("stopping")
            self.stop()

    def stop(self) -> None:
        """SIGTERM to all at once, SIGKILL to what is still there after STOP_SECONDS."""
        for program in self.programs:
            program.signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        for program in self.programs:
            if program.process is None:
                continue
            try:
                program.process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                say(f"{program.name} did not end by itself; killing it")
            program.signal(signal.SIGKILL)
            program.process.wait()
