"""Reads the tags of many runs in one call, from servers that have tags.

Tags are an extra: what goes wrong here is logged and spoils nothing else, and the next walk through
the history reads them again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.utils import timezone

from dashboard.connect import connect
from dashboard.feeds import Lease
from dashboard.skyvern.errors import NotFound, Rejected, SkyvernError, Unsupported
from dashboard.skyvern.tags import MOST_RUNS
from runs import mirror

log = logging.getLogger(__name__)

ASKED_AGAIN = timedelta(hours=1)
"""How long a server without tags is left alone: it may be upgraded."""


def refresh(lease: Lease, run_ids: Iterable[str]) -> None:
    """Mirror their tags; no call where this feed has found that the server has none."""
    since = lease.cursor.get("without_tags")
    if since and abs(timezone.now() - datetime.fromisoformat(since)) < ASKED_AGAIN:
        return
    lease.cursor.pop("without_tags", None)
    if not read(run_ids, lease.call):
        lease.cursor["without_tags"] = timezone.now().isoformat()


def read(run_ids: Iterable[str], call: Callable[..., Any]) -> bool:
    """Mirror their tags; False if the server has no such thing."""
    askable = [run_id for run_id in run_ids if run_id.startswith("wr_") and "," not in run_id]
    for chunk in batched(askable, MOST_RUNS):
        try:
            found = call(connect().tags_of_runs, chunk)
        except (NotFound, Rejected, Unsupported):
            return False
        except SkyvernError as exc:
            log.warning("tags of %d runs were not read: %s", len(chunk), exc.message)
            break
        mirror.save_tags({run_id: [tag.label for tag in found.get(run_id, [])] for run_id in chunk})
    return True
