"""Waiving or lessening a penalty for too many words for one person, before the release, by two people."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.assessment.penalties import too_long
from goldenthread.assessment.penalty_models import PenaltyWaiver
from goldenthread.assessment.rules.policies import Counting, Length, Over
from goldenthread.awards.transcript import transcript_of
from goldenthread.catalogue.policies import marks_off_in
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.moderation.final import final_marks
from goldenthread.moderation.national_package import mark_rows
from goldenthread.outcomes import actions, queries, waiving
from goldenthread.outcomes.taken_off import taken_off
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests.factories_web import client_of
from tests.outcomes.test_penalties import TWO_FOR_100, released, window_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED


def named(name: str) -> User:
    return User.objects.filter(name=name).first() or factories.member(Role.OFFICE, name)


def olu() -> User:
    return named("Olu Office")


def oda() -> User:
    return named("Oda Office")


def script_of(words: int) -> Script:
    return Script.objects.select_related("sitting__enrolment__user", "sitting__window").get(words=words)


def ask(script: Script, words: int = 0, **said: Any) -> PenaltyWaiver:
    given = {
        "reason": "The template has 140 words",
        "form_key": str(uuid.uuid4()),
        "by": olu(),
        "at": AT,
        **said,
    }
    return waiving.ask(script=script, words=words, **given)


def decide(waiver: PenaltyWaiver, *, approve: bool = True, **said: Any) -> PenaltyWaiver:
    return waiving.decide(
        waiver=waiver, approve=approve, **{"reason": "I saw it", "by": oda(), "at": AT, **said}
    )


# --- the rule ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("off", "charged", "less"),
    [
        (TWO_FOR_100, None, 12), (TWO_FOR_100, 300, 12), (TWO_FOR_100, 999, 12), (TWO_FOR_100, 200, 8),
        (TWO_FOR_100, 1, 4), (TWO_FOR_100, 0, 0), ({"percent": 10, "each_percent": 10}, 150, 3),
    ],
)  # fmt: skip
def test_only_the_words_that_are_left_cost_marks(off: dict[str, int], charged: int | None, less: int) -> None:
    counting = Counting(over=Over.PENALTY, penalty="so", marks_off=marks_off_in(off))
    length = Length(1800, 1500, counting, charged)
    assert (length.excess, length.half_marks_off(30)) == (300, less)


# --- asked and decided ---------------------------------------------------------------------------------
@pytest.mark.requirement("S0-30")
def test_one_asks_another_approves_and_the_result_goes_by_it() -> None:
    window = window_of((1650, make.FAIR), (1701, make.FAIR))
    seen = queries.preview(window).fingerprint
    waiver = ask(script_of(1650))
    assert queries.preview(window).fingerprint == seen
    decide(waiver)
    assert queries.preview(window).fingerprint != seen
    with pytest.raises(Refused, match="Results have changed"):
        actions.release(window=window, by=olu(), at=AT, seen=seen)
    found = released(window)
    assert {name: (one.half_marks_off, one.result) for name, one in found.items()} == {
        "Person 1650": (0, "passed"), "Person 1701": (12, "not_passed"),
    }  # fmt: skip
    one = found["Person 1650"]
    task = next(row for row in one.conditions if row["key"] == "task")
    assert "nothing is taken off for 150 words too many" in task["text"]
    assert (task["figures"]["words_too_many"], task["figures"]["words_charged"]) == (150, 0)
    told = taken_off(one)
    assert told is not None
    assert told.text.startswith("Nothing is taken off for 150 words too many")
    page = client_of(one.enrolment.user).get(reverse("participant:result")).content.decode()
    assert "Nothing is taken off for 150 words too many" in page
    assert [row for row in transcript_of(one.enrolment, at=AT).assessed if row[0] == "Taken off"] == []
    trail = AuditEvent.objects.filter(verb__startswith="penalty.").order_by("sequence")
    assert [(row.verb, row.actor_name, row.details["reason"], row.details["words"]) for row in trail] == [
        ("penalty.asked", "Olu Office", "The template has 140 words", 0),
        ("penalty.approved", "Oda Office", "I saw it", 0),
    ]


def test_a_lessened_penalty_says_of_how_many_words() -> None:
    window = window_of((1701, make.FAIR))
    script = script_of(1701)
    decide(ask(script, 101))
    assert final_marks(window)[script.sitting_id].off == 8
    assert mark_rows(window)[0][-3:] == ["201", "4", "11"]
    one = released(window)["Person 1701"]
    told = taken_off(one)
    assert told is not None
    assert "4 taken off for 101 of 201 words too many" in told.text
    assert "as two people of the programme office decided" in told.text


def test_a_later_waiver_takes_the_place_of_an_earlier_one() -> None:
    window = window_of((1701, make.FAIR))
    script = script_of(1701)
    decide(ask(script, 0))
    decide(ask(script, 100), at=AT + timedelta(hours=1))
    assert too_long(window)[script.sitting_id].costly == 100


def test_a_correction_goes_by_it_too() -> None:
    window = window_of((1650, make.FAIR))
    decide(ask(script_of(1650)))
    released(window)
    enrolment = Sitting.objects.get(window=window).enrolment
    marks = final_marks(window)[script_of(1650).sitting_id].half_marks
    assert queries.evaluation_of(enrolment, window, marks).half_marks_off == 0


def test_a_script_that_took_the_place_of_another_has_its_own_length() -> None:
    window = window_of((1650, make.FAIR))
    script = script_of(1650)
    waiver = ask(script)
    decided = decide(waiver)
    Script.objects.filter(pk=script.pk).update(current=False)
    Script.objects.create(
        sitting=script.sitting, number=2, key="new", text="x", words=1700, word_rule="1", sha256="1" * 64,
        own_work=True, received_at=AT,
    )  # fmt: skip
    assert too_long(window)[script.sitting_id].costly == 200
    PenaltyWaiver.objects.filter(pk=decided.pk).update(
        state="asked", decided_by=None, decided_at=None, decision_reason=""
    )
    with pytest.raises(Refused) as no:
        decide(waiver)
    assert no.value.code == "penalty.replaced"
    assert decide(waiver, approve=False).state == "refused"


# --- refused -------------------------------------------------------------------------------------------
def code(call: Any, *args: Any, **said: Any) -> str:
    with pytest.raises(Refused) as no:
        call(*args, **said)
    return no.value.code


def test_what_is_refused_when_it_is_asked() -> None:
    window = window_of((1500, make.FAIR), (1650, make.FAIR))
    script = script_of(1650)
    assert code(ask, script, reason=" ") == "penalty.reason"
    assert code(ask, script_of(1500)) == "penalty.none"
    assert code(ask, script, 150) == "penalty.same"
    assert code(ask, script, 151) == "penalty.words"
    assert code(ask, script, by=script.sitting.enrolment.user) == "penalty.own"
    assert code(ask, script, at=script.sitting.closes_at) == "penalty.open"
    waiver = ask(script)
    assert code(ask, script) == "penalty.waits"
    assert code(decide, waiver, by=olu()) == "penalty.own"
    assert code(decide, waiver, by=script.sitting.enrolment.user) == "penalty.own"
    assert code(decide, waiver, reason="") == "penalty.reason"
    assert code(waiving.take_back, waiver=waiver, by=oda(), at=AT) == "penalty.not_yours"
    released(window)
    assert code(decide, waiver) == "penalty.released"
    assert decide(waiver, approve=False).state == "refused"
    assert code(ask, script) == "penalty.released"
    assert code(decide, waiver) == "penalty.decided"


def test_the_same_form_and_the_same_decision_twice_are_one() -> None:
    window_of((1650, make.FAIR))
    script, key = script_of(1650), str(uuid.uuid4())
    waiver = ask(script, form_key=key)
    assert ask(script, form_key=key) == waiver
    assert waiving.take_back(waiver=waiver, by=olu(), at=AT).state == "taken_back"
    assert waiving.take_back(waiver=waiver, by=olu(), at=AT).state == "taken_back"
    again = ask(script)
    assert decide(again) == decide(again)
    assert AuditEvent.objects.filter(verb="penalty.approved").count() == 1


def test_a_window_whose_penalty_people_apply_has_nothing_to_waive() -> None:
    window = make.window(
        policies={"counting": {"not_counted": [], "tolerance_percent": 0, "over": "warn", "penalty": ""}}
    )
    script = make.script(window)
    Script.objects.filter(pk=script.pk).update(words=3000)
    assert code(ask, Script.objects.select_related("sitting").get(pk=script.pk)) == "penalty.none"


def test_the_database_keeps_two_people() -> None:
    window_of((1650, make.FAIR))
    waiver = ask(script_of(1650))
    with pytest.raises(IntegrityError), transaction.atomic():
        PenaltyWaiver.objects.filter(pk=waiver.pk).update(
            state="approved", decided_by=olu(), decided_at=AT, decision_reason="So"
        )


# --- pages ---------------------------------------------------------------------------------------------
def page(user: User, name: str, *args: Any) -> str:
    with time_machine.travel(AT + timedelta(hours=1), tick=False):
        return " ".join(client_of(user).get(reverse(name, args=args)).content.decode().split())


def post(user: User, sitting: int, **sent: Any) -> int:
    with time_machine.travel(AT + timedelta(hours=1), tick=False):
        return client_of(user).post(reverse("office:penalty", args=[sitting]), sent).status_code


def test_it_is_asked_and_decided_by_pages_and_seen_where_it_counts() -> None:
    window: Window = window_of((1650, make.FAIR), (1500, make.FAIR))
    sitting = script_of(1650).sitting
    person = page(olu(), "office:person", sitting.enrolment.reference)
    assert reverse("office:penalty", args=[sitting.pk]) in person
    assert "150 words too many cost marks" in page(olu(), "office:penalty", sitting.pk)
    assert post(olu(), sitting.pk, step="ask", words="0", reason="", form_key=str(uuid.uuid4())) == 422
    assert (
        post(olu(), sitting.pk, step="ask", words="0", reason="A template", form_key=str(uuid.uuid4())) == 302
    )
    assert "A colleague decides it" in page(olu(), "office:penalty", sitting.pk)
    assert "1 waiver of a penalty for a second person" in page(oda(), "office:desk")
    assert "waiver of a penalty" not in page(olu(), "office:desk")
    assert "A template" in page(oda(), "office:penalties")
    assert post(oda(), sitting.pk, step="decide", approve="1", reason="I saw it") == 302
    assert "Nothing is taken off for 150 words too many" in page(oda(), "office:penalty", sitting.pk)
    before = page(oda(), "office:outcomes", window.pk)
    assert "1 penalty is waived or lessened" in before
    assert "off for length" not in before
    assert sitting.enrolment.user.name not in before
    assert "Penalty waived by a second person" in page(oda(), "office:person", sitting.enrolment.reference)


def test_nobody_sees_the_page_about_themselves() -> None:
    window_of((1650, make.FAIR))
    sitting = script_of(1650).sitting
    me = sitting.enrolment.user
    teaching.hold(me, Role.OFFICE)
    assert "What is taken off, and waiving it" not in page(me, "office:person", sitting.enrolment.reference)
    assert client_of(me).get(reverse("office:penalty", args=[sitting.pk])).status_code == 404
