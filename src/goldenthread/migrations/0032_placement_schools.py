"""Boards, challenges and links of a placement are of the school that they were made for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0031_pass_alerts'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='boardrecord',
            name='board_record_once_per_school',
        ),
        migrations.AddField(
            model_name='boardrecord',
            name='at_school',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='goldenthread.school'),
        ),
        migrations.AddField(
            model_name='boardrecord',
            name='at_text',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='challenge',
            name='at_school',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='goldenthread.school'),
        ),
        migrations.AddField(
            model_name='challenge',
            name='at_text',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='projectlink',
            name='at_school',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='goldenthread.school'),
        ),
        migrations.AddField(
            model_name='projectlink',
            name='at_text',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='projectlink',
            name='of_placement',
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name='boardrecord',
            constraint=models.UniqueConstraint(condition=models.Q(('at_school__isnull', False)), fields=('project', 'school', 'at_school'), name='board_record_once_per_placement'),
        ),
        migrations.AddConstraint(
            model_name='boardrecord',
            constraint=models.UniqueConstraint(condition=models.Q(('at_school__isnull', True)), fields=('project', 'school', 'at_text'), name='board_record_once_per_school'),
        ),
        migrations.AddConstraint(
            model_name='boardrecord',
            constraint=models.CheckConstraint(condition=models.Q(('school', 'placement'), models.Q(('at_school__isnull', True), ('at_text', '')), _connector='OR'), name='board_record_of_home_at_no_placement'),
        ),
    ]
