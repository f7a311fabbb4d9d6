"""How gunicorn serves the product, under `./dev up` and in the container alike."""

import os
from pathlib import Path

try:
    from dashboard.settings import env  # a missing setting ends the master, not worker by worker

    workers = env.count("WEB_WORKERS", 2, least=1)
    _port = env.count("PORT", 8000, least=1)
except SystemExit as wrong:
    raise SystemExit(wrong.code) from None

_host = os.environ.get("HOST", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{_port}"
worker_class = "gthread"
threads = 8
# Longer than the pages' slowest poll, so that a poll never meets a connection being closed.
keepalive = 75
timeout = 60
graceful_timeout = 5
# The heartbeat file: a disk that stalls must not look like a worker that hangs.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (memory, private names)
control_socket_disable = True
