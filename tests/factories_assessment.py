"""Case studies, windows and sittings for tests, made through the actions that people use."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions, queries
from goldenthread.assessment.models import CaseStudy, Script, Sitting, Window
from goldenthread.assessment.rules.policies import AiSaid
from goldenthread.assessment.rules.schemes import Printed
from goldenthread.catalogue.models import ContentArea, Framework, ProgrammeVersion, Statement
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests.kept_scenes import kept

NO_AI = AiSaid("none")  # what is said about AI where nothing else is
OPENS_ON = date(2025, 10, 6)
BEFORE = datetime(2025, 9, 15, 9, 0, tzinfo=UTC)
OPENS_AT = datetime(2025, 10, 5, 23, 0, tzinfo=UTC)  # midnight in London
CLOSES_AT = datetime(2025, 10, 13, 23, 0, tzinfo=UTC)
INSIDE = datetime(2025, 10, 8, 12, 0, tzinfo=UTC)
BODY = "At Saltmarsh Primary the reading results of Year 4 fell for two years running."
QUESTION = "What would you do first, and why?"
PARTS = ("problem", "solution", "rationale", "implementation")


@kept
def someone(role: Role, name: str) -> User:
    """The person who holds a role in the tests; made the first time."""
    held = Membership.objects.filter(role=role).select_related("user").first()
    return held.user if held else factories.member(role, name)


def author() -> User:
    return someone(Role.AUTHOR, "Ada Author")


def office() -> User:
    return someone(Role.OFFICE, "Olu Office")


@kept
def statements(code: str = "NPQLT") -> tuple[Statement, Statement]:
    """A complete statement of each kind from the programme's framework in force; made if the catalogue has none."""
    found = Statement.objects.filter(area__framework__programme__code=code, complete=True)
    found = found.exclude(area__kind="other").order_by("-area__framework__revision", "pk")
    that, how = found.filter(kind="learn_that").first(), found.filter(kind="learn_how_to").first()
    if that and how:
        return that, how
    programme = ProgrammeVersion.objects.filter(programme__code=code)[0].programme
    framework = Framework.objects.filter(programme=programme).first() or Framework.objects.create(
        programme=programme, edition="test", title=f"{code} framework"
    )
    area = framework.areas.first() or ContentArea.objects.create(
        framework=framework, number=1, key="one", name="One"
    )
    made = [
        Statement.objects.create(
            area=area, code=f"{code}-T-{kind}", kind=kind, number=90, text=f"A statement: {kind}"
        )
        for kind in ("learn_that", "learn_how_to")
    ]
    return made[0], made[1]


def points(code: str = "NPQLT") -> list[actions.PointInput]:
    """Twelve marks for understanding, eight for application."""
    that, how = statements(code)
    return [
        actions.PointInput(statement=that, text="Says why fluency matters", maximum=6),
        actions.PointInput(statement=that, text="Names what gets in the way", maximum=6),
        actions.PointInput(statement=how, text="Plans what teachers will do", maximum=8),
    ]


@kept
def case_study(
    key: str = factories.NPQLT,
    *,
    title: str = "Reading at Saltmarsh",
    published: bool = True,
    at: datetime = BEFORE,
) -> CaseStudy:
    """A case study with a mark scheme of twenty marks, pass mark ten."""
    version = factories.version(key)
    case = actions.create_case_study(
        version=version, title=title, body=BODY, question=QUESTION, by=author(), at=at
    )
    actions.set_scheme(
        case_study=case,
        points=points(version.programme.code),
        pass_mark=10,
        tolerance=2,
        printed=Printed(20),
        by=author(),
        at=at,
    )
    return actions.publish(case_study=case, by=author(), at=at) if published else case


def reopened(case: CaseStudy) -> CaseStudy:
    """A case study as it is stored now, opened."""
    return queries.opened(CaseStudy.objects.get(pk=case.pk))


def said(case: CaseStudy) -> list[str]:
    """What its mark points say, in order."""
    scheme = queries.scheme_of(case)
    return [point.text for point in scheme.points.all()] if scheme else []


@kept
def window(
    intake: Intake | None = None,
    *,
    opens_on: date = OPENS_ON,
    case: CaseStudy | None = None,
    book: bool = True,
    at: datetime = BEFORE,
    **terms: Any,
) -> Window:
    """A window with a case study in which everybody of the intake is booked."""
    intake = intake or factories.intake()
    made = actions.schedule_window(intake=intake, opens_on=opens_on, by=office(), at=at, **terms)
    chosen = case or case_study(intake.version.key, at=at)
    made = actions.assign_case(window=made, case_study=chosen, by=office(), at=at)
    if book:
        actions.book_sittings(window=made, by=office(), at=at)
    return made


@kept
def sitting(enrolment: Enrolment | None = None, *, opens_on: date = OPENS_ON, **terms: Any) -> Sitting:
    """A sitting of somebody who has done everything; Amara's, if nobody is named."""
    enrolment = enrolment or ready()
    made = window(enrolment.intake, opens_on=opens_on, **terms)
    return Sitting.objects.select_related("window__intake__version__programme", "enrolment__user").get(
        window=made, enrolment=enrolment
    )


@kept
def later_sitting(first: Sitting, *, days: int) -> Sitting:
    """A second sitting of the same person, so many days later, with another case study; open to them at once."""
    opens_on = OPENS_ON + timedelta(days=days)
    other = window(first.enrolment.intake, opens_on=opens_on, case=case_study(title="Another"), book=False)
    return Sitting.objects.create(
        window=other,
        enrolment=first.enrolment,
        code="LATER2",
        opens_at=first.opens_at + timedelta(days=days),
        closes_at=first.closes_at + timedelta(days=days),
        zone=first.zone,
        released_at=first.opens_at + timedelta(days=days),
    )


@kept
def ready(name: str = "Amara Applicant", *, minutes: int = 74 * 60, **fields: Any) -> Enrolment:
    """An enrolment with credited minutes; 74 hours are all of NPQLT."""
    enrolment = factories.enrolment(name, **fields)
    factories.credit_minutes(enrolment, minutes)
    return enrolment


@kept
def script(
    one: Sitting | None = None,
    text: str = "We read aloud daily.",
    *,
    at: datetime = INSIDE,
    key: str = "",
    **fields: Any,
) -> Script:
    """A script that was handed in from the editor; with parts if the window has them."""
    one = one or sitting()
    texts = {part["key"]: text for part in one.window.parts} or {"": text}
    return actions.submit_script(
        sitting=one,
        response=actions.prepare_text(sitting=one, texts=fields.pop("texts", texts)),
        key=key or uuid.uuid4().hex,
        own_work=fields.pop("own_work", True),
        ai=fields.pop("ai", NO_AI),
        by=one.enrolment.user,
        at=at,
        **fields,
    )
