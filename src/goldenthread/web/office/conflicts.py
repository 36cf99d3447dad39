"""Who declared a conflict with a script or handed it back, and why: for the office, without what names the author."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window
from goldenthread.marking.handing_models import HandedBack
from goldenthread.marking.identity import identity_beside
from goldenthread.marking.models import DeclaredConflict
from goldenthread.marking.queries import phase_of
from goldenthread.marking.rules import Eye, covered, visible
from goldenthread.people.access import Viewer
from goldenthread.web.office.access import office_only


@dataclass(frozen=True)
class Declared:
    """One declaration: by its script's code, since the office links scripts to people only after the release."""

    code: str
    who: str
    capacity: str
    kind: str
    reason: str
    at: datetime


def declared_in(viewer: Viewer, window: Window) -> list[Declared]:
    """Every declared conflict with a script of the window, the latest first; for the office alone. One query.

    Until the release, what names the author of the script is covered in the reasons.
    """
    office_only(viewer)
    author = "script__sitting__enrolment"
    found = DeclaredConflict.objects.filter(script__sitting__window=window).select_related(
        "user", "script__agreement", f"{author}__user", f"{author}__school", f"{author}__application__school"
    )
    unread = ("script__text", "script__parts", "script__sitting__draft")
    return [_declared(one, window) for one in found.defer(*unread).order_by("-at", "-pk")]


def _declared(one: DeclaredConflict, window: Window) -> Declared:
    sitting = one.script.sitting
    sitting.window = window
    named = visible(phase_of(one.script), Eye.OFFICE).identity
    return Declared(
        code=sitting.code,
        who=one.user.name,
        capacity=one.capacity,
        kind=one.get_kind_display(),
        reason=one.reason if named else covered(one.reason, _identity(sitting.enrolment))[0],
        at=one.at,
    )


def _identity(person: Enrolment) -> set[str]:
    """What would tell a reader who somebody is."""
    applied = person.application
    schools = (one.name for one in (person.school, applied.school) if one)
    names = {person.user.name, applied.name, person.user.email, applied.email, applied.school_text, *schools}
    return names - {""}


def handed_back(found: Iterable[HandedBack], *, released: bool) -> list[tuple[HandedBack, str]]:
    """Scripts that left a queue, loaded `with_identity`, each with the reason; until the release, what names the author
    is covered in it.
    """
    return [(one, one.reason if released else covered(one.reason, identity_beside(one))[0]) for one in found]
