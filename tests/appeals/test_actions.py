"""Appeals against released results: until when, the blind re-mark, who decides, and what a decision can change."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from goldenthread.appeals import actions, queries
from goldenthread.appeals.models import Appeal
from goldenthread.assessment.models import SittingState
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.common import audit, clock
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.marking import queries as marking_queries
from goldenthread.marking.models import Agreement, Marking
from goldenthread.marking.rules import Declaration, Totals
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Membership, Role, User
from tests import by_hand, factories
from tests import factories_appeals as make_appeal
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests.factories_appeals import NEXT, WHY, admitted, lodged, office, released, remark
from tests.factories_web import client_of, text_of
from tests.kept_scenes import kept
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
FIRST_DAY = datetime(2025, 10, 14, 9, 0, tzinfo=UTC)  # when results are released


def waiting() -> dict[str, int]:
    """How many appeals wait for what, as the office's desk counts them."""
    on = clock.day_of(clock.now())
    return {
        what: queries.that_wait_for(what, on=on).count() for what in ("check", "marker", "remark", "decision")
    }


def decide(appeal: Appeal, verdict: str, by: User | None = None, **fields: Any) -> Appeal:
    said = {"reason": "Looked at both readings.", "at": NEXT, **fields}
    return actions.decide(appeal=appeal, verdict=verdict, by=by or office(), **said)


def decided(days: int, lowering: str, *, at: datetime) -> None:
    """The office says within how many days an appeal may come, and whether a result may go down by it."""
    actions.set_policy(
        version=factories.version(), days=days, lowering=lowering, reason="So decided.", by=office(), at=at
    )


@kept
def decided_before(days: int, lowering: str) -> None:
    """Before the release."""
    decided(days, lowering, at=FIRST_DAY - timedelta(days=1))


def codes(*calls: Any) -> list[str]:
    """The codes with which these are refused."""
    found = []
    for call in calls:
        with pytest.raises(Refused) as refused:
            call()
        found.append(refused.value.code)
    return found


# --- lodging -----------------------------------------------------------------------------------------
def test_an_appeal_comes_once_is_told_and_leaves_the_result_as_it_is() -> None:
    outcome, key = released(), str(uuid.uuid4())
    first = lodged(outcome, form_key=key)
    assert lodged(outcome, form_key=key).pk == first.pk
    assert codes(lambda: lodged(outcome), lambda: lodged(outcome, "procedure")) == ["appeal.again"] * 2
    assert queries.glance(outcome).open
    assert Outcome.objects.get().result == "not_passed"
    letter = OutboxMessage.objects.get(payload__template="appeal_lodged")
    assert letter.recipient == outcome.enrolment.user.email
    event = AuditEvent.objects.get(verb="appeal.lodged")
    assert event.details["grounds"] == "marking"
    assert WHY not in str(event.details)
    assert list(audit.verify()) == []


@pytest.mark.parametrize(("days", "last"), [(None, 28), (14, 14), (1, 1), (165, 165)])
def test_an_appeal_comes_within_the_days_that_held_at_the_release(days: int | None, last: int) -> None:
    if days:
        decided_before(days, "never")
    outcome = released()
    # What is decided after the release shortens nobody's days.
    decided(3, "never", at=FIRST_DAY + timedelta(minutes=1))
    until = queries.until_of(outcome)
    zone = until.astimezone(until.tzinfo)
    assert (zone.date() - FIRST_DAY.date()).days == last + 1
    assert (zone.hour, zone.minute) == (0, 0)
    with pytest.raises(Refused) as late:
        lodged(outcome, at=until)
    assert late.value.code == "appeal.late"
    assert "midnight at the end of" in late.value.message
    assert lodged(outcome, at=until - timedelta(microseconds=1)).state == "lodged"


