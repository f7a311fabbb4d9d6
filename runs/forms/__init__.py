"""What a person fills in to launch an agent."""

from runs.forms.launch import TOPICS, LaunchForm
from runs.forms.rejection import blame

__all__ = ["TOPICS", "LaunchForm", "blame"]
