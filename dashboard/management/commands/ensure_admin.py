"""Makes the first administrator of a new installation; does nothing where there is one."""

import os
import secrets
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Make the first administrator from DJANGO_SUPERUSER_USERNAME, _PASSWORD and _EMAIL; "
        "without a password one is made up and printed this once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            return
        name = os.environ.get("DJANGO_SUPERUSER_USERNAME") or "admin"
        given = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
        if User.objects.filter(username=name).exists():
            raise CommandError(
                f'"{name}" exists but is no active administrator: choose another '
                "DJANGO_SUPERUSER_USERNAME"
            )
        password = given or secrets.token_urlsafe(12)
        email = os.environ.get("DJANGO_SUPERUSER_EMAIL", "")
        User.objects.create_superuser(name, email=email, password=password)
        self.stdout.write(f"First administrator: {name}")
        if not given:
            self.stdout.write(f"Password (shown only now): {password}")
