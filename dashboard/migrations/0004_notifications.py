"""Channels and the outbox; team admins say who is told of what."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from dashboard import roles


def let_team_admins_own_alerts(apps, schema_editor):
    roles.let(apps, "dashboard.own_alerts", "Team admin")


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0003_activity_of_a_target'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('slack', 'Slack'), ('webhook', 'Webhook')], max_length=10)),
                ('address', models.TextField(help_text='One URL, or e-mail addresses separated by commas.')),
                ('secret', models.CharField(blank=True, help_text='What a webhook is signed by.', max_length=100)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='channels', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('name',),
                'permissions': (('own_alerts', 'Can say who is told of what'),),
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('notification_id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.CharField(help_text='Of what it tells; once for each channel.', max_length=200)),
                ('subject', models.CharField(max_length=300)),
                ('document', models.JSONField(help_text='What it tells: see `dashboard.notify.message`.')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('failed', 'Not delivered')], default='waiting', max_length=10)),
                ('due_at', models.DateTimeField(help_text='Not to be sent before.')),
                ('lease_until', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True, help_text='Why the last try came to nothing.')),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to='dashboard.channel')),
            ],
            options={
                'ordering': ('-made_at', '-notification_id'),
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('ok', models.BooleanField()),
                ('said', models.TextField(help_text='What the other side answered, or why there was no answer.')),
                ('seconds', models.FloatField(null=True)),
                ('notification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='dashboard.notification')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ('at', 'pk'),
            },
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state__in', ('waiting', 'sending'))), fields=['due_at'], name='notification_open'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['-made_at', '-notification_id'], name='notification_newest'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('channel', 'key'), name='notified_once'),
        ),
        migrations.RunPython(let_team_admins_own_alerts, migrations.RunPython.noop),
    ]
