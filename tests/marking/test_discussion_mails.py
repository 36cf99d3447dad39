"""Whoever hasn't answered in a discussion is reminded, and both are told when it ends without them."""

from datetime import date, timedelta

import pytest

from goldenthread.common.models import OutboxMessage
from goldenthread.marking import discussion_rules, jobs
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions as moderation
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests.factories_discussions import answer

pytestmark = pytest.mark.django_db
AT = make.CLOSED
LATER = AT + timedelta(days=6)  # the last day, the fifth, has passed


def now(talk: Discussion) -> Discussion:
    return Discussion.objects.get(pk=talk.pk)


def mails(template: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template=template).order_by("pk"))


def test_who_has_not_answered_is_reminded_once_before_the_last_day() -> None:
    talk = talks.discussion()  # until the fifth day
    answer(talk, "A")
    for days, mails_then in ((0, 0), (3, 0), (4, 1), (5, 1)):
        jobs.remind_of_discussions(AT + timedelta(days=days))
        assert len(mails("discussion_reminder")) == mails_then
    assert mails("discussion_reminder")[0].payload["to"] == talk.second_marker.email


@pytest.mark.parametrize(
    ("opened", "until", "day", "due"),
    [(0, 1, 0, False), (0, 1, 1, True), (0, 5, 3, False), (0, 5, 4, True), (0, 5, 6, False)],
)
def test_nobody_is_reminded_on_the_day_of_the_invitation(
    opened: int, until: int, day: int, due: bool
) -> None:
    first = date(2025, 10, 14)
    days = [first + timedelta(days=one) for one in (opened, until, day)]
    assert discussion_rules.is_to_remind(*days) is due


def test_both_are_told_when_time_is_over_without_an_answer() -> None:
    talk = talks.discussion()
    answer(talk, "A")
    for _ in range(2):
        jobs.end_discussions(LATER)
    told = {one.payload["to"] for one in mails("discussion_over")}
    assert told == {talk.first_marker.email, talk.second_marker.email}


def test_both_are_told_when_marks_are_set_aside() -> None:
    talk = talks.discussion(markers=4)
    marking = Marking.objects.get(position=1)
    moderation.set_aside(marking=marking, reason="Coach", by=marking.script.sitting.window.created_by, at=AT)
    assert len(mails("discussion_over")) == 2
    assert now(talk).ending == "fell"


def test_nobody_gets_that_mail_when_both_have_answered() -> None:
    talk = talks.discussion()
    answer(talk, "A")
    answer(talk, "B")
    assert now(talk).ending
    assert not mails("discussion_over")
