"""Make the three roles."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from dashboard.roles import make_roles


def give_roles(apps, schema_editor):
    # Permissions are normally made after all migrations have run; the groups need them now.
    for name in ("dashboard", "runs", "schedules"):
        create_permissions(installed.get_app_config(name), verbosity=0, apps=apps)
    make_roles(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0001_initial"),
        ("runs", "0001_initial"),
        ("schedules", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give_roles, migrations.RunPython.noop)]
