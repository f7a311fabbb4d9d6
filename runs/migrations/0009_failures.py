"""Groups of failures, with the failed runs that were mirrored before there were any."""

from collections import defaultdict
from datetime import UTC
from itertools import batched

import django.db.models.deletion
from django.apps import apps as installed
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

from runs import reasons
from runs.mirror.failures import LONGEST_REASON, key_of

ROLES = ("Support", "Operator", "Team admin")
CHUNK = 2_000


def group_failures(apps, schema_editor):
    Run = apps.get_model("runs", "Run")
    FailureGroup = apps.get_model("runs", "FailureGroup")
    FailureDay = apps.get_model("runs", "FailureDay")
    groups, days = {}, defaultdict(int)
    fields = ("run_id", "workflow_id", "failure_reason", "created_at")
    failed = Run.objects.filter(phase="failed").order_by("place").values_list(*fields)
    for chunk in batched(failed.iterator(CHUNK), CHUNK):
        members = defaultdict(list)
        for run_id, wpid, reason, created_at in chunk:
            said = reasons.shape(reason)
            key = key_of(wpid, said)
            if key not in groups:
                groups[key] = FailureGroup.objects.create(
                    key=key, workflow_id=wpid, shape=said, first_at=created_at, last_at=created_at
                )
            group = groups[key]
            group.runs += 1
            group.last_at, group.newest = created_at, run_id
            group.reason = reasons.sentence(reason)[:LONGEST_REASON]
            members[group.pk].append(run_id)
            days[group.pk, created_at.astimezone(UTC).date()] += 1
        for pk, run_ids in members.items():
            Run.objects.filter(pk__in=run_ids).update(failure_group_id=pk)
    FailureGroup.objects.bulk_update(
        groups.values(), ("runs", "last_at", "newest", "reason"), batch_size=100
    )
    FailureDay.objects.bulk_create(
        (FailureDay(group_id=pk, day=day, runs=runs) for (pk, day), runs in days.items()),
        batch_size=CHUNK,
    )


def let_roles_triage(apps, schema_editor):
    create_permissions(installed.get_app_config("runs"), verbosity=0, apps=apps)
    may = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="runs", codename="triage_failure"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(may)


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0008_note'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FailureGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text="Hash of the agent and the reason's shape.", max_length=32)),
                ('block', models.CharField(blank=True, help_text='Label of the failing block; empty until it is read.', max_length=200)),
                ('shape', models.TextField(help_text='The reason without what differs from run to run.')),
                ('reason', models.TextField(help_text='That of its newest run.')),
                ('runs', models.IntegerField(default=0)),
                ('first_at', models.DateTimeField(help_text='When its oldest run was created.')),
                ('last_at', models.DateTimeField(help_text='When its newest run was created.')),
                ('newest', models.CharField(help_text='Id of its newest run.', max_length=128)),
                ('state', models.CharField(choices=[('new', 'New'), ('known', 'Known'), ('resolved', 'Resolved'), ('back', 'Back again')], default='new', max_length=10)),
                ('state_at', models.DateTimeField(help_text='When it was last changed.', null=True)),
                ('note', models.TextField(blank=True)),
                ('merged_into', models.ForeignKey(help_text='By hand.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='runs.failuregroup')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='failure_groups', to=settings.AUTH_USER_MODEL)),
                ('workflow', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='failure_groups', to='runs.workflow')),
            ],
            options={
                'ordering': ('-last_at', '-pk'),
                'permissions': (('triage_failure', 'Can say what is known of failures'),),
            },
        ),
        migrations.CreateModel(
            name='FailureDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('runs', models.IntegerField(default=0)),
                ('group', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='days', to='runs.failuregroup')),
            ],
        ),
        migrations.AddField(
            model_name='run',
            name='failure_group',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='members', to='runs.failuregroup'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('failure_group__isnull', False)), fields=['failure_group', '-place'], name='run_place_failure_group'),
        ),
        migrations.AddIndex(
            model_name='failuregroup',
            index=models.Index(fields=['-last_at', '-id'], name='failure_newest'),
        ),
        migrations.AddIndex(
            model_name='failuregroup',
            index=models.Index(fields=['state', '-last_at', '-id'], name='failure_by_state'),
        ),
        migrations.AddIndex(
            model_name='failuregroup',
            index=models.Index(fields=['workflow', '-last_at', '-id'], name='failure_of_workflow'),
        ),
        migrations.AddConstraint(
            model_name='failuregroup',
            constraint=models.UniqueConstraint(fields=('key', 'block'), name='failure_once'),
        ),
        migrations.AddConstraint(
            model_name='failureday',
            constraint=models.UniqueConstraint(fields=('group', 'day'), name='failure_day_once'),
        ),
        migrations.RunPython(group_failures, migrations.RunPython.noop),
        migrations.RunPython(let_roles_triage, migrations.RunPython.noop),
    ]
