"""Sample rules, batches, national moderation, minutes of the board, and remedies of appeals that were carried out."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from goldenthread.common import append_only

MINUTES = ("goldenthread_boardmeeting",)


def guard(apps, schema_editor):
    append_only.install(schema_editor, MINUTES)


def lift(apps, schema_editor):
    append_only.remove(schema_editor, MINUTES)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0025_standardisation_seeds_policy'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('point', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('most', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('reason', models.TextField()),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('proposed', 'waits for a second person'), ('done', 'back to marking'), ('drawn', 'marked anew, and sampled'), ('refused', 'not agreed'), ('taken_back', 'taken back')], default='proposed', max_length=20)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.TextField(blank=True)),
                ('scripts', models.JSONField(default=list)),
                ('seed', models.CharField(blank=True, max_length=32)),
                ('drawn_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['round', 'proposed_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='BoardMeeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form_key', models.UUIDField(unique=True)),
                ('held_on', models.DateField()),
                ('present', models.TextField()),
                ('decision', models.CharField(choices=[('release', 'the results can be released'), ('wait', 'the results wait')], max_length=20)),
                ('reasons', models.TextField()),
                ('figures', models.JSONField()),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['window', 'recorded_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='NationalAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('confirmed', models.PositiveIntegerField()),
                ('adjusted', models.JSONField()),
                ('read_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('read', 'waits for a second person'), ('applied', 'applied'), ('refused', 'not applied'), ('taken_back', 'taken back')], default='read', max_length=20)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['round', 'read_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='NationalMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('half_marks_learn_that', models.PositiveSmallIntegerField()),
                ('half_marks_learn_how_to', models.PositiveSmallIntegerField()),
                ('reason', models.TextField()),
            ],
            options={
                'ordering': ['answer', 'id'],
            },
        ),
        migrations.CreateModel(
            name='NationalPackage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scripts', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['round', 'made_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SampleTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('share_percent', models.PositiveSmallIntegerField()),
                ('below', models.PositiveSmallIntegerField()),
                ('above', models.PositiveSmallIntegerField()),
                ('every_fail', models.BooleanField()),
                ('each_least', models.PositiveSmallIntegerField()),
                ('each_percent', models.PositiveSmallIntegerField()),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['window'],
            },
        ),
        migrations.AddField(
            model_name='appeal',
            name='remedy_done',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='appeal',
            name='remedy_done_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='appeal',
            name='remedy_done_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='round',
            name='drawn_from',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='round',
            name='national',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='round',
            name='national_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='round',
            name='terms',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='sampled',
            name='reasons',
            field=models.JSONField(default=list),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('remedy_done', ''), ('remedy_done_at__isnull', True), ('remedy_done_by__isnull', True)), models.Q(('remedy_done_at__isnull', False), ('remedy_done_by__isnull', False), ('verdict', 'upheld'), models.Q(('remedy_done', ''), _negated=True)), _connector='OR'), name='appeal_remedy_done_by_at_and_how'),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.CheckConstraint(condition=models.Q(('national_at__isnull', True), models.Q(('national', True), ('signed_off_at__isnull', False)), _connector='OR'), name='round_national_after_sign_off'),
        ),
        migrations.AddField(
            model_name='batch',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batch',
            name='marker',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batch',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batch',
            name='round',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='goldenthread.round'),
        ),
        migrations.AddField(
            model_name='boardmeeting',
            name='recorded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='boardmeeting',
            name='window',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='board_meetings', to='goldenthread.window'),
        ),
        migrations.AddField(
            model_name='nationalanswer',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='nationalanswer',
            name='read_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='nationalanswer',
            name='round',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='goldenthread.round'),
        ),
        migrations.AddField(
            model_name='nationalmark',
            name='answer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='goldenthread.nationalanswer'),
        ),
        migrations.AddField(
            model_name='nationalmark',
            name='script',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='national_mark', to='goldenthread.script'),
        ),
        migrations.AddField(
            model_name='nationalpackage',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='nationalpackage',
            name='round',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packages', to='goldenthread.round'),
        ),
        migrations.AddField(
            model_name='sampleterms',
            name='set_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='sampleterms',
            name='window',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sample_terms', to='goldenthread.window'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('round',), name='batch_one_proposed_per_round'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='batch_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state', 'proposed')), models.Q(models.Q(('state', 'proposed'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='batch_decided_by_and_at'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'taken_back']), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='batch_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='boardmeeting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('present', ''), _negated=True), models.Q(('reasons', ''), _negated=True), ('decision__in', ['release', 'wait'])), name='board_meeting_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='nationalanswer',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['read', 'applied'])), fields=('round',), name='national_answer_one_per_round'),
        ),
        migrations.AddConstraint(
            model_name='nationalanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state', 'read')), models.Q(models.Q(('state', 'read'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='national_answer_decided_by_and_at'),
        ),
        migrations.AddConstraint(
            model_name='nationalanswer',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['read', 'taken_back']), models.Q(('decided_by', models.F('read_by')), _negated=True), _connector='OR'), name='national_answer_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='nationalmark',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='national_mark_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='nationalpackage',
            constraint=models.UniqueConstraint(fields=('round', 'sha256'), name='national_package_once'),
        ),
        migrations.AddConstraint(
            model_name='sampleterms',
            constraint=models.CheckConstraint(condition=models.Q(('each_percent__lte', 100), ('share_percent__lte', 100)), name='sample_terms_shares'),
        ),
        migrations.RunPython(guard, lift),
    ]
