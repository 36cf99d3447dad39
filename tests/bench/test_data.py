"""The generator's rows are those that the actions leave, and make the same figures."""

from datetime import date

import pytest
from django.db import IntegrityError, connection

from bench import data
from goldenthread.applications.models import Enrolment
from goldenthread.engagement import queries, together
from goldenthread.engagement.models import LedgerEntry
from tests import factories

STARTS = [date(2025, 1, 6), date(2025, 9, 1)]


def test_credits_are_shared_out_so_that_each_activity_gets_its_minutes() -> None:
    shared = data.credits_of([30, 360, 60], 10)
    assert len(shared) == 10
    assert [sum(minutes for place, minutes in shared if place == wanted) for wanted in range(3)] == [
        30,
        360,
        60,
    ]
    assert all(minutes > 0 for _, minutes in shared)
    assert [place for place, _ in shared] == sorted(place for place, _ in shared)


def test_there_are_no_fewer_credits_than_activities() -> None:
    assert data.credits_of([5, 7], 2) == [(0, 5), (1, 7)]
    with pytest.raises(ValueError, match="at least one"):
        data.credits_of([5, 7], 1)


def load(count: int) -> range:
    factories.load_catalogue()
    office = data.make_office(factories.AT)
    intakes = data.make_intakes(factories.AT, starts=STARTS)
    first = data.make_people(count, intakes, office=office, at=factories.AT)
    assert data.make_plans(first, at=factories.AT) == count * data.CREDITS
    return first


@pytest.mark.django_db(transaction=True)
def test_a_generated_plan_is_the_one_that_enrolling_makes() -> None:
    load(10)
    generated = Enrolment.objects.filter(version__key=factories.NPQLT).order_by("pk").first()
    made = factories.enrolment(to=factories.intake(starts_on=STARTS[0]))
    assert generated is not None
    fields = ("key", "position", "component", "kind", "stage", "lane", "title", "minutes")
    by_key = [sorted(one.plan.values_list(*fields[:1], *fields[2:])) for one in (generated, made)]
    assert by_key[0] == by_key[1]
    connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_everybody_has_forty_credits_and_the_figure_of_the_rules() -> None:
    load(12)
    data.make_standings(at=factories.AT)
    assert list(together.verify()) == []
    at_once = together.standings()
    for enrolment in Enrolment.objects.select_related("version", "standing"):
        alone = queries.standing_of(enrolment)
        assert enrolment.ledger.count() == data.CREDITS
        assert (alone.planned, alone.counted) == at_once[enrolment.pk][1:3]
        assert alone.basis_points == enrolment.standing.basis_points
        assert 0.55 < alone.counted / alone.planned <= 1


@pytest.mark.django_db(transaction=True)
def test_a_database_can_be_filled_further_and_checks_again_afterwards() -> None:
    load(3)
    office, intakes = data.make_office(factories.AT), data.make_intakes(factories.AT, starts=STARTS)
    more = data.make_people(2, intakes, office=office, at=factories.AT)
    data.make_plans(more, at=factories.AT)
    assert data.counts()["entries"] == 5 * data.CREDITS
    entry = LedgerEntry.objects.order_by("pk").first()
    assert entry is not None
    entry.pk, entry.key, entry.activity_id = 1, "stray", 1
    with pytest.raises(IntegrityError):
        entry.save(force_insert=True)
        connection.check_constraints()
