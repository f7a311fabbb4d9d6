"""Who may do what: the check in front of a view, which says what is missing when it refuses."""

from collections.abc import Callable

from django.contrib.auth.decorators import user_passes_test
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase

type View = Callable[..., HttpResponseBase]


def needs(permission: str) -> Callable[[View], View]:
    """`@needs("runs.launch_run")`: others are told so by the 403 page."""

    def check(user: User | AnonymousUser) -> bool:
        if not user.has_perm(permission):
            raise PermissionDenied(permission)
        return True

    return user_passes_test(check)
