"""What all rows of a batch share: parameters without a column, options, how many run together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from runs.forms import TOPICS, LaunchForm, Offers
from runs.forms.fields import IntegerText
from runs.forms.topics import Topic
from runs.models import Workflow
from runs.parameters import Parameter

AT_ONCE = 2
MOST_AT_ONCE = 20
NOT_FOR_MANY = (
    *("browser_session_id", "browser_address", "totp_identifier", "totp_url"),
    *("cdp_connect_headers", "extra_http_headers"),
)
"""One browser cannot serve many runs, and what may be a secret must not wait in the database."""
SHARED_TOPICS = tuple(
    Topic(topic.title, names)
    for topic in TOPICS
    if (names := tuple(name for name in topic.names if name not in NOT_FOR_MANY))
)


class BatchForm(LaunchForm):
    """A launch form without the parameters that have a column, and without secrets."""

    offered = SHARED_TOPICS
    at_once = IntegerText(
        1,
        MOST_AT_ONCE,
        label="Runs at most together",
        help_text=f"1 to {MOST_AT_ONCE}. The next one starts when one of them has ended.",
    )

    def __init__(
        self,
        workflow: Workflow,
        data: Mapping[str, Any] | None = None,
        columns: Collection[str] = (),
        credentials: Sequence[tuple[str, str]] | None = None,
    ) -> None:
        """`columns` are the keys of the parameters that each row has a value of its own for."""
        super().__init__(workflow, data, offers=Offers(credentials))
        self.initial["at_once"] = AT_ONCE
        for name in [name for name, found in self.parameters.items() if found.key in columns]:
            del self.parameters[name]
            del self.fields[name]
            self.fields.pop(f"{name}-empty", None)
        for name in NOT_FOR_MANY:
            del self.fields[name]

    def clean_at_once(self) -> int:
        given: int | None = self.cleaned_data["at_once"]
        return AT_ONCE if given is None else given

    def options(self) -> dict[str, Any]:
        """What the bodies of all launches share; the parameters are each row's own."""
        body = self.request().body()
        return {name: body[name] for name in body if name not in ("workflow_id", "parameters")}

    @property
    def lacking(self) -> list[Parameter]:
        """What must be given and has no column."""
        return [found for found in self.parameters.values() if found.is_required]

    @property
    def shared_wrong(self) -> bool:
        return any(name in self.errors for name in self.parameters)

    @property
    def said(self) -> list[str]:
        """What differs from the default: "Proxy location: Germany"."""
        return [topic["summary"] for topic in self.topics if topic["summary"]]

    def _follow(self, data: Mapping[str, Any], prefix: str) -> Mapping[str, Any]:
        """A parameter that had a column until now begins with its default, not with nothing."""
        found = dict(super()._follow(data, prefix))
        for name, parameter in self.parameters.items():
            found.setdefault(name, parameter.default_text)
        return found
