"""When a module and when an online course is complete: its pages are finished and its core task is accepted (S1-35).

Pure. A core task is the formative task of a module in versions that ask for core tasks; other modules have none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class UnitState(StrEnum):
    """Where somebody is with a module that has a core task; its pages and the task may be done in either order."""

    PAGES = "pages"  # the core task is accepted, the pages are not finished
    CORE_TASK = "core task"  # the pages are finished, the core task is not handed in


@dataclass(frozen=True)
class CourseModule:
    """A module of a course: whether its pages are finished, and its core task's title ("" where none is asked)."""

    title: str
    read: bool
    core_task: str = ""
    accepted: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """What is still to do, by name."""
        pages = () if self.read else (self.title,)
        return pages if not self.core_task or self.accepted else (*pages, self.core_task)


@dataclass(frozen=True)
class CourseStanding:
    """An online course as it stands for one person."""

    title: str
    modules: tuple[CourseModule, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Everything that is still to do, in the order of the modules."""
        return tuple(name for module in self.modules for name in module.missing)

    @property
    def complete(self) -> bool:
        """Every page finished and every core task accepted. A course without modules is not complete."""
        return bool(self.modules) and not self.missing


def state_of(*, read: bool, core: bool, response: str) -> str:
    """The state of one activity: "done", that of its response, "" for not begun, or a `UnitState`.

    `response` is the state of what was written on the task under the activity ("" for nothing).
    """
    if not core:
        return "done" if read else response
    if response == "accepted":
        return "done" if read else UnitState.PAGES
    if read and response in ("", "draft"):
        return UnitState.CORE_TASK
    return response


def complete_courses(courses: Sequence[CourseStanding]) -> int:
    """How many of the courses are complete."""
    return sum(course.complete for course in courses)
