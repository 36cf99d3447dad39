from django.db import migrations, models

from goldenthread.common import content_mark
from goldenthread.search import index

# As they were when this migration was written: later tables are watched by the migrations that make them.
WATCHED = (
    "goldenthread_programme",
    "goldenthread_programme_replaced_by",
    "goldenthread_programmeversion",
    "goldenthread_framework",
    "goldenthread_contentarea",
    "goldenthread_statement",
    "goldenthread_evidence",
    "goldenthread_evidenceuse",
    "goldenthread_variant",
    "goldenthread_statementlink",
    "goldenthread_intake",
    "goldenthread_testimonial",
    "goldenthread_brand",
    "goldenthread_contactpoint",
    "goldenthread_claim",
    "goldenthread_organisation",
    "goldenthread_organisationrole",
)


def make(apps, schema_editor):
    content_mark.install(schema_editor, WATCHED)
    index.install(schema_editor)


def unmake(apps, schema_editor):
    index.remove(schema_editor)
    content_mark.remove(schema_editor, WATCHED)


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0011_versions'),
    ]

    operations = [
        migrations.CreateModel(
            name='ContentMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=36)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(max_length=20)),
                ('position', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=300)),
                ('context', models.CharField(blank=True, max_length=200)),
                ('text', models.TextField(blank=True)),
                ('url', models.CharField(max_length=300)),
                ('title_words', models.TextField()),
                ('all_words', models.TextField()),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SearchState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(max_length=100)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.RunPython(make, unmake),
    ]
