"""Naming what a launch form holds, to start from it again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User

from runs.models import Preset, Workflow

TAKEN = "You have a preset of this name. Choose another name, or say that it is to be replaced."


class PresetForm(forms.Form):
    """Of one person for one agent; `preset` is the one that is shown or changed."""

    use_required_attribute = False

    name = forms.CharField(max_length=80, widget=forms.TextInput({"autocomplete": "off"}))
    shared = forms.BooleanField(
        required=False,
        label="Share it",
        help_text="Everyone who may launch sees it and can start from it.",
    )
    replace = forms.BooleanField(required=False, label="Replace the one I have")

    def __init__(
        self,
        user: User,
        workflow: Workflow,
        *,
        preset: Preset | None = None,
        data: Any = None,
        part_of: str = "",
    ) -> None:
        """`part_of` is the id of the form that its fields are sent with."""
        mine = preset is not None and preset.user_id == user.pk
        initial = {"name": preset.name, "shared": preset.shared} if preset and mine else None
        super().__init__(data, initial=initial, prefix="preset")
        self.user, self.workflow, self.preset = user, workflow, preset
        for field in self.fields.values() if part_of else ():
            field.widget.attrs["form"] = part_of

    @property
    def namesake(self) -> Preset | None:
        """Another preset of theirs that is called the same."""
        named = Preset.objects.filter(
            user=self.user, workflow=self.workflow, name=self.cleaned_data["name"]
        )
        return named.exclude(pk=self.preset.pk).first() if self.preset else named.first()

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("name") and self.namesake and not self.cleaned_data.get("replace"):
            self.add_error("name", TAKEN)
        return self.cleaned_data
