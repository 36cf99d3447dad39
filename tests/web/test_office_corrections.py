"""The office's pages on which a correction of a result and a revocation of an award are proposed and decided."""

from typing import Any

import pytest
from django.test import Client

from goldenthread.assessment.models import Window
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award, Change
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.marking.rules import Totals
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests.factories_web import client_of
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
ENOUGH, SHORT = 3996, 3990
WHY = "The marks of part two were added up wrongly."


@kept
def released(*people: tuple[str, int, str]) -> Window:
    """A released window: each person with a name, credited minutes and the state of their sitting."""
    window = make.window()
    make.markers(2)
    for name, minutes, state in people:
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, minutes)
        make.sitting(window, person, state=state)
    make.mark_all(window)
    make.moderated(window)
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    return window


@pytest.fixture
def passed() -> Outcome:
    released(("Amara Applicant", ENOUGH, "handed_in"))
    return Outcome.objects.select_related("enrolment__user").get()


@pytest.fixture
def office() -> Client:
    return client_of(factories.member(Role.OFFICE, "Olu Office"))


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def person_of(outcome: Outcome) -> str:
    return f"/office/people/{outcome.enrolment.reference}/"


def correction_of(outcome: Outcome) -> str:
    return f"{person_of(outcome)}results/{outcome.pk}/"


def revocation_of(award: Award) -> str:
    return f"{person_of(award.outcome)}awards/{award.code}/"


def second(change: Change, approve: str = "1", **more: str) -> Any:
    """What a second person of the office gets who decides a proposed change."""
    olga = User.objects.filter(name="Olga Other").first() or factories.member(Role.OFFICE, "Olga Other")
    said = {"approve": approve, "reason": "I looked at it too.", **more}
    return client_of(olga).post(f"/office/windows/changes/{change.pk}/", said, follow=True)


def marks(that: str, how: str, **more: str) -> dict[str, str]:
    return {"learn_that": that, "learn_how_to": how, "reason": WHY, **more}


# --- corrections -------------------------------------------------------------------------------------
def test_what_follows_is_shown_before_anything_is_done(office: Client, passed: Outcome) -> None:
    assert correction_of(passed) in text_of(office.get(person_of(passed)))
    page = office.get(correction_of(passed))
    assert page.context["form"].initial == {"learn_that": "9", "learn_how_to": "6"}
    look = office.post(correction_of(passed), marks("7", "4.5"))
    told = text_of(look)
    assert look.status_code == 200
    assert "What would follow: not passed: case study" in told
    assert "The case study earned 11.5 of 20 marks; 12 are needed." in told
    assert f"The award {passed.awards.get().code} is revoked" in told
    changed = {
        line["label"]: (line["before"], line["after"]) for line in look.context["lines"] if not line["same"]
    }
    assert changed["Result"] == ("passed", "not passed: case study")
    assert changed["Marks for understanding"] == ("9", "7")
    assert changed["Marks for application"] == ("6", "4.5")
    assert changed["Case study"] == (
        "Met: The case study earned 15 of 20 marks; 12 are needed.",
        "Not met: The case study earned 11.5 of 20 marks; 12 are needed.",
    )
    assert "Engagement" not in changed
    assert "Nothing would change" not in told
    assert "Nothing would change" in text_of(office.post(correction_of(passed), marks("9", "6")))
    assert Outcome.objects.count() == 1
    assert Award.objects.get().revoked_at is None


def test_a_correction_is_a_further_result_and_the_award_follows(office: Client, passed: Outcome) -> None:
    confirm = marks("7", "4.5", confirm="1", seen="not passed: case study")
    done = text_of(office.post(correction_of(passed), confirm, follow=True))
    assert "You proposed this, so a colleague decides it." in done
    assert 'name="approve"' not in done
    assert Outcome.objects.count() == 1
    change = Change.objects.get()
    assert f"/office/windows/changes/{change.pk}/" in text_of(office.get(person_of(passed)))
    own = office.post(f"/office/windows/changes/{change.pk}/", {"approve": "1", "reason": "Mine"})
    assert (own.status_code, Outcome.objects.count()) == (422, 1)
    assert "It is done." in text_of(second(change, seen="not passed: case study"))
    corrected = Outcome.objects.get(number=2)
    assert (corrected.half_marks_learn_that, corrected.half_marks_learn_how_to) == (14, 9)
    assert Outcome.objects.get(number=1).result == "passed"
    verified = text_of(Client().get(f"/verify/{passed.awards.get().code}/"))
    assert "This award was revoked" in verified
    event = AuditEvent.objects.get(verb="outcome.corrected")
    assert (event.details["reason"], event.details["was"]) == (WHY, "passed")
    # The first result is not to be corrected again, the further one is.
    page = text_of(office.get(person_of(passed)))
    assert correction_of(passed) not in page
    assert correction_of(corrected) in page
    again = office.post(correction_of(passed), confirm, follow=True)
    assert "has been corrected already" in text_of(again)
    assert Outcome.objects.count() == 2


