"""Django's debug page and error reports, without the API key and addresses that hold passwords."""

import re

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from dashboard.skyvern.secret import Secret


class Filter(SafeExceptionReporterFilter):
    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|DATABASE_URL|BROKER_URL",
        re.IGNORECASE,
    )


class Reporter(ExceptionReporter):
    """Django hides settings by their names; the key is also a local of frames it shows."""

    def get_traceback_html(self) -> SafeString:
        return without_key(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        return without_key(super().get_traceback_text())


def without_key(report: str) -> SafeString:
    """`report` is what Django made: escaped already where it is a page."""
    key = settings.SKYVERN_API_KEY
    masked = Secret(escape(key)).redact_text(Secret(key).redact_text(report))
    return mark_safe(masked)  # noqa: S308