def test_a_policy_is_a_row_with_days_a_direction_and_a_reason() -> None:
    version, olu = factories.version(), office()

    def put(**fields: Any) -> Any:
        said = {"days": 20, "lowering": "never", "reason": "So decided.", **fields}
        return actions.set_policy(version=version, by=olu, at=NEXT, **said)

    refused = codes(
        *(lambda d=d: put(days=d) for d in (0, 366)), lambda: put(lowering="up"), lambda: put(reason=" ")
    )
    assert refused == ["appeal.days", "appeal.days", "appeal.lowering", "appeal.reason"]
    assert put().pk == put(reason="Again").pk
    assert put(days=21).pk != put(days=20).pk


def test_marks_are_questioned_only_where_there_are_some_and_words_are_asked_for() -> None:
    outcome = released(state=SittingState.BOOKED)
    assert codes(
        lambda: lodged(outcome, "marking"),
        lambda: lodged(outcome, "luck"),
        lambda: lodged(outcome, "procedure", statement=" "),
    ) == ["appeal.no_marks", "appeal.grounds", "appeal.statement"]
    assert lodged(outcome, "circumstances").state == "lodged"


def test_a_result_that_was_corrected_or_came_of_an_appeal_cant_be_appealed() -> None:
    outcome = released()
    second = awards.correct(
        outcome=outcome, reason="Added up", by=office(), at=NEXT, half_marks=Totals(12, 10)
    )
    assert codes(lambda: lodged(outcome)) == ["appeal.not_latest"]
    appeal = admitted(second)
    make.submit(remark(appeal), make.GOOD, at=NEXT)
    final = decide(appeal, "changed", office("Olga Other")).new_outcome
    assert final is not None
    assert (final.number, final.result) == (3, "passed")
    assert codes(lambda: lodged(final)) == ["appeal.final"]


# --- withdrawing ---------------------------------------------------------------------------------------
def test_it_is_withdrawn_while_it_is_undecided_and_was_the_one_appeal() -> None:
    outcome = released()
    appeal = admitted(outcome)
    whose = outcome.enrolment.user
    open_one = remark(appeal)
    Marking.objects.filter(pk=open_one.pk).update(marks={"1": 3})
    for _ in range(2):
        assert actions.withdraw(appeal=appeal, by=whose, at=NEXT).state == "withdrawn"
    assert not Marking.objects.filter(position__gt=3).exists()  # the re-mark isn't asked for any more
    called_off = AuditEvent.objects.get(verb="marking.called_off")
    assert called_off.subject == f"script:{open_one.script_id}"
    assert called_off.details == {
        "marker": open_one.marker_id, "position": open_one.position, "points_marked": 1, "marks": {"1": 3},
    }  # fmt: skip
    assert AuditEvent.objects.filter(verb="appeal.withdrawn").count() == 1
    assert codes(lambda: lodged(outcome), lambda: decide(appeal, "not_upheld")) == [
        "appeal.again",
        "appeal.moved",
    ]


def test_what_is_decided_is_not_withdrawn() -> None:
    appeal = admitted(released(), "procedure")
    decide(appeal, "not_upheld")
    assert codes(lambda: actions.withdraw(appeal=appeal, by=appeal.outcome.enrolment.user, at=NEXT)) == [
        "appeal.closed"
    ]


# --- checking ------------------------------------------------------------------------------------------
def test_the_office_checks_with_a_reason_and_nobody_checks_their_own() -> None:
    outcome = released()
    appeal, olu = lodged(outcome, "procedure"), office()

    def check(admit: bool = False, reason: str = "It names nothing.", by: User = olu) -> Appeal:
        return actions.check(appeal=appeal, admit=admit, reason=reason, by=by, at=NEXT)

    assert codes(lambda: check(reason=" "), lambda: check(by=outcome.enrolment.user)) == [
        "appeal.reason",
        "appeal.own",
    ]
    assert codes(lambda: decide(appeal, "not_upheld")) == ["appeal.unchecked"]
    assert check().state == "not_admitted"
    assert check().state == "not_admitted"
    assert codes(lambda: check(admit=True)) == ["appeal.moved"]
    assert OutboxMessage.objects.filter(payload__template="appeal_step").count() == 1
    assert AuditEvent.objects.get(verb="appeal.not_admitted").details["reason"] == "It names nothing."


