"""What a school sees of its staff, and what it doesn't."""

from datetime import timedelta

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.common.days import day_text
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Membership, Role
from goldenthread.support.actions import name_mentor
from tests import by_hand, factories, factories_marking
from tests.factories_web import Cast, cast, give, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def names(user: object) -> list[str]:
    return [line.enrolment.user.name for line in page(user, reverse("school:home")).context["lines"]]  # type: ignore[arg-type]


def test_a_head_teacher_sees_the_staff_of_their_own_school_only(people: Cast) -> None:
    assert names(people.head) == ["Amara Applicant"]
    assert names(people.other_head) == ["Bilal Baker"]


def test_a_cpd_lead_sees_them_too(people: Cast) -> None:
    assert people.amara.school is not None
    give(people.stranger, people.amara.school.organisation, Role.CPD_LEAD)
    assert names(people.stranger) == ["Amara Applicant"]


@pytest.mark.requirement("S2-11")
def test_a_mentor_sees_whom_they_mentor_and_nobody_else_of_the_school(people: Cast) -> None:
    assert people.amara.school is not None
    mentor, at = people.stranger, factories.AT
    give(mentor, people.amara.school.organisation, Role.MENTOR)
    colleague = factories.enrolment("Carl Colleague", school=people.amara.school)
    amara, carl = (reverse("school:person", args=[one.reference]) for one in (people.amara, colleague))
    assert "You mentor nobody yet" in page(mentor, reverse("school:home")).content.decode()
    name_mentor(enrolment=people.amara, mentor=mentor, by=people.office, at=at)
    assert names(mentor) == ["Amara Applicant"]
    assert [page(mentor, url).status_code for url in (amara, carl)] == [200, 404]
    name_mentor(enrolment=people.amara, mentor=None, by=people.office, at=at)
    assert names(mentor) == []
    assert page(mentor, amara).status_code == 404
    give(mentor, people.amara.school.organisation, Role.HEAD_TEACHER)
    assert names(mentor) == ["Amara Applicant", "Carl Colleague"]


def test_a_mentor_who_leaves_the_school_sees_nobody_there(people: Cast) -> None:
    assert people.amara.school is not None
    assert people.bilal.school is not None
    mentor = people.stranger
    give(mentor, people.amara.school.organisation, Role.MENTOR)
    name_mentor(enrolment=people.amara, mentor=mentor, by=people.office, at=factories.AT)
    Membership.objects.filter(user=mentor).update(organisation=people.bilal.school.organisation)
    assert names(mentor) == []
    assert page(mentor, reverse("school:person", args=[people.amara.reference])).status_code == 404


def test_somebody_with_roles_in_two_schools_sees_both(people: Cast) -> None:
    assert people.bilal.school is not None
    give(people.head, people.bilal.school.organisation, Role.HEAD_TEACHER)
    assert names(people.head) == ["Amara Applicant", "Bilal Baker"]


def test_nobody_else_can_open_the_page_of_a_school_or_of_a_person(people: Cast) -> None:
    for user in people.everybody_but("head", "other_head"):
        assert page(user, reverse("school:home")).status_code == 404, user
    for user in people.everybody_but("head"):
        assert page(user, reverse("school:person", args=[people.amara.reference])).status_code == 404, user
    assert page(people.head, reverse("school:person", args=[people.amara.reference])).status_code == 200


def test_a_role_that_ended_opens_nothing(people: Cast) -> None:
    Membership.objects.filter(user=people.head).update(ends_on=factories.START + timedelta(days=1))
    assert page(people.head, reverse("school:home")).status_code == 404
    assert page(people.head, reverse("school:person", args=[people.amara.reference])).status_code == 404


def outcome(enrolment: Enrolment, **fields: object) -> Outcome:
    conditions = [{"key": "task", "met": False, "text": "SECRET CONDITION TEXT", "figures": {}}]
    return Outcome.objects.create(
        enrolment=enrolment,
        window=factories_marking.window(enrolment.intake),
        result="not_passed",
        conditions=conditions,
        half_marks_learn_that=12347,
        half_marks_learn_how_to=12349,
        computed_at=factories.AT,
        **fields,
    )


def test_a_result_is_shown_after_its_release_and_then_without_marks_or_reasons(people: Cast) -> None:
    url = reverse("school:person", args=[people.amara.reference])
    made = outcome(people.amara)
    assert "Not passed" not in page(people.head, url).content.decode()
    assert "Not passed" not in page(people.head, reverse("school:home")).content.decode()
    by_hand.alter(Outcome.objects.filter(pk=made.pk), released_at=factories.AT, released_by=people.office)
    text = page(people.head, url).content.decode()
    assert "Result: Not passed" in text
    assert "SECRET CONDITION TEXT" not in text
    assert "12347" not in text
    assert "12349" not in text


def test_a_person_page_shows_progress_by_component(people: Cast) -> None:
    factories.credit_minutes(people.amara, 120)
    response = page(people.head, reverse("school:person", args=[people.amara.reference]))
    assert response.context["person"].progress.standing.counted == 120
    assert "2 h of 74 h" in response.content.decode()


@pytest.mark.requirement("S2-11")
def test_a_person_page_names_what_is_overdue_as_the_updates_do_and_nothing_of_who_has_finished(
    people: Cast,
) -> None:
    url = reverse("school:person", args=[people.amara.reference])
    people.amara.plan.update(due_on=None)
    assert "Overdue" not in page(people.head, url).content.decode()
    late = people.amara.plan.filter(lane="self-directed").order_by("position").first()
    assert late is not None
    people.amara.plan.filter(pk=late.pk).update(due_on=factories.START)
    said = page(people.head, url).content.decode()
    assert f"<li>{late.title}, due {day_text(factories.START)}</li>" in said
    Enrolment.objects.filter(pk=people.amara.pk).update(stage=Stage.AWARDED)
    assert "Overdue" not in page(people.head, url).content.decode()


def test_whoever_is_behind_needs_time(people: Cast) -> None:
    line = page(people.head, reverse("school:home")).context["lines"][0]
    assert line.needs == ["Time to catch up: 66 h 36 min are missing"]


def test_a_school_without_participants_is_told_what_will_be_here(people: Cast) -> None:
    head = factories.member(Role.HEAD_TEACHER, "Nora Newhead", of=factories.organisation("New School"))
    assert "Nobody from your school takes part yet" in page(head, reverse("school:home")).content.decode()


def test_the_pages_take_the_same_queries_for_one_and_three_people(people: Cast) -> None:
    url, person = reverse("school:home"), reverse("school:person", args=[people.amara.reference])
    one = queries_of(people.head, url), queries_of(people.head, person)
    factories.enrolment("Two Second", school=people.amara.school)
    factories.enrolment("Three Third", school=people.amara.school)
    factories.credit_minutes(people.amara, 600)
    assert (queries_of(people.head, url), queries_of(people.head, person)) == one
    assert max(one) <= 12
