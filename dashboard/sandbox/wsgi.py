"""The sandbox for gunicorn (`-w 1 --threads 8`: its state lives in one process)."""

from dashboard.sandbox.serve import ticking

app = ticking()
