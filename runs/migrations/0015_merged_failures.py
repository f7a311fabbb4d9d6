import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0014_outputs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='failuregroup',
            name='merged_into',
            field=models.ForeignKey(db_index=False, help_text='By hand.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='runs.failuregroup'),
        ),
        migrations.AddIndex(
            model_name='failuregroup',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='failure_merged'),
        ),
    ]
