"""Blind marks that another moderator took over, and the signature of a package for the national moderator."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from goldenthread.common import append_only

LOOKS = ("goldenthread_earlierlook",)


def guard(apps, schema_editor):
    append_only.install(schema_editor, LOOKS)


def lift(apps, schema_editor):
    append_only.remove(schema_editor, LOOKS)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0037_refused_documents'),
    ]

    operations = [
        migrations.CreateModel(
            name='EarlierLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('marks', models.JSONField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['sampled', 'at', 'id'],
            },
        ),
        migrations.AddField(
            model_name='nationalpackage',
            name='form',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='nationalpackage',
            name='key',
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name='nationalpackage',
            name='signature',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddConstraint(
            model_name='nationalpackage',
            constraint=models.CheckConstraint(condition=models.Q(('form', 1), models.Q(models.Q(('key', ''), _negated=True), models.Q(('signature', ''), _negated=True)), _connector='OR'), name='national_package_signed'),
        ),
        migrations.AddField(
            model_name='earlierlook',
            name='marked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='earlierlook',
            name='sampled',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='earlier', to='goldenthread.sampled'),
        ),
        migrations.AddField(
            model_name='earlierlook',
            name='taken_over_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(guard, lift),
    ]
