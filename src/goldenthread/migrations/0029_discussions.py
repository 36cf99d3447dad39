"""Discussions between two markers, what is written and answered in them, and marks that stand after one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from goldenthread.common import append_only

WORDS = ("goldenthread_discussionmessage", "goldenthread_discussionanswer", "goldenthread_markchange")


def guard(apps, schema_editor):
    append_only.install(schema_editor, WORDS)


def lift(apps, schema_editor):
    append_only.remove(schema_editor, WORDS)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0028_pay_of_markers'),
    ]

    operations = [
        migrations.CreateModel(
            name='Discussion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_marking', models.PositiveBigIntegerField()),
                ('second_marking', models.PositiveBigIntegerField()),
                ('opened_at', models.DateTimeField()),
                ('until_on', models.DateField()),
                ('ending', models.CharField(blank=True, choices=[('agreed', 'the marks agree'), ('third', 'a third marker decides'), ('fell', 'it counts for nothing')], max_length=10)),
                ('cause', models.CharField(blank=True, choices=[('answered', 'both have answered'), ('time', 'its last day has passed'), ('role', 'one of the two marks no more'), ('stopped', 'the marking of one of the two is paused'), ('conflict', 'a conflict of interest has come up'), ('office', 'the office ended it'), ('aside', 'marks were set aside'), ('replaced', 'the script was replaced')], max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['until_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='DiscussionAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('marking', models.PositiveBigIntegerField()),
                ('marks', models.JSONField()),
                ('learn_that', models.PositiveSmallIntegerField()),
                ('learn_how_to', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='DiscussionMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('form_key', models.UUIDField(unique=True)),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='MarkChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('point', models.PositiveSmallIntegerField()),
                ('was', models.PositiveSmallIntegerField()),
                ('now', models.PositiveSmallIntegerField()),
                ('reason', models.TextField()),
            ],
            options={
                'ordering': ['answer', 'point'],
            },
        ),
        migrations.AddField(
            model_name='marking',
            name='passages',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='marking',
            name='revised',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='marking',
            name='revised_learn_how_to',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='marking',
            name='revised_learn_that',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='markingpolicy',
            name='apart',
            field=models.CharField(choices=[('third', 'A third marker decides'), ('discussion', "The two discuss the script first; a third marker decides if they still don't agree")], default='third', max_length=10),
        ),
        migrations.AddField(
            model_name='markingpolicy',
            name='discussion_days',
            field=models.PositiveSmallIntegerField(default=5),
        ),
        migrations.AddField(
            model_name='setaside',
            name='passages',
            field=models.JSONField(default=list),
        ),
        migrations.AddConstraint(
            model_name='marking',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revised__isnull', True), ('revised_learn_how_to__isnull', True), ('revised_learn_that__isnull', True)), models.Q(('revised__isnull', False), ('revised_learn_how_to__isnull', False), ('revised_learn_that__isnull', False), ('state', 'submitted')), _connector='OR'), name='marking_revised_with_marks'),
        ),
        migrations.AddField(
            model_name='discussion',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='discussion',
            name='first_marker',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='discussion',
            name='script',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discussions', to='goldenthread.script'),
        ),
        migrations.AddField(
            model_name='discussion',
            name='second_marker',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='discussionanswer',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='discussionanswer',
            name='discussion',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='goldenthread.discussion'),
        ),
        migrations.AddField(
            model_name='discussionmessage',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='discussionmessage',
            name='discussion',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='goldenthread.discussion'),
        ),
        migrations.AddField(
            model_name='markchange',
            name='answer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='goldenthread.discussionanswer'),
        ),
        migrations.AddIndex(
            model_name='discussion',
            index=models.Index(fields=['ending', 'until_on'], name='discussion_open'),
        ),
        migrations.AddConstraint(
            model_name='discussion',
            constraint=models.UniqueConstraint(condition=models.Q(('ending', 'fell'), _negated=True), fields=('script',), name='discussion_one_of_a_script'),
        ),
        migrations.AddConstraint(
            model_name='discussion',
            constraint=models.CheckConstraint(condition=models.Q(('first_marker', models.F('second_marker')), _negated=True), name='discussion_between_two'),
        ),
        migrations.AddConstraint(
            model_name='discussion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cause', ''), ('ended_at__isnull', True), ('ending', '')), models.Q(models.Q(('ending', ''), _negated=True), models.Q(('cause', ''), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='discussion_ended_with_a_cause'),
        ),
        migrations.AddConstraint(
            model_name='discussion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cause', 'office'), _negated=True), models.Q(('ended_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='discussion_ended_by_the_office_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='discussionanswer',
            constraint=models.UniqueConstraint(fields=('discussion', 'position'), name='discussion_answer_once'),
        ),
        migrations.AddConstraint(
            model_name='discussionanswer',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1), ('position__lte', 2)), name='discussion_answer_of_a_side'),
        ),
        migrations.AddConstraint(
            model_name='discussionmessage',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='discussion_message_with_text'),
        ),
        migrations.AddConstraint(
            model_name='discussionmessage',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1), ('position__lte', 2)), name='discussion_message_of_a_side'),
        ),
        migrations.AddConstraint(
            model_name='markchange',
            constraint=models.UniqueConstraint(fields=('answer', 'point'), name='mark_change_once_per_point'),
        ),
        migrations.AddConstraint(
            model_name='markchange',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='mark_change_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='markchange',
            constraint=models.CheckConstraint(condition=models.Q(('was', models.F('now')), _negated=True), name='mark_change_changes'),
        ),
        migrations.RunPython(guard, lift),
    ]