# --- the re-mark ---------------------------------------------------------------------------------------
def test_the_script_goes_blind_to_somebody_who_had_nothing_to_do_with_it() -> None:
    appeal = admitted(released())
    again = remark(appeal)
    assert again.marker.name == "Bo Marker"  # Ben and Bea marked it
    viewer = factories.seen(again.marker, on=NEXT.date())
    assert marking_queries.get_queue_for(viewer).get().pk == again.pk
    assert marking_queries.others_seen_by(again) == []
    before = list(Agreement.objects.values())
    done = make.submit(again, make.GOOD, at=NEXT)
    assert marking_queries.others_seen_by(done) == []
    assert list(Agreement.objects.values()) == before
    first = Marking.objects.get(position=1)
    assert [one.position for one in marking_queries.others_seen_by(first)] == [2]
    letters = OutboxMessage.objects.filter(
        payload__template="marking_allocated", recipient=again.marker.email
    )
    assert "ppeal" not in str([letter.payload for letter in letters])


@pytest.mark.parametrize("how", ["coach", "office", "moderator", "school", "declared"])
def test_a_marker_in_conflict_or_who_could_read_why_never_re_marks(how: str) -> None:
    outcome = released()
    bo = User.objects.get(name="Bo Marker")
    if how == "coach":
        teaching.hold(bo, "coach")
        teaching.pairing(outcome.enrolment, bo)
    if how == "office":
        teaching.hold(bo, "office")
    if how == "school":
        outcome.enrolment.school = factories.school()
        outcome.enrolment.save()
        body = factories.organisation("Hillside School")
        body.school = outcome.enrolment.school
        body.save()
        Membership.objects.create(user=bo, organisation=body, role=Role.MENTOR, starts_on=factories.START)
    if how == "moderator":
        by_hand.alter(outcome.window.moderation.sample.all(), marked_by=bo)
    if how == "declared":
        script = outcome.enrolment.sittings.get().scripts.get()
        said = Declaration("relation", "She is my sister.")
        marking.keep_declaration(script=script, declaration=said, by=bo, at=NEXT)
    appeal = admitted(outcome)
    assert not Marking.objects.filter(position__gt=3).exists()
    assert waiting() == {"check": 0, "marker": 1, "remark": 0, "decision": 0}
    olu = office()
    assert codes(lambda: actions.order_remark(appeal=appeal, by=olu, at=NEXT)) == ["appeal.nobody_free"]
    factories.member(Role.MARKER, "Bim Marker")
    for _ in range(2):
        assert actions.order_remark(appeal=appeal, by=olu, at=NEXT).marker.name == "Bim Marker"
    assert waiting() == {"check": 0, "marker": 0, "remark": 1, "decision": 0}
    assert AuditEvent.objects.filter(verb="appeal.remark_ordered").count() == 1


def test_a_re_marker_who_knows_the_author_gives_it_back_and_another_has_it() -> None:
    appeal = admitted(released())
    bim = factories.member(Role.MARKER, "Bim Marker")
    again = remark(appeal)
    said = Declaration("recognised", "I know this school.")
    marking.declare_conflict(marking=again, declaration=said, by=again.marker, at=NEXT)
    appeal.refresh_from_db()
    assert remark(appeal).marker == bim


