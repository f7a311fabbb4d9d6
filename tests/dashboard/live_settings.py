"""The tests' settings with a live page beside the product, for the browser tests of the shell."""

from copy import deepcopy
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import TEMPLATES

ROOT_URLCONF = "tests.dashboard.live_page"
TEMPLATES = deepcopy(TEMPLATES)
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], Path(__file__).parent]  # type: ignore[misc]
WHITENOISE_USE_FINDERS = True
