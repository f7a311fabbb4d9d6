"""Agents and their runs."""

from django.apps import AppConfig
from django.urls import register_converter

from runs.converters import IdConverter


class RunsConfig(AppConfig):
    name = "runs"
    verbose_name = "Agents and runs"

    def ready(self) -> None:
        register_converter(IdConverter, "id")
