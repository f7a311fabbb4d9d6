"""What happened before the sandbox was started: agents, schedules and a week of runs."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from dashboard.sandbox import workflows
from dashboard.sandbox.agents import AGENTS
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.firing import fire_due
from dashboard.sandbox.plays import MISHAPS, ODD_TITLE
from dashboard.sandbox.state import Run, Schedule, Tag, Workflow
from dashboard.sandbox.tagging import manual

type Json = dict[str, Any]

SEED = 1056
DAYS = 7
MISHAP_SHARE = 0.18
WEIGHTS = {
    "Invoice download": 26,
    "Every parameter type": 12,
    "Credential check": 8,
    "Slow crawl": 5,
    "Approve a refund": 5,
    "Stock watch": 12,
    "Price feed": 16,
    "Loop over pages": 10,
    "Times out": 3,
    "Retries itself": 6,
    "Fails in setup": 3,
    ODD_TITLE: 3,
}
TAGGED: dict[str, list[tuple[int, str | None, str]]] = {
    "Invoice download": [(2, "customer", "acme"), (3, "customer", "globex"), (5, None, "vip")],
    "Every parameter type": [(3, None, "vip"), (4, "team", "ops")],
    "Loop over pages": [(2, "team", "ops")],
}
"""Title → every how many of its runs has which tag; all of these agents' have a batch."""
CUSTOMERS = ("Aalto Oy", "Brandt & Söhne", "Casa Verde", "Dvořák s.r.o.", "Ellis & Co")
SCHEDULES: list[Json] = [
    {"title": "Price feed", "name": "Prices, every four hours", "cron_expression": "15 */4 * * *"},
    {
        "title": "Invoice download",
        "name": "Invoices on weekdays",
        "cron_expression": "30 6 * * 1-5",
        "timezone": "Europe/Berlin",
    },
    {
        "title": "Stock watch",
        "name": "Stock, New York morning (paused)",
        "cron_expression": "0 9 * * *",
        "timezone": "America/New_York",
        "enabled": False,
    },
    {"title": "Loop over pages", "name": "Shops, every eight hours", "interval_seconds": 28_800},
]


def settle_in(engine: Engine, past_runs: int) -> None:
    """Make the agents and schedules, then as many past runs; the same ones for the same clock."""
    now = engine.now()
    made = {given["title"]: workflows.add(engine, given) for given in AGENTS}
    since = now - timedelta(days=DAYS)
    for place, workflow in enumerate(made.values()):
        workflow.created_at = workflow.modified_at = since - timedelta(days=40 - place)
    for given in SCHEDULES:
        _schedule(engine, made, given, since if past_runs else now)
    _one_time(engine, made["Every parameter type"], now)
    if past_runs:
        fire_due(engine)
        _past_runs(engine, made, past_runs, now)


def _schedule(engine: Engine, made: dict[str, Workflow], given: Json, since: datetime) -> None:
    interval = given.get("interval_seconds")
    first = since.replace(microsecond=0) + timedelta(hours=1) if interval else None
    schedule = Schedule(
        schedule_id=engine.world.next_id("wfs"),
        wpid=made[given["title"]].wpid,
        name=given["name"],
        cron_expression=given.get("cron_expression"),
        interval_seconds=interval,
        first_fire_at=first,
        timezone=given.get("timezone", "UTC"),
        enabled=given.get("enabled", True),
        created_at=since,
        modified_at=since,
        polled_until=since,
    )
    engine.world.schedules[schedule.schedule_id] = schedule


def _one_time(engine: Engine, workflow: Workflow, now: datetime) -> None:
    schedule = Schedule(
        schedule_id=engine.world.next_id("wfs"),
        wpid=workflow.wpid,
        name="Order for the trade fair",
        run_at=now.replace(microsecond=0, second=0) + timedelta(days=2),
        dispatch_status="pending",
        timezone="Europe/Vienna",
        enabled=True,
        parameters={"customer": "Messe Wien"},
        created_at=now - timedelta(days=1),
        modified_at=now - timedelta(days=1),
        polled_until=now,
    )
    engine.world.schedules[schedule.schedule_id] = schedule


def _past_runs(engine: Engine, made: dict[str, Workflow], count: int, now: datetime) -> None:
    dice = Random(SEED)  # noqa: S311  # a fixed seed, nothing secret
    titles = dice.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count)
    ages = sorted((dice.uniform(600, DAYS * 86_400) for _ in titles), reverse=True)
    for title, age in zip(titles, ages, strict=True):
        _past_run(engine, made[title], now - timedelta(seconds=age), dice)


def _past_run(engine: Engine, workflow: Workflow, created: datetime, dice: Random) -> None:
    title = workflow.title
    parameters: Json = {}
    if title == "Every parameter type":
        parameters = {"customer": dice.choice(CUSTOMERS), "quantity": dice.randint(1, 40)}
    run = engine.start(workflow, parameters, created_at=created, request={})
    run.tags = _tags(title, run)
    if title in MISHAPS and dice.random() < MISHAP_SHARE:
        run.mishap = dice.choice(sorted(MISHAPS[title]))
    if title == "Slow crawl" and dice.random() < 0.5:
        run.canceled_at = created + timedelta(seconds=40)
    if title == "Approve a refund":
        run.resumed_at = created + timedelta(minutes=dice.randint(1, 9))


def _tags(title: str, run: Run) -> list[Tag]:
    if title not in TAGGED:
        return []
    found: dict[str, tuple[str | None, str]] = {"batch": ("batch", f"{run.created_at:%Y-%m}")}
    for each, key, value in TAGGED[title]:
        if run.number % each == 0:
            found.setdefault(key or value, (key, value))
    return [manual(key, value, run.created_at) for key, value in found.values()]
