"""Who guesses passwords is made to wait: by account and address, by address, and by account."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest


class Guard(AxesDatabaseHandler):  # type: ignore[misc]  # the library has no types
    """As django-axes, with a limit of its own for each of AXES_LOCKOUT_PARAMETERS."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The wrong tries that count, scaled so that AXES_FAILURE_LIMIT is always the limit."""
        limit: int = settings.AXES_FAILURE_LIMIT
        tries = (
            found.aggregate(n=Sum("failures_since_start"))["n"] or 0
            for found in self.get_user_attempts(request, credentials)
        )
        allowed = settings.GUESSES_ALLOWED
        return max(limit * n // most for n, most in zip(tries, allowed, strict=True))

    def reset_user_attempts(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> int:
        """After a success: only what this person mistyped here, or whoever has an account of
        their own could guess at all others for ever."""
        mine, *_ = self.filter_user_attempts(request, credentials)
        count: int = mine.delete()[0]
        return count
