"""What stands around the tables of a framework text: whose it is, what contradicts that, what is left blank. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from goldenthread.catalogue.framework_source import Line
from goldenthread.catalogue.programmes import Programmes

_CODE = re.compile(r"\bNPQ[A-Z]{1,4}\b")
_PICTURE = re.compile(r"\W*\.?(?:png|gif|jpe?g|svg|webp|bmp|tiff?)\W*", re.IGNORECASE)
_BULLET = re.compile(r"[-–*●•▪◦‣■□➢·∙]")
HEADING_LENGTH = 60


class Note(NamedTuple):
    """Something that a person should look at: the line (0 for the whole) and what it is."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


@dataclass(frozen=True, slots=True)
class Known:
    """A programme that the catalogue knows: its code, the words of its title, its areas in order."""

    code: str
    titles: tuple[str, ...]
    areas: tuple[str, ...] = ()


def known_programmes(
    programmes: Programmes, areas: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Known, ...]:
    """The programmes of the catalogue as framework texts name them; `areas` outweigh the catalogue's, by code."""
    return tuple(
        Known(
            one.code,
            tuple(
                dict.fromkeys(
                    (one.name.partition(" for ")[2] or one.name, one.short_name.removeprefix("NPQ "))
                )
            ),
            (areas or {}).get(one.code, one.content_areas),
        )
        for one in programmes.programmes
    )


def programme_of(outside: Sequence[Line], known: Sequence[Known]) -> tuple[str, tuple[Note, ...]]:
    """The code of the programme that a text speaks of, and a note for each heading that names another (S2-01).

    A code in the text outweighs a title in a heading. "" where neither says anything.
    """
    codes = Counter(
        code for line in outside for code in _CODE.findall(line.text) if code in {k.code for k in known}
    )
    named = [(line, found) for line in outside if (found := _titled(line.text, known))]
    titles = Counter(code for _, code in named)
    if not codes and not titles:
        return "", ()
    code = (codes or titles).most_common(1)[0][0]
    notes = [
        Note(line.number, f"this heading names {found}, while the text speaks of {code}; {code} is taken")
        for line, found in named
        if found != code and len(line.text) <= 2 * HEADING_LENGTH
    ]
    return code, tuple(notes)


def _titled(text: str, known: Sequence[Known]) -> str:
    """The programme whose title is the longest that a heading holds; "" for a line that is no heading."""
    plain = text.strip()
    if len(plain) > 2 * HEADING_LENGTH or plain.endswith("."):
        return ""
    found = [(len(title), one.code) for one in known for title in one.titles if _holds(plain, title)]
    return max(found)[1] if found else ""


def _holds(text: str, title: str) -> bool:
    return bool(re.search(rf"\b{re.escape(title)}\b", text, re.IGNORECASE))


def notes_of(outside: Sequence[Line], headings: Iterable[int], known: Sequence[Known]) -> tuple[Note, ...]:
    """Blank sections, what is left of pictures, and paragraphs that begin in mid-sentence (S2-17).

    `headings` are the numbers of the lines that stand before a table, so that something follows them.
    """
    before_table, found = set(headings), []
    solid = [line for line in outside if not _PICTURE.fullmatch(line.text.strip())]
    for line in outside:
        if _PICTURE.fullmatch(line.text.strip()):
            found.append(
                Note(line.number, f"“{line.text.strip()}” is what is left of a picture; it is dropped")
            )
    for place, line in enumerate(solid):
        following = solid[place + 1] if place + 1 < len(solid) else None
        between = following is None or any(line.number < at < following.number for at in before_table)
        empty = _is_title(following.text, known) or _is_heading(following.text, known) if following else True
        if _is_heading(line.text, known) and empty and not between:
            found.append(Note(line.number, f"“{line.text.strip()}” has nothing under it: to be filled in"))
        if _begins_inside(line, solid[place - 1] if place else None, known):
            found.append(
                Note(line.number, "this paragraph begins in mid-sentence; its beginning is not in the text")
            )
    return tuple(sorted(found))


def _is_title(text: str, known: Sequence[Known]) -> bool:
    """Whether a line is short and names a programme."""
    if len(text) > 2 * HEADING_LENGTH or text.rstrip().endswith("."):
        return False
    return bool(_CODE.search(text) or _titled(text, known) or "National Professional Qualification" in text)


def _is_heading(text: str, known: Sequence[Known]) -> bool:
    plain = text.strip()
    return (
        len(plain) <= HEADING_LENGTH
        and plain[:1].isupper()
        and "|" not in plain
        and plain[-1] not in ".:;,"
        and not _BULLET.match(plain)
        and not _is_title(plain, known)
    )


def _begins_inside(line: Line, before: Line | None, known: Sequence[Known]) -> bool:
    plain = line.text.strip()
    if not plain[:1].islower() or "|" in plain or _is_title(plain, known) or len(plain.split()) < 4:
        return False
    return before is None or before.text.rstrip()[-1:] in ".:!?" or _is_title(before.text, known)
