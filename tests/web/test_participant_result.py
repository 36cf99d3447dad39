"""The participant's result, award and certificate."""

from typing import Any

import pytest
from django.test import Client

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script
from goldenthread.awards import actions
from goldenthread.awards.models import Award
from goldenthread.outcomes.models import Outcome
from goldenthread.support.models import SupportPlan
from goldenthread.templatetags.gt import day
from tests import by_hand, factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def released(minutes: int, marks: Any = make.FAIR) -> Enrolment:
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Siân Ŵyn", to=window.intake)
    factories.credit_minutes(person, minutes)
    make.sitting(window, person)
    make.mark_all(window, [marks])
    make.moderated(window)
    actions.release(window=window, by=window.created_by, at=make.CLOSED)
    return person


def signed_in(enrolment: Enrolment) -> Client:
    client = Client()
    client.force_login(enrolment.user)
    return client


@pytest.mark.requirement("S0-36")
def test_pass_shows_both_subtotals_feedback_and_the_way_to_the_award(
    django_assert_max_num_queries: Any,
) -> None:
    person = released(3996)
    client = signed_in(person)
    with django_assert_max_num_queries(12):
        found = text_of(client.get("/my/result/"))
    for part in (
        "<h1>Passed</h1>", "Understanding (learn that)", "9 of 12", "Application (learn how to)", "6 of 8",
        "15 of 20",
        "66 h 36 min of 74 h (90 %)", "for whom it is one", "Get your certificate",
    ):  # fmt: skip
        assert part in found


def test_miss_names_the_condition_and_what_to_do() -> None:
    found = text_of(signed_in(released(3990)).get("/my/result/"))
    assert "<h1>Not passed: engagement</h1>" in found
    assert "66 h 30 min of 74 h (89.86 %)" in found
    assert "6 min more are needed" in found
    assert "Get your certificate" not in found


@pytest.mark.parametrize(
    ("minutes", "marks", "label", "page"),
    [
        (3990, make.FAIR, "See your engagement", "/my/engagement/"),
        (3996, make.POOR, "See your support plan", "/my/assessment/support/"),
        (3990, make.POOR, "See your engagement", "/my/engagement/"),
    ],
)
def test_the_button_of_a_miss_leads_to_what_was_missed(
    minutes: int, marks: Any, label: str, page: str
) -> None:
    person = released(minutes, marks)
    found = text_of(signed_in(person).get("/my/result/"))
    assert f'href="{page}?enrolment={person.reference}">{label}</a>' in found


def test_without_a_plan_it_leads_to_whom_one_can_ask() -> None:
    person = released(3996, make.POOR)
    SupportPlan.objects.filter(enrolment=person).update(
        ending="declined", ended_by=person.user, ended_at=make.CLOSED
    )
    found = text_of(signed_in(person).get("/my/result/"))
    assert 'href="/contact/">Ask the programme office</a>' in found
    assert "See your engagement" not in found


def test_the_receipt_leads_to_the_result_once_it_is_out() -> None:
    person = released(3996)
    script = Script.objects.get(sitting__enrolment=person)
    address = f"/my/assessment/{script.sitting_id}/receipt/{script.number}/"
    found = text_of(signed_in(person).get(address))
    assert "The results of this window are out." in found
    assert f'<a href="/my/result/{script.sitting_id}/">See your result</a>' in found
    assert "Two markers read your script" not in found


def test_who_did_not_pass_is_not_told_to_wait_for_an_award() -> None:
    person = released(3990)
    found = text_of(signed_in(person).get("/my/award/"))
    assert "There is no award" in found
    assert f'href="/my/result/?enrolment={person.reference}"' in found
    assert "When the results of your window are released" not in found


def test_one_condition_is_spoken_of_as_one() -> None:
    person = released(3996)
    both = text_of(signed_in(person).get("/my/result/"))
    assert "Your programme sets 2 conditions; all must be met. They are kept as they stood on" in both
    made = Outcome.objects.get()
    by_hand.alter(Outcome.objects.filter(pk=made.pk), conditions=made.conditions[:1])
    one = text_of(signed_in(person).get("/my/result/"))
    assert "Your programme sets one condition. It is kept as it stood on" in one


def test_markers_stay_unnamed() -> None:
    found = text_of(signed_in(released(3996)).get("/my/result/"))
    assert "Ben" not in found
    assert "Bea" not in found


@pytest.mark.requirement("S1-32")
def test_before_the_sign_off_the_result_awaits_moderation() -> None:
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    sitting = make.sitting(window, person)
    make.mark_all(window)
    client = signed_in(person)
    for address in ("/my/result/", f"/my/result/{sitting.pk}/"):
        found = text_of(client.get(address))
        assert "Awaiting moderation" in found
        assert "15 of 20" not in found


def test_no_sitting_no_result_no_award() -> None:
    person = factories.enrolment()
    client = signed_in(person)
    assert "No result yet" in text_of(client.get("/my/result/"))
    assert "Not yet" in text_of(client.get("/my/award/"))
    assert client.get("/my/award/certificate.pdf").status_code == 404


def test_person_without_enrolment_gets_a_friendly_page(client: Client) -> None:
    client.force_login(factories.user())
    for page in ("result/", "award/", "award/certificate.pdf"):
        assert client.get(f"/my/{page}").status_code == 200


def test_anothers_sitting_is_not_found() -> None:
    person = released(3996)
    other = signed_in(factories.enrolment("Dot Stranger"))
    sitting = person.sittings.get()
    assert other.get(f"/my/result/{sitting.pk}/").status_code == 404
    assert "Siân" not in text_of(other.get("/my/result/", {"enrolment": person.reference}))


@pytest.mark.requirement("S1-08")
def test_award_page_gives_certificate_code_and_address() -> None:
    client = signed_in(released(3996))
    found = text_of(client.get("/my/award/"))
    code = Award.objects.get().code
    assert f"http://testserver/verify/{code}/" in found
    response = client.get("/my/award/certificate.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="certificate-{code}.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content.startswith(b"%PDF")


def test_a_revoked_award_is_said_to_be_revoked_when_why_and_whom_to_ask() -> None:
    client, award = signed_in(released(3996)), Award.objects.get()
    actions.revoke(award=award, reason="Two people were mixed up.", by=None, at=make.CLOSED)
    assert client.get("/my/award/certificate.pdf").status_code == 404
    for address in ("/my/award/", "/my/award/next/"):
        found = text_of(client.get(address))
        assert f"Your award was revoked on {day(make.CLOSED)}" in found
        assert f"Its code {award.code} and its certificate certify nothing any more." in found
        assert "Why it was revoked: Two people were mixed up." in found
        assert f"/my/award/appeal/?enrolment={award.outcome.enrolment.reference}" in found
        assert "Not yet" not in found


def test_home_says_passed_and_links_the_certificate_once_there_is_an_award() -> None:
    client = signed_in(released(3996))
    home = text_of(client.get("/my/"))
    assert "You have passed NPQLT" in home
    assert 'href="/my/award/"' in home
    assert "Your result is there" not in home


def test_home_leads_to_a_result_that_brought_no_award() -> None:
    assert "Your result is there" in text_of(signed_in(released(3990)).get("/my/"))
