"""The Skyvern API as typed Python: no Django, no state of ours."""

from dashboard.skyvern import errors, schema
from dashboard.skyvern.client import Skyvern
from dashboard.skyvern.transport import ArtifactStream

__all__ = ["ArtifactStream", "Skyvern", "errors", "schema"]
