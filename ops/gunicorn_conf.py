"""How gunicorn serves the product, under `./dev up` and in the container alike."""

import os
from pathlib import Path

try:
    import dashboard.settings  # noqa: F401 (a missing setting ends the master, not worker by worker)
except SystemExit as wrong:
    raise SystemExit(wrong.code) from None

_host = os.environ.get("HOST", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = 8
# Longer than the pages' slowest poll, so that a poll never meets a connection being closed.
keepalive = 75
timeout = 60
graceful_timeout = 5
# The heartbeat file: a disk that stalls must not look like a worker that hangs.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (memory, private names)
control_socket_disable = True
