"""A round of moderation against the database."""

import dataclasses
from typing import Any

import pytest

from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.marking import queries as queries_of_marking
from goldenthread.marking.models import Marking
from goldenthread.marking.rules import Totals
from goldenthread.moderation import actions, drawing, queries
from goldenthread.moderation.final import FinalMarks, final_marks, final_marks_of
from goldenthread.moderation.models import Round, Sampled
from goldenthread.moderation.sampling import Terms
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def window() -> Any:
    """Three marked scripts: a clear pass, a pass and a fail."""
    made = make.window()
    make.markers(2)
    for _ in range(3):
        make.sitting(made)
    make.mark_all(made, [make.GOOD, make.FAIR, make.POOR])
    return made


def opened(window: Any, by: User, *, share: int = 0) -> Round:
    return actions.open_round(window=window, by=by, at=AT, seed="seed", share_percent=share)


def test_round_is_opened_once_and_drawn_from_its_seed(window: Any, chidi: User) -> None:
    first = opened(window, chidi, share=100)
    assert opened(window, chidi, share=100).pk == first.pk
    assert actions.open_round(window=window, by=chidi, at=AT).pk == first.pk
    with pytest.raises(Refused, match="was drawn with 100 %") as refused:
        opened(window, chidi, share=0)
    assert refused.value.code == "moderation.share"
    reasons = sorted(first.sample.values_list("reason", flat=True))
    assert reasons == ["below the pass mark", "drawn by lot", "drawn by lot"]
    assert AuditEvent.objects.get(verb="moderation.opened").details["seed"] == "seed"


def test_round_with_unfinished_scripts_is_refused_and_names_them(chidi: User) -> None:
    window = make.window()
    make.markers(2)
    script = make.script(window)
    with pytest.raises(Refused, match=f"{script.sitting.code} is not allocated"):
        opened(window, chidi)
    marking.allocate_window(window=window, by=chidi, at=AT)
    make.submit(Marking.objects.get(position=2))
    with pytest.raises(
        Refused, match=f"1 script is not finished: {script.sitting.code} waits for its first marking"
    ):
        opened(window, chidi)
    assert not Round.objects.exists()


def test_markings_are_hidden_until_own_marks_are_in(window: Any, chidi: User) -> None:
    sampled = opened(window, chidi).sample.get(reason="below the pass mark")
    viewer = viewer_of(chidi, on=AT.date())
    assert queries.markings_seen_by(sampled, viewer) == []
    actions.mark_blind(sampled=sampled, marks=make.POOR, by=chidi, at=AT)
    sampled.refresh_from_db()
    assert len(queries.markings_seen_by(sampled, viewer)) == 2
    other = factories.member(Role.MODERATOR, "Mo Moderator")
    assert queries.markings_seen_by(sampled, viewer_of(other, on=AT.date())) == []


def test_deciding_before_own_marks_is_refused(window: Any, chidi: User) -> None:
    sampled = opened(window, chidi).sample.first()
    with pytest.raises(Refused) as refused:
        actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    assert refused.value.code == "moderation.blind_first"


def test_marker_does_not_moderate_their_own_marking(window: Any, chidi: User) -> None:
    sampled = opened(window, chidi).sample.first()
    marker = sampled.script.markings.first().marker
    with pytest.raises(Refused) as refused:
        actions.mark_blind(sampled=sampled, marks=make.FAIR, by=marker, at=AT)
    assert refused.value.code == "moderation.marked_it"


def test_coach_does_not_moderate_their_coachee(window: Any, chidi: User) -> None:
    sampled = opened(window, chidi).sample.first()
    Pairing.objects.create(enrolment=sampled.script.sitting.enrolment, coach=chidi, since=factories.AT)
    with pytest.raises(Refused) as refused:
        actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    assert refused.value.code == "moderation.conflict"


def decided(sampled: Sampled, by: User, **fields: Any) -> Sampled:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=by, at=AT)
    return actions.decide(
        sampled=sampled, by=by, at=AT, **{"decision": "confirmed", "note": "It holds.", **fields}
    )


def test_second_moderator_neither_overwrites_marks_nor_decision(window: Any, chidi: User) -> None:
    sampled = opened(window, chidi).sample.first()
    other = factories.member(Role.MODERATOR, "Mo Moderator")
    actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    with pytest.raises(Refused, match="Chidi Moderator is moderating"):
        actions.mark_blind(sampled=sampled, marks=make.POOR, by=other, at=AT)
    decided(sampled, chidi)
    with pytest.raises(Refused) as refused:
        actions.decide(
            sampled=sampled, decision="adjusted", half_marks=Totals(2, 2), note="No.", by=other, at=AT
        )
    assert refused.value.code == "moderation.decided"
    assert decided(sampled, chidi).decision == "confirmed"


