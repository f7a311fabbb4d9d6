"""The servers that the contract is tried on, and runs of every kind to look at."""

from collections.abc import Iterator

import pytest

from tests.contract.observations import Runs, started_and_finished
from tests.contract.servers import Server, real, sandboxed


@pytest.fixture(
    scope="session", params=["sandbox", pytest.param("skyvern", marks=pytest.mark.skyvern)]
)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The sandbox always; the real server when `-m skyvern` asks for it, and then it must be."""
    with real() if request.param == "skyvern" else sandboxed() as opened:
        yield opened


@pytest.fixture(scope="session")
def runs(server: Server) -> Runs:
    """One finished run of each agent but the slow one."""
    return started_and_finished(server)
