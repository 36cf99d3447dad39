"""Practice for the scenario-based assessment (S4-19): the form of the real thing, no clock, no marks, no live case."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions, limit_queries, practice_queries, queries
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.practice_models import PracticeResponse, PracticeScenario
from goldenthread.assessment.rules import Stale
from goldenthread.assessment.rules import practice as rules
from goldenthread.assessment.rules.policies import FIRST_COUNTING, Length
from goldenthread.common import outbox
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused, allows
from goldenthread.engagement.queries import standing_of
from goldenthread.outcomes.models import Outcome
from tests import factories
from tests import factories_assessment as made
from tests import factories_teaching as teaching
from tests.factories_assessment import BEFORE, INSIDE

NPQH = "npqh-reformed-international"
TEXTS = {"": "Reading fell. We read aloud, daily, from Monday."}


def scenario(key: str = factories.NPQLT, *, months: int = 3, title: str = "Practice one") -> PracticeScenario:
    case = made.case_study(key, title=title)
    return actions.offer_practice(case_study=case, after_months=months, by=made.author(), at=BEFORE)


def handed_in(
    enrolment: Enrolment, one: PracticeScenario, *, wants: str = "facilitator", at: datetime = INSIDE
) -> PracticeResponse:
    return actions.hand_in_practice(
        scenario=one, enrolment=enrolment, texts=TEXTS, revision=0, wants=wants, by=enrolment.user, at=at
    )


def refused(code: str, action: Any, **sent: Any) -> str:
    with pytest.raises(Refused) as caught:
        action(**sent)
    assert caught.value.code == code
    return caught.value.message


# --- the acceptance case --------------------------------------------------------------------------------------
@pytest.mark.requirement("S4-19")
@pytest.mark.django_db
def test_an_npqh_participant_practises_in_the_form_of_the_assessment_and_nothing_counts(
    catalogue: None,
) -> None:
    intake = factories.intake(NPQH)
    enrolment = factories.enrolment(to=intake)
    group = teaching.group(of=intake)
    femi = teaching.staffed(group)
    teaching.placed(enrolment, group)
    first, live = scenario(NPQH), made.case_study(NPQH, title="The live one")
    if limit_queries.word_limit_of(intake).must_be_chosen:
        limit = limit_queries.word_limit_of(intake).choices[0].value
        actions.choose_word_limit(
            intake=intake, value=limit, reason="The newer source.", by=made.office(), at=BEFORE
        )
    asked, real = practice_queries.asked_of(enrolment), intake.version.specification.assessment
    assert (len(asked.parts), asked.word_limit) == (4, limit_queries.settled_word_limit(intake))
    assert [part.title for part in asked.parts] == [part.title for part in real.parts]
    assert [one.scenario for one in practice_queries.offered_to(enrolment, at=INSIDE)] == [first]
    assert live.pk not in {
        one.scenario.case_study_id for one in practice_queries.offered_to(enrolment, at=INSIDE)
    }

    texts = {part.key: "A plan." for part in asked.parts}
    sent = {"scenario": first, "enrolment": enrolment, "revision": 0, "by": enrolment.user, "at": INSIDE}
    long = {**texts, asked.keys[0]: "word " * asked.word_limit}
    assert "cut 6 words" in refused(
        "script.too_long", actions.hand_in_practice, texts=long, wants="facilitator", **sent
    )
    missing = {key: text for key, text in texts.items() if key != asked.keys[3]}
    refused("script.part_missing", actions.hand_in_practice, texts=missing, wants="facilitator", **sent)
    before = standing_of(enrolment)
    response = actions.hand_in_practice(texts=texts, wants="facilitator", **sent)
    actions.give_practice_feedback(
        response=response,
        strength="You name the barrier.",
        next_step="Say who does what.",
        revision=1,
        by=femi,
        at=INSIDE,
    )
    response.refresh_from_db()
    assert response.state == "returned"
    assert standing_of(enrolment) == before
    assert not Outcome.objects.exists()
    assert not Sitting.objects.exists()


# --- live and practised exclude one another -----------------------------------------------------------------------
@pytest.mark.django_db
def test_a_practised_case_is_for_no_window_and_a_live_one_for_no_practice_before_all_have_closed() -> None:
    practised = scenario().case_study
    intake = factories.intake()
    window = actions.schedule_window(intake=intake, opens_on=made.OPENS_ON, by=made.office(), at=BEFORE)
    refused(
        "case.practised",
        actions.assign_case,
        window=window,
        case_study=practised,
        by=made.office(),
        at=BEFORE,
    )
    assert practised not in queries.assignable_cases(intake)

    live = made.case_study(title="Live")
    factories.enrolment(to=intake)
    actions.assign_case(window=window, case_study=live, by=made.office(), at=BEFORE)
    (booked,) = actions.book_sittings(window=window, by=made.office(), at=BEFORE)
    offer = {"case_study": live, "after_months": 6, "by": made.author()}
    for at in (BEFORE, INSIDE, booked.closes_at):
        refused("practice.live", actions.offer_practice, at=at, **offer)
    after = booked.closes_at + timedelta(microseconds=1)
    actions.offer_practice(at=after, **offer)
    again = Sitting.objects.select_related("enrolment").get(pk=booked.pk)
    asked = actions.request_adjustment(
        enrolment=again.enrolment,
        sitting=again,
        asked=queries.rules.Grant(days=3),
        reason="Ill on the last day.",
        form_key="7d3f0c5c-4a53-4d18-a3bb-0f7dbd4f2f11",
        by=again.enrolment.user,
        at=after,
    )
    refused(
        "practice.open_case",
        actions.decide_adjustment,
        adjustment=asked,
        approved=True,
        given=queries.rules.Grant(days=3),
        note="",
        by=made.office(),
        at=after,
    )


@pytest.mark.django_db
def test_a_cancelled_window_stands_in_no_way() -> None:
    intake, case = factories.intake(), made.case_study()
    window = made.window(intake, case=case, book=False)
    actions.cancel_window(window=window, reason="Another week.", by=made.office(), at=BEFORE)
    assert actions.offer_practice(case_study=case, after_months=3, by=made.author(), at=BEFORE).pk


@pytest.mark.django_db
def test_only_authors_offer_and_only_what_is_published() -> None:
    draft = made.case_study(published=False)
    refused(
        "practice.draft",
        actions.offer_practice,
        case_study=draft,
        after_months=3,
        by=made.author(),
        at=BEFORE,
    )
    case = made.case_study(title="Two")
    refused("author", actions.offer_practice, case_study=case, after_months=3, by=made.office(), at=BEFORE)
    actions.withdraw_case(case_study=case, reason="Leaked.", by=made.office(), at=BEFORE)
    refused(
        "practice.withdrawn",
        actions.offer_practice,
        case_study=case,
        after_months=3,
        by=made.author(),
        at=BEFORE,
    )


# --- regular points of the plan --------------------------------------------------------------------------------
def test_one_scenario_a_month_before_the_assessment() -> None:
    assert rules.next_month([], 12) == 3
    assert rules.next_month([3, 6], 12) == 9
    assert rules.next_month([3, 6, 9], 12) == 1
    assert rules.next_month(list(range(12)), 12) == 11
    assert allows(rules.check_month, 11, taken=[], window_from=12)
    assert not allows(rules.check_month, 12, taken=[], window_from=12)
    assert not allows(rules.check_month, 3, taken=[3], window_from=12)
    assert allows(rules.check_month, 24, taken=[], window_from=None)


@pytest.mark.django_db
def test_a_scenario_opens_on_its_day_in_the_participants_zone_and_never_closes() -> None:
    enrolment = factories.enrolment()
    later, sooner = scenario(months=6, title="Later"), scenario(months=3)
    first = rules.opens_on(enrolment.starts_on, 3)
    day_before = datetime.combine(first - timedelta(days=1), datetime.min.time(), tzinfo=BEFORE.tzinfo)
    found = practice_queries.offered_to(enrolment, at=day_before)
    assert [(one.scenario, one.number, one.is_open) for one in found] == [
        (sooner, 1, False),
        (later, 2, False),
    ]
    sent = {"scenario": sooner, "enrolment": enrolment, "texts": TEXTS, "revision": 0, "by": enrolment.user}
    refused("practice.not_yet", actions.save_practice, at=day_before, **sent)
    assert actions.save_practice(at=day_before + timedelta(days=1), **sent).revision == 1
    years_later = day_before + timedelta(days=1000)
    found = practice_queries.offered_to(enrolment, at=years_later)
    assert [one.is_open for one in found] == [True, True]


@pytest.mark.django_db
def test_the_month_can_be_changed_but_not_to_a_taken_one() -> None:
    first, second = scenario(), scenario(months=6, title="Two")
    change = {"case_study": second.case_study, "by": made.author(), "at": INSIDE}
    refused("practice.taken", actions.offer_practice, after_months=3, **change)
    assert actions.offer_practice(after_months=9, **change).pk == second.pk
    actions.offer_practice(after_months=9, **change)
    trail = AuditEvent.objects.filter(verb="case_study.practice", subject=f"casestudy:{second.case_study_id}")
    assert trail.count() == 2
    assert first.after_months == 3


# --- writing ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_nothing_is_lost_between_two_tabs_and_nobody_else_writes() -> None:
    enrolment, one = factories.enrolment(), scenario()
    sent = {"scenario": one, "enrolment": enrolment, "by": enrolment.user, "at": INSIDE}
    actions.save_practice(texts=TEXTS, revision=0, **sent)
    again = actions.save_practice(texts=TEXTS, revision=0, **sent)
    assert again.revision == 1
    with pytest.raises(Stale) as caught:
        actions.save_practice(texts={"": "Other"}, revision=0, **sent)
    assert (caught.value.revision, caught.value.texts) == (1, TEXTS)
    with pytest.raises(Http404):
        actions.save_practice(texts=TEXTS, revision=1, **{**sent, "by": factories.user()})
    refused("practice.parts", actions.save_practice, texts={"other": "x"}, revision=1, **sent)


@pytest.mark.django_db
def test_while_no_limit_is_settled_words_are_only_counted() -> None:
    assert allows(rules.check_practice, (), {"": "one two"}, length=Length(90_000, None, FIRST_COUNTING))
    assert not allows(rules.check_practice, (), {"": "one two"}, length=Length(2, 1, FIRST_COUNTING))


@pytest.mark.django_db
def test_handed_in_twice_is_handed_in_once_and_can_be_taken_back() -> None:
    enrolment, one = factories.enrolment(), scenario()
    response = handed_in(enrolment, one)
    assert handed_in(enrolment, one, at=INSIDE + timedelta(minutes=1)).handed_in_at == INSIDE
    sent = {"scenario": one, "enrolment": enrolment, "by": enrolment.user, "at": INSIDE}
    refused("response.handed_in", actions.save_practice, texts=TEXTS, revision=1, **sent)
    with pytest.raises(Http404):
        actions.take_practice_back(response=response, by=factories.user(), at=INSIDE)
    back = actions.take_practice_back(response=response, by=enrolment.user, at=INSIDE)
    assert back.state == "draft"
    assert actions.take_practice_back(response=response, by=enrolment.user, at=INSIDE).state == "draft"


# --- feedback -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_feedback_comes_from_who_teaches_the_group_names_both_and_is_mailed_once() -> None:
    enrolment, one = factories.enrolment(), scenario()
    group = teaching.group(of=enrolment.intake)
    femi, tara = teaching.staffed(group), teaching.staffed(group, "tutor", "Tara Tutor")
    coach = teaching.staffed(group, "coach", "Cora Coach")
    teaching.placed(enrolment, group)
    response = handed_in(enrolment, one)
    sent = {"response": response, "strength": "Clear.", "next_step": "Say who.", "revision": 1, "at": INSIDE}
    for stranger in (coach, factories.user(), enrolment.user):
        with pytest.raises(Http404):
            actions.give_practice_feedback(by=stranger, **sent)
    refused("feedback.next_step", actions.give_practice_feedback, by=femi, **{**sent, "next_step": " "})
    refused("practice.newer", actions.give_practice_feedback, by=femi, **{**sent, "revision": 7})
    assert list(practice_queries.waiting(practice_queries.practice_for(factories.seen(femi)))) == [response]
    given = actions.give_practice_feedback(by=femi, **sent)
    assert actions.give_practice_feedback(by=femi, **sent) == given
    assert "Femi" in refused("practice.given", actions.give_practice_feedback, by=tara, **sent)
    assert not practice_queries.waiting(practice_queries.practice_for(factories.seen(femi))).exists()
    letters = OutboxMessage.objects.filter(key__contains="practice_feedback")
    assert [one.payload["to"] for one in letters] == [enrolment.user.email]
    while outbox.deliver_due(at=INSIDE):
        pass
    better = actions.hand_in_practice(
        scenario=one,
        enrolment=enrolment,
        texts={"": "Reading fell again."},
        revision=1,
        wants="facilitator",
        by=enrolment.user,
        at=INSIDE,
    )
    assert (better.state, better.revision) == ("handed_in", 2)


@pytest.mark.django_db
def test_a_self_assessment_looks_at_every_point_of_the_mark_scheme_and_gives_no_marks() -> None:
    enrolment, one = factories.enrolment(), scenario()
    sent = {"scenario": one, "enrolment": enrolment, "by": enrolment.user, "at": INSIDE}
    draft = actions.save_practice(texts=TEXTS, revision=0, **sent)
    levels = {1: "yes", 2: "partly", 3: "not_yet"}
    said = {
        "strength": "I name the need.",
        "next_step": "Name the people.",
        "by": enrolment.user,
        "at": INSIDE,
    }
    refused("practice.open", actions.assess_own_practice, response=draft, levels=levels, **said)
    response = handed_in(enrolment, one, wants="self")
    missing = refused(
        "practice.levels", actions.assess_own_practice, response=response, levels={1: "yes"}, **said
    )
    assert missing.endswith("missing 2, 3.")
    refused(
        "practice.levels", actions.assess_own_practice, response=response, levels={**levels, 2: "8"}, **said
    )
    given = actions.assess_own_practice(response=response, levels=levels, **said)
    assert actions.assess_own_practice(response=response, levels=levels, **said) == given
    response.refresh_from_db()
    assert (response.state, given.levels) == ("returned", {"1": "yes", "2": "partly", "3": "not_yet"})
    assert not [field.name for field in given._meta.get_fields() if "mark" in field.name]


@pytest.mark.django_db
def test_a_new_version_is_not_assessed_before_it_is_handed_in() -> None:
    enrolment, one = factories.enrolment(), scenario()
    response = handed_in(enrolment, one, wants="self")
    said = {
        "levels": {1: "yes", 2: "yes", 3: "yes"},
        "strength": "A",
        "next_step": "B",
        "by": enrolment.user,
        "at": INSIDE,
    }
    actions.assess_own_practice(response=response, **said)
    actions.save_practice(
        scenario=one,
        enrolment=enrolment,
        texts={"": "New"},
        revision=1,
        by=enrolment.user,
        at=INSIDE,
    )
    refused("practice.open", actions.assess_own_practice, response=response, **said)
