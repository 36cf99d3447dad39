"""Pages of an appeal: the participant appeals, reads and withdraws; the office checks and decides."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goldenthread.appeals import actions
from goldenthread.appeals.models import Appeal, AppealPolicy
from goldenthread.assessment.models import SittingState
from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from goldenthread.support import planning
from goldenthread.support.models import SupportPlan
from tests import factories
from tests import factories_marking as make
from tests.factories_appeals import NEXT, WHY, admitted, lodged, office, released, remark
from tests.factories_web import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture(autouse=True)
def _on_the_next_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldenthread.common.clock.now", lambda: NEXT)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def own(outcome: Outcome) -> str:
    return f"/my/assessment/appeals/{outcome.pk}/"


def said(**fields: Any) -> dict[str, Any]:
    return {"grounds": "marking", "statement": WHY, "form_key": str(uuid.uuid4()), **fields}


def test_a_participant_appeals_from_the_result_and_sees_where_it_stands() -> None:
    outcome = released()
    amara = client_of(outcome.enrolment.user)
    result = text_of(amara.get("/my/result/"))
    assert "until <strong>midnight at the end of Tue 11 Nov 2025 (UK time)</strong>" in result
    assert own(outcome) in result
    page = text_of(amara.get(own(outcome)))
    assert "Your result can't get worse by an appeal." in page
    assert WHY not in page
    for wrong in (said(statement=" "), said(grounds=""), said(grounds="luck"), {}):
        assert amara.post(own(outcome), wrong).status_code == 422
    form = said()
    for _ in range(2):
        assert amara.post(own(outcome), form).status_code in {302, 200}
    assert Appeal.objects.count() == 1
    assert WHY in text_of(amara.get(own(outcome)))
    assert "Under appeal" in text_of(amara.get("/my/result/"))


def test_nobody_else_appeals_or_reads_it() -> None:
    outcome = released()
    stranger, olu = factories.user("Dot Stranger"), office()
    for person in (stranger, olu):
        client = client_of(person)
        assert client.get(own(outcome)).status_code == 404
        assert client.post(own(outcome), said()).status_code == 404
        assert client.post(f"{own(outcome)}withdraw/").status_code == 404
    appeal = lodged(outcome)
    theirs = f"/office/windows/appeals/{appeal.pk}/"
    for person in (stranger, outcome.enrolment.user, User.objects.get(name="Ben Marker")):
        client = client_of(person)
        assert client.get(theirs).status_code == 404
        assert client.post(theirs, {"step": "check", "admit": "0", "reason": "x"}).status_code == 404
    assert Appeal.objects.get().state == "lodged"


def test_marks_that_arent_there_cant_be_chosen_and_a_late_appeal_names_its_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome = released(state=SittingState.BOOKED)
    amara = client_of(outcome.enrolment.user)
    assert 'value="marking"' not in text_of(amara.get(own(outcome)))
    late = make.CLOSED + timedelta(days=29)
    monkeypatch.setattr("goldenthread.common.clock.now", lambda: late)
    refused = amara.post(own(outcome), said(grounds="procedure"))
    assert refused.status_code == 422
    told = "An appeal could be made until midnight at the end of Tue 11 Nov 2025"
    assert told in text_of(refused)
    assert told in text_of(amara.get(own(outcome)))
    assert told in text_of(amara.get("/my/result/"))
    assert not Appeal.objects.exists()


def test_it_is_withdrawn_on_its_page() -> None:
    appeal = lodged(released())
    amara = client_of(appeal.outcome.enrolment.user)
    address = f"{own(appeal.outcome)}withdraw/"
    for _ in range(2):
        assert "You withdrew this appeal" in text_of(amara.post(address, follow=True))
    assert "Withdraw this appeal" not in text_of(amara.get(own(appeal.outcome)))


def test_the_office_checks_has_it_marked_again_and_decides() -> None:
    outcome = released()
    appeal = lodged(outcome)
    oda, page = client_of(office()), f"/office/windows/appeals/{appeal.pk}/"
    assert "1 appeal to check" in text_of(oda.get("/office/"))
    assert page in text_of(oda.get("/office/windows/appeals/"))
    assert oda.post(page, {"step": "check", "reason": "x"}).status_code == 422
    oda.post(page, {"step": "check", "admit": "1", "reason": "It says where."})
    appeal.refresh_from_db()
    again = remark(appeal)
    waiting = text_of(oda.get(page))
    assert "Being marked again" in waiting  # on its page as in the list
    assert "Being marked again" in text_of(oda.get("/office/windows/appeals/"))
    assert f"The script is with {again.marker}" in waiting
    assert "Wait for the re-mark" in waiting
    # Its marker sees a script like any other, and no earlier mark.
    bo = client_of(again.marker)
    seen = text_of(bo.get(f"/mark/scripts/{again.pk}/")) + text_of(bo.get("/mark/"))
    assert "ppeal" not in seen
    assert "Amara" not in seen
    make.submit(again, make.GOOD, at=NEXT)
    assert "ppeal" not in text_of(bo.get("/mark/"))
    assert "1 appeal to decide" in text_of(oda.get("/office/"))
    look = text_of(oda.get(page))
    assert "If the result changes: passed" in look
    assert "An award is issued." in look
    done = {"step": "decide", "verdict": "changed", "reason": "The routine is there.", "seen": "passed"}
    assert "Decided" in text_of(oda.post(page, done, follow=True))
    new = Outcome.objects.get(number=2)
    amara = client_of(outcome.enrolment.user)
    read = text_of(amara.get(own(outcome)))
    assert "Your appeal is upheld: your result changes" in read
    assert "The routine is there." in read
    assert "came of an appeal, and is final" in text_of(amara.get("/my/result/"))
    assert "final" in text_of(amara.get(own(new)))
    assert page not in text_of(oda.get("/office/windows/appeals/"))
    assert page in text_of(oda.get("/office/windows/appeals/?show=closed"))


def test_what_was_promised_waits_on_the_desk_until_it_is_done() -> None:
    appeal = admitted(released(), "circumstances")
    oda, page = client_of(office()), f"/office/windows/appeals/{appeal.pk}/"
    promised = "You are entered for the window in May."
    said = {"step": "decide", "verdict": "upheld", "reason": "You were ill.", "remedy": promised}
    assert oda.post(page, {"step": "carry_out", "done": "Too early."}).status_code == 422
    oda.post(page, said)
    assert "1 promise of an appeal to carry out" in text_of(oda.get("/office/"))
    assert page in text_of(oda.get("/office/windows/appeals/"))
    assert oda.post(page, {"step": "carry_out", "done": " "}).status_code == 422
    for _ in range(2):
        oda.post(page, {"step": "carry_out", "done": "Entered on 20 October."})
    assert AuditEvent.objects.filter(verb="appeal.remedy_done").count() == 1
    assert "promise of an appeal" not in text_of(oda.get("/office/"))
    assert page in text_of(oda.get("/office/windows/appeals/?show=closed"))
    read = text_of(client_of(appeal.outcome.enrolment.user).get(own(appeal.outcome)))
    assert promised in read
    assert "Entered on 20 October." in read
    mails = OutboxMessage.objects.filter(payload__template="appeal_step").order_by("pk")
    assert len({mail.key for mail in mails}) == 3  # admitted, decided, carried out


def test_the_page_on_which_an_appeal_is_decided_asks_at_most_twelve_times(
    django_assert_max_num_queries: Any,
) -> None:
    appeal = admitted(released())
    make.submit(remark(appeal), make.GOOD, at=NEXT)
    osa = client_of(office("Osa Office"))
    with django_assert_max_num_queries(12):
        assert "If the result changes: passed" in text_of(osa.get(f"/office/windows/appeals/{appeal.pk}/"))


def test_who_had_a_part_reads_why_they_dont_decide() -> None:
    appeal = admitted(released(), "procedure")
    page = f"/office/windows/appeals/{appeal.pk}/"
    olu = client_of(User.objects.get(name="Olu Office"))
    assert "You released this result" in text_of(olu.get(page))
    refused = olu.post(page, {"step": "decide", "verdict": "not_upheld", "reason": "No."})
    assert refused.status_code == 422
    assert "You released this result" in text_of(refused)
    assert client_of(office()).post(page, {"step": "unknown"}).status_code == 404


def test_a_re_marker_that_is_missing_is_asked_for_again() -> None:
    outcome = released()
    User.objects.filter(name="Bo Marker").update(is_active=False)
    appeal = admitted(outcome)
    oda, page = client_of(office()), f"/office/windows/appeals/{appeal.pk}/"
    assert "1 appeal without a re-marker" in text_of(oda.get("/office/"))
    assert "No marker is free for this script" in text_of(oda.post(page, {"step": "remark"}, follow=True))
    factories.member(Role.MARKER, "Bim Marker")
    assert "The script is with Bim Marker" in text_of(oda.post(page, {"step": "remark"}, follow=True))


def test_the_policy_of_a_version_is_recorded_with_a_reason() -> None:
    address = "/office/windows/appeals/policy/npqlt-reformed-england/"
    oda = client_of(office())
    assert "28 days after the day of the release" in text_of(oda.get(address))
    for wrong in (
        {},
        {"days": "0", "lowering": "never", "reason": "x"},
        {"days": "14", "lowering": "never", "reason": " "},
    ):
        assert oda.post(address, wrong).status_code == 422
    told = text_of(
        oda.post(address, {"days": "14", "lowering": "allowed", "reason": "Board of 3 May."}, follow=True)
    )
    assert "Now: 14 days" in told
    assert "Board of 3 May." in told
    assert AppealPolicy.objects.get().set_by == office()
    assert oda.get("/office/windows/appeals/policy/nothing/").status_code == 404


def test_a_person_s_page_shows_what_is_under_appeal() -> None:
    appeal = lodged(released())
    page = text_of(client_of(office()).get(f"/office/people/{appeal.outcome.enrolment.reference}/"))
    assert "Under appeal" in page
    assert f"/office/windows/appeals/{appeal.pk}/" in page
    actions.withdraw(appeal=appeal, by=appeal.outcome.enrolment.user, at=NEXT)
    page = text_of(client_of(office()).get(f"/office/people/{appeal.outcome.enrolment.reference}/"))
    assert "Under appeal" not in page


def test_the_mails_say_that_there_is_something_to_read_and_not_what() -> None:
    outcome = released()
    appeal = admitted(outcome)
    actions.withdraw(appeal=appeal, by=outcome.enrolment.user, at=NEXT)
    plan = SupportPlan.objects.get()
    planning.name_supporter(plan=plan, owner=office(), by=office(), at=NEXT)
    for template in (
        "appeal_lodged",
        "appeal_step",
        "appeal_withdrawn",
        "support_plan",
        "support_plan_yours",
    ):
        letter = mail.render(OutboxMessage.objects.get(payload__template=template))
        assert "NPQLT" in letter.subject
        links = {own(outcome), "/my/assessment/support/", f"/office/windows/support/{plan.pk}/"}
        assert any(link in letter.text for link in links), template
        for said in (WHY, "It says where.", "11 of 20"):
            assert said not in letter.text


def test_a_visitor_is_asked_to_sign_in() -> None:
    outcome = released()
    assert "/accounts/login/" in Client().get(own(outcome))["Location"]
