"""No page of results asks the database more than twelve times, with everything that it can show at once."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment.models import MarkPoint, Script, Sitting, SittingState, Window
from goldenthread.assessment.upload_models import Upload
from goldenthread.awards import actions as awards
from goldenthread.awards import changes
from goldenthread.awards.models import Award
from goldenthread.integrity import actions as integrity
from goldenthread.integrity.models import Flag
from goldenthread.marking.rules import Totals
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_appeals as appealing
from tests import factories_attempts as attempts
from tests import factories_marking as make
from tests import factories_projects as projects
from tests.assessment import test_deferral as deferring
from tests.factories_web import client_of, text_of
from tests.outcomes import test_which_attempt as several
from tests.outcomes.test_beforehand import ENOUGH, SHORT
from tests.outcomes.test_by_part import EACH, PARTS
from tests.outcomes.test_penalties import TWO_FOR_100, policy
from tests.outcomes.test_waiving import ask, decide

pytestmark = pytest.mark.django_db
MOST = 12  # with session, person, roles and frame
AT = make.CLOSED
OPENINGS = [make.OPENS_AT + timedelta(hours=hours) for hours in (-8, -4, 3)]  # as in other zones


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def asked(user: User, address: str, *said: str) -> list[str]:
    """What the second visit of a page asks: what the first one puts on record isn't written again."""
    client = client_of(user)
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(address)
    assert answer.status_code == 200
    page = text_of(answer)
    assert [one for one in said if one not in page] == []
    return [one["sql"] for one in caught if "SAVEPOINT" not in one["sql"]]


def check(*pages: list[str]) -> None:
    for statements in pages:
        assert len(statements) <= MOST, "\n".join(f"{len(one)}: {one[:400]}" for one in statements)


def person(window: Window, name: str, minutes: int = ENOUGH) -> Any:
    one = factories.enrolment(name, to=window.intake)
    factories.credit_minutes(one, minutes)
    return one


STARTS = [factories.START, date(2025, 1, 13)]


def full(people: int, starts_on: date = STARTS[0]) -> tuple[Window, list[Script]]:
    """A window to release, with parts and a rule about too many words: scripts that are long, waived, adjusted, held
    and were held; people who fell short, handed nothing in, or whose gate nobody has judged, in several zones.
    """
    intake = factories.intake(starts_on=starts_on)
    window = make.window(intake, policies=policy(TWO_FOR_100), parts=PARTS)
    for number, part in enumerate(EACH, start=1):
        MarkPoint.objects.filter(scheme=window.mark_scheme, number=number).update(part=part)
    make.markers(3)
    scripts = []
    for number in range(people):
        minutes = SHORT if number % 3 == 1 else ENOUGH
        sitting = make.sitting(window, person(window, f"Person {number}", minutes))
        Script.objects.filter(sitting=sitting).update(words=1650 + number)
        scripts.append(sitting.scripts.get())
    for opens_at in OPENINGS:
        booked = make.sitting(window, person(window, f"Booked {opens_at}"), state=SittingState.BOOKED)
        Sitting.objects.filter(pk=booked.pk).update(opens_at=opens_at)
    make.mark_all(window, [make.FAIR, make.POOR, make.GOOD])
    make.moderated(window)
    decide(
        ask(
            Script.objects.select_related("sitting__enrolment__user", "sitting__window").get(pk=scripts[0].pk)
        )
    )
    for script in scripts[2:4]:
        integrity.raise_concern(
            script=script, note="Another voice.", by=factories.member(Role.OFFICE, "Ida"), at=AT
        )
    return window, scripts


def released(people: int, starts_on: date = STARTS[0]) -> tuple[Window, list[Outcome]]:
    """The same after the release: of two results that a question held one is free, and one result is corrected."""
    window, _ = full(people, starts_on)
    awards.release(window=window, by=window.created_by, at=AT)
    flag = Flag.objects.filter(state="open", script__sitting__window=window).order_by("pk")[0]
    integrity.answer_flag(flag=flag, reason="A plan of their school.", by=window.created_by, at=AT)
    told = list(
        Outcome.objects.filter(window=window).select_related("enrolment__user", "window").order_by("pk")
    )
    marks = Totals(20, 14)
    awards.correct(outcome=told[0], reason="Added up wrongly", by=window.created_by, at=AT, half_marks=marks)
    return window, told


def address(page: str, window: Window) -> str:
    return reverse(f"office:{page}", args=[window.pk])


# --- a window, for the office ----------------------------------------------------------------------------
def test_the_preview_asks_twelve_times_at_most_however_many_there_are(olu: User) -> None:
    pages = []
    for people, starts_on in zip((5, 9), STARTS, strict=True):
        window, _ = full(people, starts_on)
        pages.append(asked(olu, address("outcomes", window), "2 results held", "penalty"))
        pages.append(asked(olu, address("outcomes", window) + "?show=below"))
    check(*pages)
    assert len(pages[2]) <= len(pages[0])  # of a large window nobody's look is put on record


def test_results_that_wait_ask_twelve_times_at_most(olu: User) -> None:
    window = make.window(policies=policy(TWO_FOR_100))
    make.markers(2)
    make.sitting(window)
    pages = [asked(olu, address("outcomes", window), "Moderation of this window hasn")]
    make.mark_all(window)
    make.moderated(window)
    make.sitting(window)  # came in since
    pages.append(asked(olu, address("outcomes", window), "came in after the sample was drawn"))
    check(*pages)


