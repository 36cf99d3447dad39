"""The core tasks of online courses: one for each module where the version asks for them (S1-34, S1-35, S3-31).

A core task is a formative task under its module's own activity, so that its pages, its tutor and its feedback are the
same; what module and task credit together is at most what is planned for the module.
"""

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.engagement.outline import outline_of
from goldenthread.learning import rules
from goldenthread.learning.models import FormativeTask

PURPOSE = (
    "To show that you can use this module in your own school. It is a core task, which must be accepted for the "
    "qualification; it gives no marks toward the assessment."
)
BRIEF = (
    "Use what the module “{title}” is about in your own school, with people whom you lead.\n\n"
    "1. **Context**: who was involved, and what was the case before?\n"
    "2. **Application**: what did you do?\n"
    "3. **Evidence**: what changed, and what shows it?\n"
    "4. **Reflection**: what would you do differently?\n\n"
    "Some 300 to 600 words are enough. Leave out names of pupils and colleagues."
)


def ensure_core_tasks(version: ProgrammeVersion) -> int:
    """Give every module of a version's courses its core task, if the version asks for them; how many are new."""
    specification = version.specification
    if specification.achievement is None or not specification.achievement.core_tasks:
        return 0
    made = 0
    modules = [item for item in outline_of(specification) if item.kind == "study"]
    for number, item in enumerate(modules, start=1):
        rules.check_task(purpose=PURPOSE)
        _, new = FormativeTask.objects.get_or_create(
            version=version,
            activity_key=item.key,
            defaults={
                "title": f"Core task {number}: {item.title}"[:200],
                "purpose": PURPOSE,
                "brief": BRIEF.format(title=item.title),
            },
        )
        made += new
    return made
