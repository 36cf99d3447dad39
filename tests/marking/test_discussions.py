"""A discussion from the invitation to its end, and everything that may come between."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Script, Window
from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, discussing, discussion_queries, jobs, queries, reliability_queries
from goldenthread.marking.discussion_models import (
    Discussion,
    DiscussionAnswer,
    DiscussionMessage,
    MarkChange,
)
from goldenthread.marking.models import Agreement, Marking
from goldenthread.marking.quality_models import Stop
from goldenthread.moderation import actions as moderation
from goldenthread.moderation import batches
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_discussions import answer, say

pytestmark = pytest.mark.django_db
AT = make.CLOSED
LATER = AT + timedelta(days=6)  # the last day, the fifth, has passed


def now(talk: Discussion) -> Discussion:
    return Discussion.objects.get(pk=talk.pk)


def third() -> bool:
    return Marking.objects.filter(position=3).exists()


def mails(template: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template=template).order_by("pk"))


# --- the invitation ----------------------------------------------------------------------------------
def test_two_who_do_not_agree_are_invited_before_anybody_else_marks() -> None:
    talk = talks.discussion()
    assert (talk.ending, talk.until_on) == ("", date(2025, 10, 19))
    assert (talk.first_marking, talk.second_marking) == tuple(
        Marking.objects.order_by("position").values_list("pk", flat=True)
    )
    assert not Agreement.objects.exists()
    assert not third()
    told = mails("discussion_opened")
    assert {one.recipient for one in told} == {talk.first_marker.email, talk.second_marker.email}
    assert AuditEvent.objects.get(verb="discussion.opened").subject == f"script:{talk.script_id}"


def test_without_the_policy_a_third_marker_decides_as_before() -> None:
    made = make.window()
    make.markers(3)
    make.sitting(made)
    assert talks.disagree(made) == []
    assert third()
    assert Agreement.objects.get().state == "referred"


def test_nobody_is_invited_before_both_have_submitted_or_where_marks_agree() -> None:
    made = talks.window(scripts=2)
    actions.allocate_window(window=made, by=made.created_by, at=AT)
    for one in Marking.objects.select_related("marker").filter(position=1):
        make.submit(one, make.FAIR)
    assert not Discussion.objects.exists()
    close, far = Marking.objects.select_related("marker").filter(position=2).order_by("script")
    make.submit(close, make.FAIR)
    make.submit(far, make.POOR)
    assert Discussion.objects.get().script_id == far.script_id


def test_the_last_day_is_what_the_policy_says() -> None:
    assert talks.discussion(discussion_days=1).until_on == date(2025, 10, 15)


def test_marks_within_the_tolerance_on_either_side_of_the_pass_mark_are_discussed() -> None:
    made = talks.window()
    eleven, twelve = make.marks(3, 2, 2, 2, 2), make.marks(3, 3, 2, 2, 2)
    assert len(talks.disagree(made, eleven, twelve)) == 1


def _end_role(user: User) -> None:
    Membership.objects.filter(user=user, role=Role.MARKER).update(ends_on=AT.date() - timedelta(days=1))


def _stop(window: Window, user: User) -> Stop:
    return Stop.objects.create(window=window, marker=user, at=AT)


def _coach(script: Script, user: User) -> None:
    Pairing.objects.create(enrolment=script.sitting.enrolment, coach=user, since=AT)


@pytest.mark.parametrize("what", ["role", "stop", "conflict"])
def test_where_one_of_the_two_can_not_discuss_a_third_decides_at_once(what: str) -> None:
    made = talks.window(markers=4)
    actions.allocate_window(window=made, by=made.created_by, at=AT)
    first, second = Marking.objects.select_related("marker", "script__sitting").order_by("position")
    make.submit(first, make.FAIR)
    if what == "role":
        _end_role(first.marker)
    elif what == "stop":
        _stop(made, first.marker)
    else:
        _coach(first.script, first.marker)
    make.submit(second, make.GOOD)
    assert not Discussion.objects.exists()
    assert third()


def test_once_moderation_has_begun_a_third_decides_at_once() -> None:
    made = talks.window(markers=4)
    talks.disagree(made, make.FAIR, make.FAIR)
    moderation.open_round(window=made, by=factories.member(Role.MODERATOR, "Chidi"), at=AT, seed="s")
    _aside(2)
    make.submit(Marking.objects.select_related("marker").get(position=2), make.GOOD)
    assert not Discussion.objects.exists()
    assert third()


def test_seeds_are_never_discussed() -> None:
    made = talks.window(scripts=4, seed_percent=50, stop_count=5, stop_of=5)
    quality.known_set(made, "seeds", (make.GOOD,) * 2)
    actions.allocate_window(window=made, by=made.created_by, at=AT)
    for one in Marking.objects.select_related("marker").filter(seed__isnull=False):
        make.submit(one, make.POOR)
    assert not Discussion.objects.exists()


# --- writing -----------------------------------------------------------------------------------------
def test_what_one_writes_is_kept_once_and_told_once_until_the_other_writes() -> None:
    talk, key = talks.discussion(), str(uuid.uuid4())
    assert say(talk, "A", "Where is the reason?\n\n", key=key)
    assert say(talk, "A", "Where is the reason?", key=key)
    say(talk, "A", "I mean in part two.")
    assert [one.text for one in DiscussionMessage.objects.all()] == [
        "Where is the reason?", "I mean in part two.",
    ]  # fmt: skip
    assert [one.recipient for one in mails("discussion_wrote")] == [talk.second_marker.email]
    say(talk, "B", "At the end.")
    say(talk, "A", "I see.")
    assert [one.recipient for one in mails("discussion_wrote")] == [
        talk.second_marker.email, talk.first_marker.email, talk.second_marker.email,
    ]  # fmt: skip


def test_nobody_else_writes_or_answers() -> None:
    talk, other = talks.discussion(), User.objects.get(name="Bo Marker")
    with pytest.raises(Refused, match="between two others"):
        discussing.write_message(discussion=talk, text="Hm", form_key=str(uuid.uuid4()), by=other, at=AT)
    with pytest.raises(Refused, match="between two others"):
        discussing.answer(
            discussion=talk, marks=make.GOOD, reasons={}, stand=True, seen="0:0", by=other, at=AT
        )
    with pytest.raises(Http404):
        discussion_queries.get_discussion_for(viewer_of(other, on=AT.date()), talk.pk)


def test_messages_answers_and_changes_can_not_be_altered_or_removed() -> None:
    talk = talks.discussion()
    say(talk, "A")
    answer(talk, "A", (1, 4))
    for table in (DiscussionMessage, DiscussionAnswer, MarkChange):
        for alter in (lambda t=table: t.objects.update(id=99), lambda t=table: t.objects.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                alter()


# --- answering ---------------------------------------------------------------------------------------
def test_both_move_and_the_mean_of_what_stands_is_agreed() -> None:
    talk = talks.discussion()  # 15 and 18, two may differ by two
    assert answer(talk, "A", (1, 4))
    assert now(talk).ending == ""
    assert not Agreement.objects.exists()
    assert answer(talk, "B", (4, 3))
    held, came_to = now(talk), Agreement.objects.get()
    assert (held.ending, held.cause) == ("agreed", "answered")
    assert (came_to.state, came_to.method, came_to.half_marks) == ("agreed", "after discussion", 33)
    assert not third()


def test_first_marks_are_kept_and_each_change_says_who_when_and_why() -> None:
    talk = talks.discussion()
    answer(talk, "A", (1, 4), at=AT + timedelta(hours=1))
    answer(talk, "B")
    first = Marking.objects.get(position=1)
    assert (first.marks["1"], first.total, first.standing["1"], first.standing_by_kind) == (3, 15, 4, (10, 6))
    change = MarkChange.objects.get()
    assert (change.point, change.was, change.now, change.reason) == (1, 3, 4, "I read point 1 again.")
    assert (change.answer.by, change.answer.at) == (talk.first_marker, AT + timedelta(hours=1))
    second = Marking.objects.get(position=2)
    assert (second.revised, second.standing) == (None, second.marks)
    said = AuditEvent.objects.filter(verb="discussion.answered").order_by("pk")[0]
    assert said.details["changes"] == [{"point": 1, "was": 3, "now": 4, "reason": "I read point 1 again."}]
    assert said.actor == f"user:{talk.first_marker_id}"


def test_who_both_stand_by_their_marks_leave_it_to_a_third() -> None:
    talk = talks.discussion()
    answer(talk, "A")
    answer(talk, "B")
    assert (now(talk).ending, now(talk).cause) == ("third", "answered")
    assert third()
    assert (Agreement.objects.get().state, Agreement.objects.get().method) == (
        "referred", "further apart than the tolerance",
    )  # fmt: skip
    assert not Marking.objects.filter(revised__isnull=False).exists()


def test_changes_that_do_not_suffice_change_nothing_that_counts() -> None:
    talk = talks.discussion(tolerance=0)
    answer(talk, "A", (1, 4))
    answer(talk, "B")
    assert now(talk).ending == "third"
    assert not Marking.objects.filter(revised__isnull=False).exists()
    last = Marking.objects.select_related("marker").get(position=3)
    make.submit(last, make.POOR)
    assert Agreement.objects.get().half_marks == 10


def test_a_third_marker_who_marked_after_a_discussion_sees_nothing_of_it() -> None:
    talk = talks.discussion()
    say(talk, "A")
    answer(talk, "A")
    answer(talk, "B")
    last = Marking.objects.select_related("marker", "script__sitting__window").get(position=3)
    assert queries.others_seen_by(last) == []
    with pytest.raises(Http404):
        discussion_queries.get_discussion_for(viewer_of(last.marker, on=AT.date()), talk.pk)


def test_reliability_counts_what_was_given_first() -> None:
    talk = talks.discussion()
    answer(talk, "A", (1, 4))
    answer(talk, "B")
    found = reliability_queries.reliability_in(talk.script.sitting.window)
    assert {one.marker: one.colleague for one in found} == {
        talk.first_marker_id: [(15, 18)], talk.second_marker_id: [(18, 15)],
    }  # fmt: skip


def test_the_same_answer_again_is_one_and_another_is_refused() -> None:
    talk = talks.discussion()
    assert answer(talk, "A", (1, 4))
    assert answer(talk, "A", (1, 4))
    assert DiscussionAnswer.objects.count() == 1
    with pytest.raises(Refused, match="answered already"):
        answer(talk, "A", (1, 4), (2, 4))
    answer(talk, "B")
    assert answer(talk, "A", (1, 4))  # an old page, after the end
    assert len(mails("discussion_answered")) == 2


def test_an_answer_on_an_old_page_waits_for_what_the_other_wrote() -> None:
    talk = talks.discussion()
    say(talk, "B")
    with pytest.raises(Refused, match="Your colleague has written") as refused:
        answer(talk, "A", seen="0:0")
    assert refused.value.code == "discussion.moved"
    assert answer(talk, "A", seen="1:0")


# --- the end by other ways ---------------------------------------------------------------------------
def test_when_the_last_day_has_passed_what_was_answered_counts() -> None:
    talk = talks.discussion()
    answer(talk, "A", (1, 4))
    jobs.end_discussions(LATER - timedelta(days=1))
    assert now(talk).ending == ""
    assert jobs.end_discussions(LATER) == "1 discussions ended"
    assert (now(talk).ending, now(talk).cause) == ("agreed", "time")
    assert Agreement.objects.get().half_marks == 34
    assert jobs.end_discussions(LATER) == "0 discussions ended"


def test_without_any_answer_a_third_marker_decides_after_the_last_day() -> None:
    talk = talks.discussion()
    jobs.end_discussions(LATER)
    assert now(talk).ending == "third"
    assert third()


def test_who_answers_after_the_last_day_ends_it_and_nothing_of_the_answer_is_kept() -> None:
    talk = talks.discussion()
    assert not answer(talk, "A", (1, 4), at=LATER)
    assert (now(talk).ending, now(talk).cause) == ("third", "time")
    assert not say(talk, "B", at=LATER)
    assert not DiscussionAnswer.objects.exists()
    assert not DiscussionMessage.objects.exists()


@pytest.mark.parametrize("what", ["role", "stopped", "conflict", "replaced"])
def test_a_discussion_that_can_not_go_on_ends(what: str) -> None:
    talk = talks.discussion(markers=4)
    script = Script.objects.select_related("sitting__window").get()
    answer(talk, "A", (1, 4))
    if what == "role":
        _end_role(talk.second_marker)
    elif what == "stopped":
        _stop(script.sitting.window, talk.second_marker)
    elif what == "conflict":
        _coach(script, talk.second_marker)
    else:
        Script.objects.update(current=False)
    assert not say(talk, "A")
    ends = {"role": "agreed", "replaced": "fell"}
    assert (now(talk).ending, now(talk).cause) == (ends.get(what, "third"), what)
    assert third() == (now(talk).ending == "third")


def test_the_office_ends_one_with_a_reason_once_and_never_its_own() -> None:
    talk, office = talks.discussion(), factories.member(Role.OFFICE, "Olu Office")
    with pytest.raises(Refused, match="Say why"):
        discussing.end_by_office(discussion=talk, reason=" ", by=office, at=AT)
    with pytest.raises(Refused, match="your own marks"):
        discussing.end_by_office(discussion=talk, reason="Time", by=talk.first_marker, at=AT)
    for _ in range(2):
        discussing.end_by_office(discussion=talk, reason="The board meets.", by=office, at=AT)
    held = now(talk)
    assert (held.ending, held.cause, held.reason, held.ended_by) == (
        "third", "office", "The board meets.", office,
    )  # fmt: skip
    assert Marking.objects.filter(position=3).count() == 1
    with pytest.raises(Refused, match="You ended this discussion on"):
        discussing.end_by_office(discussion=talk, reason="In other words.", by=office, at=AT)
    other = talks.disagree(talks.window(opens_on=date(2025, 10, 7)))[0]
    answer(other, "A")
    answer(other, "B")
    with pytest.raises(Refused, match="both have answered"):
        discussing.end_by_office(discussion=other, reason="Late", by=office, at=AT)


def test_past_its_last_day_the_office_ends_one_as_its_answers_are() -> None:
    talk, office = talks.discussion(), factories.member(Role.OFFICE, "Olu Office")
    answer(talk, "A", (1, 4))
    held = discussing.end_by_office(discussion=talk, reason="It is late.", by=office, at=LATER)
    assert (held.ending, held.cause) == ("agreed", "time")
    assert (Agreement.objects.get().state, third()) == ("agreed", False)


def test_the_office_gives_a_replaced_script_to_nobody() -> None:
    talk, office = talks.discussion(), factories.member(Role.OFFICE, "Olu Office")
    Script.objects.update(current=False)
    held = discussing.end_by_office(discussion=talk, reason="Sent anew.", by=office, at=AT)
    assert (held.ending, third()) == ("fell", False)


def test_other_words_under_a_form_that_was_sent_are_not_lost_without_a_word() -> None:
    talk, key = talks.discussion(), str(uuid.uuid4())
    who = talk.first_marker
    for _ in range(2):
        assert discussing.write_message(discussion=talk, text="One.", form_key=key, by=who, at=AT)
    with pytest.raises(Refused, match="already sent, with other words"):
        discussing.write_message(discussion=talk, text="Two.", form_key=key, by=who, at=AT)
    assert [one.text for one in DiscussionMessage.objects.all()] == ["One."]


def test_while_no_third_marker_is_free_the_place_stays_open() -> None:
    talk = talks.discussion(markers=2)
    answer(talk, "A")
    answer(talk, "B")
    assert now(talk).ending == "third"
    assert queries.progress_of(talk.script.sitting.window).without_third == 1
    factories.member(Role.MARKER, "Bo Marker")
    made = talk.script.sitting.window
    assert actions.allocate_window(window=made, by=made.created_by, at=AT) == 1


# --- marks set aside ---------------------------------------------------------------------------------
def _aside(position: int) -> None:
    marking = Marking.objects.select_related("script__sitting__window").get(position=position)
    moderation.set_aside(marking=marking, reason="They met.", by=factories.member(Role.OFFICE, "O"), at=AT)


@pytest.mark.parametrize("agreed", [False, True])
def test_marks_set_aside_take_the_discussion_with_them_and_first_marks_count_again(agreed: bool) -> None:
    talk = talks.discussion(markers=4)
    answer(talk, "A", (1, 4))
    if agreed:
        answer(talk, "B")
    _aside(2)
    assert (now(talk).ending, now(talk).cause) == ("fell", "aside")
    assert discussion_queries.talk_of(now(talk)) is None
    first = Marking.objects.get(position=1)
    assert (first.revised, first.standing_by_kind) == (None, (9, 6))
    assert not Agreement.objects.exists()
    assert not say(talk, "B")
    again = Marking.objects.select_related("marker").get(position=2)
    make.submit(again, make.GOOD)
    fresh = Discussion.objects.get(ending="")
    assert (fresh.first_marking, fresh.second_marking) == (first.pk, again.pk)


def test_a_third_marking_set_aside_opens_no_second_discussion() -> None:
    talk = talks.discussion(markers=4)
    answer(talk, "A")
    answer(talk, "B")
    make.submit(Marking.objects.select_related("marker").get(position=3), make.POOR)
    _aside(3)
    assert Discussion.objects.get().ending == "third"
    assert Marking.objects.filter(position=3, state="allocated").exists()


# --- what others see ---------------------------------------------------------------------------------
def test_a_window_is_not_moderated_while_a_script_is_discussed() -> None:
    talk = talks.discussion()
    made = talk.script.sitting.window
    with pytest.raises(Refused, match=r"is discussed by its markers until Sun 19 Oct 2025"):
        moderation.open_round(window=made, by=made.created_by, at=AT)
    assert (queries.progress_of(made).discussed, queries.progress_of(made).in_marking) == (1, 0)


def test_a_batch_by_point_goes_by_the_marks_that_stand() -> None:
    talk = talks.discussion()
    answer(talk, "A", (1, 4))
    answer(talk, "B")
    made = talk.script.sitting.window
    opened = moderation.open_round(window=made, by=factories.member(Role.MODERATOR, "Chidi"), at=AT, seed="s")
    of = lambda most: len(batches.markings_meant(opened, batches.Which(point=1, most=most)))  # noqa: E731
    assert (of(3), of(4)) == (0, 2)


def test_a_moderator_may_read_a_discussion_that_stands_and_none_that_is_open() -> None:
    talk = talks.discussion()
    say(talk, "A", "Here.")
    script = Script.objects.get()
    assert discussion_queries.talk_about(script) is None
    answer(talk, "A", (1, 4))
    answer(talk, "B")
    found = discussion_queries.talk_about(script)
    assert found is not None
    assert [one.text for one in found.messages] == ["Here."]


def test_who_marks_no_more_reads_an_old_discussion_and_no_open_one() -> None:
    talk = talks.discussion()
    _end_role(talk.first_marker)
    viewer = viewer_of(talk.first_marker, on=AT.date())
    with pytest.raises(Http404):
        discussion_queries.get_discussion_for(viewer, talk.pk)
    jobs.end_discussions(AT)
    assert discussion_queries.get_discussion_for(viewer, talk.pk).ending == "third"


def test_a_marker_whose_marking_is_paused_is_asked_for_nothing() -> None:
    talk = talks.discussion()
    assert list(discussion_queries.open_for(talk.first_marker)) == [talk]
    _stop(talk.script.sitting.window, talk.first_marker)
    assert list(discussion_queries.open_for(talk.first_marker)) == []
    assert list(discussion_queries.open_for(talk.second_marker)) == [talk]


def _asked(of: Any) -> int:
    with CaptureQueriesContext(connection) as asked:
        of()
    return len(asked)


def test_lists_ask_no_more_where_there_is_more() -> None:
    few, many = talks.window(), talks.window(scripts=3, opens_on=date(2025, 10, 7))
    for made in (few, many):
        talks.disagree(made)
    lists = [
        lambda made: list(discussion_queries.discussions_in(made)),
        lambda made: queries.unfinished_in(made),
        lambda made: discussion_queries.causes(
            Discussion.objects.filter(script__sitting__window=made).select_related("script__sitting"), at=AT
        ),
    ]
    for one in lists:
        assert _asked(lambda one=one: one(few)) == _asked(lambda one=one: one(many))


def test_the_list_of_somebody_takes_one_query() -> None:
    talks.disagree(talks.window(markers=2, scripts=3))
    ben = User.objects.get(name="Ben Marker")
    found: list[Discussion] = []

    def read() -> None:
        found.extend(discussion_queries.open_for(ben))
        assert [one.code and str(one.script.sitting.window.intake) for one in found]

    assert _asked(read) == 1
    assert len(found) == 3
