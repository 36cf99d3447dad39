"""What the catalogue decides about content and pathway: areas by programme, counts, what leads where.

Pure functions, as in `rules`: no Django, no clock, no settings.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

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
