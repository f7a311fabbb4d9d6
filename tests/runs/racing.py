"""A database of its own for tests whose racers are processes."""

import os
from pathlib import Path

from tests import migrated

ROOT = Path(__file__).parents[2]


def own_database(var: Path) -> dict[str, str]:
    """The environment of a process on a migrated database in the folder `var`."""
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SKYDECK_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var / migrated.NAME}",
    }
    migrated.lay_out(var)
    return env
