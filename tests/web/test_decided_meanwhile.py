"""Two people, or two tabs, decide the same: who comes second is told what stands and keeps what they wrote."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.appeals.models import Appeal
from goldenthread.assessment import actions as assessment
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.common.models import AuditEvent
from goldenthread.integrity.models import Flag, MisconductCase
from goldenthread.moderation import actions
from goldenthread.moderation.models import Sampled
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_appeals as appeals
from tests import factories_assessment as made
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests import factories_projects as projects
from tests.assessment.test_adjustments import asked
from tests.factories_web import cast, client_of, text_of
from tests.integrity.test_actions import AT, compare, copied

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def post(user: User, address: str, at: Any, **fields: Any) -> Any:
    with time_machine.travel(at, tick=False):
        return client_of(user).post(address, fields)


def office(name: str) -> User:
    return factories.member(Role.OFFICE, name)


def told(answer: Any, *said: str) -> None:
    """The page says that this was not kept, who did what before, and what was sent."""
    shown = text_of(answer)
    assert answer.status_code == 422
    assert [one for one in ("What you sent was not kept.", *said) if one not in shown] == []


def test_a_second_decision_about_an_adjustment_is_told_of_the_first_and_not_lost() -> None:
    people = cast()
    made.window(people.amara.intake, at=made.BEFORE)
    one = asked(people.amara)
    olu, oda = people.office, office("Oda Office")
    address = reverse("office:adjustment", args=[one.pk])
    yes = {"decision": "approve", "days": "2", "note": "Take the time."}
    assert post(olu, address, made.BEFORE, **yes).status_code == 302
    assert post(olu, address, made.BEFORE, **yes).status_code == 302  # the same form, by a double click
    for no, who in ((oda, f"{olu} approved this on"), (olu, "You approved this on")):
        answer = post(no, address, made.BEFORE, decision="decline", note="Not this time, since it is late.")
        told(answer, who, "Not this time, since it is late.", "Don&#x27;t approve")
    told(post(oda, address, made.BEFORE, **yes), f"{olu} approved this on")
    told(post(olu, address, made.BEFORE, **{**yes, "note": "Another word."}), "Another word.")
    kept = Adjustment.objects.get()
    assert (kept.state, kept.decided_by, kept.note) == ("approved", olu, "Take the time.")
    assert AuditEvent.objects.filter(verb__startswith="adjustment.").count() == 2
    back = {"adjustment": kept, "note": "It was a mistake.", "at": made.BEFORE}
    assert assessment.take_back_adjustment(by=olu, **back) == assessment.take_back_adjustment(by=olu, **back)
    take_back = reverse("office:adjustment_take_back", args=[one.pk])
    with time_machine.travel(made.BEFORE, tick=False):
        second = client_of(oda).post(take_back, {"note": "For another reason."}, follow=True)
    assert f"{olu} took this back on" in text_of(second)


@pytest.fixture
def sampled() -> Sampled:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window, [make.POOR])
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = actions.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=0, seed="seed")
    found = opened.sample.get()
    return actions.mark_blind(sampled=found, marks=make.POOR, by=chidi, at=make.CLOSED)


def test_a_second_decision_of_a_moderator_is_told_of_the_first_and_not_lost(sampled: Sampled) -> None:
    chidi, mo = sampled.marked_by, factories.member(Role.MODERATOR, "Mo Moderator")
    address = f"/moderate/scripts/{sampled.pk}/"
    stands = {"decision": "confirmed", "note": "Read twice."}
    assert post(chidi, address, make.CLOSED, **stands).status_code == 302
    assert post(chidi, address, make.CLOSED, **stands).status_code == 302
    others = {"decision": "adjusted", "learn_that": "3", "learn_how_to": "2", "note": "Point 2 is there."}
    told(
        post(mo, address, make.CLOSED, **others),
        "Chidi Moderator let the agreed marks stand",
        "Point 2 is there.",
    )
    told(post(chidi, address, make.CLOSED, **others), "You let the agreed marks stand on")
    told(post(chidi, address, make.CLOSED, decision="confirmed", note="Read once."), "Read once.")
    sampled.refresh_from_db()
    assert (sampled.decision, sampled.note) == ("confirmed", "Read twice.")


def test_a_second_decision_about_a_placement_is_told_of_the_first() -> None:
    olu, oda = office("Olu Office"), office("Oda Office")
    amara = projects.candidate(projects.NPQH)
    projects.opened(amara, "task-2")
    placement = projects.asked_placement(amara, "task-2")
    address = reverse("office:placement", args=[placement.pk])
    at = placement.asked_at + timedelta(hours=1)
    yes = {"decision": "approve", "reason": "It contrasts."}
    assert [post(olu, address, at, **yes).status_code for _ in range(2)] == [302, 302]
    told(
        post(oda, address, at, decision="decline", reason="Too near to their own."),
        "Olu Office approved this on", "Too near to their own.",
    )  # fmt: skip
    told(post(oda, address, at, **yes), "Olu Office approved this on")


def test_a_second_answer_to_a_question_is_not_thanked_for_and_thrown_away() -> None:
    window, scripts = copied()
    compare(window)
    flag, olu, oda = Flag.objects.get(), office("Olu Office"), office("Oda Office")
    address = reverse("office:flag", args=[flag.pk])
    for _ in range(2):
        assert post(olu, address, AT, reason="A plan of their school.").status_code == 302
    told(
        post(olu, address, AT, reason="A common source."),
        "You answered that nothing follows",
        "A common source.",
    )
    told(post(oda, address, AT, reason="A plan of their school."), "Olu Office answered that nothing follows")
    case = reverse("office:flag_case", args=[flag.pk])
    alleged = {"about": [scripts[0].pk], "text": "The same passages.", "form_key": str(uuid.uuid4())}
    told(post(oda, case, AT, **alleged), "Olu Office answered that nothing follows", "The same passages.")
    flag.refresh_from_db()
    assert (flag.reason, MisconductCase.objects.count()) == ("A plan of their school.", 0)


def test_a_second_allegation_is_told_of_the_first() -> None:
    window, scripts = copied()
    compare(window)
    olu, case = office("Olu Office"), reverse("office:flag_case", args=[Flag.objects.get().pk])
    first = {"about": [scripts[0].pk], "text": "The same passages.", "form_key": str(uuid.uuid4())}
    assert [post(olu, case, AT, **first).status_code for _ in range(2)] == [302, 302]
    other = {**first, "text": "In other words.", "form_key": str(uuid.uuid4())}
    told(post(olu, case, AT, **other), "You opened a case about this", "In other words.")
    assert MisconductCase.objects.count() == 1


def test_a_second_check_or_decision_of_an_appeal_is_told_of_the_first() -> None:
    appeal = appeals.lodged(appeals.released(), "procedure")
    olu, oda = office("Olu Office"), appeals.office()
    address = reverse("office:appeal", args=[appeal.pk])
    said = {"step": "check", "admit": "1", "reason": "It says what is wrong."}
    assert [post(olu, address, appeals.NEXT, **said).status_code for _ in range(2)] == [302, 302]
    no = {**said, "admit": "0", "reason": "It says nothing new."}
    told(post(oda, address, appeals.NEXT, **no), "Olu Office admitted this appeal on", "It says nothing new.")
    told(post(oda, address, appeals.NEXT, **said), "Olu Office admitted this appeal on")
    stays = {"step": "decide", "verdict": "not_upheld", "reason": "The room was quiet."}
    assert [post(oda, address, appeals.NEXT, **stays).status_code for _ in range(2)] == [302, 302]
    told(post(oda, address, appeals.NEXT, **{**stays, "reason": "Nobody was late."}), "Nobody was late.")
    kept = Appeal.objects.get()
    assert (kept.check_reason, kept.decision_reason) == ("It says what is wrong.", "The room was quiet.")


def test_what_a_participant_writes_in_a_second_tab_is_not_dropped_without_a_word() -> None:
    outcome = appeals.released()
    amara, address = outcome.enrolment.user, f"/my/assessment/appeals/{outcome.pk}/"
    first = {"grounds": "marking", "statement": appeals.WHY, "form_key": str(uuid.uuid4())}
    assert [post(amara, address, appeals.NEXT, **first).status_code for _ in range(2)] == [302, 302]
    for key in (str(uuid.uuid4()), first["form_key"]):
        second = {"grounds": "procedure", "statement": "My screen froze for an hour.", "form_key": key}
        answer = post(amara, address, appeals.NEXT, **second)
        shown = text_of(answer)
        assert answer.status_code == 422
        assert "You have appealed against this result already" in shown
        assert "My screen froze for an hour." in shown
    assert Appeal.objects.get().statement == appeals.WHY


def test_a_second_end_of_a_discussion_is_told_of_the_first() -> None:
    talk, olu, oda = talks.discussion(), office("Olu Office"), office("Oda Office")
    address, said = reverse("office:discussion", args=[talk.pk]), {"reason": "The board meets."}
    assert [post(olu, address, make.CLOSED, **said).status_code for _ in range(2)] == [302, 302]
    told(post(oda, address, make.CLOSED, **said), "Olu Office ended this discussion on", "The board meets.")
    told(post(olu, address, make.CLOSED, reason="It takes too long."), "It takes too long.")
    talk.refresh_from_db()
    assert (talk.ended_by, talk.reason) == (olu, "The board meets.")
