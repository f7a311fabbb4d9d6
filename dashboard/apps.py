"""The foundation and the shell."""

from django.apps import AppConfig

from dashboard.celery import app


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = "Mirror and activity"

    def ready(self) -> None:
        """Let `task.delay()` reach our broker from every thread, the web server's too."""
        app.set_default()
