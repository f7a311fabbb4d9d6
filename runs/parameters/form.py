"""A Django form built from parameter definitions; launches and schedules share it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator

from runs.parameters.definitions import ABSENT, Parameter, read
from runs.parameters.picker import Picker

TYPE_NAMES = {
    "string": "text",
    "integer": "whole number",
    "float": "number",
    "boolean": "true or false",
    "json": "JSON",
    "file_url": "address of a file",
    "credential_id": "credential",
}
_CONTROLS: dict[str, tuple[type[forms.Widget], dict[str, Any]]] = {
    "integer": (forms.TextInput, {"inputmode": "numeric"}),
    "float": (forms.TextInput, {"inputmode": "decimal"}),
    "file_url": (forms.TextInput, {"inputmode": "url", "placeholder": "https://…"}),
    "credential_id": (forms.TextInput, {"placeholder": "cred_…"}),
    "json": (
        forms.Textarea,
        {"rows": 3, "class": "mono grows", "spellcheck": "false", "data-json": True},
    ),
}
MOVED = "The agent's parameters changed while this form was open. Look through them and send again."


class ParameterField(forms.Field):
    """One parameter; its key and description are upstream's text and only ever shown escaped."""

    def __init__(
        self, parameter: Parameter, widget: forms.Widget, initial: str, *, uploads: bool | None
    ) -> None:
        super().__init__(
            required=False,
            label=parameter.key,
            help_text=_kind(parameter),
            widget=widget,
            initial=initial,
            template_name="agents/_parameter.html",
        )
        self.parameter = parameter
        self.uploads = uploads if parameter.type == "file_url" else None

    def clean(self, value: str | None) -> Any:
        return self.parameter.parse(value)


class ParametersForm(forms.Form):
    """One field per definition, named by position (`p0`, `p1`, …) so that no key can clash.

    `initial` and `values()` go by parameter key, `typed` is what a browser sent earlier, by field
    name. `credentials` are (id, name) pairs to choose from; without them an id is typed.
    `uploads` tells whether Skyvern takes files; None offers none. A template renders
    `hidden_fields` too: they tell which keys the positions stood for, should the agent change
    while the form is open.
    """

    use_required_attribute = False

    def __init__(
        self,
        definitions: Any,
        data: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
        prefix: str = "p",
        credentials: Sequence[tuple[str, str]] | None = None,
        *,
        typed: Mapping[str, Any] | None = None,
        uploads: bool | None = None,
    ) -> None:
        self.parameters = {f"{prefix}{i}": found for i, found in enumerate(read(definitions))}
        self._keys = f"{prefix}-keys"
        self.moved = False
        if data is not None:
            data = self._follow(data, prefix)
        restored = self._follow(typed, prefix) if typed else {}
        super().__init__(data)
        given = initial or {}
        for name, parameter in self.parameters.items():
            sent = str(data.get(name, "")) if data is not None else ""
            value = parameter.text(given[parameter.key]) if parameter.key in given else None
            text = str(restored.get(name, parameter.default_text if value is None else value))
            widget = _widget(parameter, sent or text, credentials)
            self.fields[name] = ParameterField(parameter, widget, text, uploads=uploads)
            meant = data is None and given.get(parameter.key) == ""
            if (meant or (data is not None and not sent)) and _may_be_empty(parameter):
                self.fields[f"{name}-empty"] = forms.BooleanField(
                    required=False,
                    initial=meant,
                    label=f"Send {parameter.key} as an empty text, on purpose",
                )
        if self.parameters:
            keys = json.dumps([found.key for found in self.parameters.values()])
            self.fields[self._keys] = forms.CharField(
                required=False, widget=forms.HiddenInput, initial=keys
            )

    def values(self) -> dict[str, Any]:
        """The cleaned values by key; what was left to upstream's default is not in it."""
        return {
            parameter.key: self.cleaned_data[name]
            for name, parameter in self.parameters.items()
            if self.cleaned_data.get(name, ABSENT) is not ABSENT
        }

    @property
    def parameter_fields(self) -> list[forms.BoundField]:
        """The parameters' own fields, each followed by its "on purpose" box where it has one."""
        names = [name for key in self.parameters for name in (key, f"{key}-empty")]
        return [self[name] for name in names if name in self.fields]

    def clean(self) -> dict[str, Any]:
        for name, parameter in self.parameters.items():
            blank = self.cleaned_data.get(name, ABSENT) == ""
            if blank and _may_be_empty(parameter) and not self.cleaned_data.get(f"{name}-empty"):
                self.add_error(name, ValidationError("Give a value.", code="required"))
        if self.moved:
            raise ValidationError(MOVED, code="moved")
        return self.cleaned_data

    def _follow(self, data: Mapping[str, Any], prefix: str) -> Mapping[str, Any]:
        """What was typed, by the key it was typed for, if the definitions changed meanwhile."""
        now = [found.key for found in self.parameters.values()]
        then = _keys(data.get(self._keys)) or now
        self.moved = then != now
        kept = {name: data[name] for name in data if name not in self.parameters}
        for name, parameter in self.parameters.items():
            if parameter.key in then and (old := f"{prefix}{then.index(parameter.key)}") in data:
                kept[name] = data[old]
        return kept | {self._keys: json.dumps(now)}


def _keys(typed: Any) -> list[Any] | None:
    try:
        keys = json.loads(typed or "")
    except (TypeError, ValueError, RecursionError):
        return None
    return keys if isinstance(keys, list) else None


def _may_be_empty(parameter: Parameter) -> bool:
    """Upstream takes an empty text for a required one; a person must say it is meant."""
    return parameter.is_required and (parameter.type == "string" or not parameter.is_known_type)


def _kind(parameter: Parameter) -> str:
    """ "whole number · default 3"."""
    unknown = f"“{parameter.type}”, a type not known here: sent as text"
    kind = TYPE_NAMES.get(parameter.type, unknown)
    if parameter.is_required:
        return f"{kind} · required"
    if parameter.default is None:
        return f"{kind} · optional"
    shown = " ".join(parameter.default_text.split()) or "empty"
    return f"{kind} · default {Truncator(shown).chars(80)}"


def _widget(
    parameter: Parameter, current: str, credentials: Sequence[tuple[str, str]] | None
) -> forms.Widget:
    if parameter.type == "boolean":
        return forms.Select(choices=_boolean_choices(parameter, current))
    if parameter.type == "credential_id" and credentials is not None:
        return Picker(credentials, {"placeholder": "Name or cred_…", "autocomplete": "off"})
    kind, attrs = _CONTROLS.get(parameter.type, (forms.Textarea, {"rows": 1, "class": "grows"}))
    return kind({"autocomplete": "off", **attrs})


def _boolean_choices(parameter: Parameter, current: str) -> list[tuple[str, str]]:
    choices = [("true", "True"), ("false", "False")]
    choices = [
        (value, f"{label} (default)" if value == parameter.default_text else label)
        for value, label in choices
    ]
    if parameter.is_required:
        choices.insert(0, ("", "Choose…"))
    if current not in ("", "true", "false"):
        choices.append((current, current))
    return choices
