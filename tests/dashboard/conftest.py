"""How fresh the mirror is when the overview is looked at."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.utils import timezone

from dashboard.models import Feed
from tests.dashboard.overview import NOW


@pytest.fixture
def read(db: None) -> None:
    """Skyvern has answered a moment ago."""
    Feed.objects.create(name="newest", succeeded_at=timezone.now())


@pytest.fixture
def noon(db: None) -> Iterator[datetime]:
    """It is NOW, and Skyvern has just answered."""
    with time_machine.travel(NOW, tick=False):
        Feed.objects.create(name="newest", succeeded_at=NOW)
        yield NOW
