"""The columns of the runs table: which there are, and which a person sees."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from runs.models import TableSettings


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    is_number: bool = False
    sort: str = ""


COLUMNS = {
    column.name: column
    for column in (
        Column("trigger", "Started by"),
        Column("agent", "Agent"),
        Column("person", "Launched by"),
        Column("category", "Category"),
        Column("error", "Error code"),
        Column("tags", "Tags"),
        Column("attempt", "Attempt", is_number=True),
        Column("created", "Created", sort="created"),
        Column("ended", "Ended"),
        Column("wait", "Queue wait", is_number=True),
        Column("duration", "Duration", is_number=True, sort="duration"),
    )
}
USUAL = ("trigger", "created", "duration")


def known(names: list[str]) -> list[str]:
    """Those of the names that are columns, in the table's own order."""
    return [name for name in COLUMNS if name in names]


@dataclass(frozen=True)
class Layout:
    """How one person sees the table: a URL's columns go before what they chose."""

    columns: tuple[Column, ...]
    is_dense: bool
    default_view: int | None

    @classmethod
    def of(cls, request: HttpRequest) -> Layout:
        chosen = TableSettings.objects.filter(pk=request.user.pk).first() or TableSettings()
        names = known(request.GET.get("cols", "").split(",")) or known(chosen.columns)
        return cls(
            tuple(COLUMNS[name] for name in names or USUAL), chosen.dense, chosen.default_view_id
        )

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]
