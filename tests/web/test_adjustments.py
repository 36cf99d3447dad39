"""Adjustments and more time on the pages: asked by the participant, decided by the office, seen by nobody else."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Adjustment, LatePolicy, Sitting
from tests import factories_assessment as made
from tests.assessment.test_adjustments import LATER, REASON, approve, asked
from tests.factories_web import Cast, cast, client_of, page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    found = cast()
    made.window(found.amara.intake, at=made.BEFORE)
    return found


def at(moment: Any) -> Any:
    return time_machine.travel(moment, tick=False)


def filled(sitting: Any = "all", **other: Any) -> dict[str, Any]:
    return {"sitting": sitting, "days": "2", "reason": REASON, "form_key": str(uuid.uuid4()), **other}


def sitting_of(enrolment: Enrolment) -> Sitting:
    return Sitting.objects.get(enrolment=enrolment)


def ask(people: Cast, **other: Any) -> Adjustment:
    with at(made.BEFORE):
        answer = client_of(people.amara.user).post(
            reverse("participant:adjustments"), filled(sitting_of(people.amara).pk, **other)
        )
    assert answer.status_code == 302
    return Adjustment.objects.get()


def decide(people: Cast, one: Adjustment, **fields: Any) -> Any:
    with at(made.INSIDE):
        return client_of(people.office).post(
            reverse("office:adjustment", args=[one.pk]), {"decision": "approve", "days": "2", **fields}
        )


@pytest.mark.requirement("S2-34")
def test_from_the_request_to_the_later_deadline_on_every_page(people: Cast) -> None:
    one = ask(people)
    with at(made.INSIDE):
        assert REASON in text_of(page(people.office, reverse("office:adjustment", args=[one.pk])))
        desk = text_of(page(people.office, reverse("office:desk")))
    assert "1 request for an adjustment or more time" in desk
    assert decide(people, one, note="Take the time.").status_code == 302
    Sitting.objects.filter(enrolment=people.amara).update(released_at=made.INSIDE)
    with at(made.CLOSES_AT + timedelta(hours=3)):
        shown = text_of(page(people.amara.user, reverse("participant:assessment")))
        own = text_of(page(people.amara.user, reverse("participant:adjustments")))
        window = text_of(
            page(people.office, reverse("office:window", args=[sitting_of(people.amara).window_id]))
        )
    assert "Your deadline and limit hold what was granted to you" in shown
    assert "Wed 15 Oct 2025" in shown
    assert [said for said in ("2 more days", "Take the time.", "Wed 15 Oct 2025") if said not in own] == []
    assert [said for said in ("2 more days", "The last deadline") if said not in window] == []
    assert sitting_of(people.amara).closes_at == LATER
    assert sitting_of(people.bilal).closes_at == made.CLOSES_AT


def test_head_partner_marker_and_colleagues_of_others_never_read_the_reason(people: Cast) -> None:
    one = ask(people)
    decide(people, one)
    window = sitting_of(people.amara).window_id
    addresses = [
        reverse("office:adjustment", args=[one.pk]),
        reverse("office:adjustments"),
        reverse("office:person", args=[people.amara.reference]),
        reverse("office:window", args=[window]),
        reverse("school:home"),
        reverse("school:person", args=[people.amara.reference]),
        reverse("partner:home"),
        reverse("participant:adjustments"),
        reverse("participant:adjustment_withdraw", args=[one.pk]),
    ]
    for user in people.everybody_but("office", "amara"):
        for address in addresses:
            assert REASON not in page(user, address).content.decode(), (user, address)
    with at(made.INSIDE):
        head = text_of(page(people.head, reverse("school:person", args=[people.amara.reference])))
    assert people.amara.user.name in head
    assert "adjust" not in head.lower()


def test_the_office_does_not_decide_about_what_it_recorded_itself(people: Cast) -> None:
    with at(made.BEFORE):
        client_of(people.office).post(
            reverse("office:adjustment_record", args=[people.amara.reference]), filled()
        )
    one = Adjustment.objects.get()
    assert (one.requested_by, one.sitting) == (people.office, None)
    assert "A colleague decides" in text_of(page(people.office, reverse("office:adjustment", args=[one.pk])))
    refused = decide(people, one)
    assert refused.status_code == 422
    assert "A colleague decides" in refused.content.decode()
    assert sitting_of(people.amara).closes_at == made.CLOSES_AT


def test_a_form_that_asks_for_nothing_keeps_what_was_typed(people: Cast) -> None:
    with at(made.BEFORE):
        answer = client_of(people.amara.user).post(reverse("participant:adjustments"), filled(days=""))
    assert answer.status_code == 422
    assert "Say what would help" in answer.content.decode()
    assert REASON in answer.content.decode()
    assert not Adjustment.objects.exists()


def test_a_request_is_withdrawn_by_its_own_button(people: Cast) -> None:
    one = ask(people)
    shown = text_of(page(people.amara.user, reverse("participant:adjustments")))
    assert "Withdraw this request" in shown
    client_of(people.amara.user).post(reverse("participant:adjustment_withdraw", args=[one.pk]))
    assert Adjustment.objects.get().state == "withdrawn"
    assert client_of(people.bilal.user).post(
        reverse("participant:adjustment_withdraw", args=[one.pk])
    ).status_code == 404  # fmt: skip


def test_what_was_approved_is_taken_back_with_words_for_the_participant(people: Cast) -> None:
    one = approve(asked(people.amara), by=people.office)
    with at(made.BEFORE):
        url = reverse("office:adjustment_take_back", args=[one.pk])
        client_of(people.office).post(url, {"note": ""})
        assert Adjustment.objects.get().state == "approved"
        client_of(people.office).post(url, {"note": "It was meant for somebody else."})
    assert Adjustment.objects.get().state == "revoked"
    assert sitting_of(people.amara).closes_at == made.CLOSES_AT


def test_a_late_policy_is_kept_with_name_and_reason(people: Cast) -> None:
    url = reverse("office:late_policy", args=[people.amara.version.key])
    assert "None is recorded" in text_of(page(people.office, url))
    client_of(people.office).post(url, {"days": "3", "reason": "The board of March decided."})
    kept = LatePolicy.objects.get()
    assert (kept.days, kept.set_by) == (3, people.office)
    assert "up to 3 days after the deadline" in text_of(page(people.office, url))
    assert (
        page(people.office, reverse("office:late_policy", args=["npqsl-legacy-international"])).status_code
        == 404
    )
