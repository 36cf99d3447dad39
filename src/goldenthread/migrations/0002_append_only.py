"""The audit trail and the ledger are closed to change by the database itself."""

from django.db import migrations

from goldenthread.common import append_only

TABLES = ("goldenthread_auditevent", "goldenthread_auditanchor", "goldenthread_ledgerentry")


def guard(apps, schema_editor):
    append_only.install(schema_editor, TABLES)


def lift(apps, schema_editor):
    append_only.remove(schema_editor, TABLES)


class Migration(migrations.Migration):
    dependencies = [("goldenthread", "0001_initial")]
    operations = [migrations.RunPython(guard, lift)]
