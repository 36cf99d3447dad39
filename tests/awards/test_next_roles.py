"""Asking graduates for their role: when, once, whom not, what is kept of it, and which figures come out."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.awards import next_role_rules as rules
from goldenthread.awards import next_roles
from goldenthread.awards.models import Award
from goldenthread.awards.next_role_models import RoleAnswer, RoleQuestion
from goldenthread.awards.next_roles import Told
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.outcomes.models import Outcome
from tests import by_hand, factories
from tests.awards.test_actions import award

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 31)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=factories.AT.tzinfo)


def graduate(on: date = DAY) -> Award:
    made = award()
    by_hand.alter(Award.objects.filter(pk=made.pk), awarded_on=on)
    made.refresh_from_db()
    return made


def another(of: Award, on: date, *, same_person: bool = False) -> Award:
    """A further award, of a further enrolment."""
    number = Award.objects.count()
    intake = (
        factories.intake(starts_on=date(2023, 1, 1 + number)) if same_person else of.outcome.enrolment.intake
    )
    person = factories.enrolment(f"Graduate {number}", to=intake)
    if same_person:
        Enrolment.objects.filter(pk=person.pk).update(user=of.outcome.enrolment.user)
    outcome = Outcome.objects.get(pk=of.outcome_id)
    outcome.pk, outcome.enrolment_id = None, person.pk
    outcome.save()
    copied = Award.objects.get(pk=of.pk)
    copied.pk, copied.outcome, copied.code, copied.awarded_on = None, outcome, f"X-{person.pk}", on
    copied.save()
    return copied


def mails() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template="next_role").order_by("pk"))


def asked(made: Award, *, on: date = date(2026, 9, 30)) -> RoleQuestion:
    next_roles.ask(at=noon(on))
    return RoleQuestion.objects.get(award=made)


# --- when ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 9, 29), 0),
        (date(2026, 9, 30), 1),  # September has no 31st
        (date(2026, 10, 30), 1),
        (date(2026, 10, 31), 0),
        (date(2027, 9, 30), 1),
    ],
)
@pytest.mark.requirement("S0-72")
def test_a_graduate_is_asked_from_the_months_after_the_award_for_a_month(on: date, expected: int) -> None:
    graduate()
    assert next_roles.ask(at=noon(on)) == expected
    assert len(mails()) == expected


def test_nobody_is_asked_twice_in_a_round_and_again_in_the_next() -> None:
    made = graduate()
    assert [next_roles.ask(at=noon(DAY + timedelta(days=days))) for days in (184, 185, 190)] == [1, 0, 0]
    assert next_roles.ask(at=noon(date(2027, 9, 30))) == 1
    assert sorted(RoleQuestion.objects.filter(award=made).values_list("months", flat=True)) == [6, 18]
    assert AuditEvent.objects.filter(verb="next_role.asked").count() == 2


def test_who_holds_a_later_award_is_asked_about_that_one_alone() -> None:
    first = graduate()
    second = another(first, DAY, same_person=True)
    assert next_roles.ask(at=noon(date(2026, 9, 30))) == 1
    assert RoleQuestion.objects.get().award == second
    third = another(first, date(2026, 12, 1), same_person=True)
    assert next_roles.ask(at=noon(date(2027, 9, 30))) == 0
    assert not RoleQuestion.objects.filter(award=third).exists()


def test_a_revoked_award_asks_nothing_and_its_link_is_over() -> None:
    made = graduate()
    question = asked(made)
    token = next_roles.token_of(question)
    assert next_roles.by_token(token) == question
    Award.objects.update(revoked_at=noon(DAY))
    assert next_roles.by_token(token) is None
    assert next_roles.ask(at=noon(date(2027, 9, 30))) == 0
    with pytest.raises(Refused):
        next_roles.answer(question=question, told=Told("teacher", consent=True), at=noon(DAY))


def test_who_said_not_again_is_asked_about_no_award_any_more() -> None:
    made = graduate()
    question = asked(made)
    assert next_roles.silence(question=question, at=noon(date(2026, 10, 1)))
    assert not next_roles.silence(question=question, at=noon(date(2026, 10, 2)))
    another(made, date(2026, 12, 1), same_person=True)
    assert next_roles.ask(at=noon(date(2027, 6, 1))) == 0
    assert next_roles.ask(at=noon(date(2027, 9, 30))) == 0
    assert AuditEvent.objects.filter(verb="next_role.silenced").count() == 1


@pytest.mark.parametrize("token", ["", "nonsense", "MQ:1abc:def"])
def test_a_link_that_we_never_sent_leads_nowhere(token: str) -> None:
    assert next_roles.by_token(token) is None


# --- the answer -----------------------------------------------------------------------------------------------------
TODAY = date(2026, 10, 1)
GOOD: dict[str, Any] = {
    "role_now": "teacher", "role_planned": "middle leader", "planned_for": date(2027, 9, 1), "consent": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"role_planned": "", "planned_for": None}, None),
        ({"planned_for": TODAY}, None),
        ({"role_now": ""}, "role_now"),
        ({"role_now": "pirate"}, "role_now"),
        ({"role_planned": "pirate"}, "role_planned"),
        ({"role_planned": ""}, "role_planned"),
        ({"planned_for": None}, "planned_for"),
        ({"planned_for": date(2026, 9, 30)}, "planned_for"),
        ({"planned_for": date(2031, 10, 2)}, "planned_for"),
        ({"consent": False}, "consent"),
    ],
)
def test_what_an_answer_must_say(changes: dict[str, Any], field: str | None) -> None:
    said = {**GOOD, **changes, "on": TODAY}
    if field is None:
        rules.check_answer(**said)
        return
    with pytest.raises(Refused) as caught:
        rules.check_answer(**said)
    assert caught.value.field == field


def test_an_answer_keeps_the_words_agreed_to_can_be_changed_and_taken_back() -> None:
    question = asked(graduate())
    first = next_roles.answer(question=question, told=Told(**GOOD, place="Hillside"), at=noon(TODAY))
    assert (first.consent_text, first.place, first.role_planned) == (
        rules.CONSENT,
        "Hillside",
        "middle leader",
    )
    next_roles.answer(question=question, told=Told(**GOOD, place="Hillside"), at=noon(TODAY))
    next_roles.answer(question=question, told=Told("deputy headteacher", consent=True), at=noon(TODAY))
    assert RoleAnswer.objects.get().role_now == "deputy headteacher"
    assert [
        one.details["again"] for one in AuditEvent.objects.filter(verb="next_role.answered").order_by("pk")
    ] == [
        False,
        True,
    ]
    assert next_roles.take_back(question=question, at=noon(TODAY))
    assert not next_roles.take_back(question=question, at=noon(TODAY))
    assert not RoleAnswer.objects.exists()
    assert "Hillside" not in str([one.details for one in AuditEvent.objects.all()])


# --- figures ----------------------------------------------------------------------------------------------------------
def test_figures_say_nothing_that_tells_of_a_few() -> None:
    first = graduate()
    made = [first, *(another(first, DAY) for _ in range(19))]
    assert next_roles.ask(at=noon(date(2026, 9, 30))) == 20
    for number, one in enumerate(made[:12]):
        told = Told("headteacher" if number < 2 else "teacher", consent=True)
        next_roles.answer(question=RoleQuestion.objects.get(award=one), told=told, at=noon(TODAY))
    told = next_roles.figures()
    (line,) = told.rounds
    assert (line.months, line.asked, line.answered, line.planning) == (6, 20, "12", "0")
    assert told.now == {rules.OTHERS: 12}  # two of twelve would come out beside ten
    assert told.planned == {rules.NO_PLAN: 12}
    RoleAnswer.objects.filter(pk__in=RoleAnswer.objects.order_by("pk").values("pk")[3:]).delete()
    told = next_roles.figures()
    assert (told.rounds[0].answered, told.now, told.planned) == ("fewer than 5", {}, {})


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, {}),
        ({"a": 4}, {}),
        ({"a": 5}, {"a": 5}),
        ({"a": 12, "b": 5, "c": 3}, {"a": 12, rules.OTHERS: 8}),
        ({"a": 12, "b": 3, "c": 3}, {"a": 12, rules.OTHERS: 6}),
        ({"a": 12, "b": 7}, {"a": 12, "b": 7}),
        ({"a": 2, "b": 2}, {}),
    ],
)
def test_what_a_few_said_stands_with_others(counts: dict[str, int], said: dict[str, int]) -> None:
    assert rules.said_apart(counts) == said


def test_who_answered_twice_counts_once_among_the_roles_by_the_later_answer() -> None:
    first = graduate()
    made = [first, *(another(first, DAY) for _ in range(4))]
    for on, role in ((date(2026, 9, 30), "teacher"), (date(2027, 9, 30), "headteacher")):
        next_roles.ask(at=noon(on))
        for question in RoleQuestion.objects.filter(answer__isnull=True):
            next_roles.answer(
                question=question, told=Told(role, consent=True), at=noon(on + timedelta(days=1))
            )
    assert RoleAnswer.objects.count() == 2 * len(made)
    assert next_roles.figures().now == {"headteacher": 5}
