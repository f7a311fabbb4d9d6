"""The roles, as Django groups: each may what the one before may, and more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

if TYPE_CHECKING:
    from django.apps.registry import Apps
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
    "dashboard.own_alerts",
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


def let(apps: Apps, permission: str, *roles: str) -> None:
    """Give roles a permission that is new in a migration, and nothing else: what more they may is
    as their organization has left it. `apps` is the migration's own."""
    app_label, codename = permission.split(".")
    # Permissions are normally made after all migrations have run; the groups need it now.
    create_permissions(installed.get_app_config(app_label), verbosity=0, apps=apps)
    new = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label=app_label, codename=codename
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=roles):
        group.permissions.add(new)
