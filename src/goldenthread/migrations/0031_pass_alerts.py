"""Alerts of pass rates that are under the claimed one, one for an intake."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0030_parts_of_mark_points'),
    ]

    operations = [
        migrations.CreateModel(
            name='PassAlert',
            fields=[
                ('intake', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='pass_alert', serialize=False, to='goldenthread.intake')),
                ('passed', models.PositiveIntegerField()),
                ('assessed', models.PositiveIntegerField()),
                ('raised_at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('acknowledged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['intake'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', True), ('acknowledged_by__isnull', True), ('note', '')), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='pass_alert_acknowledged_with_a_note')],
            },
        ),
    ]
