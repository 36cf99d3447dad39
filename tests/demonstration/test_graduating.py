"""The demonstration's graduate of the legacy suite: an award in time, a badge that is offered, a request for credit."""

import pytest

from goldenthread.awards import badges, statement
from goldenthread.awards.models import Award, CreditRequest
from goldenthread.awards.transcript import transcript_of
from goldenthread.common import clock
from goldenthread.demonstration import build
from goldenthread.people import schools
from tests import factories


@pytest.mark.django_db
def test_a_graduate_has_award_badge_transcript_and_a_request_that_the_university_can_answer() -> None:
    now = clock.now()
    factories.load_catalogue(now)
    schools.load_sample(at=now)
    build.build(provider="Provider", now=now, tell=lambda _: None, only=frozenset({"sl-legacy"}))
    made = Award.objects.get()
    assert (made.holder_name, made.programme_code, made.edition) == ("Gwen Harries", "NPQSL", "legacy")
    asked = CreditRequest.objects.get()
    assert (asked.award, asked.statement_credits, asked.answer) == (made, None, "")
    assert "credits" not in statement.text_of(asked)
    assert badges.badge_shown(made) is not None
    found = transcript_of(made.outcome.enrolment, at=now)
    assert found.award == made
    assert [row[2] for row in found.events] == ["attended"] * len(found.events)
    assert ("Leading a whole school improvement project: criteria", "16 of 20 marks") in [
        row[:2] for row in found.assessed
    ]
    assert len(found.areas) == 12  # the modules, since the legacy specification names no areas
