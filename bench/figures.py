"""What many samples come to, how it is printed and kept."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path("var/bench")


@dataclass(frozen=True)
class Measured:
    """Median, 95th percentile and worst of the samples, in seconds."""

    what: str
    samples: int
    p50: float
    p95: float
    worst: float


def measured(what: str, seconds: Sequence[float]) -> Measured:
    return Measured(
        what=what,
        samples=len(seconds),
        p50=round(statistics.median(seconds), 3),
        p95=round(statistics.quantiles(seconds, n=20, method="inclusive")[-1], 3),
        worst=round(max(seconds), 3),
    )


def p95(milliseconds: Sequence[float]) -> float:
    return round(statistics.quantiles(milliseconds, n=20, method="inclusive")[-1], 1)


def keep(name: str, found: object) -> None:
    """As JSON, beside those of other benches."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1))


def report(name: str, title: str, rows: Sequence[Measured], **others: float) -> None:
    """Print a table and keep it, with the other figures, as JSON."""
    keep(name, {"seconds": [asdict(row) for row in rows], **others})
    print(f"\n{title + ', seconds':<44}{'samples':>8}{'p50':>8}{'p95':>8}{'worst':>8}")
    for row in rows:
        print(f"  {row.what:<42}{row.samples:>8}{row.p50:>8.2f}{row.p95:>8.2f}{row.worst:>8.2f}")
    for what, figure in others.items():
        print(f"  {what.replace('_', ' ')}: {figure:g}")
