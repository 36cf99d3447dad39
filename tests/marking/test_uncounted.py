"""What leaves a queue is kept whole, whatever took it out: for moderators and an appeal, never for another marker."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Script, Window
from goldenthread.common.models import AuditEvent
from goldenthread.marking import actions, handing_back, jobs
from goldenthread.marking.handing_models import Cause, LeftQueue
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import MarkingPolicy
from goldenthread.marking.rules import Declaration
from goldenthread.marking.uncounted_queries import uncounted_of
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.models import Sampled
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_appeals as appeals
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
KNOWN = Declaration("recognised", "I know this way of writing.")
ENTERED: dict[str, Any] = {
    "marks": {"1": 4, "10": 1, "2": 3},
    "notes": {"1": "Names it twice."},
    "passages": [
        {"part": "", "start": 0, "end": 8, "sha256": "0" * 64, "quote": "Teachers", "note": "Which ones?"}
    ],
    "comment": "Thin towards the end.",
    "feedback": "Clear about the routine.",
    "next_step": "Say how you will know.",
    "evidence": "Second paragraph.",
    "seconds": 240,
}
WORDS = ("Names it twice.", "Which ones?", "Thin towards the end.", "Clear about the routine.")


@pytest.fixture
def window() -> Window:
    """One script with Ben and Bea; Bo is free."""
    found = make.window()
    make.markers(2)
    make.sitting(found)
    return found


def begun(window: Window, position: int = 1) -> Marking:
    """A marking in which much is entered."""
    if not Marking.objects.filter(script__sitting__window=window).exists():
        actions.allocate_window(window=window, by=window.created_by, at=AT)
    mine = Marking.objects.filter(script__sitting__window=window, position=position)
    mine.update(**ENTERED)
    return mine.select_related("marker", "script").get()


def is_whole(kept: LeftQueue, marking: Marking, cause: Cause) -> None:
    assert {name: getattr(kept, name) for name in ENTERED} == ENTERED
    assert (kept.marker, kept.position, kept.cause) == (marking.marker, marking.position, cause)


def of(window: Window) -> list[Any]:
    return uncounted_of(Script.objects.filter(sitting__window=window))


def test_a_declared_conflict_leaves_everything_that_was_entered(window: Window) -> None:
    marking, bo = begun(window), factories.member(Role.MARKER, "Bo Marker")
    actions.declare_conflict(marking=marking, declaration=KNOWN, by=marking.marker, at=AT)
    is_whole(LeftQueue.objects.get(), marking, Cause.CONFLICT)
    (found,) = of(window)
    assert (found.total, found.became, found.marker) == (
        8,
        "its marker declared a conflict",
        marking.marker.name,
    )
    given = Marking.objects.get(marker=bo)
    page = text_of(client_of(bo).get(f"/mark/{given.pk}/"))
    assert not any(words in page for words in WORDS)


def test_nothing_is_kept_of_what_nobody_had_begun(window: Window) -> None:
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    marking = Marking.objects.select_related("marker").get(position=1)
    actions.declare_conflict(marking=marking, declaration=KNOWN, by=marking.marker, at=AT)
    assert not LeftQueue.objects.exists()
    assert of(window) == []


def test_a_lease_that_ends_leaves_everything_and_starts_its_next_marker_anew(window: Window) -> None:
    quality.policy(window, lease_days=2)
    marking, bo = begun(window), factories.member(Role.MARKER, "Bo Marker")
    assert jobs.end_leases(AT + timedelta(days=17)) == "1 scripts given on"
    is_whole(LeftQueue.objects.get(), marking, Cause.LEASE)
    fresh = Marking.objects.get(marker=bo)
    assert (fresh.pk, fresh.notes, fresh.passages, fresh.feedback) == (marking.pk, {}, [], "")


def test_a_re_mark_that_is_called_off_leaves_everything() -> None:
    outcome = appeals.released()
    appeal = appeals.admitted(outcome)
    remark = appeals.remark(appeal)
    Marking.objects.filter(pk=remark.pk).update(**ENTERED)
    actions.call_off_remark(
        script=Script.objects.get(), position=remark.position, by=outcome.window.created_by, at=AT
    )
    is_whole(LeftQueue.objects.get(), remark, Cause.CALLED_OFF)


def test_seeds_leave_everything_whatever_takes_them_out(window: Window) -> None:
    make.sitting(window)
    quality.policy(window, seed_percent=50, lease_days=2)
    quality.known_set(window, "seeds", (make.FAIR,) * 6)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    Marking.objects.filter(seed__isnull=False).update(**ENTERED)
    first, second = Marking.objects.filter(seed__isnull=False).select_related("marker").order_by("pk")
    actions.declare_conflict(marking=first, declaration=KNOWN, by=first.marker, at=AT)
    is_whole(LeftQueue.objects.get(seed=first.seed_id), first, Cause.CONFLICT)
    MarkingPolicy.objects.update(lease_days=None)
    for one in Marking.objects.filter(seed=None).select_related("marker"):
        make.submit(one)
    Marking.objects.filter(pk=second.pk).update(due_on=AT.date() - timedelta(days=1))
    make.moderated(window)
    is_whole(LeftQueue.objects.get(seed=second.seed_id), second, Cause.SIGNED_OFF)
    assert AuditEvent.objects.get(verb="seeds.withdrawn").details["marks"] == {
        str(second.seed_id): ENTERED["marks"]
    }


# --- who reads it ------------------------------------------------------------------------------------------------
@pytest.fixture
def sampled(window: Window) -> Sampled:
    """A script of a sample, from which Ben's first marks left for a conflict, Bo's were handed back, and Bim's were
    set aside.
    """
    for name in ("Bo Marker", "Bim Marker", "Bix Marker"):
        factories.member(Role.MARKER, name)
    marking = begun(window)
    actions.declare_conflict(marking=marking, declaration=KNOWN, by=marking.marker, at=AT)
    marking = begun(window)
    handing_back.hand_back(
        marker=marking.marker, numbers=None, reason="I am ill.", at=AT + timedelta(hours=1)
    )
    for one in Marking.objects.filter(script__sitting__window=window).select_related("marker"):
        make.submit(one)
    aside = Marking.objects.filter(position=1).select_related("marker").get()
    actions.set_aside(marking=aside, reason="Far off.", by=window.created_by, at=AT + timedelta(hours=2))
    make.submit(Marking.objects.filter(position=1).select_related("marker").get())
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    return moderation.open_round(window=window, by=chidi, at=AT, share_percent=100).sample.get()


def test_a_moderator_reads_it_after_their_own_marks_without_names_and_reasons(
    sampled: Sampled, django_assert_max_num_queries: Any
) -> None:
    client = client_of(User.objects.get(name="Chidi Moderator"))
    address = f"/moderate/scripts/{sampled.pk}/"
    blind = text_of(client.get(address))
    assert not any(words in blind for words in WORDS)
    moderation.mark_blind(
        sampled=sampled, marks=make.FAIR, by=User.objects.get(name="Chidi Moderator"), at=AT
    )
    with django_assert_max_num_queries(12):
        answer = client.get(address)
    page = text_of(answer)
    assert "Marks and notes that don't count (3)" in page.replace("&#x27;", "'")
    for words in (
        *WORDS,
        "Its marker declared a conflict",
        "Handed back, or given to another marker",
        "Set aside",
    ):
        assert words in page
    assert "1: 4, 2: 3, 10: 1; 8 in all" in page
    for hidden in ("Marker</h3>", "Ben Marker", "I am ill.", "Far off.", "I know this way"):
        assert hidden not in page.partition("<main")[2]


def test_markers_of_the_script_never_read_it(sampled: Sampled) -> None:
    for one in Marking.objects.select_related("marker"):
        page = text_of(client_of(one.marker).get(f"/mark/{one.pk}/"))
        assert not any(words in page for words in WORDS)


def test_a_moderator_who_declares_a_conflict_leaves_marks_and_notes(sampled: Sampled) -> None:
    chidi, mo = (factories.member(Role.MODERATOR, name) for name in ("Cora Moderator", "Mo Moderator"))
    moderation.mark_blind(sampled=sampled, marks=make.POOR, by=chidi, at=AT)
    by_hand.alter(Sampled.objects.filter(pk=sampled.pk), passages=ENTERED["passages"])
    moderation.declare_conflict(sampled=sampled, declaration=KNOWN, by=chidi, at=AT)
    kept = LeftQueue.objects.get(position=0)
    assert (kept.marker, kept.cause, kept.marks["1"]) == (chidi, Cause.MODERATOR, 1)
    assert kept.passages == ENTERED["passages"]
    moderation.mark_blind(sampled=sampled, marks=make.FAIR, by=mo, at=AT)
    page = text_of(client_of(mo).get(f"/moderate/scripts/{sampled.pk}/"))
    assert "Its moderator declared a conflict" in page


def test_the_page_of_an_appeal_shows_it_to_the_office() -> None:
    outcome = appeals.released()
    script = Script.objects.get()
    ben = User.objects.get(name="Ben Marker")
    LeftQueue.objects.create(script=script, marker=ben, position=2, cause=Cause.LEASE, at=AT, **ENTERED)
    appeal = appeals.admitted(outcome)
    page = text_of(client_of(appeals.office()).get(f"/office/windows/appeals/{appeal.pk}/"))
    assert "Second marker, Ben Marker" in page
    assert "Its time ran out" in page
    assert all(words in page for words in WORDS)
    remark = appeals.remark(appeal)
    seen = text_of(client_of(remark.marker).get(f"/mark/{remark.pk}/"))
    assert not any(words in seen for words in WORDS)
