"""In the marking of a window: a discussion in which Maya's answer is awaited, and one that came to an agreement."""

import uuid
from datetime import datetime, timedelta

from goldenthread.assessment.models import Window
from goldenthread.marking import actions as marking
from goldenthread.marking import discussing, discussion_queries
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.feedback_rules import Feedback, Words
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_queries import stopped_in
from goldenthread.marking.rules import Kind
from goldenthread.people.models import User

FEEDBACK = Feedback(
    by_kind={
        Kind.LEARN_THAT: Words(
            "You begin with what pupils can do already, and say how you know.",
            "Say what is known about why the second step is hard.",
        ),
        Kind.LEARN_HOW_TO: Words(
            "The first lesson is planned down to its questions.",
            "Say for whom the second step is hard, and what you would do then.",
        ),
    }
)
THEIRS = (
    "I read the second part as a reason and not only as a description: it says what pupils gain by recalling before "
    "they read on. Do you see that too?"
)
OURS = "I looked for it in the third part, where the scheme has it. I will read the second part again."
WHY = "The reason stands in the second part; I had looked for it in the third."


def show(window: Window, *, cast: dict[str, User], at: datetime) -> None:
    """Maya marks one more script, and far from her colleague; both write. Of the others' discussions one is over."""
    over = Discussion.objects.filter(script__sitting__window=window, ending="").order_by("pk").first()
    if over is not None:
        _agree(over, at=at)
    one = _beside_a_colleague(window, cast["maya"])
    if one is None:
        return
    theirs = Marking.objects.get(script=one.script_id, position=3 - one.position)
    marking.submit_marks(
        marking=one, entered=marking.Entered(_far_from(theirs), "", FEEDBACK), by=one.marker, at=at
    )
    talk = Discussion.objects.filter(script=one.script_id, ending="").first()
    if talk is None:
        return
    _write(talk, THEIRS, by=theirs.marker, at=at + timedelta(minutes=20))
    _write(talk, OURS, by=one.marker, at=at + timedelta(minutes=40))


def _beside_a_colleague(window: Window, marker: User) -> Marking | None:
    """An open marking of hers on a script that a colleague, who isn't stopped, has marked."""
    mine = Marking.objects.filter(
        script__sitting__window=window, marker=marker, state="allocated", position__lte=2
    )
    beside = mine.filter(script__markings__state="submitted").exclude(
        script__markings__marker__in=stopped_in(window.pk)
    )
    return beside.select_related("marker").order_by("pk").first()


def _far_from(theirs: Marking) -> dict[int, int | None]:
    """One mark fewer at each point, or more where that is too little."""
    fewer: dict[int, int | None] = {int(number): max(0, mark - 1) for number, mark in theirs.marks.items()}
    if sum(theirs.marks.values()) - sum(mark or 0 for mark in fewer.values()) > 3:
        return fewer
    return {number: (mark or 0) + 2 for number, mark in fewer.items()}


def _write(talk: Discussion, text: str, *, by: User, at: datetime) -> None:
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"discussion {talk.pk} {by.pk} {text}")
    discussing.write_message(discussion=talk, text=text, form_key=str(key), by=by, at=at)


def _agree(talk: Discussion, *, at: datetime) -> None:
    """The first marker sees it as the second does, who stands by their marks."""
    _write(talk, THEIRS, by=talk.second_marker, at=at)
    found = discussion_queries.talk_of(talk)
    if found is None:
        return
    first, second = found.sides[1].marks, found.sides[2].marks
    after: dict[int, int | None] = {int(number): mark for number, mark in second.items()}
    reasons = {int(number): WHY for number, mark in second.items() if first[number] != mark}
    for position, stand, said, by in (
        (1, False, reasons, talk.first_marker),
        (2, True, {}, talk.second_marker),
    ):
        seen = discussion_queries.talk_of(talk)
        discussing.answer(
            discussion=talk, marks=after, reasons=said, stand=stand, seen=seen.seen_by(position) if seen else "",
            by=by, at=at + timedelta(minutes=10 * position),
        )  # fmt: skip