def test_the_list_of_results_shows_the_award_of_a_result_that_was_corrected(
    office: Client, passed: Outcome
) -> None:
    def row() -> Any:
        [(outcome, _, award)] = office.get(f"/office/windows/{passed.window_id}/outcomes/").context["rows"]
        return outcome.number, outcome.result, award, award.revoked_at is not None

    by = factories.user("Rita Releaser")
    assert row() == (1, "passed", passed.awards.get(), False)
    two = awards.correct(outcome=passed, reason=WHY, by=by, at=make.CLOSED, half_marks=Totals(20, 12))
    assert row() == (2, "passed", passed.awards.get(), False)
    awards.correct(outcome=two, reason=WHY, by=by, at=make.CLOSED, half_marks=Totals(10, 4))
    assert row() == (3, "not_passed", passed.awards.get(), True)


def test_on_a_narrow_screen_nothing_missed_and_no_award_take_no_row(office: Client, passed: Outcome) -> None:
    address = f"/office/windows/{passed.window_id}/outcomes/"

    def empty(label: str) -> bool:
        return f'data-label="{label}" class="gt-nothing"' in office.get(address).content.decode()

    assert (empty("Conditions missed"), empty("Award")) == (True, False)
    by = factories.user("Rita Releaser")
    awards.correct(outcome=passed, reason=WHY, by=by, at=make.CLOSED, half_marks=Totals(10, 4))
    assert (empty("Conditions missed"), empty("Award")) == (False, False)  # the revoked one


def test_an_award_is_issued_where_a_correction_makes_a_pass(office: Client) -> None:
    released(("Bilal Baker", SHORT, "handed_in"))
    outcome = Outcome.objects.select_related("enrolment").get()
    told = text_of(office.post(correction_of(outcome), marks("9", "6")))
    assert "not passed: engagement" in told
    assert "There is no award." in told
    factories.credit_minutes(outcome.enrolment, ENOUGH)
    assert "An award is issued." in text_of(office.post(correction_of(outcome), marks("9", "6")))
    # What the office looked at before the credit came is not what would be done now.
    old = marks("9", "6", confirm="1", seen="not passed: engagement")
    refused = office.post(correction_of(outcome), old)
    assert (refused.status_code, Outcome.objects.count()) == (422, 1)
    assert "has changed since you looked" in text_of(refused)
    office.post(correction_of(outcome), {**old, "seen": "passed"})
    assert "What follows has changed" in text_of(second(Change.objects.get(), seen="not passed: engagement"))
    second(Change.objects.get(), seen="passed")
    assert Award.objects.get().outcome.number == 2


@pytest.mark.parametrize(
    "said",
    [
        marks("12.5", "6"),
        marks("9", "9"),
        marks("-1", "6"),
        marks("7.25", "6"),
        marks("", "6"),
        marks("9" * 400, "6"),
        marks("9", "6", reason=" "),
        marks("9", "6", reason="x" * 301),
        {},
    ],
)
def test_odd_marks_and_no_reason_are_refused(office: Client, passed: Outcome, said: dict[str, str]) -> None:
    assert office.post(correction_of(passed), said).status_code == 422
    assert office.post(correction_of(passed), {**said, "confirm": "1"}).status_code == 422
    assert Outcome.objects.count() == 1


def test_who_handed_nothing_in_has_no_marks_to_correct(office: Client) -> None:
    released(("Cy Cook", ENOUGH, "booked"))
    outcome = Outcome.objects.select_related("enrolment").get()
    page = office.get(correction_of(outcome))
    assert list(page.context["form"].fields) == ["reason"]
    assert "Nothing was handed in" in text_of(page)
    told = text_of(office.post(correction_of(outcome), marks("9", "6")))
    assert "What would follow: not passed: case study" in told


