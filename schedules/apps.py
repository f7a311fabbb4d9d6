"""Schedules and what becomes of their fires."""

from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "schedules"