@pytest.mark.requirement("S1-32")
def test_sign_off_waits_for_every_decision_and_both_are_in_the_log(window: Any, chidi: User) -> None:
    moderation = opened(window, chidi, share=100)
    fail = moderation.sample.get(reason="below the pass mark")
    with pytest.raises(Refused, match="3 of the sample are still open"):
        actions.sign_off(round=moderation, by=chidi, at=AT)
    adjusted = decided(
        fail, chidi, decision="adjusted", half_marks=Totals(16, 10), note="Point 2 was overlooked."
    )
    for sampled in moderation.sample.filter(decision="").order_by("pk"):
        decided(sampled, chidi)
    signed = actions.sign_off(round=moderation, by=chidi, at=AT)
    assert signed.signed_off_by == chidi
    assert actions.sign_off(round=moderation, by=chidi, at=AT).signed_off_at == AT
    final = final_marks(window)
    assert final[fail.script.sitting_id] == FinalMarks(Totals(16, 10), True)
    assert sorted(f.half_marks.total for f in final.values()) == [26, 30, 36]
    assert final_marks_of(adjusted.script.sitting) == FinalMarks(Totals(16, 10), True)
    log = AuditEvent.objects.filter(subject=f"script:{fail.script_id}").order_by("sequence")
    assert [event.verb for event in log][-2:] == ["moderation.marked", "moderation.adjusted"]
    assert log.last().details["agreed_half_marks"] == 10


def test_signed_off_round_is_closed(window: Any, chidi: User) -> None:
    moderation = opened(window, chidi)
    for sampled in moderation.sample.order_by("pk"):
        decided(sampled, chidi)
    actions.sign_off(round=moderation, by=chidi, at=AT)
    sampled = moderation.sample.first()
    with pytest.raises(Refused):
        actions.decide(
            sampled=sampled, decision="adjusted", half_marks=Totals(1, 1), note="x", by=chidi, at=AT
        )


def test_window_without_scripts_is_signed_off_at_once(chidi: User) -> None:
    window = make.window()
    make.sitting(window, state="held_back")
    moderation = opened(window, chidi)
    assert moderation.sample.count() == 0
    assert actions.sign_off(round=moderation, by=chidi, at=AT).signed_off_at


@pytest.mark.parametrize("every", [True, False])
def test_rules_stay_what_they_were_once_all_scripts_had_marks_that_are_set_aside_again(
    window: Any, chidi: User, every: bool
) -> None:
    make.markers(4)
    if not every:
        marking.set_aside(marking=Marking.objects.first(), reason="Early.", by=chidi, at=AT)
    one = Marking.objects.filter(state="submitted").order_by("pk").last()
    actions.set_aside(marking=one, reason="Knew the author.", by=chidi, at=AT)
    terms = drawing.default_terms(queries_of_marking.scheme_of(window).tolerance)
    narrow = dataclasses.replace(terms, every_fail=False)
    if not every:
        assert drawing.set_terms(window=window, terms=narrow, by=chidi, at=AT).every_fail is False
        return
    with pytest.raises(Refused, match="has or had its marks"):
        drawing.set_terms(window=window, terms=narrow, by=chidi, at=AT)
    frozen = AuditEvent.objects.get(verb=drawing.FROZEN)
    assert frozen.details["rules"]["every_fail"] is True


def test_a_single_marking_below_the_pass_mark_is_sampled_whatever_the_rules_say_of_fails(chidi: User) -> None:
    window = make.window()
    make.markers(3)
    for _ in range(3):
        make.sitting(window)
    quality.policy(window, second="none")
    terms = Terms(share_percent=0, below=2, above=2, every_fail=False, each_least=0)
    drawing.set_terms(window=window, terms=terms, by=window.created_by, at=AT)
    make.mark_all(window, [make.GOOD, make.POOR, make.GOOD])
    round_ = actions.open_round(window=window, by=chidi, at=AT, seed="seed")
    reasons = list(round_.sample.values_list("reason", flat=True))
    assert reasons == ["below the pass mark by one marker alone"]
    assert drawing.drawn_again(round_, pass_mark=make.PASS_MARK)


@pytest.mark.parametrize(("policy", "band"), [(None, 2), (6, 6), (0, 0)])
def test_the_band_takes_in_what_two_markers_of_the_window_may_differ_by(
    policy: int | None, band: int
) -> None:
    """By its policy where it has one, not by the scheme."""
    window = make.window()
    quality.policy(window, tolerance=policy)
    scheme = queries_of_marking.scheme_of(window)
    assert scheme.tolerance == 2
    terms = drawing.terms_of(window, scheme)
    assert (terms.below, terms.above) == (band, band)
    said = {"window": window, "by": window.created_by, "at": AT}
    for below in (band - 1, band + 1):
        narrow = dataclasses.replace(terms, below=below)
        if below < band:
            with pytest.raises(Refused, match=f"may differ by {band}"):
                drawing.set_terms(terms=narrow, **said)
        else:
            assert drawing.set_terms(terms=narrow, **said).below == below
