"""What boards, challenges and links of a placement there are is of its school of today."""

from django.db import migrations


def of_the_placement(apps, schema_editor):
    """What is there counts for the placement school of today, as it did."""
    Placement = apps.get_model("goldenthread", "Placement")
    BoardRecord = apps.get_model("goldenthread", "BoardRecord")
    Challenge = apps.get_model("goldenthread", "Challenge")
    ProjectLink = apps.get_model("goldenthread", "ProjectLink")
    for placement in Placement.objects.order_by("pk").iterator():
        at = {"at_school_id": placement.school_id, "at_text": placement.school_text}
        BoardRecord.objects.filter(project=placement.project_id, school="placement").update(**at)
        Challenge.objects.filter(placement=placement).update(**at)
        boards = BoardRecord.objects.filter(project=placement.project_id, school="placement").exists()
        purposes = ["host", "board"] if boards else ["host"]
        asked = ProjectLink.objects.filter(project=placement.project_id, purpose__in=purposes)
        asked.update(of_placement=True, **at)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0032_placement_schools'),
    ]

    operations = [
        migrations.RunPython(of_the_placement, migrations.RunPython.noop),
    ]
