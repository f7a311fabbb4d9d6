"""The command line of `./dev skyvern [start|stop|status|install]`."""

import os
import sys

from ops.group import say
from ops.skyvern import server
from ops.skyvern.install import install
from ops.skyvern.place import Place
from ops.skyvern.seed import seed


def start(place: Place) -> None:
    install(place)
    server.start(place)
    agents = seed(place.url, place.api_key(), place.site)
    say(f"Skyvern runs on {place.url} with {len(agents)} agents; `./dev skyvern stop` ends it")
    print(f"export SKYVERN_BASE_URL={place.url}\nexport SKYVERN_API_KEY={place.api_key()}")


def status(place: Place) -> None:
    pid = server.running(place, "server")
    if not pid or not server.answers(place):
        sys.exit("dev: no Skyvern server of this folder is running")
    say(f"Skyvern runs on {place.url} (pid {pid}), its sample site on {place.site}")


def main() -> None:
    commands = {"start": start, "stop": server.stop, "status": status, "install": install}
    words = sys.argv[1:] or ["start"]
    if len(words) != 1 or words[0] not in commands:
        sys.exit("dev: ./dev skyvern [start|stop|status|install]")
    os.umask(0o077)
    commands[words[0]](Place.here())


if __name__ == "__main__":
    main()
