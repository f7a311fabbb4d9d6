from django.db import migrations, models
from django.db.models import F


def all_were_sent(apps, schema_editor):
    """What was pressed before this was noted may have been sent."""
    apps.get_model("runs", "Launch").objects.update(sent_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0004_tallies_of_all"),
    ]

    operations = [
        migrations.AddField(
            model_name="launch",
            name="sent_at",
            field=models.DateTimeField(help_text="Written before it is sent.", null=True),
        ),
        migrations.AddField(
            model_name="jobitem",
            name="tries",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Those that came to nothing."
            ),
        ),
        migrations.RunPython(all_were_sent, migrations.RunPython.noop),
    ]
