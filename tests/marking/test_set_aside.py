"""Submitted marks that should never have been given: the office sets them aside, and the script is marked anew."""

import pytest

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.marking import quality_queries, queries
from goldenthread.marking.models import Agreement, Marking, SetAside
from goldenthread.moderation import actions
from goldenthread.moderation import queries as moderation
from goldenthread.moderation.models import Round, Sampled
from goldenthread.outcomes import actions as outcomes
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Membership, Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
AT = make.CLOSED
CLOSE = make.marks(4, 3, 3, 3, 3)  # two marks below GOOD, within the tolerance
WHY = "They turned out to be the author's sister."


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


@kept
def marked(*given: dict[int, int | None], people: int = 2) -> list[Marking]:
    """The markings of one script, each submitted with its marks."""
    window = make.window()
    make.markers(people)
    make.sitting(window)
    marking.allocate_window(window=window, by=window.created_by, at=AT)
    for position, marks in enumerate(given, start=1):
        make.submit(Marking.objects.select_related("marker").get(position=position), marks)
    return list(Marking.objects.select_related("marker", "script__sitting__window").order_by("position"))


def set_aside(one: Marking, by: User, reason: str = WHY) -> SetAside:
    return actions.set_aside(marking=one, reason=reason, by=by, at=AT)


def at_position(position: int) -> Marking:
    return Marking.objects.select_related("marker").get(position=position)


def test_marks_are_kept_whole_and_another_marker_gives_theirs(olu: User) -> None:
    first, _ = marked(make.GOOD, make.GOOD)
    by_hand.alter(Marking.objects.filter(pk=first.pk), evidence="Paragraph 2")
    bo = factories.member(Role.MARKER, "Bo Marker")
    assert Agreement.objects.get().half_marks == 36
    kept = set_aside(first, olu)
    assert (kept.marker, kept.position, kept.reason, kept.by) == (first.marker, 1, WHY, olu)
    assert (kept.marks, kept.learn_that, kept.learn_how_to) == (first.marks, 11, 7)
    assert (kept.feedback, kept.next_step) == (first.feedback, first.next_step)
    assert kept.evidence == "Paragraph 2"
    assert not Agreement.objects.exists()
    anew = at_position(1)
    assert (anew.marker, anew.state, anew.marks) == (bo, "allocated", {})
    assert anew.evidence == ""
    make.submit(anew, CLOSE)
    assert Agreement.objects.get().half_marks == 34
    event = AuditEvent.objects.get(verb="marks.set_aside")
    assert (event.details["reason"], event.details["learn_that"]) == (WHY, 11)


def test_twice_is_once(olu: User) -> None:
    first, _ = marked(make.GOOD, make.GOOD)
    factories.member(Role.MARKER, "Bo Marker")
    assert set_aside(first, olu) == set_aside(first, olu)
    assert (SetAside.objects.count(), Marking.objects.count()) == (1, 2)
    assert AuditEvent.objects.filter(verb="marks.set_aside").count() == 1


def test_their_marker_never_gets_the_script_again(olu: User) -> None:
    first, second = marked(make.GOOD, make.GOOD)
    set_aside(first, olu)
    assert list(Marking.objects.all()) == [second]  # nobody else is free, so the place stays open
    assert queries.unfinished_in(second.script.sitting.window) == [
        f"{second.script.sitting.code} needs a first marker"
    ]
    with pytest.raises(Refused, match="No marker is free"):
        marking.allocate_window(window=second.script.sitting.window, by=olu, at=AT)
    bo = factories.member(Role.MARKER, "Bo Marker")
    assert marking.allocate_window(window=second.script.sitting.window, by=olu, at=AT) == 1
    assert at_position(1).marker == bo


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_reason_of_some_length_is_needed(reason: str, olu: User) -> None:
    first, _ = marked(make.GOOD, make.GOOD)
    with pytest.raises(Refused) as refusal:
        set_aside(first, olu, reason)
    assert refusal.value.field == "reason"
    assert Marking.objects.count() == 2


def test_marks_that_are_not_submitted_go_to_another_marker_instead(olu: User) -> None:
    first, second = marked(make.GOOD)
    with pytest.raises(Refused, match="give the script to another marker instead"):
        set_aside(second, olu)
    set_aside(first, olu)
    assert SetAside.objects.get().marker == first.marker


def test_a_third_marking_that_falls_is_asked_of_somebody_else(olu: User) -> None:
    *_, third = marked(make.GOOD, make.POOR, people=3)
    make.submit(third, make.FAIR)
    bim = factories.member(Role.MARKER, "Bim Marker")
    set_aside(third, olu)
    assert Agreement.objects.get().state == "referred"
    assert at_position(3).marker == bim
    make.submit(at_position(3), make.POOR)
    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.method, agreement.half_marks) == ("agreed", "third mark", 10)


