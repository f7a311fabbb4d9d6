"""Notes on runs, which everybody with a role may write."""

import django.db.models.deletion
from django.apps import apps as installed
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

ROLES = ("Support", "Operator", "Team admin")


def let_roles_write(apps, schema_editor):
    """Gives this alone: what else a role may is as its organization has left it."""
    # Permissions are normally made after all migrations have run; the groups need it now.
    create_permissions(installed.get_app_config("runs"), verbosity=0, apps=apps)
    may = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="runs", codename="add_note"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(may)


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0007_lean_text_index"),
        ("dashboard", "0002_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(max_length=4000)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="runs.run",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="notes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ("created_at", "pk")},
        ),
        migrations.RunPython(let_roles_write, migrations.RunPython.noop),
    ]
