"""The machine behind the routes: the world, its clock, and what each run is doing."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from dashboard.sandbox import clockwork
from dashboard.sandbox.clockwork import Attempt, Progress, Timing
from dashboard.sandbox.plan import attempts
from dashboard.sandbox.plays import SETUP_FAILURES, plays_of
from dashboard.sandbox.state import Run, Workflow, World, identifier
from dashboard.sandbox.tagging import of_metadata

type Json = dict[str, Any]
type Clock = Callable[[], datetime]
type Send = Callable[[str, Mapping[str, str], bytes], int]
"""Delivers a webhook (url, headers, body); the target's status, 0 if nobody answers."""

utc_now: Clock = partial(datetime.now, UTC)


class Engine:
    """Not thread-safe by itself: `Sandbox` holds its lock around every use."""

    def __init__(
        self, world: World, *, api_key: str, base_url: str, clock: Clock, speed: float, send: Send
    ) -> None:
        self.world = world
        self.send = send
        self.api_key = api_key
        self.base_url = base_url.rstrip("/")
        self.clock = clock
        self.speed = speed
        self.is_old = False
        """Whether to answer as 1.0.50 would."""
        self.quiet: dict[str, tuple[datetime, datetime]] = {}
        """Schedule id → its `modified_at` and until when it cannot fire."""
        self._numbers: dict[int, str] = {}
        self._laid_out: dict[str, tuple[datetime | None, list[Attempt]]] = {}

    def now(self) -> datetime:
        return self.clock().astimezone(UTC) + timedelta(seconds=self.world.advanced)

    def run_numbered(self, number: int) -> Run | None:
        if number not in self._numbers:
            self._numbers = {run.number: run.run_id for run in self.world.runs.values()}
        run_id = self._numbers.get(number)
        return self.world.runs[run_id] if run_id else None

    def timing(self, run: Run) -> Timing:
        workflow = self.world.version_of(run)
        minutes = run.request.get("max_elapsed_time_minutes")
        policy = workflow.definition.get("retry_policy") or {}
        return Timing(
            speed=self.speed,
            max_minutes=minutes or workflow.settings.get("max_elapsed_time_minutes"),
            retry_delay=float(policy.get("delay_seconds") or 0),
        )

    def progress(self, run: Run, now: datetime | None = None) -> Progress:
        """Where the run stands, by default now."""
        timing = self.timing(run)
        known = self._laid_out.get(run.run_id)
        if known is None or known[0] != run.resumed_at:
            known = (run.resumed_at, self._lay_out(run, timing))
            self._laid_out[run.run_id] = known
        return clockwork.progress(run, known[1], timing, now or self.now())

    def _lay_out(self, run: Run, timing: Timing) -> list[Attempt]:
        if run.setup_failure is not None:
            return []
        workflow = self.world.version_of(run)
        plays = plays_of(workflow.title, run.mishap)
        return clockwork.lay_out(run, attempts(workflow.definition, run.parameters, plays), timing)

    def start(self, workflow: Workflow, parameters: Json, **facts: Any) -> Run:
        """Make a run of it, with the defaults of what is not given; `facts` are Run's fields."""
        number = self.world.next_number()
        defaults = {p["key"]: p["default_value"] for p in workflow.parameters}
        at = facts.setdefault("created_at", self.now())
        facts.setdefault("tags", of_metadata(facts.get("request", {}).get("run_metadata"), at))
        run = Run(
            number=number,
            run_id=facts.pop("run_id", None) or f"wr_{identifier(number)}",
            wpid=workflow.wpid,
            workflow_id=workflow.workflow_id,
            parameters={**defaults, **parameters},
            setup_failure=SETUP_FAILURES.get(workflow.title),
            **facts,
        )
        self.world.runs[run.run_id] = run
        return run
