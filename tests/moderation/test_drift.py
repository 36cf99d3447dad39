"""Seeds and stops before the sign-off: afterwards no marks can be put in doubt any more."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Window
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import Stop
from goldenthread.marking.seeding import end_stop
from goldenthread.moderation import actions
from goldenthread.moderation.models import Round
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality

pytestmark = pytest.mark.django_db
AT = make.CLOSED
FAR = make.marks(4, 4, 4, 4, 4)  # five above FAIR


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def decided(chidi: User) -> Round:
    """Four scripts have marks and each of the sample its decision; the seeds are with their markers still."""
    window = make.window()
    make.markers(2)
    for _ in range(4):
        make.sitting(window)
    quality.policy(window, seed_percent=50, seed_tolerance=2, stop_count=2, stop_of=5)
    quality.known_set(window, "seeds", (make.FAIR,) * 4, text=make.TEXT)
    marking.allocate_window(window=window, by=window.created_by, at=AT)
    for one in Marking.objects.filter(script__isnull=False).select_related("marker").order_by("pk"):
        make.submit(one, make.GOOD)
    opened = actions.open_round(window=window, by=chidi, at=AT, seed="seed")
    for sampled in opened.sample.order_by("pk"):
        actions.mark_blind(sampled=sampled, marks=make.GOOD, by=chidi, at=AT)
        actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    return opened


def seeds(window: Window | None = None) -> list[Marking]:
    found = (
        Marking.objects.filter(seed__isnull=False).select_related("marker", "seed").order_by("marker", "pk")
    )
    return list(found)


def test_a_seed_that_its_marker_has_time_for_holds_the_sign_off(decided: Round, chidi: User) -> None:
    count = len(seeds())
    assert count == 4
    with pytest.raises(
        Refused, match=f"{count} scripts of this window are still with markers, who have time until"
    ):
        actions.sign_off(round=decided, by=chidi, at=AT)
    *most, last = seeds()
    for one in most:
        make.submit(one)
    with pytest.raises(Refused, match="1 script of this window is still with markers"):
        actions.sign_off(round=decided, by=chidi, at=AT)
    make.submit(last)
    assert actions.sign_off(round=decided, by=chidi, at=AT).signed_off_by == chidi


def test_a_stop_waits_for_the_office_before_the_sign_off(decided: Round, chidi: User) -> None:
    for place, one in enumerate(seeds()):
        make.submit(one, FAR if place < 2 else make.FAIR)
    stop = Stop.objects.get()
    with pytest.raises(Refused, match="1 marker is stopped in this window"):
        actions.sign_off(round=decided, by=chidi, at=AT)
    end_stop(stop=stop, ending="lifted", reason="The seeds were hard.", by=decided.window.created_by, at=AT)
    assert actions.sign_off(round=decided, by=chidi, at=AT).signed_off_by == chidi


def overdue(at: Any) -> Any:
    return at + timedelta(days=15)


def gone(at: Any) -> Any:
    Membership.objects.filter(role=Role.MARKER).update(ends_on=at.date() - timedelta(days=1))
    return at


@pytest.mark.parametrize("why", [overdue, gone])
def test_a_seed_that_holds_nothing_any_more_leaves_its_queue_so_that_no_stop_comes_afterwards(
    decided: Round, chidi: User, why: Any
) -> None:
    Marking.objects.filter(seed__isnull=False, state="allocated").update(marks={"1": 4})
    late = seeds()
    at = why(AT)
    actions.sign_off(round=decided, by=chidi, at=at)
    assert seeds() == []
    details = AuditEvent.objects.get(verb="seeds.withdrawn").details
    named = details["seeds"]
    assert details["marks"] == {str(one.seed_id): {"1": 4} for one in late}
    assert {tuple(row) for row in named} == {(one.seed_id, one.marker_id) for one in late}
    with pytest.raises(Refused, match="not in your queue"):
        make.submit(late[0], FAR, at=at)
    assert not Stop.objects.exists()
