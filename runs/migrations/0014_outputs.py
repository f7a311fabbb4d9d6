import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0013_kept'),
    ]

    operations = [
        migrations.CreateModel(
            name='LargeOutput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(help_text='Of the text.', max_length=32)),
                ('length', models.PositiveBigIntegerField(help_text='Characters.')),
                ('outline', models.TextField(help_text='Where in the text each large part lies, as JSON.')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='large_output', to='runs.run')),
            ],
        ),
        migrations.CreateModel(
            name='OutputPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('output', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='runs.largeoutput')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('output', 'number'), name='piece_once')],
            },
        ),
    ]
