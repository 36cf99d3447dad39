from django.db import migrations, models


class Migration(migrations.Migration):
    """What a window states of counting and declarations, and what a script declares; nothing of those that are there."""

    dependencies = [
        ("goldenthread", "0040_conflicts_and_capacity_of_markers"),
    ]

    operations = [
        migrations.AddField(
            model_name="window",
            name="policies",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="script",
            name="declared",
            field=models.JSONField(default=dict),
        ),
    ]
