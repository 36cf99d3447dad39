"""Case studies under seal, who was shown them closed to change, and windows for some of an intake.

Sealing needs the keys (GOLDENTHREAD_CASE_KEYS in production) where there is a case study to seal. There is no way back:
what was sealed is not written in clear again. `goldenthread prepare` then clears what the database kept of the old rows.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Min

from goldenthread.assessment import sealing
from goldenthread.common import append_only

SHOWN = ("goldenthread_caseaccess",)


def seal(apps, schema_editor):
    """Put every text under seal, as `assessment.sealed` does, and forget it in clear."""
    case_model = apps.get_model("goldenthread", "CaseStudy")
    if not case_model.objects.exists():
        return
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")  # what a row or a table leaves behind is overwritten
    from goldenthread.assessment.case_keys import ring

    keys = ring()
    for case in case_model.objects.order_by("pk"):
        text = {"title": case.title, "body": case.body, "question": case.question}
        case.sealed = sealing.seal(text, sealing.Place("text", case.pk, case.revision), keys)
        if case.needs:
            case.sealed_needs = sealing.seal({"needs": case.needs}, sealing.Place("needs", case.pk, 0), keys)
        released = apps.get_model("goldenthread", "Sitting").objects.filter(window__case_study=case.pk)
        case.unlocked_at = released.aggregate(first=Min("released_at"))["first"]
        case.title = case.body = case.question = case.needs = ""
        case.save()
    point_model = apps.get_model("goldenthread", "MarkPoint")
    for scheme in apps.get_model("goldenthread", "MarkScheme").objects.filter(case_study__isnull=False):
        points = point_model.objects.filter(scheme=scheme)
        texts = {str(number): text for number, text in points.values_list("number", "criterion")}
        place = sealing.Place("scheme", scheme.case_study_id, scheme.revision)
        scheme.sealed = sealing.seal(texts, place, keys)
        scheme.save(update_fields=["sealed"])
        points.update(criterion="")


def name_capacity(apps, schema_editor):
    """Whoever was shown a case study in a sitting sat it; the others wrote it."""
    looks = apps.get_model("goldenthread", "CaseAccess").objects.filter(sitting__isnull=False)
    looks.update(capacity="participant")


def guard(apps, schema_editor):
    append_only.install(schema_editor, SHOWN)


def lift(apps, schema_editor):
    append_only.remove(schema_editor, SHOWN)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0020_awards_badges_credit'),
    ]

    operations = [
        migrations.AddField('casestudy', 'sealed', models.TextField(default=''), preserve_default=False),
        migrations.AddField('casestudy', 'sealed_needs', models.TextField(blank=True, default=''), preserve_default=False),
        migrations.AddField('casestudy', 'unlocked_at', models.DateTimeField(blank=True, null=True)),
        migrations.AddField('casestudy', 'fault', models.CharField(blank=True, default='', max_length=20), preserve_default=False),
        migrations.AddField('casestudy', 'withdrawn_at', models.DateTimeField(blank=True, null=True)),
        migrations.AddField('casestudy', 'withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
        migrations.AddField('casestudy', 'withdrawn_because', models.CharField(blank=True, default='', max_length=500), preserve_default=False),
        migrations.AddField('markscheme', 'sealed', models.TextField(blank=True, default=''), preserve_default=False),
        migrations.AddField('caseaccess', 'capacity', models.CharField(choices=[('author', 'author'), ('participant', 'participant'), ('marker', 'marker'), ('moderator', 'moderator')], default='author', max_length=20)),
        migrations.AddField('caseaccess', 'revision', models.PositiveIntegerField(null=True)),
        migrations.AddField('window', 'for_zone', models.CharField(blank=True, default='', max_length=60), preserve_default=False),
        migrations.AddField('window', 'for_group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='windows', to='goldenthread.group')),
        migrations.CreateModel(
            name='CasePolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('apart', models.CharField(choices=[('together', 'one case study for all'), ('zone', 'a different one for each time zone'), ('group', 'a different one for each group')], max_length=20)),
                ('reason', models.TextField()),
                ('set_at', models.DateTimeField()),
                ('intake', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='case_policies', to='goldenthread.intake')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={'ordering': ['intake', '-set_at', '-id']},
        ),
        migrations.RenameField('markpoint', 'text', 'criterion'),
        migrations.AlterField('markpoint', 'criterion', models.CharField(blank=True, max_length=400)),
        migrations.RunPython(seal),
        migrations.RunPython(name_capacity, migrations.RunPython.noop),
        migrations.RunPython(guard, lift),
        migrations.RemoveConstraint('markpoint', 'mark_point_kind_known'),
        migrations.AddConstraint('markpoint', models.CheckConstraint(condition=models.Q(models.Q(('criterion', ''), ('kind__in', ['learn_that', 'learn_how_to']), ('statement__isnull', False)), models.Q(('kind', 'criterion'), ('statement__isnull', True), models.Q(('criterion', ''), _negated=True)), _connector='OR'), name='mark_point_kind_known')),
        migrations.AddConstraint('casestudy', models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_because', ''), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_because', ''), _negated=True)), _connector='OR'), name='case_study_withdrawn_by_and_because')),
        migrations.RemoveConstraint('window', 'window_one_a_day_per_intake'),
        migrations.AddConstraint('window', models.UniqueConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), ('for_group__isnull', True)), fields=('intake', 'opens_on', 'task', 'for_zone'), name='window_one_a_day_per_intake')),
        migrations.AddConstraint('window', models.UniqueConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), ('for_group__isnull', False)), fields=('intake', 'opens_on', 'task', 'for_group'), name='window_one_a_day_per_group')),
        migrations.AddConstraint('window', models.CheckConstraint(condition=models.Q(('for_zone', ''), ('for_group__isnull', True), _connector='OR'), name='window_for_a_zone_or_a_group')),
        migrations.RemoveField('casestudy', 'title'),
        migrations.RemoveField('casestudy', 'body'),
        migrations.RemoveField('casestudy', 'question'),
        migrations.RemoveField('casestudy', 'needs'),
    ]