def test_a_proposal_is_taken_back_or_refused_and_the_list_shows_it(office: Client, passed: Outcome) -> None:
    office.post(revocation_of(passed.awards.get()), {"reason": "The work was bought."})
    change = Change.objects.get()
    mine = f"/office/windows/changes/{change.pk}/"
    assert mine in text_of(office.get("/office/windows/changes/"))
    assert "for a second person" in text_of(office.get("/office/"))
    assert second(change, "0", reason=" ").status_code == 422
    assert client_of(factories.member(Role.OFFICE)).post(f"{mine}take-back/").status_code == 302
    assert Change.objects.get().state == "proposed"
    office.post(f"{mine}take-back/")
    assert Change.objects.get().state == "taken_back"
    assert mine not in text_of(office.get("/office/windows/changes/"))
    assert mine in text_of(office.get("/office/windows/changes/?show=decided"))
    office.post(revocation_of(passed.awards.get()), {"reason": "The work was bought, I hear."})
    assert "nothing changes" in text_of(second(Change.objects.get(state="proposed"), "0"))
    assert Award.objects.get().revoked_at is None


# --- revocations -------------------------------------------------------------------------------------
def test_an_award_is_revoked_with_a_reason_and_its_code_says_so(office: Client, passed: Outcome) -> None:
    award = passed.awards.get()
    assert revocation_of(award) in text_of(office.get(person_of(passed)))
    assert "then only an appeal can undo it" in text_of(office.get(revocation_of(award)))
    for reason in ("", "  ", "x" * 301):
        assert office.post(revocation_of(award), {"reason": reason}).status_code == 422
    award.refresh_from_db()
    assert award.revoked_at is None
    assert "This award is valid" in text_of(Client().get(f"/verify/{award.code}/"))
    office.post(revocation_of(award), {"reason": "The work was bought."})
    assert "This award is valid" in text_of(Client().get(f"/verify/{award.code}/"))
    assert "Only an appeal can undo a revocation" in text_of(
        office.get(f"/office/windows/changes/{Change.objects.get().pk}/")
    )
    done = text_of(second(Change.objects.get()))
    assert "The work was bought." in done
    assert revocation_of(award) not in done
    assert "This award was revoked" in text_of(Client().get(f"/verify/{award.code}/"))
    message = OutboxMessage.objects.get(payload__template="award_revoked")
    assert message.recipient == passed.enrolment.user.email
    assert message.payload["context"]["reason"] == "The work was bought."


def test_a_second_click_revokes_nothing_twice(office: Client, passed: Outcome) -> None:
    said = {"reason": "The work was bought."}
    for _ in range(2):
        office.post(revocation_of(passed.awards.get()), said)
    again = office.post(revocation_of(passed.awards.get()), {"reason": "Another reason"})
    assert (again.status_code, Change.objects.count()) == (422, 1)
    for _ in range(2):
        second(Change.objects.get())
    told = text_of(office.post(revocation_of(passed.awards.get()), said, follow=True))
    assert "is revoked already" in told
    assert Award.objects.get().revoked_reason == "The work was bought."
    assert OutboxMessage.objects.filter(payload__template="award_revoked").count() == 1


def test_other_people_and_other_references_have_no_such_pages(office: Client, passed: Outcome) -> None:
    other = factories.enrolment("Bilal Baker").reference
    wrong = [correction_of(passed), revocation_of(passed.awards.get())]
    for address in wrong:
        assert office.get(address.replace(passed.enrolment.reference, other)).status_code == 404
    by_hand.alter(Outcome.objects.filter(pk=passed.pk), released_at=None, released_by=None)
    assert office.get(correction_of(passed)).status_code == 404
    by_hand.alter(
        Outcome.objects.filter(pk=passed.pk), released_at=make.CLOSED, released_by=passed.enrolment.user
    )
    for role in (Role.MODERATOR, Role.AUTHOR, Role.HEAD_TEACHER):
        client = client_of(factories.member(role))
        for address in wrong:
            assert client.get(address).status_code == 404
            assert client.post(address, {"reason": WHY}).status_code == 404
