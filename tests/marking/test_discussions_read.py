"""What a moderator reads of a discussion comes whole, though one query brings all its rows."""

import pytest

from goldenthread.assessment.models import Script
from goldenthread.marking import discussion_queries
from tests import factories_discussions as talks
from tests.marking.test_discussions import answer

pytestmark = pytest.mark.django_db


def test_a_discussion_its_answers_and_their_changes_are_as_the_database_keeps_them() -> None:
    talk = talks.discussion()
    answer(talk, "A", (1, 4))
    answer(talk, "B")
    found = discussion_queries.talk_about(Script.objects.get())
    assert found is not None
    answers = [side.answer for side in found.sides.values()]
    changes = [one for side in found.sides.values() for one in side.changes]
    assert (len(answers), len(changes)) == (2, 1)
    for one in (found.discussion, *answers, *changes):
        assert one is not None
        columns = [field.attname for field in one._meta.concrete_fields]
        kept = type(one)._default_manager.values(*columns).get(pk=one.pk)
        assert {name: vars(one)[name] for name in columns} == kept
