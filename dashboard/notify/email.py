"""A notification as an e-mail: plain text, and the same as simple HTML."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string

from dashboard.models import Notification
from dashboard.notify.guard import UnreachableError
from dashboard.notify.message import document_of

MOST_ADDRESSES = 20


def addresses(text: str) -> list[str]:
    """Those in a text, separated by commas or lines. ValidationError names the first wrong one."""
    found = [part.strip() for part in text.replace("\n", ",").replace(";", ",").split(",")]
    found = [part for part in found if part]
    for one in found:
        try:
            validate_email(one)
        except ValidationError as exc:
            raise ValidationError(f"“{one[:80]}” is no e-mail address.", code="email") from exc
    if not found:
        raise ValidationError("Write one e-mail address, or several with commas.", code="required")
    if len(found) > MOST_ADDRESSES:
        raise ValidationError(f"At most {MOST_ADDRESSES} addresses; use a list of your own.")
    return list(dict.fromkeys(found))


def send(notification: Notification) -> str:
    """Hand it to the mail server; what that took. UnreachableError if it did not."""
    to = addresses(notification.channel.address)
    context = {"document": document_of(notification), "notification": notification}
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
    message = EmailMultiAlternatives(
        " ".join(notification.subject.split()),
        render_to_string("notify/email.txt", context),
        to=to,
        headers={
            "Message-ID": f"<{notification.pk}@{domain}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("notify/email.html", context), "text/html")
    try:
        message.send(using="default")
    except (smtplib.SMTPException, OSError, UnicodeError) as exc:
        raise UnreachableError(f"The mail server: {exc or type(exc).__name__}") from exc
    return f"The mail server took it for {len(to)} address{'es' if len(to) > 1 else ''}."
