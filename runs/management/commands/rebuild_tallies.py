"""Counts the hourly figures anew, after runs were changed or deleted in the database by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from runs.mirror import tallies


class Command(BaseCommand):
    help = "Count the hourly figures of all agents anew; the mirror keeps them up by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{tallies.rebuild()} hourly figures counted from the runs")
