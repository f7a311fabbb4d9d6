"""The tests' settings with a live page beside the product, for the browser tests of the shell."""

from pathlib import Path
from typing import Any

from tests import settings as ours
from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.dashboard.live_page"
TEMPLATES: list[dict[str, Any]] = [
    {**ours.TEMPLATES[0], "DIRS": [*ours.TEMPLATES[0]["DIRS"], Path(__file__).parent]}
]
WHITENOISE_USE_FINDERS = True
