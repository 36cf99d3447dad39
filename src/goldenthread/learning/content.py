"""The content that a version begins with: short texts of our own for every module and formative task. Pure.

A provider replaces them by its own; until then every specification can be worked through without any code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goldenthread.catalogue.structure import Course
from goldenthread.common.quantities import hours_text
from goldenthread.engagement.outline import PlanItem

MODULE_KINDS = ("induction", "needs_analysis", "study")
TASK_KIND = "formative_task"


@dataclass(frozen=True)
class AreaStatements:
    """What the framework says of an area: why something works, and what leaders do."""

    learn_that: tuple[str, ...] = ()
    learn_how_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What a version says of itself, for its first texts; whatever it leaves unsaid, they leave out."""

    programme: str
    areas: tuple[str, ...] = ()
    courses: tuple[Course, ...] = ()
    statements: Mapping[str, AreaStatements] = field(default_factory=dict)


@dataclass(frozen=True)
class ModuleText:
    see_it: str
    name_it: str
    do_it: str


@dataclass(frozen=True)
class TaskText:
    title: str
    purpose: str
    brief: str


def module_text(item: PlanItem, known: Known) -> ModuleText:
    """See it, name it, do it for a module: for induction, for a needs analysis, or for an area of content."""
    if item.kind == "induction":
        return _induction(known.programme)
    if item.kind == "needs_analysis":
        return _needs_analysis(known.areas)
    found = known.statements.get(item.title)
    if found and found.learn_that and found.learn_how_to:
        return _study_of(item, found)
    return _study(item, known)


def _study_of(item: PlanItem, found: AreaStatements) -> ModuleText:
    """A module on an area whose statements the framework gives."""
    time = (
        f" Allow some {hours_text(item.minutes)} for the whole module, in several sittings."
        if item.minutes
        else ""
    )
    return ModuleText(
        see_it=f"**{item.title}** rests on thoughts like these:\n\n{_listed(found.learn_that)}\n\n"
        "Take the one that you doubt most. Watch for it in your own school for a day: what do adults do and say, and "
        f"what do pupils do? Write down three things that anybody could have seen.{time}",
        name_it=f"Now look at what leaders do here:\n\n{_listed(found.learn_how_to)}\n\n"
        "Which of these happens in your school by plan, which by chance, and which not at all? Name for each the "
        "person who would notice if it stopped.",
        do_it=f"Begin with this one, or with another of the list that fits your school better: "
        f"*{found.learn_how_to[0]}*\n\n"
        "Agree with the people you lead what you will do within two weeks, what you will look for, and when you "
        "will look. Then finish this module with a few sentences on what you chose and why.",
    )


def _study(item: PlanItem, known: Known) -> ModuleText:
    """A module of which nothing but the title is known, and perhaps the course that it belongs to."""
    return ModuleText(
        see_it=f"{_place_of(item, known.courses)}Think of a school where **{item.title}** works well: yours, or one "
        "that you know. Picture one ordinary morning there. What would a visitor see adults do and say? What would "
        "they see pupils do?\n\nWrite down three things that are visible. Leave out what you only suppose.",
        name_it=f"Now give names to what you saw. Open the framework at **{item.title}** and find the statements "
        "that describe it: one *learn that* statement, which says why it works, and one *learn how to* statement, "
        "which says what a leader does.\n\nWhich of the two does your school know better?",
        do_it=f"Choose one small thing about **{item.title}** that you can change within the next two weeks, with "
        "people you lead. Agree with them what you will do, what you will look for, and when you will look.\n\n"
        "Then finish this module with a few sentences on what you chose and why.",
    )


def _place_of(item: PlanItem, courses: Sequence[Course]) -> str:
    """Where a module stands in its course: "This is module 2 of 4 of the course “…”, after “…”."."""
    for course in courses:
        titles = [module.title for module in course.modules]
        if item.title in titles:
            place = titles.index(item.title)
            after = f", after “{titles[place - 1]}”" if place else ""
            return f"This is module {place + 1} of {len(titles)} of the course “{course.title}”{after}.\n\n"
    return ""


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _induction(programme: str) -> ModuleText:
    return ModuleText(
        see_it=f"Look through your plan for {programme}: the event days, the modules, the tasks in your "
        f"own school, "
        "the coaching, and when the assessment opens. Note the dates that collide with your school's "
        "calendar.",
        name_it="Name what you bring and what you want from this programme: two strengths of your "
        "leadership, one "
        "habit that you would like to change, and one question about your school that you want to answer.",
        do_it="Talk for a quarter of an hour with your head teacher or mentor. Agree when you will "
        "study each week, who "
        "covers for you on event days, and which people you will work with for the tasks.",
    )


def _needs_analysis(areas: tuple[str, ...]) -> ModuleText:
    listed = "\n".join(f"- {area}" for area in areas)
    return ModuleText(
        see_it=f"Read through the areas of this programme:\n\n{listed}",
        name_it="For each area, say how sure you are of it today: new to me, some practice, or I could "
        "show others. "
        "One piece of evidence for each will do.",
        do_it="Choose the two areas in which more certainty would help your school most. Write them "
        "below with a reason. "
        "Your coach begins there.",
    )


def task_text(item: PlanItem, *, number: int, known: Known) -> TaskText:
    """A formative task in the participant's own school, about one area of the content after another.

    Tasks that come round to an area again take its next statement.
    """
    turn, place = divmod(number - 1, len(known.areas) or 1)
    area = known.areas[place] if known.areas else ""
    found = known.statements.get(area, AreaStatements())
    title = f"{item.title}: {area}" if area else item.title
    return TaskText(title=title[:200], purpose=_purpose(area), brief=_brief(item, area, found, turn))


def _purpose(area: str) -> str:
    about = f"about {area}" if area else "in this programme"
    return (
        f"To show whether you can turn what you have studied {about} into a change that people in your school "
        "notice, and to find the next step for you. It gives no marks toward the assessment."
    )


def _brief(item: PlanItem, area: str, found: AreaStatements, turn: int) -> str:
    about = f"**{area}**" if area else "what you have studied"
    begin = ""
    if found.learn_how_to:
        begin = f"A place to begin: *{found.learn_how_to[turn % len(found.learn_how_to)]}*\n\n"
    why = (
        f" Does it bear out that “{found.learn_that[turn % len(found.learn_that)].rstrip('.')}”?"
        if found.learn_that
        else ""
    )
    time = f", some {hours_text(item.minutes)} of work in all" if item.minutes else ""
    return (
        f"Carry out one change that concerns {about} with people you lead, over three to six weeks{time}.\n\n{begin}"
        "1. **Context**: who was involved, what was the case before, and how do you know?\n"
        "2. **Application**: what did you do, and which statement of the framework did you follow?\n"
        f"3. **Evidence**: what changed for pupils or colleagues, and what shows it?{why}\n"
        "4. **Reflection**: what would you do again, and what would you do differently?\n\n"
        "Some 400 to 800 words are enough. Leave out names of pupils and colleagues."
    )
