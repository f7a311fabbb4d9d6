"""The launch form: an agent's parameters, then every option a run can be started with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.conf import settings
from django.urls import reverse

from dashboard.skyvern.schema import RunRequest
from runs.forms.fields import YES_NO, AddressField, IntegerText, shown, upstream_id
from runs.forms.kept import options_as_typed, options_typed
from runs.forms.pairs import (
    MOST_PAIRS,
    PairsField,
    check_header,
    check_header_name,
    check_metadata,
)
from runs.forms.places import A_PLACE, COUNTRIES, PROXIES
from runs.forms.topics import TOPICS, Topic
from runs.models import Workflow
from runs.parameters import ParametersForm, Picker

NOT_LISTED = "Skyvern does not list them at the moment; an id can be typed."


@dataclass(frozen=True)
class Offers:
    """(id, name) pairs to choose from; None where Skyvern does not tell them."""

    credentials: Sequence[tuple[str, str]] | None = None
    profiles: Sequence[tuple[str, str]] | None = ()
    sessions: Sequence[tuple[str, str]] | None = ()


NO_OFFERS = Offers()


class LaunchForm(ParametersForm):
    """The options are named as `RunRequest` names them, so upstream's complaints find them."""

    offered: Sequence[Topic] = TOPICS
    nonce = forms.UUIDField(widget=forms.HiddenInput)
    proxy_location = forms.ChoiceField(required=False, label="Proxy location", choices=PROXIES)
    country = forms.ChoiceField(required=False, choices=[("", "Choose…"), *COUNTRIES])
    subdivision = forms.CharField(
        required=False,
        max_length=10,
        label="State or region",
        help_text="Its code. Empty: anywhere in the country.",
        widget=forms.TextInput({"placeholder": "NY", "autocomplete": "off"}),
    )
    city = forms.CharField(
        required=False,
        max_length=100,
        help_text="Its English name. Empty: any.",
        widget=forms.TextInput({"placeholder": "New York", "autocomplete": "off"}),
    )
    browser_profile_id = upstream_id("bp", "Browser profile", "Starts with its saved log-ins.")
    browser_session_id = upstream_id("pbs", "Browser session", "Goes on in this open browser.")
    reuse_browser_session = forms.ChoiceField(
        required=False, label="Share one browser between runs", choices=YES_NO
    )
    start_fresh_browser = forms.BooleanField(
        required=False,
        label="Start with an empty browser",
        help_text="No saved browser memory is read or written.",
    )
    browser_address = AddressField(
        "http",
        "https",
        "ws",
        "wss",
        label="Remote browser (CDP address)",
    )
    cdp_connect_headers = PairsField(
        check=check_header,
        most=100,
        placeholder="x-api-key: …",
        label="Headers for the remote browser",
        help_text="Sent when connecting to it, never to a website.",
    )
    extra_http_headers = PairsField(
        check=check_header,
        most=100,
        placeholder="Accept-Language: de",
        label="Extra HTTP headers",
        help_text="Sent with every request of the browser.",
    )
    max_elapsed_time_minutes = IntegerText(
        1, 480, label="Stop after (minutes)", help_text="1 to 480. Empty: as the agent says."
    )
    max_screenshot_scrolls = IntegerText(
        0, 1000, label="Scrolls in a screenshot", help_text="0: only what is in view."
    )
    run_with = forms.ChoiceField(
        required=False,
        choices=[("", "As the agent says"), ("agent", "Agent"), ("code", "Code")],
        label="Run with",
    )
    ai_fallback = forms.ChoiceField(
        required=False, choices=YES_NO, label="Let AI take over where code fails"
    )
    totp_identifier = forms.CharField(
        required=False,
        max_length=500,
        label="Identifier",
        help_text="The e-mail address or number whose codes are pushed to Skyvern.",
    )
    totp_url = AddressField(
        "http", "https", label="Address that serves the codes", help_text="Skyvern asks it."
    )
    webhook_url = AddressField("http", "https", label="Webhook address")
    run_metadata = PairsField(
        check=check_metadata,
        most=MOST_PAIRS,
        placeholder="customer: acme",
        label="Metadata",
        help_text=f"Up to {MOST_PAIRS}. Skyvern keeps them as tags.",
    )

    def __init__(
        self,
        workflow: Workflow,
        data: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
        *,
        typed: Mapping[str, Any] | None = None,
        offers: Offers = NO_OFFERS,
        uploads: bool | None = None,
        keeping: bool = False,
    ) -> None:
        """`initial` is the body of an earlier launch: {"parameters": {…}, option: value, …}.

        `typed` is a draft: field name → text. A form for `keeping` needs no values of headers.
        """
        earlier = dict(initial or {})
        super().__init__(
            workflow.parameters,
            data,
            initial=earlier.pop("parameters", None),
            credentials=offers.credentials,
            typed=typed,
            uploads=uploads,
        )
        self.order_fields([*self.fields][len(self.base_fields) :])
        self.workflow = workflow
        self.own_webhook = _own_webhook(workflow)
        self.fields["webhook_url"].help_text = self._webhook_help()
        self.fields["webhook_url"].widget.attrs["data-plain"] = self.own_webhook
        self.initial = {
            "nonce": uuid.uuid4(),
            "webhook_url": self.own_webhook,
            **(options_typed(typed) if typed else options_as_typed(earlier)),
        }
        self._offer("browser_profile_id", "bp_…", offers.profiles)
        self._offer("browser_session_id", "pbs_…", offers.sessions)
        if keeping:
            for name in RunRequest.SECRET_FIELDS:
                cast("PairsField", self.fields[name]).check = check_header_name

    def _offer(self, name: str, shape: str, choices: Sequence[tuple[str, str]] | None) -> None:
        field = self.fields[name]
        attrs = {"placeholder": f"Name or {shape}", "autocomplete": "off"}
        if choices:
            field.widget = Picker(choices, attrs)
        elif choices is None:
            field.help_text = f"{field.help_text} {NOT_LISTED}"

    def renew_nonce(self) -> None:
        self.data = {**self.data, "nonce": uuid.uuid4()}

    def clean_webhook_url(self) -> str:
        """A form sent without the field at all gets ours; an emptied one gets none."""
        given: str = self.cleaned_data["webhook_url"]
        return given if "webhook_url" in self.data else self.own_webhook

    def clean_proxy_location(self) -> Any:
        return self.cleaned_data["proxy_location"] or None

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        self._clean_place()
        if given.get("start_fresh_browser"):
            for name in ("browser_session_id", "browser_profile_id", "browser_address"):
                if given.get(name):
                    self.add_error(name, "An empty browser cannot be combined with this one.")
        if given.get("cdp_connect_headers") and not given.get("browser_address"):
            self.add_error("browser_address", "The headers for a remote browser need its address.")
        return super().clean()

    def _clean_place(self) -> None:
        given = self.cleaned_data
        place = {name: given.get(name) for name in ("country", "subdivision", "city")}
        chosen = given.get("proxy_location")
        if chosen == A_PLACE and not place["country"]:
            self.add_error("country", "Choose a country.")
        elif any(place.values()) and chosen not in (A_PLACE, None):
            self.add_error("proxy_location", "Choose “A place of my choice”, or clear the place.")
        elif any(place.values()) and not place["country"]:
            self.add_error("country", "Choose a country, or clear the region and city.")
        elif place["country"]:
            given["proxy_location"] = {name: value for name, value in place.items() if value}

    def request(self) -> RunRequest:
        """What to send. `proxy_location` always is: left out it would mean RESIDENTIAL."""
        given = self.cleaned_data
        switches = {
            name: given[name] == "true"
            for name in ("reuse_browser_session", "ai_fallback")
            if given[name]
        }
        options = {
            name: given[name]
            for name in RunRequest.__struct_fields__
            if name not in switches and _is_given(given.get(name))
        }
        return RunRequest(
            workflow_id=self.workflow.wpid,
            parameters=self.values(),
            **(options | switches | {"proxy_location": given["proxy_location"]}),
        )

    @property
    def topics(self) -> list[dict[str, Any]]:
        """The options by topic, with what differs from the default and whether one is wrong."""
        return [
            {
                "title": topic.title,
                "fields": [self[name] for name in topic.names],
                "summary": ", ".join(filter(None, map(self._said, topic.names))),
                "plain": self._plain(topic),
                "wrong": any(name in self.errors for name in topic.names),
            }
            for topic in self.offered
        ]

    def _said(self, name: str) -> str:
        """ "Proxy location: Germany", "2 extra http headers"; '' while it is the default."""
        value = self[name].value()
        plain = self.own_webhook if name == "webhook_url" else ""
        if value is None or value is False or str(value).strip() == plain:
            return ""
        field = self.fields[name]
        label = str(self[name].label)
        if isinstance(field, PairsField):
            return f"{label}: {sum(bool(line.strip()) for line in str(value).splitlines())}"
        if value in (True, "on"):
            return label
        return f"{label}: {shown(field, str(value)) or 'none'}"

    def _plain(self, topic: Topic) -> str:
        ours = self.own_webhook and "webhook_url" in topic.names
        return "Skydeck's webhook" if ours else "as the agent says"

    def _webhook_help(self) -> str:
        theirs = self.workflow.raw.get("webhook_callback_url")
        if theirs:
            return "Empty: as the agent says."
        if self.own_webhook:
            return "This is Skydeck's own, so that changes show at once. Empty: none."
        return "Told when the run ends. Empty: none."


def _is_given(value: Any) -> bool:
    """0 scrolls are given, an unticked box is not."""
    return value is not False and value not in ("", None, {})


def _own_webhook(workflow: Workflow) -> str:
    """Ours, unless the agent has its own, which a given one would replace."""
    if not settings.PUBLIC_URL or workflow.raw.get("webhook_callback_url"):
        return ""
    return f"{settings.PUBLIC_URL}{reverse('runs:webhook')}"
