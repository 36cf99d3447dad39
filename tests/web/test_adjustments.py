"""Adjustments and more time on the pages: asked by the participant, decided by the office, seen by nobody else."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import adjusting, rules
from goldenthread.assessment.adjusting_models import Adjustment, LatePolicy
from goldenthread.assessment.models import Sitting
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


def test_a_request_that_waits_is_told_on_the_assessment_page_until_it_is_decided(people: Cast) -> None:
    one = ask(people)
    with at(made.INSIDE):
        overview = text_of(page(people.amara.user, reverse("participant:assessment")))
        assert "You asked for 2 more days on" in overview
        assert "; not decided yet." in overview
    decide(people, one)
    with at(made.INSIDE):
        assert "not decided yet" not in text_of(page(people.amara.user, reverse("participant:assessment")))


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


def test_a_decision_is_made_knowing_how_far_the_person_is(people: Cast) -> None:
    one = ask(people)
    address = reverse("office:adjustment", args=[one.pk])
    with at(made.INSIDE):
        assert "Has not opened it" in text_of(page(people.office, address))
        sitting = Sitting.objects.get(enrolment=people.amara)
        Sitting.objects.filter(pk=sitting.pk).update(first_seen_at=made.INSIDE)
        assert "opened the case study" in text_of(page(people.office, address))
        Sitting.objects.filter(pk=sitting.pk).update(draft_saved_at=made.INSIDE)
        assert "Nothing handed in; last wrote" in text_of(page(people.office, address))
        Adjustment.objects.update(sitting=None)
        assert "So far, window from" in text_of(page(people.office, address))


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


def test_the_form_shows_the_new_deadline_and_from_when_everybody_is_marked_before_it_decides(
    people: Cast,
) -> None:
    one = ask(people)
    url = reverse("office:adjustment", args=[one.pk])
    with at(made.INSIDE):
        shown = text_of(page(people.office, url))
        more = client_of(people.office).post(url, {"days": "4", "words": "200", "look": "1"})
        odd = client_of(people.office).post(url, {"days": "400", "look": "1"})
    assert "What 2 more days would do" in shown
    assert "The deadline would be <strong>midnight at the end of Wed 15 Oct 2025 (UK time)</strong>" in shown
    assert "now it is midnight at the end of Mon 13 Oct 2025 (UK time)" in shown
    assert "could go to markers from <strong>Thu 16 Oct 2025, 00:10 (UK time)</strong>" in shown
    assert "and not from Tue 14 Oct 2025, 00:10 (UK time)" in shown
    assert (more.status_code, odd.status_code) == (200, 422)
    assert "What 4 more days and 200 words more would do" in text_of(more)
    assert "end of Fri 17 Oct 2025" in text_of(more)
    assert "The limit would be 1,700 words." in text_of(more)
    assert Adjustment.objects.get().state == "requested"


def test_more_time_for_whoever_has_the_last_deadline_already_moves_nothing_for_the_others(
    people: Cast,
) -> None:
    five = rules.Grant(days=5)
    approve(asked(people.bilal, sitting_of(people.bilal), five), five, by=people.office)
    one = asked(people.amara, sitting_of(people.amara))
    with at(made.INSIDE):
        shown = text_of(page(people.office, reverse("office:adjustment", args=[one.pk])))
    assert "Marking begins as before, from Sun 19 Oct 2025, 00:10 (UK time)." in shown


def test_what_is_shown_is_what_approving_does(people: Cast) -> None:
    one = asked(people.amara, grant=rules.Grant(3, 100))
    shown = adjusting.effects_of(one, rules.Grant(3, 100), at=made.BEFORE)
    approve(one, rules.Grant(3, 100), by=people.office)
    after = sitting_of(people.amara)
    assert [(found.closes_at, found.sitting.pk) for found in shown] == [(after.closes_at, after.pk)]
    assert [found.last_after for found in shown] == [after.closes_at]


def test_a_row_of_a_window_leads_to_more_time_for_that_person_and_window(people: Cast) -> None:
    sitting = sitting_of(people.amara)
    url = reverse("office:adjustment_record", args=[people.amara.reference])
    with at(made.INSIDE):
        listed = page(people.office, reverse("office:window", args=[sitting.window_id])).content.decode()
        form = page(people.office, url, sitting=str(sitting.pk))
    assert f'href="{url}?sitting={sitting.pk}"' in listed
    assert form.context["form"]["sitting"].value() == str(sitting.pk)
    shown = text_of(form)
    assert "not their school, not the markers, not their delivery partner" in shown
    assert "not your school" not in shown
    assert "not your school" in text_of(page(people.amara.user, reverse("participant:adjustments")))
