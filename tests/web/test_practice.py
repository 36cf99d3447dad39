"""The pages of practice: authors offer, participants write without a clock, who teaches them gives feedback (S4-19)."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions
from goldenthread.assessment.models import CaseAccess
from goldenthread.assessment.practice_models import PracticeFeedback, PracticeResponse, PracticeScenario
from goldenthread.assessment.rules import purposes
from tests import factories
from tests import factories_assessment as made
from tests import factories_teaching as teaching
from tests import factories_web as web
from tests.factories_assessment import BEFORE, INSIDE

pytestmark = pytest.mark.django_db
TEXT = "We read aloud daily."
ARRIVED = INSIDE - timedelta(minutes=20)


@pytest.fixture(autouse=True)
def _in_october():
    with time_machine.travel(INSIDE, tick=False):
        yield


@pytest.fixture
def amara() -> Enrolment:
    return factories.enrolment()


@pytest.fixture
def one(amara: Enrolment) -> PracticeScenario:
    case = made.case_study(title="Reading at Hillside")
    return actions.offer_practice(case_study=case, after_months=3, by=made.author(), at=BEFORE)


@pytest.fixture
def her(amara: Enrolment) -> Client:
    return web.client_of(amara.user)


@pytest.fixture
def femi(amara: Enrolment) -> Any:
    group = teaching.group(of=amara.intake)
    teaching.placed(amara, group)
    return teaching.staffed(group)


def page_of(one: PracticeScenario, name: str = "practice_scenario") -> str:
    return reverse(f"participant:{name}", args=[one.pk])


def sent(text: str = TEXT, *, revision: int = 0, **buttons: str) -> dict[str, str]:
    return {"text_1": text, "revision": str(revision), **buttons}


def read(response: Any) -> str:
    return unescape(response.content.decode())


def test_an_author_offers_a_case_and_sees_the_other_months(amara: Enrolment, one: PracticeScenario) -> None:
    ada, another = web.client_of(made.author()), made.case_study(title="Behaviour at Hillside")
    url = reverse("office:case_study_practice", args=[another.pk])
    shown = ada.get(url)
    assert shown.context["form"].initial == {"after_months": 6}
    assert "Other scenarios are offered after 3 months" in " ".join(read(shown).split())
    refusal = ada.post(url, {"after_months": "3"})
    assert refusal.status_code == 422
    assert "Another scenario is offered after 3 months already" in read(refusal)
    done = ada.post(url, {"after_months": "6"}, follow=True)
    assert "Offered for practice 6 months after the start" in read(done)
    assert web.client_of(made.office()).get(url).status_code == 404
    assert web.client_of(amara.user).get(url).status_code == 404


def test_opening_it_starts_nothing(her: Client, one: PracticeScenario) -> None:
    for _ in range(2):
        shown = her.get(page_of(one))
        assert shown.status_code == 200
    assert "Reading at Hillside" in read(shown)
    assert "no deadline" in read(shown)
    assert 'data-closes="' not in read(shown)
    assert not PracticeResponse.objects.exists()
    assert not CaseAccess.objects.filter(capacity="participant").exists()


def test_it_is_found_from_learning_and_assessment(her: Client, one: PracticeScenario) -> None:
    assert page_of(one) in read(her.get(reverse("participant:learning")))
    assert reverse("participant:practice") in read(her.get(reverse("participant:assessment")))
    shown = read(her.get(reverse("participant:practice")))
    assert page_of(one) in shown
    assert "To practise" in shown


def test_before_its_day_the_list_says_when_and_the_page_leads_back(
    her: Client, one: PracticeScenario
) -> None:
    actions.offer_practice(case_study=one.case_study, after_months=11, by=made.author(), at=BEFORE)
    with time_machine.travel(INSIDE - timedelta(days=200), tick=False):
        her = web.client_of(Enrolment.objects.get().user)
        shown = read(her.get(page_of(one), follow=True))
        assert "Opens later" in shown
        assert "Reading at Hillside" not in shown
        assert her.post(page_of(one), sent(hand_in="1")).status_code == 302
    assert not PracticeResponse.objects.exists()


def test_she_writes_hands_in_and_reads_the_feedback(her: Client, one: PracticeScenario, femi: Any) -> None:
    assert her.post(page_of(one), sent()).status_code == 302
    refusal = her.post(page_of(one), sent("", revision=1, hand_in="1"))
    assert refusal.status_code == 422
    assert "There is nothing to hand in yet" in read(refusal)
    revision = PracticeResponse.objects.get().revision
    done = her.post(page_of(one), sent(revision=revision, hand_in="1"), follow=True)
    assert "Who teaches your group reads it" in read(done)

    his = web.client_of(femi)
    assert "practice for the assessment" in read(his.get(reverse("teaching:home")))
    assert "Practice to read (1)" in read(his.get(reverse("teaching:responses")))
    response = PracticeResponse.objects.get()
    url = reverse("teaching:practice_response", args=[response.pk])
    assert url in read(his.get(reverse("teaching:practice")))
    shown = read(his.get(url))
    assert TEXT in shown
    assert "Says why fluency matters" in shown
    words = {"strength": "Precise.", "next_step": "Say who.", "revision": str(response.revision)}
    refusal = his.post(url, {**words, "next_step": ""})
    assert refusal.status_code == 422
    assert his.post(url, {**words, "evidence": "The second sentence."}).status_code == 302
    assert url not in read(his.get(reverse("teaching:practice")))
    assert url in read(his.get(reverse("teaching:practice"), {"show": "all"}))
    hers = read(her.get(page_of(one)))
    assert "Precise." in hers
    assert "Say who." in hers
    assert "The second sentence." in hers
    assert purposes.of_practice() in read(her.get(reverse("participant:practice")))


def test_a_draft_and_what_was_taken_back_stay_the_writers_own(
    her: Client, one: PracticeScenario, femi: Any
) -> None:
    his = web.client_of(femi)
    her.post(page_of(one), sent())
    url = reverse("teaching:practice_response", args=[PracticeResponse.objects.get().pk])
    assert his.get(url).status_code == 404
    her.post(page_of(one), sent(revision=1, hand_in="1"))
    assert TEXT in read(his.get(url))
    her.post(page_of(one, "practice_take_back"))
    assert TEXT not in read(his.get(url))
    assert her.get(url).status_code == 404


def test_the_mark_scheme_comes_after_the_writing_and_takes_no_marks(
    her: Client, one: PracticeScenario
) -> None:
    scheme = page_of(one, "practice_self")
    assert her.get(scheme).status_code == 302
    assert "Says why fluency matters" not in read(her.get(page_of(one)))
    done = her.post(page_of(one), sent(assess="1"))
    assert done.url == scheme
    assert "Says why fluency matters" in read(her.get(scheme))
    answers = {"point_1": "yes", "point_2": "partly", "strength": "The why.", "next_step": "The how."}
    refusal = her.post(scheme, answers)
    assert refusal.status_code == 422
    assert "Say whether this is in your response." in read(refusal)
    assert her.post(scheme, {**answers, "point_3": "not_yet"}).status_code == 302
    assert PracticeFeedback.objects.get().levels == {"1": "yes", "2": "partly", "3": "not_yet"}
    shown = read(her.get(scheme))
    assert "Partly" in shown
    assert "The how." in shown


def test_the_editor_keeps_by_itself_and_shows_both_texts(her: Client, one: PracticeScenario) -> None:
    url = page_of(one, "practice_draft")

    def keeps(text: str, revision: int) -> Any:
        body = json.dumps({"revision": revision, "texts": {"": text}})
        return her.post(url, body, content_type="application/json")

    assert keeps("One.", 0).json()["revision"] == 1
    assert keeps("Two.", 1).json()["revision"] == 2
    clash = keeps("Three.", 1)
    assert (clash.status_code, clash.json()["texts"]) == (409, {"": "Two."})
    assert her.get(url).json()["texts"] == {"": "Two."}
    stale = her.post(page_of(one), sent("Three.", revision=1, save="1"))
    assert stale.status_code == 409
    assert "Two." in read(stale)
    assert "Three." in read(stale)
    assert keeps("x", -1).status_code == 400


def test_a_text_of_an_ended_session_waits_for_its_writer(
    her: Client, one: PracticeScenario, amara: Enrolment
) -> None:
    browser = Client()
    browser.post(page_of(one), {**sent("Written before."), "person": str(amara.user_id)})
    browser.force_login(amara.user)
    assert "Written before." in read(browser.get(page_of(one)))


def test_somebody_of_another_programme_has_no_such_page(one: PracticeScenario) -> None:
    other = factories.enrolment("Bo Baker", to=factories.intake("npqlt-reformed-england"))
    his = web.client_of(other.user)
    for name in ("practice_scenario", "practice_draft", "practice_self"):
        assert his.get(page_of(one, name)).status_code == 404
    assert "No practice scenario yet" in read(his.get(reverse("participant:practice")))


# --- what arrived while nobody was signed in ---------------------------------------------------------------------
def parked(one: PracticeScenario, amara: Enrolment, text: str, *, revision: int = 0) -> Client:
    """A browser whose session had ended when it sent this; its writer has signed in again."""
    browser = Client()
    with time_machine.travel(ARRIVED, tick=False):
        browser.post(page_of(one), {**sent(text, revision=revision), "person": str(amara.user_id)})
    browser.force_login(amara.user)
    return browser


@pytest.mark.parametrize("text", ["Written before.", "Two lines,\n\nwith ü and 🙂 " + "x" * 5000])
def test_a_text_of_an_ended_session_is_the_draft_with_its_arrival(
    one: PracticeScenario, amara: Enrolment, text: str
) -> None:
    browser = parked(one, amara, text)
    first = read(browser.get(page_of(one)))
    assert "It is saved, with the time at which it arrived" in first
    draft = PracticeResponse.objects.get()
    assert (draft.texts, draft.saved_at, draft.state) == ({"": text}, ARRIVED, "draft")
    assert text.splitlines()[-1][:40] in read(browser.get(page_of(one)))


@pytest.mark.parametrize("later", ["From the phone.", "Another text, and longer than the one before."])
def test_it_takes_no_place_of_what_was_saved_since(
    her: Client, one: PracticeScenario, amara: Enrolment, later: str
) -> None:
    browser = parked(one, amara, "Written before.")
    her.post(page_of(one), sent(later))
    told = read(browser.get(page_of(one)))
    assert "Another text was saved since" in told
    assert "Written before." in told
    assert later in told
    assert PracticeResponse.objects.get().texts == {"": later}
