"""The tags to add to a run, as a person types them, and the one to take away."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError

from runs import labels


class TagForm(forms.Form):
    """`add` gives a list of labels."""

    add = forms.CharField(label="Tags", required=False, max_length=5000)
    remove = forms.CharField(required=False, max_length=labels.LONGEST)

    def clean_add(self) -> list[str]:
        try:
            return [labels.parsed(label).label for label in labels.split(self.cleaned_data["add"])]
        except ValueError as exc:
            raise ValidationError(str(exc), code="label") from exc

    def clean(self) -> None:
        if not self.errors and not any(self.cleaned_data.values()):
            self.add_error("add", "Write “key:value” or a value.")
