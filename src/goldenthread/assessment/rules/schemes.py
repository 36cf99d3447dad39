"""A case study and its mark scheme: complete, of its own framework, written by several (S0-35 to S0-37, S2-32)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from goldenthread.common.refused import Refused, Stale

KINDS = {"learn_that": "learn-that", "learn_how_to": "learn-how-to"}


@dataclass(frozen=True)
class Point:
    """A mark point with what is needed to judge the statement it cites."""

    number: int
    kind: str
    maximum: int
    statement: str  # for people: "Adaptive Teaching 4"
    statement_kind: str
    programme: str  # whose framework the statement is of
    complete: bool


@dataclass(frozen=True)
class Scheme:
    """A mark scheme as it is judged: whole marks."""

    points: tuple[Point, ...]
    pass_mark: int
    tolerance: int

    @property
    def total(self) -> int:
        return sum(point.maximum for point in self.points)

    def marks(self, kind: str) -> int:
        """The marks that are given for statements of one kind."""
        return sum(point.maximum for point in self.points if point.kind == kind)


def check_points(programme: str, points: Iterable[Point]) -> None:
    """Every mark point cites a complete statement of the programme's own framework, and is of its kind."""
    for point in points:
        name = f"Mark point {point.number} cites {point.statement}"
        if point.programme != programme:
            raise Refused(
                f"{name}, which belongs to the framework of {point.programme}, not {programme}.",
                code="scheme.framework",
            )
        if not point.complete:
            raise Refused(
                f"{name}, which is incomplete in our source: choose a complete statement.",
                code="scheme.incomplete",
            )
        if point.kind != point.statement_kind:
            raise Refused(
                f"{name}, which is a {KINDS[point.statement_kind]} statement: give the marks for that kind.",
                code="scheme.kind",
            )


def check_marks(*, pass_mark: int, tolerance: int, total: int) -> None:
    """The pass mark can be reached, and the tolerance is smaller than all there is to earn; whole marks."""
    if pass_mark > total:
        raise Refused(
            f"The pass mark of {pass_mark} is above the total of {total} that the mark points give: lower it to "
            f"{total} at most, or give the points more marks.",
            code="scheme.pass_mark",
            field="pass_mark",
        )
    if pass_mark < 1:
        raise Refused(
            f"The pass mark must lie between 1 and the total of {total}.",
            code="scheme.pass_mark",
            field="pass_mark",
        )
    if tolerance >= total:
        raise Refused(
            f"The tolerance of {tolerance} must be smaller than the total of {total}.",
            code="scheme.tolerance",
            field="tolerance",
        )


def check_publish(
    *, programme: str, body: str, question: str, scheme: Scheme | None, kinds: Iterable[str] = tuple(KINDS)
) -> None:
    """A case study is complete: text, question, and a mark scheme with marks for both kinds of statement."""
    if not body.strip() or not question.strip():
        raise Refused("Write the case study and its question first.", code="case.empty", field="body")
    if scheme is None or not scheme.points:
        raise Refused("There is no mark scheme yet: add its mark points.", code="scheme.empty")
    check_points(programme, scheme.points)
    for kind in kinds:
        if scheme.marks(kind) == 0:
            raise Refused(
                f"There is no {KINDS[kind]} statement with marks: add a mark point for one.",
                code="scheme.one_kind",
            )
    check_marks(pass_mark=scheme.pass_mark, tolerance=scheme.tolerance, total=scheme.total)


def check_draft_case(state: str) -> None:
    """A published case study and its mark scheme are frozen."""
    if state != "draft":
        raise Refused("This case study is published: it can't be changed any more.", code="case.published")


def check_case_revision(
    seen: int | None, texts: Mapping[str, str], *, stored: int, kept: Mapping[str, str], what: str
) -> None:
    """A save of what several authors write builds on the last one, as in `check_revision`.

    `what` names it: "the text" or "the mark scheme".
    """
    if seen is not None and seen != stored and dict(texts) != dict(kept):
        raise Stale(
            f"Somebody has saved {what} since you loaded this page. Nothing is overwritten: what you entered "
            "and what is saved now are both shown. Put together what should stand, then save again.",
            code="case.stale",
            revision=stored,
            texts=kept,
        )


def check_seen(seen: int | None, *, stored: int, what: str) -> None:
    """What is frozen for good is what its author has looked at; None if the caller knows of no page."""
    if seen is not None and seen != stored:
        raise Refused(
            f"Somebody has saved {what} since you loaded this page, so nothing is published. "
            "This is what is saved now: read it, then publish.",
            code="case.unseen",
        )
