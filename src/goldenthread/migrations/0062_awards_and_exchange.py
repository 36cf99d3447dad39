"""Which signs of a confirmed name have no font on the server; a document with a request for another name."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("goldenthread", "0061_trail_findings"),
    ]

    operations = [
        migrations.AddField(
            model_name="certificatename",
            name="lacks",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="namerequest",
            name="document",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.PROTECT,
                related_name="+",
                to="goldenthread.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="namerequest",
            name="document_name",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name="namerequest",
            name="document_removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
