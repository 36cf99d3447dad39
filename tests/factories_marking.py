"""Windows with handed-in scripts, and what marking, moderation and outcomes make of them.

Sittings and scripts are written as rows, since handing in is not what is tested here; everything after that
goes through the actions.
"""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import sealed
from goldenthread.assessment.models import (
    CaseStudy,
    MarkPoint,
    MarkScheme,
    Script,
    Sitting,
    SittingState,
    Window,
)
from goldenthread.assessment.opened import CaseText
from goldenthread.catalogue.models import Statement
from goldenthread.intakes.models import Intake
from goldenthread.integrity import actions as integrity
from goldenthread.marking import actions as marking
from goldenthread.marking.feedback_rules import Feedback, Words
from goldenthread.marking.models import Marking
from goldenthread.marking.rules import Kind
from goldenthread.moderation import actions as moderation
from goldenthread.moderation import national
from goldenthread.moderation.models import Round
from goldenthread.people.models import Role, User
from tests import factories
from tests.kept_scenes import kept

OPENS = date(2025, 10, 6)
OPENS_AT = datetime(2025, 10, 5, 23, 0, tzinfo=UTC)  # midnight in London
CLOSED = datetime(2025, 10, 14, 9, 0, tzinfo=UTC)
# Twelve marks for learn that, eight for learn how to: the example of S0-37.
POINTS = (("learn_that", 4), ("learn_that", 4), ("learn_that", 4), ("learn_how_to", 4), ("learn_how_to", 4))
PASS_MARK, TOLERANCE = 12, 2
FEEDBACK = Feedback(
    by_kind={
        Kind.LEARN_THAT: Words(
            "You name the problem and say for whom it is one.", "Say where it comes from."
        ),
        Kind.LEARN_HOW_TO: Words("Your first step is small.", "Say how you will know that it worked."),
    }
)
OF_THE_WHOLE = Feedback(
    "You name the problem and say for whom it is one.", "Say how you will know."
)  # of a project
WORDS = FEEDBACK.texts_by_kind  # as the page sends them
TEXT = (
    "Teachers in the department check understanding in different ways, and some not at all.\n\n"
    "I would agree on one routine, practise it together, and look at pupils' work after three weeks."
)
_codes = itertools.count(1)


@kept
def case_study(intake: Intake) -> CaseStudy:
    """A published case study with the mark scheme of S0-37: 12 and 8 marks, 12 to pass, 2 apart at most."""
    author = factories.member(Role.AUTHOR, "Ada Author")
    case = CaseStudy.objects.create(
        version=intake.version,
        state="published",
        author=author,
        created_at=factories.AT,
        published_at=factories.AT,
        published_by=author,
    )
    seal_case(case, body="A department checks understanding unevenly.", question="What would you do?")
    scheme = MarkScheme(case_study=case, pass_mark=PASS_MARK, tolerance=TOLERANCE)
    said = {n: f"Says what statement {n} asks for, with a reason from the case" for n in (1, 2, 3, 4, 5)}
    sealed.seal_points(scheme, {number: said[number] for number, _ in enumerate(POINTS, start=1)})
    scheme.save()
    for number, (kind, maximum) in enumerate(POINTS, start=1):
        statement = Statement.objects.filter(
            kind=kind, area__framework__programme=intake.version.programme_id
        )
        MarkPoint.objects.create(
            scheme=scheme,
            number=number,
            statement=statement.order_by("pk")[number - 1],
            kind=kind,
            maximum=maximum,
        )
    return case


@kept
def seal_case(case: CaseStudy, *, body: str, question: str, unlocked: bool = False) -> CaseStudy:
    """Give a case study that was made by hand its text, and say whether somebody was let in to it."""
    sealed.seal_text(case, CaseText("Checking understanding", body, question))
    case.unlocked_at = factories.AT if unlocked else None
    case.save(update_fields=["sealed", "unlocked_at"])
    return case


@kept
def window(intake: Intake | None = None, **fields: Any) -> Window:
    """A window of eight days from Monday 6 October 2025."""
    target = intake or factories.intake()
    defaults: dict[str, Any] = {
        "opens_on": OPENS,
        "word_limit": 1500,
        "word_rule": "1",
        "created_at": factories.AT,
        "created_by": factories.member(Role.OFFICE, "Olu Office"),
    }
    fields.setdefault("case_study", case_study(target))
    return Window.objects.create(intake=target, **{**defaults, **fields})


