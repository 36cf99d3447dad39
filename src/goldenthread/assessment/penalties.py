"""Who handed in more words than a window takes, where marks are taken off for that as its policy says."""

from django.db.models import OuterRef, QuerySet, Subquery

from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.penalty_models import PenaltyWaiver
from goldenthread.assessment.rules.policies import Length, counting_in
from goldenthread.catalogue.policies import Over


def costs_marks(window: Window) -> bool:
    """Whether too many words cost marks in a window by its own policy, and not by what people do. No query."""
    counting = counting_in(window.policies)
    return counting.over is Over.PENALTY and counting.marks_off is not None


def too_long(window: Window, sitting_id: int | None = None) -> dict[int, Length]:
    """The lengths, by sitting, of the scripts that count and have too many words, where that costs marks.

    One query, and none where it costs nothing. The limit is each person's own, with the words that were granted; where
    two of the office let fewer of the words too many cost marks, or none, the length says how many.
    """
    if not costs_marks(window) or window.word_limit is None:
        return {}
    most = counting_in(window.policies).most(window.word_limit)
    scripts = Script.objects.filter(sitting__window=window, current=True, words__gt=most)
    if sitting_id is not None:
        scripts = scripts.filter(sitting=sitting_id)
    rows = with_charged(scripts).order_by("pk").values_list("sitting_id", *CHARGE)
    found = {sitting: length_of(window, *row) for sitting, *row in rows}
    return {sitting: length for sitting, length in found.items() if length}


CHARGE = (
    "words",
    "sitting__extra_words",
    "charged",
)  # of a script from `with_charged`, as `length_of` takes them


def with_charged(scripts: QuerySet[Script]) -> QuerySet[Script]:
    """Scripts with how many of their words too many cost marks, where two of the office let fewer do: `charged`."""
    approved = PenaltyWaiver.objects.filter(script=OuterRef("pk"), state="approved")
    return scripts.annotate(charged=Subquery(approved.order_by("-decided_at", "-pk").values("words")[:1]))


def length_of(window: Window, words: int, extra: int, charged: int | None) -> Length | None:
    """The length of a script of a window whose policy takes marks off; None of one that is short enough. No query."""
    if window.word_limit is None:
        return None
    length = Length(words, window.word_limit + extra, counting_in(window.policies), charged)
    return length if length.excess else None


def too_long_of(window: Window, sitting_id: int) -> Length | None:
    """The same for one sitting; None where nothing is taken off. One query, and none where it costs nothing."""
    return too_long(window, sitting_id).get(sitting_id)
