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
    framework: str  # its name: "NPQLT reformed (our summary, revision 1)"
    part: str = ""  # key of the part of the response that it belongs to; "" for the whole


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


def point_fault(programme: str, framework: str, point: Point) -> Refused | None:
    """Why a mark point can't stand in the scheme of a case study of this programme and framework; None if it can.

    `framework` is the name of the one framework that the case study belongs to, "" where there is none yet.
    """
    name = f"Mark point {point.number} cites {point.statement}"
    if point.programme != programme:
        return Refused(
            f"{name}, which belongs to the framework of {point.programme}, not {programme}. {_belongs(framework)}",
            code="scheme.framework",
        )
    if point.framework != framework:
        return Refused(f"{name} of {point.framework}. {_belongs(framework)}", code="scheme.framework")
    if not point.complete:
        return Refused(
            f"{name}, which is incomplete in our source: choose a complete statement.",
            code="scheme.incomplete",
        )
    if point.kind != point.statement_kind:
        return Refused(
            f"{name}, which is a {KINDS[point.statement_kind]} statement: give the marks for that kind.",
            code="scheme.kind",
        )
    return None


def _belongs(framework: str) -> str:
    if not framework:
        return "This case study has no framework to cite yet: ask the programme office to take in its text."
    return f"This case study belongs to {framework}: choose a statement of that."


def check_points(programme: str, framework: str, points: Iterable[Point]) -> None:
    """Every mark point cites a complete statement of the one framework of its case study, and is of its kind.

    Refuses the first that doesn't, with its number and what it cites. The rest as in `point_fault`.
    """
    for point in points:
        fault = point_fault(programme, framework, point)
        if fault is not None:
            raise fault


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


@dataclass(frozen=True)
class Stated:
    """What a programme version says of the marks of its assessment; None where it leaves that to the mark scheme."""

    pass_mark: int | None
    total: int | None
    tolerance: int | None


def check_stated(stated: Stated, *, pass_mark: int, total: int, tolerance: int) -> None:
    """A mark scheme has the pass mark, the total and the tolerance that its version states: pages promise them (S0-37).

    Refuses the first that differs, with what to do.
    """
    if stated.total is not None and total != stated.total:
        change = (
            f"take {total - stated.total} away" if total > stated.total else f"add {stated.total - total}"
        )
        raise Refused(
            f"The mark points give {total} marks in all, and the programme version says {stated.total}: {change}. If "
            "the version is wrong, the programme office settles it in the catalogue first.",
            code="scheme.stated_total",
        )
    if stated.pass_mark is not None and pass_mark != stated.pass_mark:
        raise Refused(
            f"The pass mark is {pass_mark}, and the programme version says {stated.pass_mark}: enter that. If the "
            "version is wrong, the programme office settles it in the catalogue first.",
            code="scheme.stated_pass_mark",
            field="pass_mark",
        )
    if stated.tolerance is not None and tolerance != stated.tolerance:
        raise Refused(
            f"The tolerance is {tolerance}, and the programme version says {stated.tolerance}: enter that. Another one "
            "is set for a window, with a reason, in its policy of marking.",
            code="scheme.stated_tolerance",
            field="tolerance",
        )


@dataclass(frozen=True)
class Printed:
    """What a mark scheme says of itself where it is printed: its total and, where it gives them, that of each kind.

    None where nobody has entered it. It is typed from the document and not summed up here: a point that was left out,
    or has a wrong mark, is noticed by the difference.
    """

    total: int | None = None
    learn_that: int | None = None
    learn_how_to: int | None = None


def check_printed(printed: Printed, given: Printed) -> None:
    """What the points give comes to what the mark scheme says of itself; `given` is the former.

    Refuses a scheme whose total nobody has entered, and the first sum that differs, with by how much.
    """
    if printed.total is None:
        raise Refused(
            "Enter the total that the mark scheme states as printed: it shows whether a mark point was left out.",
            code="scheme.no_total",
            field="total",
        )
    check_kinds_add_up(printed)
    rows = (
        ("total", "in all", printed.total, given.total),
        ("total_learn_that", "for learn that", printed.learn_that, given.learn_that),
        ("total_learn_how_to", "for learn how to", printed.learn_how_to, given.learn_how_to),
    )
    for field, what, says, gives in rows:
        if says is None or gives is None or says == gives:
            continue
        apart = abs(says - gives)
        differ = f"{apart} {'is' if apart == 1 else 'are'} {'missing' if says > gives else 'too many'}"
        raise Refused(
            f"The mark points give {gives} marks {what}, and the mark scheme says {says} as printed: {differ}. Look "
            "for a point that was left out, entered twice or has another mark; or mend what was entered as printed.",
            code="scheme.printed",
            field=field,
        )


def check_kinds_add_up(printed: Printed) -> None:
    """Where both kinds are stated they come to the total, and neither is more than it."""
    kinds = [one for one in (printed.learn_that, printed.learn_how_to) if one is not None]
    total = printed.total
    if total is None or (sum(kinds) <= total if len(kinds) < 2 else sum(kinds) == total):
        return
    raise Refused(
        f"As printed the two kinds come to {sum(kinds)} marks and the total is {total}: mend what was entered.",
        code="scheme.printed_kinds",
        field="total",
    )


def check_publish(
    *,
    programme: str,
    framework: str,
    body: str,
    question: str,
    scheme: Scheme | None,
    kinds: Iterable[str] = tuple(KINDS),
) -> None:
    """A case study is complete: text, question, and a mark scheme of its one framework with marks for both kinds."""
    if not body.strip() or not question.strip():
        raise Refused("Write the case study and its question first.", code="case.empty", field="body")
    if scheme is None or not scheme.points:
        raise Refused("There is no mark scheme yet: add its mark points.", code="scheme.empty")
    check_points(programme, framework, scheme.points)
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
