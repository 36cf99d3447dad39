"""Scripts whose two markers don't agree, in a window whose policy asks them to discuss it first."""

import uuid
from datetime import date, datetime
from typing import Any

from goldenthread.assessment.models import Window
from goldenthread.marking import actions as marking
from goldenthread.marking import discussing, discussion_queries
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_rules import Apart
from goldenthread.people.models import User
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.kept_scenes import kept

AT = make.CLOSED


@kept
def window(*, markers: int = 3, scripts: int = 1, opens_on: date = make.OPENS, **figures: Any) -> Window:
    """A window whose markers discuss what doesn't agree; its scripts are handed in."""
    made = make.window(opens_on=opens_on)
    make.markers(markers)
    for _ in range(scripts):
        make.sitting(made)
    quality.policy(made, **{"apart": Apart.DISCUSSION, **figures})
    return made


@kept
def disagree(
    made: Window, first: dict[int, int | None] = make.FAIR, second: dict[int, int | None] = make.GOOD
) -> list[Discussion]:
    """Allocate; of every script the first marker gives 15 marks and the second 18, unless said. The discussions."""
    marking.allocate_window(window=made, by=made.created_by, at=AT)
    rows = Marking.objects.filter(script__sitting__window=made, position__lte=2)
    for one in rows.select_related("marker").order_by("pk"):
        make.submit(one, first if one.position == 1 else second)
    return list(
        Discussion.objects.filter(script__sitting__window=made)
        .select_related("first_marker", "second_marker")
        .order_by("script__sitting__code")
    )


@kept
def discussion(*, markers: int = 3, **figures: Any) -> Discussion:
    """One script that its two markers are to discuss; a third marker is free."""
    return disagree(window(markers=markers, **figures))[0]


def marker_of(talk: Discussion, letter: str) -> User:
    """Who is called by this letter."""
    return talk.first_marker if letter == "A" else talk.second_marker


@kept
def say(
    talk: Discussion, letter: str, text: str = "Where do you see that?", *, key: str = "", at: datetime = AT
) -> bool:
    """A message of one of the two."""
    return discussing.write_message(
        discussion=talk, text=text, form_key=key or str(uuid.uuid4()), by=marker_of(talk, letter), at=at
    )


@kept
def answer(
    talk: Discussion, letter: str, *changed: tuple[int, int], seen: str | None = None, at: datetime = AT
) -> bool:
    """The answer of one of the two: stand by their marks, or give these points (point, mark) other marks."""
    position = "AB".index(letter) + 1
    found = discussion_queries.talk_of(Discussion.objects.get(pk=talk.pk))
    before = Marking.objects.get(pk=talk.markings[position]).marks
    marks: dict[int, int | None] = {int(number): mark for number, mark in before.items()}
    return discussing.answer(
        discussion=talk,
        marks={**marks, **dict(changed)},
        reasons={point: f"I read point {point} again." for point, _ in changed},
        stand=not changed,
        seen=seen if seen is not None else found.seen_by(position) if found else "0:0",
        by=marker_of(talk, letter),
        at=at,
    )
