"""What a team admin fills in to have a place to send to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from dashboard.models import Channel
from dashboard.notify import email, guard, webhook

PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
HINTS = {
    Channel.Kind.EMAIL: ("E-mail addresses", "One, or several with commas.", "team@example.com"),
    Channel.Kind.SLACK: (
        "Address of the incoming webhook",
        "As Slack, Mattermost or another that takes Slack's form gives it. Whoever knows it can "
        "post there, so it is not shown again.",
        "https://hooks.slack.com/services/…",
    ),
    Channel.Kind.WEBHOOK: (
        "Address",
        "It is sent JSON, signed by the rules of standardwebhooks.com. The address is not shown "
        "again in full.",
        "https://example.com/hooks/skydeck",
    ),
}
NO_MAIL = "Skydeck has no mail server yet: whoever runs it sets EMAIL_URL."


if TYPE_CHECKING:
    Base = forms.ModelForm[Channel]
else:
    Base = forms.ModelForm


class ChannelForm(Base):
    """Of one kind, which stays. An address of a URL is kept where the field is left empty."""

    use_required_attribute = False

    address = forms.CharField(max_length=2_000, required=False, widget=forms.TextInput(PLAIN))

    class Meta:
        model = Channel
        fields = ("name", "address")

    def __init__(self, channel: Channel, data: Any = None) -> None:
        super().__init__(data, instance=channel)
        self.kept_address = channel.address
        field = self.fields["address"]
        field.label, field.help_text, example = HINTS[Channel.Kind(channel.kind)]
        field.widget.attrs["placeholder"] = example
        if channel.pk and channel.kind != Channel.Kind.EMAIL:
            self.initial["address"] = ""
            field.help_text = f"Leave it empty to keep {masked(channel)}"

    def clean_address(self) -> str:
        typed: str = self.cleaned_data["address"].strip()
        if self.instance.kind == Channel.Kind.EMAIL:
            if not settings.HAS_MAIL:
                raise ValidationError(NO_MAIL, code="mail")
            return ", ".join(email.addresses(typed))
        if not typed and self.instance.pk:
            return self.kept_address
        try:
            guard.check_url(typed)
        except guard.RefusedError as exc:
            raise ValidationError(str(exc), code="refused") from exc
        return typed

    def save(self, commit: bool = True) -> Channel:
        """Together with a secret to sign with, where it is a new webhook."""
        if self.instance.kind == Channel.Kind.WEBHOOK and not self.instance.secret:
            self.instance.secret = webhook.new_secret()
        return super().save(commit)


def masked(channel: Channel) -> str:
    """The address as people may see it: of a URL only where it leads."""
    if channel.kind == Channel.Kind.EMAIL:
        return channel.address
    scheme, _, rest = channel.address.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}/…"
