"""The demonstration's study units: a context, examples by phase, a change, a draft, tags."""

from datetime import timedelta

import pytest

from goldenthread.common import clock
from goldenthread.demonstration.units import enter_texts
from goldenthread.learning import unit_queries
from goldenthread.learning.models import UnitText
from goldenthread.people.models import Role
from tests import factories
from tests import factories_teaching as teaching


@pytest.mark.django_db
def test_a_participant_sees_a_context_an_example_and_what_is_new() -> None:
    now = clock.now()
    person = factories.enrolment(school=factories.school(phase="Primary"), at=now - timedelta(days=100))
    teaching.content(person)
    writer, reviewer = factories.member(Role.AUTHOR, "Ada"), factories.member(Role.OFFICE, "Olu")
    enter_texts(person.version, writer=writer, reviewer=reviewer, now=now)
    one, two, three = (
        unit_queries.shown_to(person, teaching.module(person, f"study-{number}"), at=now)
        for number in (1, 2, 3)
    )
    assert one.example is not None
    assert [text.phase for text in (one.example, *one.others)] == ["primary", "secondary"]
    assert (two.name, two.news) == ("version 1 for international", ())
    assert three.name == "version 2"
    assert [news.unit for news in unit_queries.news_for(person, at=now)] == [three.unit]
    assert UnitText.objects.get(state="draft").task.areas_of_need
