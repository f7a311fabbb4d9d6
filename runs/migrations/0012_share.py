"""Share links of runs, which everybody with a role may make."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dashboard import roles


def let_roles_share(apps, schema_editor):
    roles.let(apps, "runs.share_run", "Support", "Operator", "Team admin")


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0011_alerts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Share',
            fields=[
                ('share_id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('opened', models.PositiveIntegerField(default=0, help_text='How often its page was loaded.')),
                ('opened_at', models.DateTimeField(help_text='When last.', null=True)),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='runs.run')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='shares', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at', '-share_id'),
                'permissions': (('share_run', 'Can share runs with people who have no account'),),
            },
        ),
        migrations.RunPython(let_roles_share, migrations.RunPython.noop),
    ]
