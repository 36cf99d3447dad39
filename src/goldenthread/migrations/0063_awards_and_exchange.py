"""Which signs of a confirmed name have no font on the server."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("goldenthread", "0059_what_stands"),
    ]

    operations = [
        migrations.AddField(
            model_name="certificatename",
            name="lacks",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
