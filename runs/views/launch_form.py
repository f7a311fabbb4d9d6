"""The launch form as a page shows it and as it comes back, with all there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from runs import choices, credentials, uploads
from runs.forms import LaunchForm, Offers
from runs.models import Workflow


def offers(workflow: Workflow) -> Offers:
    return Offers(
        credentials.choices_for(workflow.parameters),
        choices.browser_profiles(),
        choices.browser_sessions(),
    )


def fresh(
    workflow: Workflow,
    *,
    initial: Mapping[str, Any] | None = None,
    typed: Mapping[str, Any] | None = None,
) -> LaunchForm:
    return LaunchForm(
        workflow,
        initial=initial,
        typed=typed,
        offers=offers(workflow),
        uploads=uploads.possible(),
    )


def sent(request: HttpRequest, workflow: Workflow, *, keeping: bool = False) -> LaunchForm:
    """What was typed, judged; files that came along are Skyvern's already."""
    typed, wrong = uploads.taken(request, workflow)
    form = LaunchForm(
        workflow, typed, offers=offers(workflow), uploads=uploads.possible(), keeping=keeping
    )
    uploads.blame(form, wrong)
    return form
