"""The steps that the editor had not sent go with the button: into the hand-in, and kept where it is refused."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules.steps import digest
from tests import factories_assessment as made
from tests.web.test_participant_assessment import at, signed_in

WRITTEN_AT = 1_759_924_800_000


def hand_in(one: Sitting, text: str, **other: Any) -> tuple[Any, list[str]]:
    step = {
        "number": 1, "part": "", "position": 0, "removed": "", "inserted": text, "before": digest(""),
        "after": digest(text), "how": "typed", "at": WRITTEN_AT,
    }  # fmt: skip
    client, page = signed_in(one.enrolment.user), reverse("participant:sitting", args=[one.pk])
    sent = {
        "text_1": text, "revision": 0, "form_key": "k", "own_work": "on", "ai_use": "none", "hand_in": "1",
        "steps": json.dumps({"steps": [step | other]}),
    }  # fmt: skip
    with at(made.INSIDE):
        client.get(page)
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(page, sent)
    return answer, [query["sql"] for query in asked.captured_queries]


@pytest.mark.django_db(transaction=True)
def test_a_hand_in_with_its_last_steps_is_one_transaction_and_writes_the_sitting_once() -> None:
    one = made.sitting()
    answer, asked = hand_in(one, "Hello")
    assert answer.status_code == 302
    assert sum(sql.startswith('UPDATE "goldenthread_sitting"') for sql in asked) == 1
    assert sum(sql.startswith("COMMIT") for sql in asked) == 1
    one.refresh_from_db()
    assert (one.state, one.draft, one.draft_revision) == ("handed_in", {"": "Hello"}, 1)
    assert list(one.steps.values_list("how", "inserted")) == [("typed", "Hello")]
    assert one.scripts.get().text == "Hello"


@pytest.mark.django_db
def test_a_refused_hand_in_keeps_its_steps_as_they_were_written() -> None:
    one = made.sitting()
    text = "word " * 1501
    answer, _ = hand_in(one, text)
    assert answer.status_code == 422
    one.refresh_from_db()
    assert (one.draft, one.draft_revision) == ({"": text}, 1)
    assert [how for (how,) in one.steps.values_list("how")] == ["typed"]
    assert not one.scripts.exists()


@pytest.mark.django_db
def test_steps_that_do_not_fit_are_left_out_and_the_text_is_handed_in() -> None:
    one = made.sitting()
    answer, _ = hand_in(one, "Hello", before="0" * 64)
    assert answer.status_code == 302
    one.refresh_from_db()
    assert list(one.steps.values_list("how", "inserted")) == [("form", "Hello")]
    assert (one.draft, one.scripts.get().text) == ({"": "Hello"}, "Hello")
