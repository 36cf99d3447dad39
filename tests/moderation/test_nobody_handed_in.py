"""A window in which nobody handed in gets its results by pages, and more time afterwards is never passed over."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions as assessment
from goldenthread.assessment import rules as windows
from goldenthread.assessment.models import Script, Sitting, SittingState, Window
from goldenthread.assessment.stages import WindowStage
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import queries as marking
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions, drawing, queries, sampling
from goldenthread.moderation.models import Round
from goldenthread.outcomes import actions as outcomes
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.own_result import Waiting
from goldenthread.outcomes.own_result import _waiting_for as waiting_for
from goldenthread.outcomes.queries import check_moderated
from goldenthread.outcomes.windows import stage_of, with_facts
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
MONTH = timedelta(days=30)


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


@pytest.fixture
def window() -> Any:
    """Amara and Ali sat and handed nothing in; Hana was held back."""
    made = make.window()
    make.markers(2)
    for name, state in (("Amara", "booked"), ("Ali", "booked"), ("Hana", "held_back")):
        make.sitting(made, name=f"{name} Applicant", state=state)
    return made


def sitting_of(name: str) -> Sitting:
    return Sitting.objects.get(enrolment__user__name=f"{name} Applicant")


def stage(window: Window, at: datetime) -> WindowStage:
    return stage_of(with_facts(Window.objects.all()).get(pk=window.pk), at=at)


def more_time(name: str, days: int, *, at: datetime = AT) -> Sitting:
    """Somebody asks for days, and another of the office gives them."""
    first, second = (factories.member(Role.OFFICE, f"{one} Office") for one in ("Olu", "Osa"))
    grant, sitting = windows.Grant(days=days), sitting_of(name)
    asked = assessment.request_adjustment(
        enrolment=sitting.enrolment, sitting=sitting, asked=grant, reason="Illness.", by=first, at=at,
        form_key=f"00000000-0000-0000-0000-{sitting.pk:012d}",
    )  # fmt: skip
    assessment.decide_adjustment(adjustment=asked, approved=True, given=grant, note="", by=second, at=at)
    sitting.refresh_from_db()
    return sitting


def hand_in(sitting: Sitting, *, at: datetime) -> Script:
    Sitting.objects.filter(pk=sitting.pk).update(state=SittingState.HANDED_IN)
    return Script.objects.create(
        sitting=sitting, number=1, key="late", text=make.TEXT, words=30, word_rule="1", own_work=True,
        sha256=hashlib.sha256(make.TEXT.encode()).hexdigest(), received_at=at,
    )  # fmt: skip


def signed(window: Window, by: User, *, at: datetime = AT) -> Round:
    return actions.sign_off(round=actions.open_round(window=window, by=by, at=at), by=by, at=at)


# --- by pages ----------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-40", "S0-41", "S1-32")
def test_everybody_gets_their_result_by_pages_and_can_be_entered_again(
    window: Window, chidi: User, olu: User
) -> None:
    moderator, office = client_of(chidi), client_of(olu)
    with time_machine.travel(AT, tick=False):
        listed = text_of(moderator.get("/moderate/"))
        assert "Nobody handed in" in listed
        assert "Draw the sample" in listed
        assert "Nobody handed in" in text_of(office.get("/office/"))
        assert "A moderator signs the empty sample off" in text_of(
            office.get(f"/office/windows/{window.pk}/marking/")
        )
        there = moderator.post(f"/moderate/windows/{window.pk}/open/").url
        assert "The sample is empty" in text_of(moderator.get(there))
        answer = moderator.post(f"{there}sign-off/", follow=True)
        assert "The programme office can now look at the results" in text_of(answer)
        assert "where nobody handed in, can be released" in text_of(office.get("/office/"))
        office.post(f"/office/windows/{window.pk}/release/")
    told = dict(Outcome.objects.exclude(released_at=None).values_list("enrolment__user__name", "result"))
    assert told == dict.fromkeys(["Ali Applicant", "Amara Applicant", "Hana Applicant"], "not_passed")
    stages = dict(Enrolment.objects.values_list("user__name", "stage"))
    assert stages["Amara Applicant"] == Stage.NOT_ACHIEVED != stages["Hana Applicant"]
    again = make.window(window.intake, opens_on=(AT + MONTH).date(), case_study=None)
    for name in ("Amara", "Hana"):
        person = sitting_of(name).enrolment
        assert assessment.enter_again(enrolment=person, window=again, reason="A further try.", by=olu, at=AT)


def test_a_window_that_is_open_or_has_no_case_or_no_people_is_not_listed(chidi: User) -> None:
    empty = make.window()
    without = make.window(empty.intake, opens_on=make.OPENS + MONTH, case_study=None)
    make.sitting(without, state="booked")
    with time_machine.travel(AT, tick=False):
        assert "Nothing to moderate yet" in text_of(client_of(chidi).get("/moderate/"))
    assert stage(empty, AT) is WindowStage.CLOSED
    make.sitting(empty, state="booked")
    before = make.CLOSED - timedelta(days=3)
    with time_machine.travel(before, tick=False):
        assert "Nothing to moderate yet" in text_of(client_of(chidi).get("/moderate/"))
    assert (stage(empty, before), stage(empty, AT)) == (WindowStage.OPEN, WindowStage.MODERATION)
    with pytest.raises(Refused, match=r"Somebody can still hand in until .* Draw the sample from"):
        actions.open_round(window=empty, by=chidi, at=before)


def test_nothing_is_asked_of_a_national_moderator_where_nothing_was_handed_in(
    window: Window, chidi: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(queries, "asks_national", lambda window: True)
    round_ = signed(window, chidi)
    assert not round_.national
    assert round_.final_at == AT


# --- more time afterwards ----------------------------------------------------------------------------------
@pytest.mark.parametrize("days", [1, 5])
def test_more_time_after_the_sign_off_takes_it_back_until_a_new_one(
    window: Window, chidi: User, days: int
) -> None:
    signed(window, chidi)
    sitting = more_time("Amara", days)
    assert sitting.closes_at > AT
    assert stage(window, AT) is WindowStage.OPEN
    for verb in (outcomes.compute, lambda **who: outcomes.release(by=chidi, **who)):
        with pytest.raises(Refused, match=r"more time was given, until .* draws the sample again"):
            verb(window=window, at=AT)
    with pytest.raises(Refused, match="Somebody can still hand in"):
        actions.open_round(window=window, by=chidi, at=AT)
    after = sitting.closes_at + timedelta(hours=1)
    assert stage(window, after) is WindowStage.MODERATION
    again = signed(window, chidi, at=after)
    assert again.signed_off_at == after
    assert check_moderated(window) == again
    fell = AuditEvent.objects.get(verb="moderation.overtaken").details
    assert fell["signed_off_by"] == chidi.pk


@pytest.mark.parametrize("sign_before", [True, False])
def test_a_script_that_comes_in_by_more_time_needs_moderation_of_its_own(
    window: Window, chidi: User, sign_before: bool
) -> None:
    first = signed(window, chidi) if sign_before else actions.open_round(window=window, by=chidi, at=AT)
    sitting = more_time("Ali", 2)
    script = hand_in(sitting, at=sitting.closes_at - timedelta(minutes=1))
    after = sitting.closes_at + timedelta(hours=1)
    assert stage(window, after) is WindowStage.CLOSED  # to allocate
    make.mark_all(window, [make.POOR] * 3, at=after)
    assert waiting_for(sitting.enrolment, Sitting.objects.get(pk=sitting.pk)) is Waiting.MODERATION
    assert stage(window, after) is WindowStage.MODERATION
    refused = "1 script came in after the sample was drawn"
    if sign_before:
        with pytest.raises(Refused, match=refused):
            outcomes.release(window=window, by=chidi, at=after)
    else:
        with pytest.raises(Refused, match=refused):
            actions.sign_off(round=first, by=chidi, at=after)
    with time_machine.travel(after, tick=False):
        client = client_of(chidi)
        assert "1 script came in afterwards" in text_of(client.get(f"/moderate/rounds/{first.pk}/"))
        assert "Draw it again" in text_of(client.get("/moderate/"))
        assert client.post(f"/moderate/windows/{window.pk}/open/").url == f"/moderate/rounds/{first.pk}/"
    round_ = Round.objects.get()
    assert (round_.signed_off_at, round_.opened_at) == (None, after)
    [sampled] = round_.sample.all()
    assert (sampled.script, sampled.reason) == (script, "below the pass mark")
    with pytest.raises(Refused, match="1 of the sample is still open"):
        actions.sign_off(round=round_, by=chidi, at=after)
    actions.mark_blind(sampled=sampled, marks=make.POOR, by=chidi, at=after)
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=after)
    actions.sign_off(round=round_, by=chidi, at=after)
    make.uncompared(window, at=after)
    outcomes.release(window=window, by=chidi, at=after)
    assert Outcome.objects.get(enrolment=sitting.enrolment).half_marks_learn_that is not None


LATE = {"poor": make.POOR, "borderline": make.marks(3, 3, 2, 2, 2), "good": make.GOOD}
ALWAYS = {"poor": "below the pass mark", "borderline": "within 2 marks of the pass mark"}


@pytest.mark.parametrize("marks", LATE)
@pytest.mark.parametrize("sign_before", [True, False])
def test_a_later_script_completes_the_draw_by_its_own_seed(
    chidi: User, marks: str, sign_before: bool
) -> None:
    """No page lets a deadline move once a marker has a script; what comes in all the same is drawn from."""
    window = make.window()
    make.markers(2)
    for _ in range(3):
        make.sitting(window)
    make.mark_all(window, [make.GOOD] * 3)
    first = (
        make.moderated(window, chidi)
        if sign_before
        else actions.open_round(window=window, by=chidi, at=AT, seed="seed")
    )
    drawn, seed = first.drawn_from, first.seed
    before = dict(first.sample.values_list("script", "reasons"))
    late = make.script(window)
    assert queries.overtaken(first) == queries.Overtaken(None, 1)
    refused = "1 script came in after the sample was drawn"
    with pytest.raises(Refused, match=refused):
        actions.sign_off(round=first, by=chidi, at=AT) if not sign_before else check_moderated(window)
    make.mark_all(window, [make.GOOD] * 3 + [LATE[marks]])
    with pytest.raises(Refused) as another:
        actions.open_round(window=window, by=chidi, at=AT, share_percent=first.share_percent + 1)
    assert another.value.code == "moderation.share"
    with CaptureQueriesContext(connection) as asked:
        again = actions.open_round(window=window, by=chidi, at=AT, seed="another")
    assert not [
        one for one in asked if "sampleterms" in one["sql"]
    ]  # its own rules hold, not those of the window
    assert (again.drawn_from, again.seed, again.signed_off_at) == (drawn, seed, None)
    now = dict(again.sample.values_list("script", "reasons"))
    assert now.items() >= before.items()
    lots = {
        one.pk: hashlib.sha256(f"{seed}:{one.sitting.code}".encode()).hexdigest()
        for one in Script.objects.select_related("sitting")
    }
    lucky = min(lots, key=lots.__getitem__) == late.pk
    assert (late.pk in now) is (marks in ALWAYS or lucky)
    if marks in ALWAYS:
        assert now[late.pk][0] == ALWAYS[marks]
    assert not queries.overtaken(again)
    assert drawing.drawn_again(again, pass_mark=make.PASS_MARK)
    event = AuditEvent.objects.get(verb="moderation.completed").details
    assert (event["seed"], event["came_in"], event["added"]) == (seed, 1, len(now) - len(before))
    assert actions.open_round(window=window, by=chidi, at=AT) == again
    assert AuditEvent.objects.filter(verb="moderation.completed").count() == 1
    for sampled in again.sample.filter(decision="").order_by("pk"):
        with pytest.raises(Refused, match="still open"):
            actions.sign_off(round=again, by=chidi, at=AT)
        actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
        actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    assert actions.sign_off(round=again, by=chidi, at=AT).signed_off_at == AT
    by_hand.remove(again.sample.filter(pk=again.sample.order_by("pk")[0].pk))
    assert drawing.drawn_again(again, pass_mark=make.PASS_MARK) is False


def test_scripts_may_come_in_more_than_once_and_each_markers_are_in(chidi: User) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    terms = sampling.Terms(share_percent=0, below=2, above=2, each_least=2)
    drawing.set_terms(window=window, terms=terms, by=window.created_by, at=AT)
    make.mark_all(window, [make.GOOD] * 9)
    round_ = actions.open_round(window=window, by=chidi, at=AT, seed="seed")
    sizes = [round_.sample.count()]
    for _ in range(3):
        make.sitting(window)
        make.mark_all(window, [make.GOOD] * 9)
        round_ = actions.open_round(window=window, by=chidi, at=AT)
        sizes.append(round_.sample.count())
        assert drawing.drawn_again(round_, pass_mark=make.PASS_MARK)
    assert sizes == [1, 2, 2, 2]  # two of each marker, once there are two
    assert len(round_.completions) == 3


def test_what_came_in_later_to_a_round_without_kept_rules_is_in_whole(chidi: User) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window, [make.GOOD])
    first = make.moderated(window, chidi)
    by_hand.alter(Round.objects.all(), terms={}, drawn_from=[])
    late = make.script(window)
    Script.objects.filter(pk=late.pk).update(received_at=AT + timedelta(hours=1))
    make.mark_all(window, [make.GOOD, make.GOOD])
    again = actions.open_round(window=window, by=chidi, at=AT + timedelta(hours=2))
    assert (again.pk, again.signed_off_at) == (first.pk, None)
    assert again.sample.get(script=late).reason == "came in after the sample was drawn"


# --- rules over an empty draw ------------------------------------------------------------------------------
WIDE = {"share_percent": 100, "below": 3, "above": 4, "every_fail": True, "each_least": 0, "each_percent": 0}


@pytest.mark.parametrize("sign_before", [True, False])
def test_rules_that_stood_over_an_empty_draw_may_be_set_anew_until_the_marks_are_there(
    window: Window, chidi: User, olu: User, sign_before: bool
) -> None:
    signed(window, chidi) if sign_before else actions.open_round(window=window, by=chidi, at=AT)
    wide = sampling.Terms(**WIDE)
    office, page = client_of(olu), f"/office/windows/{window.pk}/sample/"
    with time_machine.travel(AT, tick=False):
        assert "Drawn over nothing" in text_of(office.get(page))
        assert office.post(page, WIDE).url == page
    assert drawing.terms_of(window, marking.scheme_of(window)) == wide
    sitting = more_time("Ali", 2)
    hand_in(sitting, at=sitting.closes_at - timedelta(minutes=1))
    after = sitting.closes_at + timedelta(hours=1)
    drawing.set_terms(window=window, terms=sampling.Terms(below=2, above=2), by=olu, at=after)
    drawing.set_terms(window=window, terms=wide, by=olu, at=after)
    make.mark_all(window, [make.GOOD] * 3, at=after)
    with pytest.raises(Refused, match="has or had its marks"):
        drawing.set_terms(window=window, terms=sampling.Terms(below=2, above=2), by=olu, at=after)
    round_ = actions.open_round(window=window, by=chidi, at=after)
    assert (round_.terms, len(round_.drawn_from), round_.completions) == (WIDE, 1, [])
    assert round_.sample.get().reasons == ["drawn by lot"]
    with pytest.raises(Refused, match="The sample is drawn"):
        drawing.set_terms(window=window, terms=sampling.Terms(below=2, above=2), by=olu, at=after)
    with time_machine.travel(after, tick=False):
        assert "The rules are frozen" in text_of(office.get(page))


def test_marks_that_are_set_aside_over_an_empty_draw_keep_the_rules(
    window: Window, chidi: User, olu: User
) -> None:
    actions.open_round(window=window, by=chidi, at=AT)
    make.markers(4)
    sitting = more_time("Ali", 2)
    hand_in(sitting, at=sitting.closes_at - timedelta(minutes=1))
    after = sitting.closes_at + timedelta(hours=1)
    make.mark_all(window, [make.GOOD] * 3, at=after)
    actions.set_aside(marking=Marking.objects.order_by("pk")[0], reason="Knew them.", by=chidi, at=after)
    with pytest.raises(Refused, match=r"has or had its marks|is drawn"):
        drawing.set_terms(window=window, terms=sampling.Terms(**WIDE), by=olu, at=after)
    assert AuditEvent.objects.filter(verb=drawing.FROZEN).exists()


def test_no_rules_are_set_once_results_are_released(window: Window, chidi: User, olu: User) -> None:
    signed(window, chidi)
    Window.objects.filter(pk=window.pk).update(state="released")
    with pytest.raises(Refused) as refused:
        drawing.set_terms(window=window, terms=sampling.Terms(**WIDE), by=olu, at=AT)
    assert refused.value.code == "sample.released"  # it was never drawn
    with time_machine.travel(AT, tick=False):
        assert "the results are released" in text_of(
            client_of(olu).get(f"/office/windows/{window.pk}/sample/")
        )
