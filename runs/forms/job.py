"""What is asked before runs get other tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from runs import labels


class LabelsField(forms.CharField):
    """Tags parted by commas → their labels."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            required=False,
            max_length=2000,
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            **more,
        )

    def clean(self, value: Any) -> list[str]:
        found = labels.split(super().clean(value))
        try:
            for label in found:
                labels.parsed(label)
        except ValueError as exc:
            raise ValidationError(str(exc)) from exc
        if len(found) > labels.MOST:
            raise ValidationError(f"A run has {labels.MOST} tags at most.")
        return found


class TagForm(forms.Form):
    add = LabelsField(
        label="Add", help_text="“key:value” or a value, parted by commas: team:sales, checked"
    )
    remove = LabelsField(label="Remove", help_text="As they are written on the runs.")

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.errors and not given["add"] and not given["remove"]:
            raise ValidationError("Name at least one tag to add or to remove.")
        both = sorted({*given.get("add", ())} & {*given.get("remove", ())})
        if both:
            self.add_error("remove", f"To add as well: {', '.join(both)}.")
        return given
