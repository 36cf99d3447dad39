"""What moderators have entered and not given has a table of its own; batches, shifts and what these moved are guarded by
the database, as whatever final marks are made of.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from goldenthread.common import settled as guards

SETTLED = ("goldenthread_batch", "goldenthread_shift", "goldenthread_shiftedmark")


def guard(apps, schema_editor):
    guards.install(schema_editor, SETTLED)


def lift(apps, schema_editor):
    guards.remove(schema_editor, SETTLED)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0059_what_stands'),
    ]

    operations = [
        migrations.CreateModel(
            name='LookDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('marks', models.JSONField(default=dict)),
                ('passages', models.JSONField(default=list)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('saved_at', models.DateTimeField()),
                ('moderator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='look_drafts', to=settings.AUTH_USER_MODEL)),
                ('sampled', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='goldenthread.sampled')),
            ],
            options={
                'ordering': ['sampled', 'moderator'],
                'constraints': [models.UniqueConstraint(fields=('sampled', 'moderator'), name='look_draft_once_per_moderator')],
            },
        ),
        migrations.RunPython(guard, lift),
    ]
