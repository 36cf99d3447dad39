"""Known scripts and who is qualified by them go by a version of a mark scheme, so that project tasks have them too; a set
whose marks are wrong can be withdrawn, and a further attempt be granted; what left a queue is kept whole; practice saves
by itself.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import goldenthread.marking.coded

NAMES = ("KnownSet", "Clearance")


def _checked_now(schema_editor):
    """PostgreSQL changes no table in a transaction that has still to check rows of it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def by_scheme(apps, schema_editor):
    """A case study has one mark scheme. Somebody may have been let in before there was one: an empty one then."""
    MarkScheme = apps.get_model("goldenthread", "MarkScheme")
    for name in NAMES:
        for row in apps.get_model("goldenthread", name).objects.order_by("pk"):
            row.scheme, _ = MarkScheme.objects.get_or_create(
                case_study_id=row.case_study_id, defaults={"pass_mark": 0, "tolerance": 0}
            )
            row.save(update_fields=["scheme"])
    _checked_now(schema_editor)


def by_case(apps, schema_editor):
    """The way back; what belongs to the scheme of a project task has no case study and goes."""
    for name in NAMES:
        rows = apps.get_model("goldenthread", name).objects
        rows.filter(scheme__case_study=None).delete()
        for row in rows.select_related("scheme").order_by("pk"):
            row.case_study_id = row.scheme.case_study_id
            row.save(update_fields=["case_study"])
    _checked_now(schema_editor)


def scheme_of(name, null):
    return models.ForeignKey(
        null=null, on_delete=django.db.models.deletion.PROTECT, related_name=name, to="goldenthread.markscheme"
    )


def case_of(name):
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name=name, to="goldenthread.casestudy"
    )


class Migration(migrations.Migration):

    dependencies = [
        ("goldenthread", "0055_marking_by_kind_and_rule"),
    ]

    operations = [
        migrations.AddField("knownset", "scheme", scheme_of("known_sets", null=True)),
        migrations.AddField("clearance", "scheme", scheme_of("marking_clearances", null=True)),
        migrations.RemoveConstraint("knownset", "known_set_number_once"),
        migrations.AlterField("knownset", "case_study", case_of("known_sets")),
        migrations.AlterField("clearance", "case_study", case_of("marking_clearances")),
        migrations.RunPython(by_scheme, by_case),
        migrations.AlterModelOptions("knownset", {"ordering": ["scheme", "use", "number"]}),
        migrations.RemoveField("knownset", "case_study"),
        migrations.RemoveField("clearance", "case_study"),
        migrations.AlterField("knownset", "scheme", scheme_of("known_sets", null=False)),
        migrations.AlterField("clearance", "scheme", scheme_of("marking_clearances", null=False)),
        migrations.AddConstraint(
            "knownset",
            models.UniqueConstraint(fields=("scheme", "use", "number"), name="known_set_number_once"),
        ),
        migrations.AddField(
            "knownset",
            "withdrawn_by",
            models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField("knownset", "withdrawn_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("knownset", "withdrawn_because", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddConstraint(
            "knownset",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at__isnull", True), ("withdrawn_because", ""), ("withdrawn_by__isnull", True)),
                    models.Q(
                        ("agreed_at__isnull", False),
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_by__isnull", False),
                        models.Q(("withdrawn_because", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="known_set_withdrawn_by_and_because",
            ),
        ),
        migrations.AddField("clearance", "again", models.BooleanField(default=False)),
        migrations.AddConstraint(
            "clearance",
            models.CheckConstraint(
                condition=models.Q(("again", False), ("qualified", False), _connector="OR"), name="clearance_or_again"
            ),
        ),
        migrations.CreateModel(
            name="KnownFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("words", models.PositiveIntegerField(default=0)),
                ("file", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="known_evidence", to="goldenthread.storedfile")),
                ("script", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="goldenthread.knownscript")),
            ],
            options={
                "ordering": ["script", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("script", "number"), name="known_file_number_once"),
                    models.UniqueConstraint(fields=("script", "file"), name="known_file_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PracticeDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("marks", models.JSONField(default=dict)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("attempt", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="drafts", to="goldenthread.attempt")),
                ("script", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="drafts", to="goldenthread.knownscript")),
            ],
            options={
                "ordering": ["attempt", "script"],
                "constraints": [
                    models.UniqueConstraint(fields=("attempt", "script"), name="practice_draft_once_per_script")
                ],
            },
        ),
        migrations.CreateModel(
            name="LeftQueue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("notes", models.JSONField(default=dict)),
                ("passages", models.JSONField(default=list)),
                ("comment", models.TextField(blank=True)),
                ("feedback", models.TextField(blank=True)),
                ("next_step", models.TextField(blank=True)),
                ("by_kind", models.JSONField(default=dict)),
                ("evidence", models.TextField(blank=True)),
                ("seconds", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveSmallIntegerField()),
                ("marks", models.JSONField(default=dict)),
                ("cause", models.CharField(choices=[("conflict", "its marker declared a conflict"), ("lease", "its time ran out"), ("called_off", "it was not needed any more"), ("signed_off", "the moderation was signed off"), ("moderator", "its moderator declared a conflict")], max_length=20)),
                ("at", models.DateTimeField()),
                ("marker", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="left_queues", to=settings.AUTH_USER_MODEL)),
                ("script", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="left_queues", to="goldenthread.script")),
                ("seed", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="left_queues", to="goldenthread.seed")),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(models.Q(("script__isnull", False), ("seed__isnull", True)), models.Q(("script__isnull", True), ("seed__isnull", False)), _connector="OR"), name="left_queue_script_or_seed"),
                    models.CheckConstraint(condition=models.Q(models.Q(("cause", "moderator"), ("position", 0)), models.Q(("position__gte", 1), ("position__lte", 9), models.Q(("cause", "moderator"), _negated=True)), _connector="OR"), name="left_queue_of_a_marking_or_a_moderator"),
                ],
            },
            bases=(goldenthread.marking.coded.OfScriptOrSeed, models.Model),
        ),
    ]
