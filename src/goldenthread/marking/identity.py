"""What would tell a reader whose a text is: asked for where it is covered, and never shown; and texts without it."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import F, Model, QuerySet

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import CaseStudy, Script, Sitting, Window
from goldenthread.assessment.rules import BEFORE_PARTS
from goldenthread.common.prepared import PreparedValues
from goldenthread.marking.quality_models import KnownScript
from goldenthread.marking.rules import covered

M = TypeVar("M", bound=Model)
_TELLING = (
    "user__name", "application__name", "user__email", "application__email", "school__name",
    "application__school__name", "application__school_text",
)  # fmt: skip
_WRITER = PreparedValues(lambda number: Enrolment.objects.filter(pk=number).values_list(*_TELLING), key=int)


def identity_of(script: Script | KnownScript) -> tuple[str, ...]:
    """What would tell a reader who wrote a script, or the former one that a known script was taken from: names,
    addresses and school. One query; never shown.
    """
    number = script.taken_from_id if isinstance(script, KnownScript) else script.pk
    return _identity(Enrolment.objects.filter(sittings__scripts=number or 0))


def identities_of(scripts: Iterable[Script]) -> dict[int, tuple[str, ...]]:
    """The same of many scripts, by their number. One query; never shown."""
    rows = Script.objects.filter(pk__in=[one.pk for one in scripts]).order_by("pk")
    telling = (f"sitting__enrolment__{name}" for name in _TELLING)
    return {
        number: tuple({name for name in names if name}) for number, *names in rows.values_list("pk", *telling)
    }


def with_identity(scripts: QuerySet[M], *, through: str = "") -> QuerySet[M]:
    """These scripts, or rows from which `through` leads to theirs ("script__"), each loaded with what `identity_beside`
    gives of it. No query of its own.
    """
    telling = {f"telling_{n}": F(f"{through}sitting__enrolment__{name}") for n, name in enumerate(_TELLING)}
    found: QuerySet[M] = scripts.annotate(**telling)
    return found


def identity_beside(script: Model) -> tuple[str, ...]:
    """As `identity_of`, of a script that was loaded `with_identity`. No query."""
    names = (getattr(script, f"telling_{n}") for n in range(len(_TELLING)))
    return tuple({name for name in names if name})


def shown_of(
    script: Script | KnownScript, window: Window, case: CaseStudy | None, *, telling: Iterable[str]
) -> list[tuple[str, str, str]]:
    """Title, key and text of each part of a script as whoever judges it reads it: what is `telling` of its author is
    covered, but for words of the case. No query.
    """
    known = f"{case.body} {case.question}" if case else ""
    return [
        (title, key, covered(text, telling, known=known)[0]) for title, key, text in _sections(script, window)
    ]


def _sections(script: Script | KnownScript, window: Window) -> list[tuple[str, str, str]]:
    parts = window.parts
    if not parts or not script.parts:
        return [("", "", script.text)]
    first = script.parts.get("", "")
    sections = [(BEFORE_PARTS, "", first)] if first.strip() else []
    return sections + [(part["title"], part["key"], script.parts.get(part["key"], "")) for part in parts]


def identity_of_writer(sitting: Sitting) -> tuple[str, ...]:
    """The same of whoever sits, for themselves before they hand in. One query."""
    return identity_of_participant(sitting.enrolment_id)


def identity_of_participant(enrolment_id: int) -> tuple[str, ...]:
    """The same of the participant of an enrolment. One query."""
    names = _WRITER.get(enrolment_id) or ()
    return tuple({name for name in names if name})


def _identity(people: QuerySet[Enrolment]) -> tuple[str, ...]:
    return tuple({name for row in people.values_list(*_TELLING) for name in row if name})
