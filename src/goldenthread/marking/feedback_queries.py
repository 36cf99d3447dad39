"""The markers' words that a participant reads with a result, never with a name."""

from collections.abc import Iterable

from goldenthread.marking.feedback_rules import Spoken, Words, read_kept
from goldenthread.marking.models import Marking


def spoken_of(
    submitted: Iterable[Marking], *, remark: int | None = None
) -> tuple[list[Spoken], list[Spoken]]:
    """What the markers of a script wrote for its author, in its `submitted` markings: first what goes with the result
    that stands, then what went with the one before it. No query.

    Where an appeal's re-mark, at the position `remark`, gave the result, its words stand alone and those of the first
    markers are from before; else these are all there is, the deciding one first.
    """
    markings = {one.position: one for one in submitted}
    written = [markings[position] for position in (3, 1, 2) if position in markings]
    alone = len(written) == 1
    first = [
        spoken_as(one, "" if alone else f"Marker {number}") for number, one in enumerate(written, start=1)
    ]
    return ([spoken_as(markings[remark], "")], first) if remark in markings else (first, [])


def spoken_as(marking: Marking, who: str = "") -> Spoken:
    """What a marker wrote in one marking, under what they are called by who reads it."""
    whole = Words(marking.feedback, marking.next_step)
    return Spoken(who, whole, read_kept(marking.by_kind), marking.evidence)
