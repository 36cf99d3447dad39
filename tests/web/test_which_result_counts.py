"""Which of several results counts is said on the office's page of a person, on the result's own page, and in the
pipeline.
"""

from typing import Any

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.outcomes import attempts
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import factories
from tests import factories_attempts as again
from tests import factories_marking as make
from tests.factories_web import client_of, queries_of, text_of
from tests.outcomes import test_further_window as further
from tests.outcomes.test_which_attempt import FAIL, PASS, correct, of, person, two_windows

pytestmark = pytest.mark.django_db
WEIGHT = {"counts": "This one counts", "corrected": "Corrected", "not": "Doesn’t count"}


def weights(enrolment: Enrolment) -> list[str]:
    """What the office's page says of each result, in the order of the page."""
    client = client_of(factories.member(Role.OFFICE, "Olu Office"))
    found = text_of(client.get(f"/office/people/{enrolment.reference}/")).split("Outcome and award")[1]
    return [
        next((key for key, label in WEIGHT.items() if label in part), "")
        for part in found.split("<dt>Outcome ")[1:]
    ]


def own_page(outcome: Outcome) -> str:
    sitting = outcome.enrolment.sittings.get(window=outcome.window_id)
    return text_of(client_of(outcome.enrolment.user).get(f"/my/result/{sitting.pk}/"))


@pytest.mark.parametrize(
    ("second_marks", "corrected", "expected"),
    [
        (make.FAIR, [], ["counts", "not"]),  # failed, then passed
        (make.POOR, [], ["counts", "not"]),  # failed twice: the last window
        (make.POOR, [("first", PASS)], ["not", "counts", "corrected"]),
        (make.FAIR, [("first", PASS)], ["not", "counts", "corrected"]),  # the earlier pass
        (make.FAIR, [("second", FAIL)], ["counts", "corrected", "not"]),
    ],
)
def test_the_office_reads_of_each_result_whether_it_counts(
    second_marks: Any, corrected: list[tuple[str, Any]], expected: list[str]
) -> None:
    first, second = two_windows(second_marks)
    for which, marks in corrected:
        correct(of(first if which == "first" else second), marks)
    noor = person("Noor Not")
    assert weights(noor) == expected
    counting = attempts.whole_of(noor)
    assert counting is not None
    told = [
        one
        for one in Outcome.objects.filter(enrolment=noor)
        if attempts.weighed(attempts.told_to(noor))[one.pk].counting
    ]
    assert told == [counting]  # the one rule


def test_a_single_result_needs_no_word_about_which_counts() -> None:
    further.first_window()
    assert weights(person("Noor Not")) == [""]
    own = own_page(of(Outcome.objects.get(enrolment=person("Noor Not")).window))
    assert "that counts" not in own
    assert "Another result" not in own


def test_the_participant_reads_on_both_results_which_one_counts() -> None:
    first, second = two_windows(make.POOR)
    assert "This is the result that counts" in own_page(of(second))
    assert "Nothing is passed, so the last window counts." in own_page(of(second))
    assert "Another result of yours counts" in own_page(of(first))
    correct(of(first), PASS)
    assert "A pass of any window stands" in own_page(of(first))
    assert "Another result of yours counts" in own_page(of(second))


def test_tasks_are_weighed_apart_from_each_other_and_from_the_qualification() -> None:
    amara, one, two = again.two_attempts(again.ENOUGH, again.SHORT)
    found = attempts.weighed(
        Outcome.objects.filter(enrolment=amara, released_at__isnull=False).select_related(
            "window__moderation"
        )
    )
    assert found[one.pk].counting
    assert not found[two.pk].counting
    assert found[two.pk].counts == one
    whole = Outcome.objects.get(enrolment=amara, task="")
    assert (found[whole.pk].counting, found[whole.pk].several) == (True, False)


@pytest.mark.parametrize(("scene", "said"), [(further.first_window, False), (two_windows, True)])
def test_the_pipeline_counts_whose_stage_rests_on_one_of_several_results(scene: Any, said: bool) -> None:
    scene()
    office = factories.member(Role.OFFICE, "Olu Office")
    page = text_of(client_of(office).get("/office/pipeline/"))
    assert ("1 with results of several windows" in page) == said
    assert queries_of(office, "/office/pipeline/") <= 12
