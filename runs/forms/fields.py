"""Fields of the launch form that are stricter than Django's and keep what was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from runs.parameters import http_url
from runs.parameters.parsers import integer_value

YES_NO = [("", "As the agent says"), ("true", "Yes"), ("false", "No")]


class IntegerText(forms.CharField):
    """A whole number between two bounds; refuses `1.9` and `1e3`, and keeps what was typed."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(required=False, widget=widget, **options)
        self.least, self.most = least, most

    def to_python(self, value: Any) -> Any:
        if not (text := super().to_python(value)):
            return None
        number = integer_value(text)
        if not self.least <= number <= self.most:
            raise ValidationError(f"Between {self.least} and {self.most:,}.", code="range")
        return number


class AddressField(forms.CharField):
    def __init__(self, *schemes: str, **options: Any) -> None:
        attrs = {"inputmode": "url", "autocomplete": "off", "placeholder": f"{schemes[-1]}://…"}
        super().__init__(required=False, widget=forms.TextInput(attrs), **options)
        self.schemes = schemes

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return http_url(text, self.schemes) if text else ""


def upstream_id(start: str, label: str, help_text: str) -> forms.CharField:
    shape = RegexValidator(rf"\A{start}_[\w-]+\Z", f"Such an id begins with {start}_.")
    attrs = {"placeholder": f"{start}_…", "autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        required=False,
        label=label,
        help_text=help_text,
        max_length=128,
        validators=[shape],
        widget=forms.TextInput(attrs),
    )


def shown(field: forms.Field, value: str) -> str:
    """What a person reads: a choice's label, or the text itself."""
    flat: dict[str, str] = {}
    for key, label in getattr(field, "choices", ()):
        flat |= dict(label) if isinstance(label, list) else {str(key): str(label)}
    return flat.get(value, value)
