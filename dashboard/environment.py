"""The environment as the settings read it: what cannot be used ends the start with one line."""

import os
import re
import warnings
from pathlib import Path
from typing import Any

import environ
import httpx
from django.core.exceptions import ImproperlyConfigured

ON, OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
DATABASES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
MAIL_SERVERS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
MAIL_SECONDS = 15
BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w-][\w.-]*)*", re.ASCII)
BROKERS = ("redis://", "rediss://", "filesystem://", "memory://")


class NotConfigured(ImproperlyConfigured, SystemExit):
    """Also a SystemExit, so that every program ends with its one line instead of a traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = f"skydeck: {message}"


class Environment(environ.Env):  # type: ignore[misc]  # the library has no types
    """Each method reads one variable, or raises NotConfigured with the variable's name in it.

    No message quotes a value that may hold a password.
    """

    def text(self, name: str, default: str = "") -> str:
        return os.environ.get(name, default).strip()

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name) or default
        if value not in choices:
            raise NotConfigured(f"{name} must be {', '.join(choices[:-1])} or {choices[-1]}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """A word that is neither yes nor no is refused: it must not switch TLS off, say."""
        if name not in os.environ:
            return default
        value = self.text(name).lower()
        if value not in (*ON, *OFF):
            raise NotConfigured(f"{name} must be 1 or 0")
        return value in ON

    def count(self, name: str, default: int, *, least: int = 0, most: int = 65535) -> int:
        value = self.text(name) or str(default)
        if not re.fullmatch("[0-9]{1,6}", value) or not least <= int(value) <= most:
            raise NotConfigured(f"{name} must be a whole number from {least} to {most}")
        return int(value)

    def rate(self, name: str, default: float) -> float:
        try:
            value = float(self.text(name) or default)
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            raise NotConfigured(f"{name} must be a number, 0 or more")
        return value

    def address(self, name: str, default: str = "", *, path: bool = True) -> str:
        """An http(s) address without a slash at its end; "" if there is none."""
        value = self.text(name, default).rstrip("/")
        if not value:
            return default
        try:
            url = httpx.URL(value)
        except httpx.InvalidURL:
            url = httpx.URL()
        more = url.userinfo or url.query or url.fragment or (url.path != "/" and not path)
        if url.scheme not in ("http", "https") or not url.host or more:
            like = "https://host/path" if path else "https://host"
            raise NotConfigured(f"{name} must be an address like {like}")
        return value

    def database(self, name: str, default: str) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # the library's own would quote the password
            try:
                found: dict[str, Any] = self.db(name, default)
            except (ValueError, UserWarning):
                found = {}
        if found.get("ENGINE") not in DATABASES:
            raise NotConfigured(
                f"{name} must be like postgres://user:password@host/name or sqlite:////path"
            )
        return found

    def mail(self, name: str) -> dict[str, Any]:
        """What Django's SMTP backend is given; empty if there is no mail server."""
        value = self.text(name)
        if not value:
            return {}
        scheme = value.partition("://")[0]
        try:
            found = self.email_url_config(value) if scheme in MAIL_SERVERS else {}
        except (ValueError, ImproperlyConfigured):
            found = {}
        if not found.get("EMAIL_HOST"):
            raise NotConfigured(f"{name} must be like smtp+tls://user:password@host:587")
        return {
            "host": found["EMAIL_HOST"],
            "port": found["EMAIL_PORT"] or MAIL_SERVERS[scheme],
            "username": found["EMAIL_HOST_USER"] or "",
            "password": found["EMAIL_HOST_PASSWORD"] or "",
            "use_tls": scheme == "smtp+tls",
            "use_ssl": scheme == "smtp+ssl",
            "timeout": MAIL_SECONDS,
        }

    def hosts(self, name: str) -> list[str]:
        """Host names or addresses, separated by commas."""
        return [host.strip().lower() for host in self.text(name).split(",") if host.strip()]

    def broker(self, name: str, default: str) -> str:
        value = self.text(name) or default
        if not value.startswith(BROKERS):
            raise NotConfigured(f"{name} must be like redis://host:6379/0, or left out")
        return value

    def store(self, name: str) -> str:
        """A folder, as `folder` makes one, or s3://bucket/prefix; "" if there is none."""
        value = self.text(name).rstrip("/") or self.text(name)
        if not value or BUCKET.fullmatch(value):
            return value
        if not value.startswith("/") or value == "/":
            raise NotConfigured(f"{name} must be like /srv/evidence or s3://bucket/prefix")
        return str(self.folder(name, Path(value)))

    def folder(self, name: str, default: Path) -> Path:
        """A folder that can be written to, made if need be for its owner alone."""
        found = Path(self.text(name) or default)
        try:
            found.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as wrong:
            raise NotConfigured(f"{name}: {found} cannot be made ({wrong.strerror})") from None
        if not os.access(found, os.W_OK | os.X_OK):
            raise NotConfigured(f"{name}: {found} cannot be written to")
        return found
