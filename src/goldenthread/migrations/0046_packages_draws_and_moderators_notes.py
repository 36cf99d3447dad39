import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0045_handed_back_and_asked_comparisons'),
    ]

    operations = [
        migrations.AddField(
            model_name='caseaccess',
            name='window',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accesses', to='goldenthread.window'),
        ),
        migrations.AlterField(
            model_name='caseaccess',
            name='capacity',
            field=models.CharField(choices=[('author', 'author'), ('participant', 'participant'), ('marker', 'marker'), ('moderator', 'moderator'), ('package', 'taken out in a national package')], default='author', max_length=20),
        ),
        migrations.AddField(
            model_name='round',
            name='completions',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='sampled',
            name='passages',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='earlierlook',
            name='passages',
            field=models.JSONField(null=True),
        ),
    ]
