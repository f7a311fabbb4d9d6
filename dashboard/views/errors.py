"""The page of a refusal: which permission it takes, who has it, and what the reader is."""

from django.contrib.auth.models import Permission
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.roles import ROLES


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`exception` names the permission where `dashboard.access.needs` raised it."""
    needed = str(exception)
    context = {
        "needed": described(needed),
        "roles": [f"{name}s" for name, granted in ROLES.items() if needed in granted],
        "mine": role(request),
    }
    return render(request, "403.html", context, status=403)


def described(permission: str) -> str:
    """ "runs.launch_run" → "Can launch runs"; "" for what is no permission."""
    app, _, codename = permission.partition(".")
    found = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
    return found.name if found else ""


def role(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return ""
    groups = " and ".join(request.user.groups.values_list("name", flat=True))
    return groups or ("Superuser" if request.user.is_superuser else "")
