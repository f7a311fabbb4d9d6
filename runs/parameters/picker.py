"""A text field that offers what Skyvern has, by name; any other text can be typed, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms


class Picker(forms.TextInput):
    """`offers` are (value, name) pairs; a name that is typed out counts as its value."""

    template_name = "agents/_picker.html"

    def __init__(self, offers: Sequence[tuple[str, str]], attrs: dict[str, Any]) -> None:
        super().__init__({"spellcheck": "false", **attrs})
        self.offers = offers

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        widget["attrs"]["list"] = f"{widget['attrs'].get('id', name)}_list"
        widget["offers"] = self.offers
        widget["picked"] = dict(self.offers).get(str(value), "")
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        called = str(typed or "").strip()
        named = [value for value, label in self.offers if called and label == called]
        return named[0] if len(named) == 1 else typed
