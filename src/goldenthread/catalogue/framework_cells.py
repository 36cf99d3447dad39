"""Cuts the text of a *learn how to* column into headings with their bullets. Pure.

Says of each piece whether it is whole. In doubt it is not: a fragment that passes for official harms somebody, a
whole sentence that waits for a person's eye harms nobody.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from goldenthread.catalogue.framework_source import FrameworkTextError, Line

MOST_ITEMS = 1_000
NARROW = 3  # nothing begins inside the first characters of a piece
MOST_INITIAL = 2  # "A." is no sentence
NEAR = 60  # characters of context; enough for a word and its signs
CLOSERS = "”’\"')]"
BULLETS = "●•▪◦‣■□➢·∙"

_ENDS = re.compile(rf"[.!?][{re.escape(CLOSERS)}]*$")
_ELLIPSIS = re.compile(rf"(?:…|\.\.)[{re.escape(CLOSERS)}]*$")
_SHORT = re.compile(
    r"(?:^|[\s(\[“‘\"'])(?:[a-z]\.(?:[a-z]\.)?|[A-Z]\.|cf\.|vs\.|viz\.|al\.|fig\.|pp?\.|Drs?\.|Mrs?\.|Ms\.|St\.)$"
)
_NUMBERED = re.compile(r"\(?(\d{1,2})[.)]\s+(?=[“‘\"'(]?[A-Z])")
_BEFORE_NUMBER = re.compile(r"(?<=[.:;!?])[^\S\n](?=\(?\d{1,2}[.)]\s+[A-Z])")
_INNER_END = re.compile(r"[.!?]\s+[A-Z]")
_ANY_BULLET = re.compile(f"[{BULLETS}]")
LONGEST_HEADING = 6  # lines
_LISTED = re.compile(r"(?<!\S)(?:\d{1,2}|[a-z]|[ivx]{2,4})\)\s")
_BULLET = re.compile(rf"[{BULLETS}]\s*|(?<![^\n])(?:[-–*]|o(?=\s))\s+")
STARTERS = frozenset(
    "Adapt Adopt Agree Align Allow Analyse Apply Ask Assess Audit Avoid Balance Base Bring Build Challenge Check "
    "Choose Clarify Coach Collaborate Communicate Conduct Connect Consider Contribute Create Decide Define Deliver "
    "Demonstrate Design Develop Diagnose Discuss Draw Embed Enable Encourage Engage Ensure Establish Evaluate "
    "Examine Explain Explore Facilitate Find Foster Gather Give Guide Help Hold Identify Implement Improve Increase "
    "Influence Inform Interpret Introduce Invest Involve Keep Know Lead Learn Link Listen Liaise Maintain Make Manage "
    "Model Monitor Motivate Narrow Observe Organise Plan Practise Prepare Prioritise Promote Protect Provide Quality "
    "Raise Recognise Reduce Reflect Refine Reinforce Review Reward Seek Select Set Share Show Stop Structure Support "
    "Sustain Take Teach Tell Train Understand Use Value Work".split()
) - {"Quality", "Value", "Practise"}
NAMES = frozenset(
    "English Mathematics Maths Science History Geography Music Art Welsh British UK England Wales Scotland Ireland "
    "Code Practice Teachers Standards Standard Key Stage Year Department Education Ofsted Framework Early Career "
    "Christmas Easter January February March April May June July August September October November December Monday "
    "Tuesday Wednesday Thursday Friday Expert Advisory Group Equality Act".split()
)


@dataclass(frozen=True, slots=True)
class Bullet:
    """A practice statement below a heading."""

    text: str
    complete: bool
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    """A *learn how to* heading with its bullets; `complete` speaks of the heading alone."""

    heading: str
    complete: bool
    bullets: tuple[Bullet, ...]
    line: int
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """The text of a column with the lines that it comes from."""

    text: str
    starts: tuple[int, ...]
    numbers: tuple[int, ...]
    cut: bool = False

    def line_at(self, offset: int) -> int:
        """The number of the line in which the character at `offset` stands."""
        return self.numbers[max(0, bisect_right(self.starts, offset) - 1)] if self.numbers else 0


def passage_of(lines: Iterable[Line], *, cut: bool = False) -> Passage:
    """Lines as one text, each line on a line of its own."""
    parts, starts, numbers, at = [], [], [], 0
    for line in lines:
        text = line.text.strip()
        if text:
            parts.append(text)
            starts.append(at)
            numbers.append(line.number)
            at += len(text) + 1
    return Passage("\n".join(parts), tuple(starts), tuple(numbers), cut)


# --- what is whole --------------------------------------------------------------------------------
def is_whole(text: str, *, begins: bool = True) -> bool:
    """Whether a text ends as a sentence ends, and (unless `begins` is False) begins as one begins.

    An ellipsis, an abbreviation, an initial or an open bracket at the end is no end.
    """
    text = text.strip()
    return (
        len(text) > MOST_INITIAL
        and bool(_ENDS.search(text))
        and not _ELLIPSIS.search(text)
        and not _SHORT.search(text.rstrip(CLOSERS) or text)
        and _balanced(text)
        and (not begins or _begins(text))
    )


def is_heading(text: str) -> bool:
    """Whether a *learn how to* text is a whole heading: it begins as a sentence and ends in a colon."""
    text = text.strip()
    return len(text.split()) > 1 and text.endswith(":") and _balanced(text) and _begins(text)


def _begins(text: str) -> bool:
    first = text.lstrip("“‘\"'([")[:1]
    return first.isupper() or first.isdigit()


def _balanced(text: str) -> bool:
    """Whether brackets and quotation marks are closed; those of a list inside, "1) ... 2) ...", count for nothing."""
    pairs = (("(", ")"), ("[", "]"), ("“", "”"))
    plain = text if text.count("(") == text.count(")") else _LISTED.sub(" ", text)
    return all(plain.count(left) == plain.count(right) for left, right in pairs) and not text.count('"') % 2


def ended(text: str) -> bool:
    """Whether a sentence may end where this text ends."""
    return bool(_ENDS.search(text.rstrip()))


def tidy(text: str) -> str:
    return " ".join(text.split())


# --- headings and bullets -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Item:
    start: int
    end: int
    bullet: bool


def without_numbers(passage: Passage) -> Passage:
    """A *learn how to* column whose headings, or the practices below them, are numbered, without those numbers.

    "2. Plan by:" is a heading; "1. Measure." right below a heading begins a bullet, and so do the lines 2, 3 …
    after it. A number within a bullet, or inside a line, is part of its sentence.
    """
    rows = _BEFORE_NUMBER.sub("\n", passage.text).split("\n")
    pieces: list[str] = []
    listed, below = (
        0,
        False,
    )  # the last number of a list below a heading; whether a heading stands right above
    for at, row in enumerate(rows):
        number = _NUMBERED.match(row)
        listed = 0 if below else listed
        if number and _heads(rows, at):
            row, listed = " " * number.end() + row[number.end() :], 0
        elif number and int(number[1]) == listed + 1 and (listed or below):
            row, listed = "●" + " " * (number.end() - 1) + row[number.end() :], listed + 1
        elif _BULLET.match(row):
            listed = 0
        below = row.endswith(":") and _ends_in_heading(row)
        pieces.append(row)
    return Passage("\n".join(pieces), passage.starts, passage.numbers, passage.cut)


def _heads(rows: Sequence[str], at: int) -> bool:
    """Whether the numbered row is a heading: it, or a row that it runs on into, ends in the first colon."""
    for place, row in enumerate(rows[at : at + LONGEST_HEADING]):
        if place and (_NUMBERED.match(row) or _BULLET.match(row)):
            return False
        row = _ANY_BULLET.split(row, maxsplit=1)[0].rstrip()
        if row.endswith(":"):
            return not _INNER_END.search(_NUMBERED.sub("", row, count=1))
        if _ENDS.search(row):
            return False
    return False


def _ends_in_heading(row: str) -> bool:
    """Whether the end of a row that ends in a colon is a heading, and not a bullet that a list follows."""
    *_, mark = 0, *(match.end() for match in _BULLET.finditer(row))
    return bool(_INNER_END.search(row, mark)) if mark else row.lstrip()[:1].isupper()


def first_words(passage: Passage) -> set[str]:
    """Words with which headings of a column surely begin: at its beginning, after a colon, on a new line."""
    found = set()
    for start, end, bullet in _segments(passage.text):
        pieces = [] if bullet else [start]
        pieces += list(_colons(passage.text[start:end], start))
        for at in pieces:
            word = re.match(r"\s*([A-Z][a-z]+)", passage.text[at : at + 60])
            if word:
                found.add(word[1])
    return found


def names_in(passage: Passage) -> set[str]:
    """Capitalised words in mid-sentence, which are names and begin no heading."""
    return set(re.findall(r"(?<=[a-z,] )([A-Z][\w’'-]*)", passage.text))


def split_groups(
    passage: Passage,
    starters: Collection[str],
    names: Collection[str],
    *,
    sentences: bool,
    name: str = "text",
) -> tuple[Group, ...]:
    """The headings of a *learn how to* column in order, each with its bullets.

    A heading ends in a colon before a capital or a bullet, or is a whole sentence where `sentences` allows it. One
    that runs into the next without a colon is cut off. `starters` are words that begin headings, `names` words
    that are capitalised anywhere.
    """
    items = list(islice(_items(passage.text, starters), MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        reason = f"has over {MOST_ITEMS} headings and bullets in one column, so it is no table of statements."
        raise FrameworkTextError(name, passage.line_at(items[-1].start), reason)
    groups: list[tuple[_Item | None, list[_Item]]] = []
    for item in items:
        if not item.bullet:
            groups.append((item, []))
        elif groups:
            groups[-1][1].append(item)
        else:
            groups.append((None, [item]))
    last = items[-1] if items else None
    return tuple(_group(passage, head, bullets, last, names, sentences) for head, bullets in groups)


def _group(
    passage: Passage,
    head: _Item | None,
    bullets: Sequence[_Item],
    last: _Item | None,
    names: Collection[str],
    sentences: bool,
) -> Group:
    found = []
    for place, item in enumerate(bullets):
        text = tidy(_BULLET.sub("", passage.text[item.start : item.end], count=1))
        listed = place + 1 < len(bullets) and bool(re.search(r"(?:;(?: and| or)?|:)$", text))
        whole = is_whole(text, begins=False) or (listed and _balanced(text))
        found.append(Bullet(text, whole and not (passage.cut and item is last), passage.line_at(item.start)))
    if head is None:
        return Group("", False, tuple(found), found[0].line)
    text = tidy(passage.text[head.start : head.end])
    doubt = "" if len(text) < 2 else _run_in(text, names)
    whole = is_heading(text) or (sentences and is_whole(text))
    complete = whole and not doubt and not (passage.cut and head is last)
    start = next((at for at in range(head.start, head.end) if not passage.text[at].isspace()), head.start)
    return Group(text, complete, tuple(found), passage.line_at(start), doubt if whole else "")


def _run_in(heading: str, names: Collection[str]) -> str:
    """A capitalised word in mid-heading that no name explains: perhaps another heading begins there."""
    for match in re.finditer(r"(?<=[a-z,] )([A-Z][a-z]+)", heading):
        if match[1] not in NAMES and match[1] not in names:
            return match[1]
    return ""


def _segments(text: str) -> Iterator[tuple[int, int, bool]]:
    """Start, end and kind of the stretches between bullets."""
    found = (match.start() for match in _BULLET.finditer(text))
    marks = [at for at in found if not at or text[at - 1].isspace()]
    if text[: marks[0] if marks else len(text)].strip():
        yield 0, marks[0] if marks else len(text), False
    yield from ((start, end, True) for start, end in zip(marks, [*marks[1:], len(text)], strict=False))


def _items(text: str, starters: Collection[str]) -> Iterator[_Item]:
    for start, end, bullet in _segments(text):
        begins = [start, *_heading_starts(text, start, end, bullet, starters)]
        begins = sorted(set(begins))
        for place, begin in enumerate(begins):
            until = begins[place + 1] if place + 1 < len(begins) else end
            if text[begin:until].strip():
                yield _Item(begin, until, bullet and begin == start)


def _heading_starts(
    text: str, start: int, end: int, bullet: bool, starters: Collection[str]
) -> Iterator[int]:
    """Where headings begin inside a stretch: after each colon that ends one, and where one runs into the next."""
    at = start
    for colon in [*_colons(text[start:end], start), end]:
        first = bullet and at == start
        if not first and at > start:
            yield at
        yield from _inner_starts(text, at, colon, first, starters)
        at = colon


def _inner_starts(text: str, at: int, until: int, bullet: bool, starters: Collection[str]) -> Iterator[int]:
    """Words that begin a heading in the middle of a piece: after a sentence, or without one (a heading cut off)."""
    piece = text[at:until]
    closed = piece.rstrip().endswith(":")
    after_sentence, run_in = [], []
    for match in re.finditer(r"(?<=\s)([A-Z][a-z]+)", piece):
        own_line = closed and piece[match.start() - 1] == "\n"
        if not (match[1] in starters or own_line) or match.start() < NARROW:
            continue
        before = piece[max(0, match.start() - NEAR) : match.start()].rstrip()
        if ended(before) or before.endswith(";"):
            after_sentence.append(match.start())
        elif (
            before
            and (before[-1].islower() or before[-1] in ",)’”-")
            and piece[match.end() : match.end() + 1] == " "
        ):
            run_in.append(match.start())
    if not bullet:
        yield from (at + place for place in sorted(after_sentence + run_in))
        return
    if after_sentence and (closed or not ended(piece)):
        last = after_sentence[-1]
        yield at + last
        yield from (at + place for place in run_in if place > last)
    elif closed or not ended(piece):
        yield from (at + place for place in run_in)


def _colons(piece: str, offset: int) -> Iterator[int]:
    """Where headings end: after a colon outside brackets, before a capital or at the end of the stretch."""
    shut = _bracketed(piece)
    begins = [left for left, _ in shut]
    for match in re.finditer(r":(?=\s*\Z|\s+[“‘\"'(]?[A-Z])", piece):
        place = bisect_right(begins, match.start()) - 1
        if place < 0 or shut[place][1] < match.start():
            yield offset + match.end()


def _bracketed(piece: str) -> list[tuple[int, int]]:
    """Stretches inside brackets that are closed; one that stays open hides nothing."""
    found: list[tuple[int, int]] = []
    open_at: list[int] = []
    for match in re.finditer(r"[()\[\]]", piece):
        if match[0] in "([":
            open_at.append(match.start())
        elif open_at:
            left = open_at.pop()
            while found and found[-1][0] > left:
                found.pop()
            found.append((left, match.start()))
    return found
