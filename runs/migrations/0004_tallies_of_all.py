from datetime import UTC

from django.db import migrations, models
from django.db.models import Count, Sum, Value
from django.db.models.functions import Coalesce, TruncHour


def count(apps, schema_editor):
    """The hourly figures anew: with runs of no agent, with how many were timed, without nulls."""
    figures = (
        apps.get_model("runs", "Run")
        .objects.order_by()
        .values_list(
            Coalesce("workflow_id", Value("")), TruncHour("created_at", tzinfo=UTC), "phase"
        )
        .annotate(
            runs=Count("pk"),
            timed=Count("duration_ms"),
            spent=Coalesce(Sum("duration_ms"), Value(0)),
        )
    )
    select, values = figures.query.sql_with_params()
    apps.get_model("runs", "Tally").objects.all().delete()
    columns = "workflow_id, hour, phase, runs, timed, duration_ms"
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO runs_tally ({columns}) {select}", values)


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0003_place"),
    ]

    operations = [
        migrations.AddField(
            model_name="tally",
            name="timed",
            field=models.IntegerField(default=0, help_text="How many of them took a known time."),
        ),
        migrations.AlterField(
            model_name="tally",
            name="duration_ms",
            field=models.BigIntegerField(default=0, help_text="Of those together."),
        ),
        migrations.AlterField(
            model_name="tally",
            name="workflow",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=models.deletion.CASCADE,
                related_name="tallies",
                to="runs.workflow",
            ),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(
                fields=["phase", "hour", "workflow", "runs"], name="tally_by_phase"
            ),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
