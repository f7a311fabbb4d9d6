"""What an agent asks for, and the strict form that asks a person for it."""

from runs.parameters.definitions import ABSENT, Parameter, clean, read
from runs.parameters.form import ParametersForm
from runs.parameters.parsers import http_url
from runs.parameters.picker import Picker

__all__ = ["ABSENT", "Parameter", "ParametersForm", "Picker", "clean", "http_url", "read"]