def test_released_results_ask_twelve_times_at_most_however_many_there_are(olu: User) -> None:
    pages = []
    for people, starts_on in zip((5, 9), STARTS, strict=True):
        window, _ = released(people, starts_on)
        for query in ("", "?show=not_passed&order=marks", "?order=result"):
            pages.append(asked(olu, address("outcomes", window) + query, "Marks by part", "1 result held"))
        pages.append(asked(olu, address("outcomes_held", window)))
    check(*pages)


def test_results_of_a_project_task_ask_twelve_times_at_most(olu: User) -> None:
    amara = projects.candidate()
    window = attempts.handed_in(amara, projects.first_task(amara))
    make.markers(3)
    attempts.confirmed(window, attempts.ENOUGH)
    with time_machine.travel(attempts.MARKED, tick=False):
        preview = asked(olu, address("outcomes", window))
        awards.release(window=window, by=projects.office(), at=attempts.MARKED)
        check(
            preview, asked(olu, address("outcomes", window)), asked(amara.user, reverse("participant:result"))
        )


# --- one person, for themselves ----------------------------------------------------------------------------
def own_pages(outcome: Outcome) -> list[list[str]]:
    """What the page of the result that counts asks, and that of this very one."""
    sitting = Sitting.objects.get(window=outcome.window_id, enrolment=outcome.enrolment_id)
    addresses = (reverse("participant:result"), reverse("participant:result", args=[sitting.pk]))
    return [asked(outcome.enrolment.user, one) for one in addresses]


def test_ones_own_result_asks_twelve_times_at_most() -> None:
    _, told = released(5)
    assert {one.result for one in told} == {"passed", "not_passed"}
    for outcome in told:
        check(*own_pages(outcome))


def test_a_revoked_award_and_an_appeal_take_no_thirteenth_question() -> None:
    _, told = released(5)
    passed = next(one for one in told if one.result == "passed" and one.half_marks_learn_that is not None)
    award = Award.objects.get(outcome__enrolment=passed.enrolment_id, revoked_at=None)
    awards.revoke(award=award, reason="Taken back", by=passed.released_by, at=AT)
    short = next(one for one in told if one.result == "not_passed")
    appealing.lodged(short, at=AT)
    for outcome in (passed, short):
        check(*own_pages(outcome))


@pytest.mark.parametrize("second", [make.FAIR, make.POOR])
def test_a_result_beside_another_window_asks_twelve_times_at_most(second: Any) -> None:
    windows = several.two_windows(second)
    with time_machine.travel(several.LATER, tick=False):
        for window in windows:
            check(*own_pages(several.of(window)))


# --- one person, for the office ----------------------------------------------------------------------------
def unsent(sitting: Sitting, number: int) -> None:
    """A document that somebody began to send."""
    Upload.objects.create(
        sitting=sitting, name=f"draft {number}.docx", size=5, sha256=f"{number:064}", first_at=AT, last_at=AT
    )


def about(outcome: Outcome) -> str:
    return reverse("office:person", args=[outcome.enrolment.reference])


def test_the_page_of_a_person_asks_twelve_times_at_most_after_a_result(olu: User) -> None:
    window, told = released(5)
    later = make.window(factories.intake(starts_on=date(2025, 1, 13)), opens_on=date(2026, 2, 2))
    short = next(one for one in told if one.result == "not_passed" and one.half_marks_learn_that is not None)
    sitting = Sitting.objects.get(window=window, enrolment=short.enrolment_id)
    first = asked(olu, about(short), "What comes next")
    for number in range(3):
        unsent(sitting, number)
    Script.objects.create(
        sitting=sitting, number=2, key="again", current=False, text="x", words=3, word_rule="1", sha256="1" * 64,
        own_work=True, received_at=AT,
    )  # fmt: skip
    changes.propose_correction(
        outcome=short, reason="Added up wrongly", by=olu, at=AT, half_marks=Totals(20, 14)
    )
    appealing.lodged(short, at=AT)
    full = asked(
        olu, about(short), "draft 2.docx", "Script 1", "Script 2", "proposed by Olu Office", "support plan"
    )
    check(first, full, *(asked(olu, about(one)) for one in told))
    assert len(first) == len(full)
    page = text_of(client_of(olu).get(about(short)))
    assert [page.count(f"draft {number}.docx") for number in range(3)] == [1, 1, 1]
    assert [page.count(f"<dt>Script {number}") for number in (1, 2)] == [1, 1]
    assert page.count("proposed by Olu Office") == 1
    assert later.intake.name in page


@pytest.mark.parametrize("second", [make.FAIR, make.POOR])
def test_the_page_of_somebody_with_two_windows_asks_twelve_times_at_most(olu: User, second: Any) -> None:
    windows = several.two_windows(second)
    with time_machine.travel(several.LATER, tick=False):
        check(*(asked(olu, about(several.of(window))) for window in windows))


def test_the_page_of_somebody_who_deferred_asks_twelve_times_at_most(olu: User) -> None:
    one = deferring.deferred()
    deferring.later()
    with time_machine.travel(deferring.AFTER, tick=False):
        page = asked(olu, reverse("office:person", args=[one.enrolment.reference]), "was deferred")
    check(page)
