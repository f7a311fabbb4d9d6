"""Each process has one client, made from the settings, and keeps to the shared call budget."""

import os

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from dashboard.connect import connect
from dashboard.models import TokenBucket
from dashboard.sandbox import Sandbox


def test_a_process_keeps_its_client(sandbox: Sandbox) -> None:
    assert connect() is connect()


def test_a_forked_process_does_not_use_its_parents_connections(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = connect()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert connect() is not parents


def test_another_server_or_key_has_another_client(sandbox: Sandbox, settings: Settings) -> None:
    before = connect()
    settings.SKYVERN_API_KEY = "another"
    assert connect() is not before


@pytest.mark.django_db
def test_every_call_takes_its_turn(
    sandbox: Sandbox, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connect().version()
    before = TokenBucket.objects.get().next_at
    connect().version()
    assert TokenBucket.objects.get().next_at > before
