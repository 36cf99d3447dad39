"""What the catalogue decides about content and pathway: areas by programme, counts, what leads where.

Pure functions, as in `rules`: no Django, no clock, no settings.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from goldenthread.catalogue.programmes import LeadsTo, ProgrammeFacts, Programmes
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.terms import Progression


def area_matrix(programmes: Programmes) -> dict[str, dict[str, int]]:
    """Area name → column → number; the programmes of a family with one list share a column (S0-20)."""
    matrix: dict[str, dict[str, int]] = {}
    for programme in programmes.programmes:
        for number, area in enumerate(programme.content_areas, start=1):
            matrix.setdefault(area, {})[_column(programmes, programme)] = number
    return matrix


def _column(programmes: Programmes, programme: ProgrammeFacts) -> str:
    """The family's name where all of a family have one list, else the programme's code."""
    family = programmes.of_family(programme.family)
    shared = len(family) > 1 and len({member.content_areas for member in family}) == 1
    return programme.family if shared else programme.code


def check_content(
    spec: Specification, areas: Collection[str], behaviours: Mapping[str, Collection[int]]
) -> tuple[str, ...]:
    """What is wrong with a framework against the counts of its version (S1-16, S3-16); () when nothing is.

    `behaviours` gives for each leadership behaviour the numbers of the events that explore it.
    """
    found = []
    for name, expected, there in (
        ("areas", spec.content.area_count.value, len(areas)),
        ("behaviours", spec.content.behaviour_count.value, len(behaviours)),
    ):
        if expected is not None and expected != there:
            found.append(f"{expected} {name} expected, {there} found")
    numbers = {event.number for event in spec.events}
    found += [
        f"{name} is explored in no event" for name, events in behaviours.items() if not numbers & set(events)
    ]
    return tuple(found)


class Pathway(NamedTuple):
    """The recorded links of one programme; `editor_note` says what the sources leave open."""

    before: tuple[LeadsTo, ...]
    after: tuple[LeadsTo, ...]
    replaces: tuple[str, ...]
    replaced_by: tuple[str, ...]
    editor_note: str


def pathway(programmes: Programmes, code: str) -> Pathway:
    """What is recorded before and after a programme, and nothing invented (S0-04, S0-11)."""
    programme = programmes.get(code)
    return Pathway(
        before=tuple(step for step in programmes.leads_to if step.to == code),
        after=tuple(step for step in programmes.leads_to if step.programme == code),
        replaces=tuple(other.code for other in programmes.programmes if code in other.replaced_by),
        replaced_by=programme.replaced_by if programme else (),
        editor_note=programmes.pathway_note,
    )


def next_steps(spec: Specification, *, years: int | None = None) -> tuple[Progression, ...]:
    """What a graduate may go on to (S1-36, S3-32); `years` answers the question that a step may ask."""
    return tuple(
        step
        for step in spec.progression
        if step.within_years is None or (years is not None and 0 <= years <= step.within_years)
    )


@dataclass(frozen=True)
class CoursesDone:
    """How the condition on online courses stands: how many are asked and complete, and what is missing."""

    asked: int
    complete: int
    missing: tuple[tuple[str, str], ...]  # course and module, in order

    @property
    def met(self) -> bool:
        return self.complete >= self.asked

    @property
    def text(self) -> str:
        """The condition in words: "3 online courses: not met. Missing: … (Managing Resources & Risk)"."""
        asked = f"{self.asked} online course" + ("" if self.asked == 1 else "s")
        if self.met:
            return f"{asked}: met"
        return f"{asked}: not met. Missing: " + "; ".join(
            f"{module} ({course})" for course, module in self.missing
        )


def check_courses(spec: Specification, completed: Collection[str]) -> CoursesDone:
    """Whether the courses that a version asks for are complete, from the titles of completed modules (S1-12).

    A course is complete with all its modules. A version that asks for none is always met.
    """
    missing = tuple(
        (course.title, module.title)
        for course in spec.courses
        for module in course.modules
        if module.title not in completed
    )
    lacking = {course for course, _ in missing}
    asked = spec.achievement.courses if spec.achievement else 0
    return CoursesDone(asked, sum(course.title not in lacking for course in spec.courses), missing)


def same_title(one: str, other: str) -> bool:
    """Whether two titles are the same but for "&" and "and", and case (S3-21, C-21)."""

    def plain(title: str) -> str:
        return " ".join(title.lower().replace("&", " and ").split())

    return plain(one) == plain(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knot:
    """A programme on the thread: how it is reached from the one before, and what is recorded after it."""

    code: str
    how: Literal["", "leads to", "replaced by"]
    condition: str
    stated_for: str
    after: tuple["Knot", ...]


def threads(programmes: Programmes) -> tuple[Knot, ...]:
    """Every programme on the threads that recorded relations make, and none that nobody recorded (S0-04).

    A thread begins with a programme that nothing leads to; one without any relation is a thread by itself.
    """
    links: dict[str, list[Knot]] = {}
    for programme in programmes.programmes:
        links[programme.code] = [
            Knot(code=code, how="replaced by", condition="", stated_for="", after=())
            for code in programme.replaced_by
        ]
    for step in programmes.leads_to:
        links.setdefault(step.programme, []).append(
            Knot(code=step.to, how="leads to", condition=step.condition, stated_for=step.stated_for, after=())
        )
    reached = {knot.code for knots in links.values() for knot in knots}
    begin = [programme.code for programme in programmes.programmes if programme.code not in reached]
    return tuple(
        Knot(code=code, how="", condition="", stated_for="", after=_after(links, code, (code,)))
        for code in begin
    )


def _after(links: Mapping[str, list[Knot]], code: str, seen: tuple[str, ...]) -> tuple[Knot, ...]:
    return tuple(
        replace(knot, after=_after(links, knot.code, (*seen, knot.code)))
        for knot in links.get(code, ())
        if knot.code not in seen
    )


def met_before(programmes: Programmes, passed: Collection[str], code: str) -> tuple[str, ...]:
    """The content areas of a programme that somebody met in the ones they passed, in its order (S4-13).

    Met, not credited: nothing is taken off what the programme asks.
    """
    known = {
        area
        for programme in programmes.programmes
        if programme.code in passed and programme.code != code
        for area in programme.content_areas
    }
    programme = programmes.get(code)
    return tuple(area for area in programme.content_areas if area in known) if programme else ()
