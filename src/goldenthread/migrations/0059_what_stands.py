"""Submitted marks, agreed marks, decisions, released results and awards are guarded by the database itself; whether a
board signed is said by its link alone.
"""

from django.db import migrations

from goldenthread.common import append_only, settled

ROWS = ("goldenthread_setaside", "goldenthread_handedback", "goldenthread_nationalmark")
SETTLED = (
    "goldenthread_marking",
    "goldenthread_agreement",
    "goldenthread_seed",
    "goldenthread_sampled",
    "goldenthread_round",
    "goldenthread_nationalanswer",
    "goldenthread_outcome",
    "goldenthread_award",
    "goldenthread_change",
    "goldenthread_appeal",
    "goldenthread_revocationappeal",
)


def guard(apps, schema_editor):
    append_only.install(schema_editor, ROWS)
    settled.install(schema_editor, SETTLED)


def lift(apps, schema_editor):
    settled.remove(schema_editor, SETTLED)
    append_only.remove(schema_editor, ROWS)


class Migration(migrations.Migration):

    dependencies = [
        ("goldenthread", "0058_concerns_roles_and_parked"),
    ]

    operations = [
        migrations.RemoveField(model_name="boardrecord", name="signed_as"),
        migrations.RemoveField(model_name="boardrecord", name="signed_at"),
        migrations.RunPython(guard, lift),
    ]