@kept
def sitting(
    window: Window, enrolment: Enrolment | None = None, *, state: str = SittingState.HANDED_IN, name: str = ""
) -> Sitting:
    """A sitting of its own person, with a script unless `state` says that nothing came in."""
    number = next(_codes)
    person = enrolment or factories.enrolment(name or f"Participant {number}", to=window.intake)
    Enrolment.objects.filter(pk=person.pk).update(stage=Stage.ASSESSMENT)
    made = Sitting.objects.create(
        window=window,
        enrolment=person,
        code=f"K{number:05d}",
        opens_at=OPENS_AT,
        closes_at=OPENS_AT + timedelta(days=8),
        zone="Europe/London",
        state=state,
    )
    if state == SittingState.HANDED_IN:
        Script.objects.create(
            sitting=made,
            number=1,
            key="hand-in-1",
            text=TEXT,
            words=len(TEXT.split()),
            word_rule="1",
            sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
            own_work=True,
            received_at=OPENS_AT + timedelta(days=7),
        )
    return made


@kept
def script(window: Window, **fields: Any) -> Script:
    """The current script of a new sitting."""
    return sitting(window, **fields).scripts.get(current=True)


@kept
def markers(count: int) -> list[User]:
    """Ben, Bea and further markers."""
    names = ["Ben Marker", "Bea Marker", "Bo Marker", "Bim Marker"]
    return [factories.member(Role.MARKER, names[n] if n < 4 else f"Marker {n}") for n in range(count)]


def marks(*given: int) -> dict[int, int | None]:
    """Marks by point number: marks(3, 3, 3, 3, 3) is 9 and 6."""
    return dict(enumerate(given, start=1))


GOOD, FAIR, POOR = marks(4, 3, 4, 4, 3), marks(3, 3, 3, 3, 3), marks(1, 1, 1, 1, 1)


@kept
def submit(marking_: Marking, given: dict[int, int | None] = FAIR, *, at: datetime = CLOSED) -> Marking:
    """A marker's submitted marks with feedback: by kind, or of the whole where a project task is marked."""
    said = OF_THE_WHOLE if marking_.window.task else FEEDBACK
    return marking.submit_marks(
        marking=marking_, entered=marking.Entered(given, "", said), by=marking_.marker, at=at
    )


@kept
def mark_all(window: Window, given: Sequence[dict[int, int | None]] = (), *, at: datetime = CLOSED) -> None:
    """Allocate, then both markers give every script the same marks: the nth script the nth of `given`, else
    FAIR.
    """
    marking.allocate_window(window=window, by=window.created_by, at=at)
    codes = list(window.sittings.order_by("code").values_list("code", flat=True))
    for one in Marking.objects.filter(script__sitting__window=window).select_related(
        "script__sitting", "marker"
    ):
        place = codes.index(one.script.sitting.code)
        submit(one, given[place] if place < len(given) else FAIR, at=at)


def uncompared(window: Window, *, at: datetime = CLOSED) -> None:
    """Say of a closed window why its scripts aren't compared, where own work is not what a test is about."""
    integrity.leave_uncompared(
        window=window, reason="Not what this test is about", by=window.created_by, at=at
    )


@kept
def moderated(window: Window, moderator: User | None = None, *, at: datetime = CLOSED) -> Round:
    """A signed-off round in which every sampled script was confirmed."""
    chidi = moderator or factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=window, by=chidi, at=at, seed="seed")
    for sampled in opened.sample.order_by("pk"):
        moderation.mark_blind(sampled=sampled, marks=FAIR, by=chidi, at=at)
        moderation.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=at)
    uncompared(window, at=at)
    return moderation.sign_off(round=opened, by=chidi, at=at)


def data_of(package: national.Package) -> bytes:
    """The whole zip that goes to the national moderator."""
    package.file.seek(0)
    return package.file.read()


def answer_file(package: str, *rows: str) -> bytes:
    """A national moderator's file: each row is what follows the package, "K00001,confirmed,,,"."""
    heading = "package,script,decision,marks_learn_that,marks_learn_how_to,reason"
    return "\r\n".join([heading, *(f"{package},{row}" for row in rows)]).encode()


@kept
def nationally(round_: Round, *rows: str, at: datetime = CLOSED) -> Round:
    """The national moderator's answer to a signed-off round, read in and applied by two of the office; confirms
    everything unless `rows` say otherwise.
    """
    first, second = (factories.member(Role.OFFICE, name) for name in ("Olu Office", "Osa Office"))
    package = national.export(round=round_, by=first, at=at)
    data = answer_file(package.code, *(rows or ("*,confirmed,,,",)))
    answer = national.read(round=round_, name="answer.csv", data=data, by=first, at=at)
    national.decide(answer=answer, apply=True, reason="", by=second, at=at)
    round_.refresh_from_db()
    return round_
