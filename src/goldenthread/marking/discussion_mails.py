"""Mails to the two of a discussion beside those of what they do: before its last day, and when it is over."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from goldenthread.common import clock, mail
from goldenthread.common.days import day_text
from goldenthread.marking import discussion_rules, queries
from goldenthread.marking.discussion_models import Discussion, DiscussionAnswer
from goldenthread.people.models import User


def tell_over(discussions: Sequence[Discussion], *, at: datetime) -> None:
    """A mail to each of the two of discussions that ended before both had answered, if they are markers still. Few
    queries, however many discussions. Each comes with script and sitting.
    """
    _send("over", discussions, answered=set(), at=at)


def remind(discussions: Sequence[Discussion], *, at: datetime) -> int:
    """A mail to who hasn't answered in discussions whose last day is tomorrow or today, once; how many of these there
    are. Few queries, however many. Each comes with script and sitting.
    """
    day = clock.day_of(at)
    due = [
        one
        for one in discussions
        if discussion_rules.is_to_remind(clock.day_of(one.opened_at), one.until_on, day)
    ]
    rows = DiscussionAnswer.objects.filter(discussion__in=due).order_by()
    return _send("reminder", due, answered=set(rows.values_list("discussion_id", "by_id")), at=at)


def _send(
    what: str, discussions: Iterable[Discussion], *, answered: set[tuple[int, int]], at: datetime
) -> int:
    wanted = [
        (one, pk)
        for one in discussions
        for pk in (one.first_marker_id, one.second_marker_id)
        if (one.pk, pk) not in answered
    ]
    still = set(queries.markers_on(clock.day_of(at))) if wanted else set()
    people = User.objects.in_bulk({pk for _, pk in wanted if pk in still})
    letters = {
        f"discussion-{what}:{one.pk}:{pk}": (
            people[pk].email,
            {
                "name": people[pk].get_short_name(),
                "code": one.code,
                "number": one.pk,
                "until": day_text(one.until_on),
            },
        )
        for one, pk in wanted
        if pk in people
    }
    mail.send_many(f"discussion_{what}", letters, at=at)
    return len(letters)
