"""The tags of a run."""

from datetime import datetime

from dashboard.skyvern.schema.base import Upstream

RESERVED = "skyvern."


class Tag(Upstream, frozen=True, kw_only=True):
    """A value, alone or of a key; a run has one value of a key at a time."""

    value: str
    key: str | None = None
    source: str | None = None
    set_at: datetime | None = None

    @property
    def label(self) -> str:
        """ "key:value", or the value alone."""
        return f"{self.key}:{self.value}" if self.key else self.value

    @property
    def is_system(self) -> bool:
        """Whether Skyvern set it itself: nobody else may write such keys."""
        return (self.key or "").startswith(RESERVED)
