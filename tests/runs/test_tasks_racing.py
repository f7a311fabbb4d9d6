"""Several workers at once, as processes of their own on one database."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(var: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SKYDECK_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var / 'skydeck.sqlite3'}",
    }


def test_of_many_workers_one_holds_the_lease_and_all_their_answers_are_one_run(
    tmp_path: Path,
) -> None:
    env = environment(tmp_path)
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, env=env, cwd=ROOT, check=True)
    start = str(time.time() + 4)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.runs.racing_worker", start, str(seed)],
            env=env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(4)
    ]
    said = [worker.communicate(timeout=60)[0].strip() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4
    assert sorted(said) == ["held", "refused", "refused", "refused"]
    with sqlite3.connect(tmp_path / "skydeck.sqlite3") as database:
        rows = database.execute("SELECT run_id, status, attempt FROM runs_run").fetchall()
    database.close()
    assert rows == [("wr_1", "completed", 3)]
