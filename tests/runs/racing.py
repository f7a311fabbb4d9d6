"""A database of its own for tests whose racers are processes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def own_database(var: Path) -> dict[str, str]:
    """The environment of a process on a migrated database in the folder `var`."""
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SKYDECK_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var / 'skydeck.sqlite3'}",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, env=env, cwd=ROOT, check=True)
    return env
