"""Static files as the web server gives them out: collected, named by their hash, compressed."""

import fcntl
import hashlib

from ops.group import say


def collect() -> None:
    """Do that if any of them changed since the last time; Django must be set up.

    Raises OSError if they cannot be read or written.
    """
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    state = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            with storage.open(path) as file:
                state.update(path.encode() + hashlib.file_digest(file, "sha256").digest())
    root = settings.STATIC_ROOT
    root.mkdir(parents=True, exist_ok=True)
    manifest = root / "staticfiles.json"
    with root.with_name("static.collected").open("a+") as stamp:
        fcntl.flock(stamp, fcntl.LOCK_EX)  # another instance of this checkout may be starting
        stamp.seek(0)
        if manifest.exists() and stamp.read() == state.hexdigest():
            return
        say("collecting static files")
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.truncate(0)
        stamp.write(state.hexdigest())
