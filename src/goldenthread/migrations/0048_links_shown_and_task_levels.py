"""What was shown to a board, a host or a sponsor is kept with their answer, which is for exactly that; criteria of a
project task may have levels for the whole response.
"""

from django.db import migrations, models


def as_it_stands(apps, schema_editor):
    """Answers that are there go on counting for what stands there now, as they did.

    A board's whose record was changed since bears no signature any more; nothing says what it was shown.
    """
    ProjectLink = apps.get_model("goldenthread", "ProjectLink")
    BoardRecord = apps.get_model("goldenthread", "BoardRecord")
    answered = ProjectLink.objects.filter(answered_at__isnull=False).select_related(
        "project__enrolment__school", "project__enrolment__application__school", "project__placement"
    )
    for link in answered.order_by("pk").iterator():
        project = link.project
        plan = {name: str(project.plan.get(name, "")) for name in ("focus", "change")}
        if link.purpose == "sponsor":
            link.shown = plan
        elif link.purpose == "host":
            placement = getattr(project, "placement", None)
            link.shown = {
                "home": _home(project.enrolment),
                "dimensions": list(placement.dimensions) if placement else [],
                "statement": placement.statement if placement else "",
            }
        else:
            record = BoardRecord.objects.filter(
                project=project, school="placement" if link.of_placement else "home",
                at_school=link.at_school_id, at_text=link.at_text, signed_at__isnull=False,
            ).first()
            if record is None:
                continue
            told = {name: getattr(record, name) for name in ("board", "attendees", "feedback")}
            link.shown = {**plan, **told, "presented_on": record.presented_on.isoformat()}
        link.save(update_fields=["shown"])


def _home(enrolment):
    if enrolment.school:
        return enrolment.school.name
    application = enrolment.application
    return application.school.name if application.school else application.school_text


class Migration(migrations.Migration):

    dependencies = [
        ("goldenthread", "0047_revoked_and_early_support"),
    ]

    operations = [
        migrations.AddField(
            model_name="projectlink",
            name="shown",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="markpoint",
            name="criterion_levels",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddConstraint(
            model_name="markpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("criterion_levels", ""), ("kind", "criterion"), _connector="OR"),
                name="mark_point_levels_of_a_criterion",
            ),
        ),
        migrations.RunPython(as_it_stands, migrations.RunPython.noop),
    ]