# --- deciding ------------------------------------------------------------------------------------------
def test_a_changed_result_is_a_further_outcome_and_the_award_follows() -> None:
    outcome = released()
    appeal = admitted(outcome)
    assert (
        codes(lambda: decide(appeal, "changed"), lambda: decide(appeal, "not_upheld"))
        == ["appeal.no_remark"] * 2
    )
    make.submit(remark(appeal), make.GOOD, at=NEXT)
    marks = list(Marking.objects.filter(position__lte=3).order_by("pk").values())
    evaluation, _ = actions.what_follows(appeal)
    olga = office("Olga Other")
    done = decide(appeal, "changed", olga, seen=evaluation.headline)
    assert decide(appeal, "changed", olga).new_outcome_id == done.new_outcome_id
    first, second = Outcome.objects.order_by("number")
    assert (first.result, first.half_marks_learn_that) == ("not_passed", 12)
    assert (second.result, second.half_marks_learn_that, second.half_marks_learn_how_to) == ("passed", 22, 14)
    assert second.pk == done.new_outcome_id
    assert Award.objects.get().outcome_id == second.pk
    assert list(Marking.objects.filter(position__lte=3).order_by("pk").values()) == marks
    corrected = AuditEvent.objects.get(verb="outcome.corrected")
    assert corrected.details["reason"] == "Appeal: Looked at both readings."
    assert list(audit.verify()) == []


@pytest.mark.parametrize(
    ("given", "again", "lowering", "result"),
    [
        (make_appeal.BELOW, make.POOR, "never", "appeal.lower"),  # 11 to 5: the result stays
        (make_appeal.BELOW, make_appeal.BELOW, "never", "appeal.no_change"),
        (make.FAIR, make_appeal.BELOW, "never", "appeal.lower"),  # a pass is never lost
        (make_appeal.BELOW, make.marks(3, 2, 2, 2, 2), "allowed", "appeal.no_change"),
        (make.FAIR, make_appeal.BELOW, "allowed", "not_passed"),
        (make_appeal.BELOW, make.POOR, "allowed", "not_passed"),
        (make.FAIR, make.GOOD, "never", "passed"),
    ],
)
def test_a_result_goes_down_only_where_the_policy_of_its_release_says_so(
    given: Any, again: Any, lowering: str, result: str
) -> None:
    decided_before(28, lowering)
    appeal = admitted(released(given))
    make.submit(remark(appeal), again, at=NEXT)
    if result.startswith("appeal"):
        # 3+2+2 | 2+2 is 11 as well, but of other kinds: the total is what counts.
        assert codes(lambda: decide(appeal, "changed")) == [result]
        assert decide(appeal, "not_upheld").state == "decided"
        assert Outcome.objects.count() == 1
        return
    new = decide(appeal, "changed").new_outcome
    assert new is not None
    assert new.result == result
    standing = Award.objects.filter(revoked_at__isnull=True)
    assert standing.exists() == (result == "passed")


def test_an_appeal_that_is_right_and_changes_nothing_says_what_happens_instead() -> None:
    appeal = admitted(released(), "circumstances")
    assert codes(lambda: decide(appeal, "upheld"), lambda: decide(appeal, "changed")) == [
        "appeal.remedy",
        "appeal.no_change",
    ]
    done = decide(appeal, "upheld", remedy="You are entered for the window in May.")
    assert (done.verdict, done.remedy) == ("upheld", "You are entered for the window in May.")
    assert Outcome.objects.count() == 1


def test_an_engagement_credit_that_was_missing_changes_the_result_without_new_marks() -> None:
    outcome = released(make.FAIR, minutes=make_appeal.SHORT)
    appeal = admitted(outcome, "procedure")
    factories.credit_minutes(outcome.enrolment, make_appeal.ENOUGH)
    new = decide(appeal, "changed").new_outcome
    assert new is not None
    assert (new.result, new.half_marks_learn_that) == ("passed", 18)


@pytest.mark.parametrize(
    "who", ["Olu Office", "Chidi Moderator", "Ben Marker", "Cora Coach", "Amara Applicant", "Otto Office"]
)
def test_who_had_a_part_in_the_result_doesnt_decide(who: str) -> None:
    outcome = released()
    person = User.objects.filter(name=who).first() or factories.user(who)
    if who == "Cora Coach":
        teaching.hold(person, "coach")
        teaching.pairing(outcome.enrolment, person)
    if who == "Otto Office":
        outcome = awards.correct(
            outcome=outcome, reason="Figures", by=person, at=NEXT, half_marks=Totals(12, 10)
        )
    if who != "Amara Applicant":
        teaching.hold(person, "office")
    appeal = admitted(outcome, "procedure")
    expected = "appeal.own" if who == "Amara Applicant" else "appeal.part"
    assert codes(lambda: decide(appeal, "not_upheld", person)) == [expected]


