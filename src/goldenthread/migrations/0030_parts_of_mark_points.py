"""To which part of the response a mark point belongs; published schemes stay as they are, for the whole of it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0029_discussions'),
    ]

    operations = [
        migrations.AddField(
            model_name='markpoint',
            name='part',
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
