from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

STAGES = [
    ("induction", "induction"),
    ("development", "development"),
    ("assessment", "summative assessment"),
    ("awarded", "awarded"),
    ("revoked", "award revoked"),
    ("not_achieved", "not achieved"),
]


def say_what_is_revoked(apps, schema_editor):
    """Whose award was revoked by itself, with a pass that stands, is at "revoked" and no longer at "awarded"."""
    Enrolment = apps.get_model("goldenthread", "Enrolment")
    Award = apps.get_model("goldenthread", "Award")
    Outcome = apps.get_model("goldenthread", "Outcome")
    awards = Award.objects.filter(outcome__enrolment=OuterRef("pk")).order_by()
    newer = Outcome.objects.filter(
        enrolment=OuterRef("enrolment"), window=OuterRef("window"), task="",
        number__gt=OuterRef("number"), released_at__isnull=False,
    ).order_by()
    passed = Outcome.objects.filter(
        ~Exists(newer), enrolment=OuterRef("pk"), task="", result="passed", released_at__isnull=False
    ).order_by()
    found = Enrolment.objects.filter(
        Exists(awards.filter(revoked_at__isnull=False)),
        ~Exists(awards.filter(revoked_at__isnull=True)),
        Exists(passed),
        stage="awarded",
    )
    for pk in list(found.order_by("pk").values_list("pk", flat=True)):
        Enrolment.objects.filter(pk=pk).update(stage="revoked")


def say_awarded(apps, schema_editor):
    apps.get_model("goldenthread", "Enrolment").objects.filter(stage="revoked").update(stage="awarded")


class Migration(migrations.Migration):
    """A stage for those whose award was revoked by itself, which those are given who stand there already; live figures
    as they are published; and plans of support from before an assessment.
    """

    dependencies = [
        ("goldenthread", "0046_packages_draws_and_moderators_notes"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="enrolment", name="enrolment_stage_is_known"),
        migrations.AlterField(
            model_name="enrolment",
            name="stage",
            field=models.CharField(choices=STAGES, default="induction", max_length=20),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=Q(stage__in=[key for key, _ in STAGES]), name="enrolment_stage_is_known"
            ),
        ),
        migrations.CreateModel(
            name="PublishedFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, unique=True)),
                ("groups", models.JSONField()),
                ("since", models.DateTimeField()),
            ],
            options={"ordering": ["key"]},
        ),
        migrations.AlterField(
            model_name="supportplan",
            name="outcome",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="support_plans",
                to="goldenthread.outcome",
            ),
        ),
        migrations.AddField(
            model_name="supportplan",
            name="window",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="early_plans",
                to="goldenthread.window",
            ),
        ),
        migrations.AddField(
            model_name="supportplan",
            name="reasons",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AlterField(
            model_name="supportplan",
            name="ending",
            field=models.CharField(
                blank=True,
                choices=[
                    ("passed", "passed"),
                    ("deferred", "deferred"),
                    ("declined", "declined by the participant"),
                    ("withdrawn", "withdrawn"),
                    ("reached", "not needed any more"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="planitem",
            name="kind",
            field=models.CharField(
                choices=[
                    ("condition", "missed condition"),
                    ("area", "from the feedback"),
                    ("risk", "before the assessment"),
                    ("agreed", "agreed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="supportplan",
            constraint=models.UniqueConstraint(
                condition=Q(window__isnull=False),
                fields=("enrolment", "window"),
                name="support_plan_offered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="supportplan",
            constraint=models.CheckConstraint(
                condition=Q(outcome__isnull=False) | Q(window__isnull=False),
                name="support_plan_about_something",
            ),
        ),
        migrations.RunPython(say_what_is_revoked, say_awarded),
    ]