def test_strangers_and_the_owner_see_no_appeal_of_the_office() -> None:
    appeal = lodged(released())
    whose = appeal.outcome.enrolment.user
    for person in (factories.user("Dot Stranger"), whose, User.objects.get(name="Ben Marker")):
        viewer = factories.seen(person, on=NEXT.date())
        for look in (
            lambda v=viewer: queries.get_appeal_for(v, appeal.pk, on=NEXT.date()),
            lambda v=viewer: queries.appeals_for(v, on=NEXT.date()),
        ):
            with pytest.raises(Http404):
                look()
    teaching.hold(whose, "office")
    own = factories.seen(User.objects.get(pk=whose.pk), on=NEXT.date())
    assert list(queries.appeals_for(own, on=NEXT.date())) == []
    with pytest.raises(Http404):
        queries.get_appeal_for(own, appeal.pk, on=NEXT.date())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_decides() -> None:
    outcome = released(make.FAIR, minutes=make_appeal.SHORT)
    appeal = admitted(outcome, "procedure")
    factories.credit_minutes(outcome.enrolment, make_appeal.ENOUGH)
    one, other = office("Olga Other"), office("Oma Office")
    found = at_once(lambda: decide(appeal, "changed", one), lambda: decide(appeal, "not_upheld", other))
    assert sorted(type(each).__name__ for each in found) == ["Appeal", "Refused"]
    assert AuditEvent.objects.filter(verb="appeal.decided").count() == 1
    assert list(audit.verify()) == []


# --- whoever is to mark again and is no marker any more --------------------------------------------------
@pytest.mark.parametrize("gone", ["ended", "inactive"])
def test_a_re_marker_who_is_no_marker_any_more_is_named_on_the_desk_and_in_the_list(gone: str) -> None:
    appeal = admitted(released())
    marker = remark(appeal).marker
    client = client_of(office())
    for address in ("/office/", "/office/windows/appeals/"):
        assert marker.name not in text_of(client.get(address))
    today = clock.day_of(clock.now())
    if gone == "ended":
        Membership.objects.filter(user=marker, role=Role.MARKER).update(ends_on=today - timedelta(days=1))
    else:
        User.objects.filter(pk=marker.pk).update(is_active=False)
    assert queries.that_wait_for("remark", on=today).count() == 0
    assert queries.that_wait_for("gone", on=today).count() == 1
    assert queries.remarkers_gone(on=today) == [marker.name]
    desk = text_of(client.get("/office/"))
    assert "1 re-mark with somebody who is no marker any more" in desk
    assert f"{marker.name}: give each script to another marker" in desk
    assert f"{marker.name}: give the script to another marker" in text_of(
        client.get("/office/windows/appeals/")
    )
    page = text_of(client.get(f"/office/windows/appeals/{appeal.pk}/"))
    assert f"{marker.name} is no marker any more" in page


def test_on_a_day_on_which_the_role_still_holds_the_re_mark_is_under_way() -> None:
    appeal = admitted(released())
    marker = remark(appeal).marker
    viewer = factories.seen(office(), on=NEXT.date())
    today = clock.day_of(clock.now())
    Membership.objects.filter(user=marker, role=Role.MARKER).update(ends_on=today)
    for days, what in ((0, "remark"), (1, "gone")):
        on = today + timedelta(days=days)
        assert [queries.that_wait_for(one, on=on).count() for one in ("remark", "gone")] == [
            int(what == "remark"), int(what == "gone"),
        ]  # fmt: skip
        assert [vars(one)["waits_for"] for one in queries.appeals_for(viewer, on=on)] == [what]
        assert queries.get_appeal_for(viewer, appeal.pk, on=on).waits_for == what
