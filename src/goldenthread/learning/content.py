"""The content that a version begins with: short texts of our own for every module and formative task. Pure.

A provider replaces them by its own; until then every specification can be worked through without any code.
"""

from dataclasses import dataclass

from goldenthread.engagement.outline import PlanItem

MODULE_KINDS = ("induction", "needs_analysis", "study")
TASK_KIND = "formative_task"


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


def module_text(item: PlanItem, *, programme: str, areas: tuple[str, ...]) -> ModuleText:
    """See it, name it, do it for a module: for induction, for a needs analysis, or for an area of content."""
    if item.kind == "induction":
        return _induction(programme)
    if item.kind == "needs_analysis":
        return _needs_analysis(areas)
    return _study(item.title)


def _study(area: str) -> ModuleText:
    return ModuleText(
        see_it=f"Think of a school where **{area}** works well: yours, or one that you know. Picture "
        f"one ordinary "
        "morning there. What would a visitor see adults do and say? What would they see pupils do?\n\n"
        "Write down three things that are visible. Leave out what you only suppose.",
        name_it=f"Now give names to what you saw. Open the framework at **{area}** and find the "
        f"statements that "
        "describe it: one *learn that* statement, which says why it works, and one *learn how to* "
        "statement, which "
        "says what a leader does.\n\nWhich of the two does your school know better?",
        do_it=f"Choose one small thing about **{area}** that you can change within the next two weeks, "
        f"with people "
        "you lead. Agree with them what you will do, what you will look for, and when you will look.\n\n"
        "Then finish this module with a few sentences on what you chose and why.",
    )


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


def task_text(item: PlanItem, *, number: int, areas: tuple[str, ...]) -> TaskText:
    """A formative task in the participant's own school, about one area of the content after another."""
    area = areas[(number - 1) % len(areas)] if areas else ""
    title = f"{item.title}: {area}" if area else item.title
    about = f"**{area}**" if area else "what you have studied"
    return TaskText(
        title=title[:200],
        purpose="To show whether you can turn what you have studied into a change that people in your "
        "school notice, "
        "and to find the next step for you. It gives no marks toward the assessment.",
        brief=f"Carry out one change that concerns {about} with people you lead, over three to six weeks.\n\n"
        "1. **Context**: who was involved, what was the case before, and how do you know?\n"
        "2. **Application**: what did you do, and which statement of the framework did you follow?\n"
        "3. **Evidence**: what changed for pupils or colleagues, and what shows it?\n"
        "4. **Reflection**: what would you do again, and what would you do differently?\n\n"
        "Some 400 to 800 words are enough. Leave out names of pupils and colleagues.",
    )
