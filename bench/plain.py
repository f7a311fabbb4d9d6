"""What the runs table is compared with: Django's own changelist, as it comes, over the same rows.

As a settings module it serves the product and, beside it, a plain admin under `/plain/`, and under
`/bare/` one that can filter by nothing but the phase.
"""

from __future__ import annotations

from dashboard.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain_urls"
