"""To which part of the response a mark point belongs, and the marks of each part (S0-42)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goldenthread.assessment.rules.schemes import Point
from goldenthread.assessment.rules.writing import Part
from goldenthread.common.refused import Refused

WHOLE = "Whole response"


@dataclass(frozen=True)
class PartMarks:
    """The marks of one part: half marks earned, and whole marks that there are to earn."""

    name: str
    half_marks: int
    maximum: int


@dataclass(frozen=True)
class Asked:
    """What a mark point asks about a part: its number, the part's key ("" for the whole) and its maximum."""

    number: int
    part: str
    maximum: int


def check_parts(parts: Sequence[Part], points: Iterable[Point]) -> None:
    """Refuse a mark point that belongs to a part which the response of this version doesn't have."""
    keys = {part.key for part in parts}
    for point in points:
        if point.part and point.part not in keys:
            choose = (
                f"choose {_either([part.title for part in parts])}, or the whole response"
                if parts
                else "leave it to the whole response, which has no parts in this version"
            )
            raise Refused(
                f"Mark point {point.number} belongs to “{point.part}”, which is no part of this response: {choose}.",
                code="scheme.part",
            )


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def part_names(parts: Sequence[Part], keys: Iterable[str]) -> dict[str, str]:
    """What people read beside mark points of these keys: "4 Implementation steps", or that they are for the whole.

    Nothing where none of them is of a part: then nobody need be told.
    """
    known = {part.key: f"{part.number} {part.title}" for part in parts}
    used = set(keys)
    if not used & set(known):
        return {}
    return {key: known.get(key, WHOLE) for key in used}


def marks_by_part(
    parts: Sequence[Part], points: Iterable[Asked], earned: Mapping[int, int]
) -> tuple[PartMarks, ...]:
    """The marks of each part that points belong to, in order, and last those for the whole response, if there are any.

    `earned` holds half marks by point number. Nothing where no point belongs to a part.
    """
    asked = list(points)
    names = part_names(parts, [point.part for point in asked])
    if not names:
        return ()
    found = []
    for name in dict.fromkeys([*(f"{part.number} {part.title}" for part in parts), WHOLE]):
        own = [point for point in asked if names[point.part] == name]
        if own:
            half_marks = sum(earned.get(point.number, 0) for point in own)
            found.append(PartMarks(name, half_marks, sum(point.maximum for point in own)))
    return tuple(found)
