"""Who declared a conflict with a script, and why: for the office, without what would name the author."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window
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
    """Every declared conflict with a script of the window, the latest first; for the office alone. Two queries.

    Until the release, what names the author of the script is covered in the reasons.
    """
    office_only(viewer)
    found = list(
        DeclaredConflict.objects.filter(script__sitting__window=window)
        .select_related("user", "script__sitting", "script__agreement")
        .defer("script__text", "script__parts", "script__sitting__draft")
        .order_by("-at", "-pk")
    )
    for one in found:
        one.script.sitting.window = window
    names = identities_of(one.script_id for one in found if not _named(one))
    return [
        Declared(
            code=one.script.sitting.code,
            who=one.user.name,
            capacity=one.get_capacity_display(),
            kind=one.get_kind_display(),
            reason=covered(one.reason, names.get(one.script_id, ()))[0],
            at=one.at,
        )
        for one in found
    ]


def _named(one: DeclaredConflict) -> bool:
    return visible(phase_of(one.script), Eye.OFFICE).identity


def identities_of(scripts: Iterable[int]) -> dict[int, set[str]]:
    """What would tell a reader who wrote each of these scripts; one query."""
    rows = Enrolment.objects.filter(sittings__scripts__in=list(scripts)).values_list(
        "sittings__scripts", "user__name", "application__name", "user__email", "application__email",
        "school__name", "application__school__name", "application__school_text",
    )  # fmt: skip
    found: dict[int, set[str]] = {}
    for script, *names in rows:
        found.setdefault(script, set()).update(name for name in names if name)
    return found
