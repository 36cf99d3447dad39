"""Whether a board signed is said by its link alone."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("goldenthread", "0051_uploads_let_open"),
    ]

    operations = [
        migrations.RemoveField(model_name="boardrecord", name="signed_as"),
        migrations.RemoveField(model_name="boardrecord", name="signed_at"),
    ]
