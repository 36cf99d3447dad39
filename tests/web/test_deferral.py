"""A deferral on the pages: asked by the participant, decided by the office, and where the person stands until later."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.assessment import actions
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.models import Sitting, SittingState
from tests import factories_assessment as made
from tests.factories_web import Cast, cast, client_of, page, text_of

pytestmark = pytest.mark.django_db
REASON = "My father is dying"


@pytest.fixture
def people(catalogue: None) -> Cast:
    found = cast()
    made.window(found.amara.intake, at=made.BEFORE)
    return found


def at(moment: Any) -> Any:
    return time_machine.travel(moment, tick=False)


def sitting(people: Cast) -> Sitting:
    return Sitting.everything.get(enrolment=people.amara)


def ask(people: Cast, moment: Any = made.BEFORE, **other: Any) -> Any:
    filled = {
        "sitting": sitting(people).pk,
        "deferral": "on",
        "reason": REASON,
        "form_key": str(uuid.uuid4()),
    }
    with at(moment):
        return client_of(people.amara.user).post(reverse("participant:adjustments"), {**filled, **other})


def decide(people: Cast, moment: Any = made.BEFORE, **fields: Any) -> Any:
    with at(moment):
        there = reverse("office:adjustment", args=[Adjustment.objects.get().pk])
        return client_of(people.office).post(there, {"decision": "approve", **fields})


def test_from_the_request_to_the_later_window_on_every_page(people: Cast) -> None:
    assert ask(people).status_code == 302
    with at(made.BEFORE):
        own = text_of(page(people.amara.user, reverse("participant:assessment")))
        assert "You asked for a later window instead on" in own
        shown = text_of(page(people.office, reverse("office:adjustment", args=[Adjustment.objects.get().pk])))
        assert "They have not opened the case study" in shown
        assert 'name="days"' not in shown
    assert decide(people).status_code == 302
    with at(made.BEFORE):
        own = text_of(page(people.amara.user, reverse("participant:assessment")))
        assert "Your window from Mon 6 Oct 2025 is deferred" in own
        assert "Nothing would keep you out as things stand" not in own
        window = text_of(page(people.office, reverse("office:window", args=[sitting(people).window_id])))
        assert "Deferred to a later window" in window
        desk = text_of(page(people.office, reverse("office:desk")))
        assert "1 person of NPQLT September 2024 deferred, without a later window" in desk
        assert (
            "Ahead" not in text_of(page(people.amara.user, reverse("participant:schedule"))).split("<h2")[0]
        )
    later = made.window(
        people.amara.intake, opens_on=date(2025, 11, 3), case=made.case_study(title="B"), book=False
    )
    with at(made.BEFORE):
        person = reverse("office:person", args=[people.amara.reference])
        shown = text_of(page(people.office, person))
        assert "The window from Mon 6 Oct 2025 was deferred" in shown
        assert "ends by <strong>Tue 2 Dec 2025</strong>" in shown
        answer = client_of(people.office).post(
            reverse("office:enter_again", args=[people.amara.reference]),
            {"window_id": later.pk, "reason": "As decided"},
        )
        assert answer.status_code == 302
        assert "without a later window" not in text_of(page(people.office, reverse("office:desk")))
        own = text_of(page(people.amara.user, reverse("participant:assessment")))
        assert "Your case study opens on Mon 3 Nov 2025" in own


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (made.BEFORE, "Until the window opens you can take the deferral back."),
        (made.INSIDE, "The window is open, so a deferral can't be taken back."),
    ],
)
def test_whoever_decides_reads_whether_it_can_be_taken_back(people: Cast, moment: Any, said: str) -> None:
    ask(people, moment)
    with at(moment):
        there = reverse("office:adjustment", args=[Adjustment.objects.get().pk])
        shown = text_of(page(people.office, there))
    assert said in shown
    assert "which closes at midnight at the end of" in shown


def test_a_form_that_asks_for_both_keeps_what_was_typed(people: Cast) -> None:
    answer = ask(people, days="2")
    assert answer.status_code == 422
    assert "not for both" in text_of(answer)
    assert REASON in text_of(answer)


def test_what_was_written_before_a_deferral_stays_readable_and_a_late_form_is_shown(people: Cast) -> None:
    Sitting.objects.filter(enrolment=people.amara).update(released_at=made.OPENS_AT)
    one = Sitting.objects.get(enrolment=people.amara)
    with at(made.INSIDE):
        actions.get_case_for(user=people.amara.user, sitting=one, at=made.INSIDE)
        actions.save_draft(
            sitting=one, texts={"": "We read aloud."}, revision=0, by=people.amara.user, at=made.INSIDE
        )
    ask(people, made.INSIDE)
    with at(made.INSIDE):
        shown = text_of(page(people.office, reverse("office:adjustment", args=[Adjustment.objects.get().pk])))
        assert "it is never given to them again" in shown
    assert decide(people, made.INSIDE).status_code == 302
    address = reverse("participant:sitting", args=[one.pk])
    with at(made.INSIDE + timedelta(minutes=1)):
        shown = page(people.amara.user, address)
        assert shown.status_code == 403
        assert "We read aloud." in text_of(shown)
        assert made.BODY not in text_of(shown)
        late = {"text_1": "And a last sentence.", "revision": "1", "form_key": "k", "own_work": "on"}
        for button in ("save", "hand_in"):
            answer = client_of(people.amara.user).post(address, {**late, button: "1"})
            assert "And a last sentence." in text_of(answer)
        draft = client_of(people.amara.user).post(
            reverse("participant:sitting_draft", args=[one.pk]),
            {"revision": 1, "texts": {"": "More"}},
            content_type="application/json",
        )
        assert (draft.status_code, draft.json()["code"]) == (422, "sitting.deferred")
        assert page(people.amara.user, reverse("participant:result", args=[one.pk])).status_code == 404
    assert sitting(people).state == SittingState.DEFERRED


def test_nobody_beside_the_office_reads_why(people: Cast) -> None:
    ask(people)
    decide(people)
    with at(made.BEFORE):
        for user in (people.head, people.manager, people.author):
            there = reverse("office:adjustment", args=[Adjustment.objects.get().pk])
            assert page(user, there).status_code in (403, 404)


def test_it_is_taken_back_on_its_page(people: Cast) -> None:
    ask(people)
    decide(people)
    there = reverse("office:adjustment_take_back", args=[Adjustment.objects.get().pk])
    with at(made.BEFORE):
        client_of(people.office).post(there, {"note": "You asked us to."})
        assert sitting(people).state == SittingState.BOOKED
        own = text_of(page(people.amara.user, reverse("participant:assessment")))
        assert "Your case study opens on Mon 6 Oct 2025" in own
