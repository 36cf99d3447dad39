"""Reads a PDF page by page: its text, and how much of each page is a picture; says which pages are scans.

A scan is seldom a page without any text: a stamp, a page number or the scanner's own line stands on it. So a page is
judged by both: one that is mostly a picture and has no more than a few words is a scanned page.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import LimitReachedError

from goldenthread.common import containers
from goldenthread.common.containers import Meter, meter, pdf_limits, refuse, refuse_bomb, refuse_damaged
from goldenthread.common.refused import Refused

FEW_WORDS = 25  # a stamp, a page number, a scanner's line
MOSTLY = 0.5  # of a page
LONG_TEXT = 10_000  # characters: who has read so many knows that it is a text, and no bomb
FULLEST_PAGE = 12_000  # characters: no page that is printed holds more
_WORD = re.compile(r"\S*[^\W_]\S*")
_UNIT = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Page:
    """A page: its text, and its pictures, each with the share of the page that it covers, from 0 to 1."""

    text: str
    pictures: dict[int, float]
    drawn: bool = False  # whether it draws anything that is kept apart, a picture or a form

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.text))

    def covered(self, *, but_for: frozenset[int] = frozenset()) -> float:
        """The share of the page that its pictures cover, without those of which the numbers are given."""
        return min(1.0, sum(share for number, share in self.pictures.items() if number not in but_for))

    @property
    def may_be_a_scan(self) -> bool:
        """Whether it has few words under a picture; of a whole document `scanned` knows better."""
        return self.words <= FEW_WORDS and self.covered() >= MOSTLY


def read_pages(reader: PdfReader, *, most: int | None = None) -> Iterator[Page]:
    """Each page, read one at a time; refuses "file.bomb", "file.damaged", and "file.too_long" where so much text was
    read that length is what stands in the way; also more than `most` characters, if that is given.
    """
    work, length, found = meter(), 0, 0
    number, pages = 0, len(reader.pages)
    try:
        for number, page in enumerate(reader.pages, start=1):
            read = _read(page, work)
            work.end_page()
            length, found = length + len(read.text), found + read.words
            if most is not None and length > most:
                _refuse_length(number, pages, found)
            yield read
    except Refused as refused:
        if refused.code == "file.bomb" and LONG_TEXT <= length <= number * FULLEST_PAGE:
            _refuse_length(number, pages, found)
        raise


def _refuse_length(number: int, pages: int, found: int) -> None:
    refuse(
        "file.too_long",
        f"This PDF has {pages:,} page{'' if pages == 1 else 's'}. At page {number:,} we stopped reading, after some "
        f"{found:,} words: that is far more than a response may have. Take out what does not belong to your response, "
        "save it as a new PDF, and choose that one.",
    )


def scanned(pages: Sequence[Page]) -> frozenset[int]:
    """The numbers of the pages that are scans, the first is 1: mostly a picture, with no more than a few words.

    A picture that also lies behind a page of text is its background, and makes no page a scan.
    """
    behind_text = frozenset(number for page in pages if page.words > FEW_WORDS for number in page.pictures)
    return frozenset(
        number
        for number, page in enumerate(pages, start=1)
        if page.words <= FEW_WORDS and page.covered(but_for=behind_text) >= MOSTLY
    )


def has_text(reader: PdfReader) -> bool:
    """Whether any page has text that is more than what stands on a scan; reads no further than it must."""
    pages = []
    for page in read_pages(reader):
        if page.words and not page.may_be_a_scan:
            return True
        pages.append(page)
    return False


def _read(page: PageObject, work: Meter) -> Page:
    watch = _Watch(page, work)
    try:
        with pdf_limits():
            contents = page.get_contents()
            if contents is not None and len(contents.get_data()) > containers.MAX_PAGE_BYTES:
                refuse_bomb()
            text = page.extract_text(visitor_operand_before=watch.before, visitor_operand_after=watch.after)
    except Refused:
        raise
    except LimitReachedError:
        refuse_bomb()
    except Exception:
        refuse_damaged()
    return Page(text, watch.shares(), watch.drawn)


class _Watch:
    """Sees where pictures are drawn while the text of a page is read; what it can't understand covers nothing."""

    def __init__(self, page: PageObject, work: Meter) -> None:
        self.page, self.work = page, work
        self.areas: dict[int, float] = {}
        self.scopes: list[tuple[Any, float]] = [(page.get("/Resources"), 1.0)]
        self.drawn = _draws(page)

    def before(self, operator: bytes, operands: Any, matrix: Any, _text: Any) -> None:
        """An operator is about to be read, with the matrix that holds for it."""
        self.work.step(operator)
        if operator == b"Do":
            self.scopes.append(self._entered(operands, matrix))
        elif operator == b"INLINE IMAGE":
            self._cover(-1 - len(self.areas), _size(matrix) * self.scopes[-1][1])

    def after(self, operator: bytes, *_rest: Any) -> None:
        """It was read, with all that is inside."""
        if operator == b"Do" and len(self.scopes) > 1:
            self.scopes.pop()

    def shares(self) -> dict[int, float]:
        """The share of the page that each picture covers."""
        try:
            box = self.page.cropbox
            whole = abs(float(box.width) * float(box.height))
        except Exception:
            return {}
        return {number: min(1.0, area / whole) for number, area in self.areas.items()} if whole else {}

    def _entered(self, operands: Any, matrix: Any) -> tuple[Any, float]:
        """The resources and the scale inside of what is drawn; a picture is noted."""
        resources, scale = self.scopes[-1]
        try:
            named = resources.get_object()["/XObject"].get_object()
            one = named[operands[0]].get_object()
            size = _size(matrix) * scale
            if one["/Subtype"] == "/Image":
                raw = named.raw_get(operands[0])
                self._cover(getattr(raw, "idnum", id(one)), size)
                return resources, scale
            return one.get("/Resources", resources), size * _size(one.get("/Matrix", _UNIT))
        except Exception:
            return resources, scale

    def _cover(self, number: int, area: float) -> None:
        self.areas[number] = self.areas.get(number, 0.0) + area


def _size(matrix: Any) -> float:
    """How large a unit of area is under a matrix."""
    a, b, c, d = (float(value) for value in list(matrix)[:4])
    return abs(a * d - b * c)


def _draws(page: PageObject) -> bool:
    """Whether a page draws a picture or a form; one of which that can't be read is taken to."""
    try:
        resources = page.get("/Resources")
        drawn = resources.get_object().get("/XObject") if resources is not None else None
        return drawn is not None and len(drawn.get_object()) > 0
    except Exception:
        return True
