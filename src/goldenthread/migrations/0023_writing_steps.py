"""The log of writing. Each draft that is there already becomes one step for each of its parts, so that every draft is from
now on what its steps give; its revision becomes the number of the last of them.

A page that was open meanwhile has an older revision: the next save is told so once, with the same text, and goes on.
"""

import hashlib

import django.db.models.deletion
from django.db import migrations, models

from goldenthread.common import append_only

GUARDED = ("goldenthread_writingstep", "goldenthread_writingremoval")
EMPTY = hashlib.sha256(b"").hexdigest()


def begin_logs(apps, schema_editor):
    """One step for each text that a draft has."""
    step_model = apps.get_model("goldenthread", "WritingStep")
    sitting_model = apps.get_model("goldenthread", "Sitting")
    for sitting in sitting_model.objects.filter(draft_revision__gt=0).order_by("pk").iterator(chunk_size=500):
        at = sitting.draft_saved_at or sitting.opens_at
        texts = [(part, text) for part, text in sitting.draft.items() if text]
        step_model.objects.bulk_create(
            step_model(
                sitting=sitting, number=number, part=part, position=0, inserted=text, before=EMPTY,
                after=hashlib.sha256(text.encode()).hexdigest(), how="earlier", written_at=at, arrived_at=at,
            )
            for number, (part, text) in enumerate(texts, start=1)
        )
        sitting_model.objects.filter(pk=sitting.pk).update(draft_revision=len(texts))


def guard(apps, schema_editor):
    append_only.install(schema_editor, GUARDED)


def lift(apps, schema_editor):
    append_only.remove(schema_editor, GUARDED)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0022_appeals_plans_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='WritingRemoval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('steps', models.PositiveIntegerField()),
                ('hashes', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('sitting', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='writing_removal', to='goldenthread.sitting')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='WritingStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('part', models.CharField(blank=True, max_length=40)),
                ('position', models.PositiveIntegerField()),
                ('removed', models.TextField(blank=True)),
                ('inserted', models.TextField(blank=True)),
                ('before', models.CharField(max_length=64)),
                ('after', models.CharField(max_length=64)),
                ('how', models.CharField(choices=[('typed', 'written in the editor'), ('pasted', 'pasted or dropped in'), ('form', 'saved with the form'), ('device', 'from a text found on the device'), ('restored', 'an earlier version taken back'), ('earlier', 'written before steps were kept')], max_length=10)),
                ('written_at', models.DateTimeField()),
                ('arrived_at', models.DateTimeField()),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='goldenthread.sitting')),
            ],
            options={
                'ordering': ['sitting', 'number'],
                'constraints': [models.UniqueConstraint(fields=('sitting', 'number'), name='writing_step_number_once'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='writing_step_from_1'), models.CheckConstraint(condition=models.Q(('inserted', ''), ('removed', ''), _negated=True), name='writing_step_changes_something')],
            },
        ),
        migrations.RunPython(begin_logs, migrations.RunPython.noop),
        migrations.RunPython(guard, lift),
    ]
