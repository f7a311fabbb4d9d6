"""What the tests of notes and of a run's history share: a run, and the tab that shows both."""

from django.test import Client
from django.utils import timezone

from runs.models import Run
from tests.runs.conftest import Play


def looked_at(play: Play) -> Run:
    """Watched already, so that looking at it does not read it again."""
    found = play("Price feed")
    Run.objects.update(watched_at=timezone.now(), detail_due=False)
    return found


def page(client: Client, run: Run) -> str:
    answer = client.get(run.get_absolute_url(), {"tab": "notes"})
    assert answer.status_code == 200
    return answer.text
