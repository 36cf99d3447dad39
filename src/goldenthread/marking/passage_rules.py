"""Notes that go with a passage of a script's text: which are taken, and how a text is laid out with them marked.

Places are counted in code points of the text as a marker is shown it, part by part, from 0; `end` is the first one
behind the passage. A browser counts otherwise and translates. No Django, no clock, no settings.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from goldenthread.common.refused import Refused

MOST = 60  # notes of one marking
LONGEST_NOTE = 1000  # characters
LONGEST_QUOTE = 200  # code points that are kept beside a note

Kept = Mapping[str, Any]  # one note as it is kept: part, start, end, note, sha256 of the part's text, quote
SEEN = 12  # hexadecimal digits of a text's digest that tell which text a page has shown
_PLACE = re.compile(rf"(?:([0-9a-f]{{{SEEN}}})@)?(\d{{1,7}}):(\d{{1,7}}):(.{{0,100}})", re.DOTALL)
_LINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Passage:
    """A note at a passage: the key of its part ("" of an undivided text), from, to, what is noted, and the first digits
    of the digest of the part's text as its writer saw it; "" from a page that doesn't tell.
    """

    part: str
    start: int
    end: int
    note: str
    seen: str = ""

    @property
    def place(self) -> tuple[str, int, int]:
        return self.part, self.start, self.end


def sha256_of(text: str) -> str:
    """By what it is known that a text is still the one that passages are counted in."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def place_text(part: str, start: int, end: int, sha256: str = "") -> str:
    """A place as a form carries it, with the digest of the part's text that it is counted in."""
    return f"{sha256[:SEEN]}@{start}:{end}:{part}" if sha256 else f"{start}:{end}:{part}"


def passage_from(text: str, note: str) -> Passage:
    """The same back, with the note at it; refuses what no page has sent."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise _lost()
    return Passage(found[4], int(found[2]), int(found[3]), note, found[1] or "")


def _lost() -> Refused:
    return Refused(
        "One of the notes at passages doesn't fit the script's text. Copy what you wrote, reload the page, and choose "
        "the passage again.",
        code="passage.lost",
    )


def _changed() -> Refused:
    return Refused(
        "What is covered in the script has changed since you opened it, so its text reads otherwise. “Save and stay” "
        "shows it: there choose the passages of your new notes again, move their words, and empty the old ones. Until "
        "then nothing is saved.",
        code="passage.changed",
    )


# --- what is taken -----------------------------------------------------------------------------------
def are_known(passages: Iterable[Passage], kept: Sequence[Kept]) -> bool:
    """Whether all of these are at places that are kept already, so that the text needn't be looked at."""
    return all(_before(one, kept) for one in passages if one.note.strip())


def _before(one: Passage, kept: Iterable[Kept]) -> Kept | None:
    """The note that is kept at the same place of the same text."""
    here = (row for row in kept if (row["part"], row["start"], row["end"]) == one.place)
    return next((row for row in here if row["sha256"].startswith(one.seen)), None)


def to_keep(
    passages: Iterable[Passage], kept: Sequence[Kept], texts: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The notes as they are kept, in the order of the text; a note without words goes. `texts` are those of the parts,
    in their order, and may be empty where every place is known.

    Refuses, naming what is wrong: a part or a place that the text hasn't, a new place in a text that reads otherwise by
    now, a passage without a letter, notes that are too long or too many.
    """
    found = []
    for one in passages:
        note = one.note.strip()
        if not note:
            continue
        before = _before(one, kept)
        if len(note) > LONGEST_NOTE:
            words = f"Shorten the note at “{_quoted(one, before, texts)}” to {LONGEST_NOTE:,} characters."
            raise Refused(words, code="passage.long")
        found.append({**before, "note": note} if before else _fresh(one, note, texts))
    if len(found) > MOST:
        raise Refused(
            f"There can be {MOST} notes at passages. Take some out, or say it in the comment.",
            code="passage.many",
        )
    order = {part: number for number, part in enumerate(texts)}
    order |= {one["part"]: order.get(one["part"], one.get("order", 0)) for one in found}
    return sorted(found, key=lambda one: (order[one["part"]], one["start"], one["end"]))


def _fresh(one: Passage, note: str, texts: Mapping[str, str]) -> dict[str, Any]:
    text = texts.get(one.part)
    if text is not None and not sha256_of(text).startswith(one.seen):
        raise _changed()
    if text is None or not 0 <= one.start < one.end <= len(text):
        raise _lost()
    quote = text[one.start : one.end]
    if not quote.strip():
        raise Refused("Choose a passage with words in it.", code="passage.blank")
    return {
        "part": one.part, "start": one.start, "end": one.end, "note": note, "sha256": sha256_of(text),
        "quote": shortened(quote), "order": list(texts).index(one.part),
    }  # fmt: skip


def _quoted(one: Passage, before: Kept | None, texts: Mapping[str, str]) -> str:
    return str(before["quote"]) if before else shortened(texts.get(one.part, "")[one.start : one.end])


def shortened(quote: str) -> str:
    """The words of a passage on one line, the first of them where there are many."""
    line = " ".join(quote.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 2].rstrip() + " …"


# --- how a text is laid out --------------------------------------------------------------------------
@dataclass(frozen=True)
class Piece:
    """A stretch of a line that the same passages cover: their numbers, and those that end with it."""

    text: str
    numbers: tuple[int, ...] = ()
    ending: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of a paragraph, from which code point of the part's text on."""

    start: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Paragraph:
    """Lines without an empty one between them, from and to in code points."""

    start: int
    end: int
    lines: tuple[Line, ...]


Span = tuple[int, int, int]  # number, from, to


def lay_out(text: str, spans: Iterable[Span] = ()) -> list[Paragraph]:
    """A text paragraph by paragraph and line by line, cut where passages begin and end; they may overlap."""
    marked = list(spans)
    paragraphs: list[list[tuple[int, int]]] = [[]]
    start = 0
    for found in [*_LINE.finditer(text), None]:
        end = found.start() if found else len(text)
        if text[start:end].strip():
            paragraphs[-1].append((start, end))
        elif paragraphs[-1]:
            paragraphs.append([])
        start = found.end() if found else end
    return [
        Paragraph(lines[0][0], lines[-1][1], tuple(_line(text, *line, marked) for line in lines))
        for lines in paragraphs
        if lines
    ]


def _line(text: str, start: int, end: int, spans: Sequence[Span]) -> Line:
    here = [span for span in spans if span[1] < end and span[2] > start]
    cuts = {start, end}
    for _, first, last in here:
        cuts |= {max(first, start), min(last, end)}
    places = sorted(cuts)
    pieces = []
    for first, last in pairwise(places):
        over = tuple(number for number, begins, ends in here if begins <= first and ends >= last)
        # A passage ends where its last words are, be it that spaces follow.
        words = text[first:last].strip()
        ending = tuple(n for n, _, ends in here if words and n in over and not text[last:ends].strip())
        pieces.append(Piece(text[first:last], over, ending))
    return Line(start, tuple(pieces))
