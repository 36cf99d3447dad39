"""Where graduates went: what may be recorded, once, and what it counts for."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from goldenthread.awards import actions, queries, rules
from goldenthread.awards.models import Award, Destination
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import by_hand
from tests import factories_marking as make
from tests.awards.test_actions import award, released

pytestmark = pytest.mark.django_db
AT = make.CLOSED
MOVED = date(2026, 9, 1)


def move(made: Award, **changes: Any) -> Destination:
    said = {"before": "assistant headteacher", "after": "deputy headteacher", "moved_on": MOVED, "place": ""}
    return actions.record_destination(
        award=made, by=made.outcome.enrolment.user, at=AT, **{**said, **changes}
    )


@pytest.mark.requirement("S0-72")
def test_from_assistant_to_deputy_headteacher_counts_as_one_promotion_of_headship() -> None:
    made = award()
    by_hand.alter(
        Award.objects.all(), programme_code="NPQH"
    )  # the holder's programme, as an award of headship has it
    assert move(made).promotion
    (line,) = queries.destinations_by_programme()
    assert (line.programme, line.awards, line.told, line.promotions, line.joined) == ("NPQH", 1, 1, 1, 0)


def test_joining_a_trust_in_the_same_role_is_a_move_and_no_promotion() -> None:
    made = award()
    moved = move(made, before="headteacher", after="headteacher", place="Riverside Trust")
    assert not moved.promotion
    (line,) = queries.destinations_by_programme()
    assert (line.promotions, line.joined) == (0, 1)


def test_the_same_move_is_recorded_once_and_audited_once() -> None:
    made = award()
    assert move(made) == move(made, place="Elsewhere")
    assert Destination.objects.count() == 1
    (event,) = AuditEvent.objects.filter(verb="destination.recorded")
    assert event.details["moved_on"] == "2026-09-01"
    assert event.subject == f"enrolment:{made.outcome.enrolment_id}"


def test_the_same_move_with_another_place_fills_it_in_and_says_so() -> None:
    made = award()
    move(made, place="")
    assert move(made, place="Valley School").place == "Valley School"
    assert move(made, place="").place == "Valley School"
    assert move(made, place="Hillside School").place == "Hillside School"
    assert Destination.objects.get().place == "Hillside School"
    events = AuditEvent.objects.filter(verb="destination.corrected").order_by("pk")
    assert [event.details["before"] for event in events] == ["", "Valley School"]


@pytest.mark.parametrize(
    ("first", "then", "promotions"),
    [
        ("other role", "teacher", (0, 1)),
        ("teacher", "headteacher", (1, 0)),
        ("teacher", "middle leader", (1, 1)),
    ],
)
def test_the_same_move_told_with_another_role_before_is_corrected(
    first: str, then: str, promotions: tuple[int, int]
) -> None:
    made = award()
    for role, counted in zip((first, then, then), (*promotions, promotions[1]), strict=True):
        kept = move(made, before=role, after="deputy headteacher", place="Valley School")
        assert (kept.role_before, int(kept.promotion)) == (role, counted)
        assert queries.destinations_by_programme()[0].promotions == counted
    assert Destination.objects.get().role_before == then
    (event,) = AuditEvent.objects.filter(verb="destination.corrected")
    assert (event.details["role_was"], event.details["role_before"]) == (first, then)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"after": "king"}, "role_after"),
        ({"before": ""}, "role_before"),
        ({"before": "teacher", "after": "teacher"}, "role_after"),
        ({"before": "teacher", "after": "teacher", "place": "  "}, "role_after"),
        ({"moved_on": date(1999, 12, 31)}, "moved_on"),
        ({"moved_on": AT.date() + rules.AHEAD + (date(2026, 1, 2) - date(2026, 1, 1))}, "moved_on"),
    ],
)
def test_what_cannot_be_a_move_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    made = award()
    with pytest.raises(Refused) as no:
        move(made, **changes)
    assert no.value.field == field
    assert Destination.objects.count() == 0


def test_a_revoked_award_takes_no_moves_and_counts_for_nothing() -> None:
    made = award()
    move(made)
    actions.revoke(award=made, reason="Error.", by=None, at=AT)
    with pytest.raises(Refused, match="revoked"):
        move(made, after="headteacher")
    assert queries.destinations_by_programme() == []


@pytest.mark.parametrize(
    ("before", "after", "up"),
    [
        ("teacher", "middle leader", True),
        ("deputy headteacher", "executive leader", True),
        ("headteacher", "deputy headteacher", False),
        ("headteacher", "headteacher", False),
        ("other role", "headteacher", False),
        ("teacher", "other role", False),
    ],
)
def test_a_promotion_goes_up_the_ladder(before: str, after: str, up: bool) -> None:
    assert rules.is_promotion(before, after) is up


def test_the_database_refuses_a_move_in_which_nothing_changes() -> None:
    made = award()
    with pytest.raises(IntegrityError), transaction.atomic():
        Destination.objects.create(
            award=made, role_before="teacher", role_after="teacher", moved_on=MOVED, promotion=False,
            recorded_by=made.outcome.enrolment.user, recorded_at=AT,
        )  # fmt: skip


def test_the_report_takes_two_queries_for_one_award_and_three() -> None:
    released(3996, 4000, 4100)
    counts = []
    for made in Award.objects.order_by("pk"):
        move(made)
        with CaptureQueriesContext(connection) as taken:
            (line,) = queries.destinations_by_programme()
        counts.append(len(taken))
    assert set(counts) == {2}
    assert (line.awards, line.told) == (3, 3)
