"""Each ledger entry says how many of its minutes count; emptying a guarded table is refused as well."""

from django.db import migrations, models

from goldenthread.common import append_only

# What an entry counts is how far it moves the sum of its component, capped by the plan, from what it was before.
BACKFILL = """
UPDATE goldenthread_ledgerentry SET counted = (
  SELECT CASE WHEN c.planned IS NULL THEN 0 ELSE
      (CASE WHEN c.after < 0 THEN 0 WHEN c.after > c.planned THEN c.planned ELSE c.after END)
    - (CASE WHEN c.before < 0 THEN 0 WHEN c.before > c.planned THEN c.planned ELSE c.before END) END
  FROM (
    SELECT (SELECT SUM(e.minutes) FROM goldenthread_ledgerentry e
            WHERE e.enrolment_id = one.enrolment_id AND e.component = one.component AND e.id <= one.id) AS after,
           (SELECT COALESCE(SUM(e.minutes), 0) FROM goldenthread_ledgerentry e
            WHERE e.enrolment_id = one.enrolment_id AND e.component = one.component AND e.id < one.id) AS before,
           (SELECT CASE WHEN COUNT(*) = COUNT(a.minutes) THEN SUM(a.minutes) END FROM goldenthread_plannedactivity a
            WHERE a.enrolment_id = one.enrolment_id AND a.component = one.component) AS planned
    FROM goldenthread_ledgerentry one WHERE one.id = goldenthread_ledgerentry.id
  ) c
)
"""


def lift(apps, schema_editor):
    append_only.remove(schema_editor)


def guard(apps, schema_editor):
    append_only.install(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("goldenthread", "0002_append_only")]
    operations = [
        migrations.RunPython(lift, guard),
        migrations.RemoveIndex("LedgerEntry", "ledger_sums"),
        migrations.AddField("LedgerEntry", "counted", models.IntegerField(default=0), preserve_default=False),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            "LedgerEntry",
            models.Index(fields=["enrolment", "component", "minutes", "counted"], name="ledger_sums"),
        ),
        migrations.RunPython(guard, lift),
    ]
