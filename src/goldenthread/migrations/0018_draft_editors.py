from django.conf import settings
from django.db import migrations, models


def editors_by_the_trail(apps, schema_editor):
    """Of the drafts that are there: who handed the file in or saved a change, as the audit trail tells."""
    draft_model = apps.get_model("goldenthread", "VersionDraft")
    events = apps.get_model("goldenthread", "AuditEvent").objects
    for draft in draft_model.objects.filter(state__in=["draft", "checked"]):
        saved = events.filter(subject=f"versiondraft:{draft.pk}", verb="draft.saved", actor__startswith="user:")
        found = {int(actor.removeprefix("user:")) for actor in saved.values_list("actor", flat=True)}
        draft.editors.add(*found, draft.edited_by_id)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0001_squashed_0017_framework_proposals'),
    ]

    operations = [
        migrations.AddField(
            model_name='versiondraft',
            name='editors',
            field=models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(editors_by_the_trail, migrations.RunPython.noop),
    ]
