"""What a person fills in to launch an agent."""

from runs.forms.launch import LaunchForm, Offers
from runs.forms.preset import PresetForm
from runs.forms.rejection import blame
from runs.forms.topics import TOPICS

__all__ = ["TOPICS", "LaunchForm", "Offers", "PresetForm", "blame"]
