"""Which framework a case study belongs to, what its mark points may cite, and what they cite that is not of it.

A case study belongs to the framework that its version's content uses: of the version's programme and edition the
revision in force. Another edition is another framework, and so is an earlier revision once a later one is in force.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from goldenthread.assessment import queries, rules
from goldenthread.assessment.models import CaseStudy, MarkPoint
from goldenthread.catalogue.framework_carrying import Words, words_of
from goldenthread.catalogue.models import Framework, Statement
from goldenthread.catalogue.queries import framework_in_force


def framework_of(case: CaseStudy) -> Framework | None:
    """The framework that a case study belongs to; None while the catalogue has none. One query."""
    return framework_in_force(case.version.programme_id, case.version.edition)


def name_of_framework(case: CaseStudy) -> str:
    """Its name, as the rules compare it: "NPQLT reformed (official text, revision 2)"; "" for none. One query."""
    framework = framework_of(case)
    return framework.full_name if framework else ""


def statements_for(case: CaseStudy) -> list[tuple[str, list[Statement]]]:
    """The statements that mark points may cite, by area: the complete ones of the framework in force (S0-35, S2-32).

    Two queries.
    """
    framework = framework_of(case)
    if framework is None:
        return []
    offered = Statement.objects.filter(area__framework=framework, complete=True).exclude(area__kind="other")
    found: dict[str, list[Statement]] = {}
    for one in offered.select_related("area").order_by("area__kind", "area__number", "pk"):
        found.setdefault(str(one.area), []).append(one)
    return list(found.items())


@dataclass(frozen=True)
class Stray:
    """A statement that a draft cites and may not: why, and the one in force that has its words in the same area."""

    statement: Statement
    why: str
    heir: Statement | None

    @property
    def advice(self) -> str:
        """Why it can't stay, and what to do about it."""
        if self.heir is None:
            return self.why
        kind = rules.KINDS[self.heir.kind]
        return (
            f"{self.why} The same words stand there as {self.heir.area.name}, {kind} {self.heir.number}, which is "
            "chosen here: save the mark scheme."
        )


def strays_of(
    case: CaseStudy,
    framework: str,
    points: Iterable[MarkPoint],
    offered: Iterable[tuple[str, list[Statement]]],
) -> dict[int, Stray]:
    """What these points of a draft cite that can't be published, by statement. No query.

    `framework` is the name of the case study's own, `points` are loaded as by `queries.scheme_of`, and `offered` is
    what `statements_for` gives.
    """
    heirs = {_said_by(one): one for _, group in offered for one in reversed(group)}  # of two alike the first
    found: dict[int, Stray] = {}
    for point in points:
        fault = rules.point_fault(case.version.programme.code, framework, queries.judged_point(point))
        if fault is not None and point.statement is not None:
            heir = heirs.get(_said_by(point.statement))
            found[point.statement.pk] = Stray(point.statement, fault.message, heir)
    return found


def _said_by(one: Statement) -> tuple[Words, tuple[str, ...]]:
    return words_of(one), tuple(bullet["text"] for bullet in one.bullets)


def choices_with(
    offered: list[tuple[str, list[Statement]]], strays: Mapping[int, Stray]
) -> list[tuple[str, list[Statement]]]:
    """What an author chooses from: what is offered, and below what the draft cites already, under what it is of."""
    groups: dict[str, list[Statement]] = {}
    for one in strays.values():
        name = f"Not for this case study: {one.statement.area.framework.full_name}"
        groups.setdefault(name, []).append(one.statement)
    return [*offered, *groups.items()]
