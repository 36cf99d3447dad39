"""Whose time ran out for a script stands in rows of its own: it must outlive the marking."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep(apps, schema_editor):
    """Whoever a marking names, and whoever a script's trail names though that marking is gone; once for each script."""
    LeaseEnded = apps.get_model("goldenthread", "LeaseEnded")
    known = set(apps.get_model("goldenthread", "User").objects.values_list("pk", flat=True))
    rows = apps.get_model("goldenthread", "Marking").objects.exclude(script=None).order_by("pk")
    ended = [
        (script, user, at)
        for script, users, at in rows.values_list("script", "ran_out_for", "allocated_at").iterator()
        for user in users
    ]
    there = set(apps.get_model("goldenthread", "Script").objects.values_list("pk", flat=True))
    trail = apps.get_model("goldenthread", "AuditEvent").objects.filter(verb="marking.lease_ended")
    for subject, details, at in trail.order_by("pk").values_list("subject", "details", "at").iterator():
        kind, _, number = subject.partition(":")
        if kind == "script" and int(number) in there:
            ended.append((int(number), details.get("was"), at))
    LeaseEnded.objects.bulk_create(
        (LeaseEnded(script_id=script, marker_id=user, at=at) for script, user, at in ended if user in known),
        ignore_conflicts=True,
        batch_size=500,
    )


class Migration(migrations.Migration):

    dependencies = [
        ("goldenthread", "0049_plans_offered_anew"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeaseEnded",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("marker", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="leases_ended", to=settings.AUTH_USER_MODEL)),
                ("script", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="leases_ended", to="goldenthread.script")),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [models.UniqueConstraint(fields=("script", "marker"), name="lease_ended_once_per_marker")],
            },
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.RemoveField(model_name="marking", name="ran_out_for"),
    ]
