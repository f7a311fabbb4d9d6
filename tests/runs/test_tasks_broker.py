"""The embedded broker hands over every message once and whole, and survives garbage."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import cast

import pytest
from kombu import Connection

import dashboard.celery  # noqa: F401  # installs the broker
from dashboard.broker import Channel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "messages"
    found.mkdir()
    return found


@pytest.fixture
def connection(folder: Path) -> Iterator[Connection]:
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder.parent / "control"),
        "polling_interval": 0.05,
    }
    with Connection("filesystem://localhost", transport_options=options) as found:
        yield found


def open_channel(connection: Connection) -> Channel:
    return cast(Channel, connection.channel())


def test_messages_come_in_order_and_once(connection: Connection, folder: Path) -> None:
    queue = connection.SimpleQueue("work")
    for number in range(3):
        queue.put({"number": number})
    assert [queue.get(timeout=10).payload["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        queue.get(timeout=0.1)
    assert list(folder.iterdir()) == []


def test_a_message_that_is_not_written_yet_is_not_there(
    connection: Connection, folder: Path
) -> None:
    (folder / "0_a.work.part").touch()
    with pytest.raises(Empty):
        open_channel(connection)._get("work")


def test_garbage_keeps_no_message_waiting(connection: Connection, folder: Path) -> None:
    channel = open_channel(connection)
    (folder / "0_a.work.msg").touch()
    (folder / "1_a.work.msg").write_text("{")
    channel._put("work", {"number": 1})
    assert channel._get("work") == {"number": 1}


def test_many_readers_get_each_message_once(connection: Connection) -> None:
    writer = open_channel(connection)
    readers = [open_channel(connection) for _ in range(4)]
    for number in range(200):
        writer._put("work", {"number": number})

    def drain(reader: Channel) -> list[int]:
        found = []
        while True:
            try:
                found.append(reader._get("work")["number"])
            except Empty:
                return found

    with ThreadPoolExecutor(4) as pool:
        found = [number for part in pool.map(drain, readers) for number in part]
    assert sorted(found) == list(range(200))
