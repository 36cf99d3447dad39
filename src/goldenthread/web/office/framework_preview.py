"""A framework text as it is looked at before it is taken in: every word of it, what is cut off, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from goldenthread.catalogue.framework_cells import Bullet, Group
from goldenthread.catalogue.framework_import import whole_group
from goldenthread.catalogue.framework_numbers import Numbered
from goldenthread.catalogue.framework_text import Area, FrameworkText, spans

TITLE_ONLY = "Title only"  # nothing is lost of it that the text had


@dataclass(frozen=True)
class Row:
    """A *learn that* statement, or the numbers that are missing before the next one."""

    statement: Numbered | None = None
    missing: str = ""


@dataclass(frozen=True)
class Practice:
    """A *learn how to* heading; `doubt` is what to say beside it, "" where heading and bullets are whole."""

    heading: str
    doubt: str
    bullets: Sequence[Bullet]


@dataclass(frozen=True)
class Preview:
    """One table of the text; `unfolded` where a part of it is cut off or missing."""

    area: Area
    rows: list[Row]
    practices: list[Practice]
    counts: str

    @property
    def unfolded(self) -> bool:
        doubts = {one.doubt for one in self.practices} - {"", TITLE_ONLY}
        return bool(self.area.fragments or self.area.missing or doubts)


def previews(text: FrameworkText) -> list[Preview]:
    """The tables of a text, each with its words."""
    return [
        Preview(area, _rows(area), [_practice(one) for one in area.learn_how_to], _counts(area))
        for area in text.areas
    ]


def _rows(area: Area) -> list[Row]:
    rows, last = [], 0
    for one in area.learn_that:
        gap = spans(range(last + 1, one.number))
        rows += [Row(missing=gap[0])] if gap else []
        rows.append(Row(one))
        last = one.number
    return rows


def _practice(group: Group) -> Practice:
    if not group.complete:
        doubt = "Cut off" if not group.doubt else f"Another heading may begin at “{group.doubt}”"
    elif group.heading.endswith(":") and not group.bullets:
        doubt = TITLE_ONLY
    else:
        doubt = "" if whole_group(group) else "A bullet is cut off"
    return Practice(group.heading or "(no heading)", doubt, group.bullets)


def _counts(area: Area) -> str:
    """ "7 whole, 1 fragment, 2 to 6 missing; 3 practice headings"."""
    cut, heads = len(area.fragments), len(area.learn_how_to)
    parts = [f"{len(area.complete)} whole"]
    parts += [f"{cut} fragment{'s' * (cut != 1)}"] if cut else []
    parts += [f"{', '.join(spans(area.missing))} missing"] if area.missing else []
    return f"{', '.join(parts)}; {heads} practice heading{'s' * (heads != 1)}"
