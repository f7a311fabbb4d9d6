"""What the tests of share links have in common: links, where they lead, and what is seen there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from runs import sharing
from runs.models import Artifact, Run, Share

WEEK = timedelta(days=7)
HTMX = {"HX-Request": "true"}


def shared(run: Run, user: User | None = None, **more: Any) -> Share:
    columns = {"expires_at": timezone.now() + WEEK, **more}
    return Share.objects.create(run=run, user=user, **columns)


def url(share: Share) -> str:
    return reverse("runs:shared", args=[sharing.token(share)])


def file_url(share: Share, artifact: Artifact) -> str:
    return reverse("runs:shared_file", args=[sharing.token(share), artifact.pk])


def make_url(run: Run) -> str:
    return reverse("runs:run_share", args=[run.pk])


def revoke_url(share: Share) -> str:
    return reverse("runs:share_revoke", args=[share.run_id, share.pk])


def opened(share: Share, **query: str) -> str:
    """What a person without an account sees."""
    answer = Client().get(url(share), query)
    assert answer.status_code == 200
    return answer.text


def card(client: Client, run: Run) -> str:
    html: str = client.get(run.get_absolute_url(), {"tab": "notes"}).text
    _, _, rest = html.partition('id="share"')
    return rest.partition('aria-labelledby="annals-title"')[0]
