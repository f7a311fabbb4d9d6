"""The roles, as Django groups: each may what the one before may, and more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import Group, Permission

VIEW = (
    "runs.view_run",
    "runs.view_workflow",
    "schedules.view_schedule",
)
ANNOTATE = ("runs.add_note", "runs.triage_failure")
SHARE = ("runs.share_run",)
OPERATE = ("runs.launch_run", "runs.cancel_run", "runs.retry_run")
OWN_SCHEDULES = (
    "schedules.add_schedule",
    "schedules.change_schedule",
    "schedules.delete_schedule",
    "dashboard.view_activity",
)

ROLES: dict[str, tuple[str, ...]] = {
    "Support": VIEW + ANNOTATE + SHARE,
    "Operator": VIEW + ANNOTATE + SHARE + OPERATE,
    "Team admin": VIEW + ANNOTATE + SHARE + OPERATE + OWN_SCHEDULES,
}


def make_roles(groups: type[Group], permissions: type[Permission]) -> None:
    """Make the groups that are missing and give each what it may; takes nothing away.

    The models are given, so that a migration can give those of its own moment. A permission that
    is younger than that moment is left to the migration that brings it.
    """
    for role, names in ROLES.items():
        group, _ = groups.objects.get_or_create(name=role)
        for name in names:
            app_label, codename = name.split(".")
            found = permissions.objects.filter(content_type__app_label=app_label, codename=codename)
            group.permissions.add(*found)