def test_who_marks_as_the_third_is_still_awaited_when_the_first_is_marked_anew(olu: User) -> None:
    first, *_ = marked(make.GOOD, make.POOR, people=3)
    factories.member(Role.MARKER, "Bim Marker")
    set_aside(first, olu)
    make.submit(at_position(3), make.FAIR)
    assert not Agreement.objects.exists()  # the new first marker is awaited too
    make.submit(at_position(1), make.POOR)
    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.method, agreement.half_marks) == ("agreed", "third mark", 30)


# --- while the window is moderated -------------------------------------------------------------------
@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


def opened(chidi: User) -> Round:
    first, _ = marked(make.GOOD, make.GOOD)
    return actions.open_round(
        window=first.script.sitting.window, by=chidi, at=AT, seed="seed", share_percent=100
    )


def decided(round: Round, chidi: User) -> Sampled:
    sampled = round.sample.get()
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    return actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)


def test_a_decision_falls_and_is_made_anew_on_the_new_marks(olu: User, chidi: User) -> None:
    round = opened(chidi)
    decided(round, chidi)
    factories.member(Role.MARKER, "Bo Marker")
    set_aside(at_position(1), olu)
    sampled = round.sample.select_related("script").get()
    assert (sampled.decision, sampled.decided_by, sampled.marked_by) == ("", None, chidi)
    assert moderation.next_for(viewer_of(chidi, on=AT.date()), round, day=AT.date()) is None
    with pytest.raises(Refused, match="being marked again"):
        actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    with pytest.raises(Refused, match="still open"):
        actions.sign_off(round=round, by=chidi, at=AT)
    make.submit(at_position(1), CLOSE)
    assert moderation.next_for(viewer_of(chidi, on=AT.date()), round, day=AT.date()) == sampled
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    assert actions.sign_off(round=round, by=chidi, at=AT).signed_off_at == AT
    assert AuditEvent.objects.get(verb="moderation.reopened").details["was"] == "confirmed"


def test_a_script_outside_the_sample_comes_into_it(olu: User, chidi: User) -> None:
    round = opened(chidi)
    by_hand.remove(round.sample.all())
    factories.member(Role.MARKER, "Bo Marker")
    set_aside(at_position(2), olu)
    assert round.sample.get().reason == "marks of it were set aside"


def test_a_moderator_who_has_seen_the_marks_is_never_made_its_marker(olu: User, chidi: User) -> None:
    round = opened(chidi)
    decided(round, chidi)
    Membership.objects.create(
        user=chidi, organisation=factories.organisation(), role=Role.MARKER, starts_on=AT.date()
    )
    window = round.window
    for position in (1, 2):
        set_aside(at_position(position), olu)
        assert not Marking.objects.filter(position=position).exists()
    bo = factories.member(Role.MARKER, "Bo Marker")
    with pytest.raises(
        Refused, match="fewer than 2 markers"
    ):  # a script without any marker is allocated anew
        marking.allocate_window(window=window, by=olu, at=AT)
    bea = factories.member(Role.MARKER, "Bea Marker")
    marking.allocate_window(window=window, by=olu, at=AT)
    given = at_position(1)
    assert {one.marker for one in Marking.objects.all()} == {bo, bea}
    assert chidi not in quality_queries.free_markers(given, AT.date())
    with pytest.raises(Refused, match="moderated this script"):
        marking.reassign(marking=given, to=chidi, reason="Away", by=olu, at=AT)


def test_set_aside_once_more_leaves_a_decision_on_the_new_marks(olu: User, chidi: User) -> None:
    round = opened(chidi)
    decided(round, chidi)
    factories.member(Role.MARKER, "Bo Marker")
    first = at_position(1)
    kept = set_aside(first, olu)
    make.submit(at_position(1), CLOSE)
    actions.decide(sampled=round.sample.get(), decision="confirmed", note="It holds.", by=chidi, at=AT)
    assert set_aside(first, olu) == kept
    assert round.sample.get().decision == "confirmed"


def test_nothing_is_set_aside_after_the_sign_off_nor_after_the_release(olu: User) -> None:
    first, _ = marked(make.GOOD, make.GOOD)
    window = first.script.sitting.window
    make.moderated(window)
    with pytest.raises(Refused, match="signed off"):
        set_aside(first, olu)
    outcomes.release(window=window, by=olu, at=AT)
    with pytest.raises(Refused, match="released"):
        set_aside(first, olu)
    assert not SetAside.objects.exists()
