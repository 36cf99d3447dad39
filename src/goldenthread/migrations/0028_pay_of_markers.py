"""Rates, payment runs, payments and their corrections, whether marks set aside are paid, and the time they took."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from goldenthread.common import append_only

MONEY = (
    "goldenthread_payrate",
    "goldenthread_payrun",
    "goldenthread_paydecision",
    "goldenthread_payentry",
    "goldenthread_payword",
)


def guard(apps, schema_editor):
    append_only.install(schema_editor, MONEY)


def lift(apps, schema_editor):
    append_only.remove(schema_editor, MONEY)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0027_practice'),
    ]

    operations = [
        migrations.AddField(
            model_name='setaside',
            name='seconds',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.CreateModel(
            name='PayRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField()),
                ('marking', models.PositiveIntegerField()),
                ('further', models.PositiveIntegerField()),
                ('practice', models.PositiveIntegerField()),
                ('reason', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('form_key', models.UUIDField(unique=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('window', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pay_rates', to='goldenthread.window')),
            ],
            options={
                'ordering': ['window', 'from_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='PayRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('lines', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('form_key', models.UUIDField(unique=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('window', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pay_runs', to='goldenthread.window')),
            ],
            options={
                'ordering': ['window', 'number'],
            },
        ),
        migrations.CreateModel(
            name='PayEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pence', models.IntegerField()),
                ('reason', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('corrects', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='goldenthread.payentry')),
                ('marker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pay_entries', to=settings.AUTH_USER_MODEL)),
                ('window', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pay_entries', to='goldenthread.window')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='goldenthread.payrun')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='PayDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approved', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rate', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='goldenthread.payrate')),
                ('run', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='goldenthread.payrun')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='PayWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due', models.BooleanField()),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('set_aside', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pay_words', to='goldenthread.setaside')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.AddConstraint(
            model_name='payrate',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='pay_rate_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='payrun',
            constraint=models.UniqueConstraint(fields=('window', 'number'), name='pay_run_number_once'),
        ),
        migrations.AddConstraint(
            model_name='payentry',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', True)), fields=('run', 'marker'), name='pay_entry_once_per_run'),
        ),
        migrations.AddConstraint(
            model_name='payentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects__isnull', True), ('pence__gt', 0)), models.Q(('corrects__isnull', False), ('pence__lt', 0), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='pay_entry_paid_or_corrected'),
        ),
        migrations.AddConstraint(
            model_name='paydecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('rate__isnull', False), ('run__isnull', True)), models.Q(('rate__isnull', True), ('run__isnull', False)), _connector='OR'), name='pay_decision_about_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='paydecision',
            constraint=models.CheckConstraint(condition=models.Q(('approved', False), models.Q(('by', models.F('made_by')), _negated=True), _connector='OR'), name='pay_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='payword',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='pay_word_with_reason'),
        ),
        migrations.RunPython(guard, lift),
    ]
