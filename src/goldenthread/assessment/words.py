"""The stated rule for counting the words of an answer, and the count of a text or document by that rule."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import BinaryIO

from goldenthread.assessment import passages as reading
from goldenthread.assessment.passages import BODY, EXCLUDED, Passage, Passages
from goldenthread.common.filetypes import Kind
from goldenthread.common.refused import Refused

RULE = "words-1"
RULE_TEXT = (
    "A word is a run of characters between spaces that has at least one letter or digit: “well-being”, "
    "“don’t”, “and/or” and “1,500” are one word each. A dash on its own is none; a long dash or two hyphens "
    "part words even without spaces, so “one—two” is two, and so does an invisible character in place of a "
    "space. Each Chinese character or Japanese kana is one word; Thai, Lao, Khmer and Burmese count one word "
    "for every four letters, or part of four, of an unbroken run. Everything you wrote counts: headings, "
    "body, tables, text boxes, diagrams, equations, footnotes and endnotes, the list of references, form "
    "fields, and text added with tracked changes. Page headers and footers (your name, the title, the page "
    "number), comments, and text deleted with tracked changes do not count; they are shown apart. Words "
    "inside pictures and charts are not counted."
)
REFERENCES = "references"

_Ranges = tuple[tuple[int, int], ...]
_CONTROLS: _Ranges = ((0x00, 0x1F), (0x7F, 0x9F))
_WIDTHLESS: _Ranges = ((0x200B, 0x200B), (0x2060, 0x2060), (0xFEFF, 0xFEFF))
_BLANK_LETTERS: _Ranges = ((0x115F, 0x1160), (0x3164, 0x3164), (0xFFA0, 0xFFA0))
_BLANK_SIGNS: _Ranges = ((0x180E, 0x180E), (0x2800, 0x2800))
_LONG_DASHES: _Ranges = ((0x2012, 0x2015), (0x2E3A, 0x2E3B))
_PRIVATE: _Ranges = ((0xE000, 0xF8FF), (0xF0000, 0x10FFFF))
_SEPARATORS = _CONTROLS + _WIDTHLESS + _BLANK_LETTERS + _BLANK_SIGNS + _LONG_DASHES + _PRIVATE
_HAN: _Ranges = ((0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_KANA: _Ranges = ((0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF))
_OTHER_SYLLABLES: _Ranges = ((0x3105, 0x312F), (0x31A0, 0x31BF), (0xFF66, 0xFF9D))
_ONE_EACH = _HAN + _KANA + _OTHER_SYLLABLES
_THAI_LAO: _Ranges = ((0x0E00, 0x0EFF), (0x1950, 0x19DF), (0x1A20, 0x1AAF), (0xAA80, 0xAADF))
_BURMESE: _Ranges = ((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))
_KHMER: _Ranges = ((0x1780, 0x17FF),)
_UNSPACED = _THAI_LAO + _BURMESE + _KHMER
_JOINERS: _Ranges = ((0xAD, 0xAD), (0x200C, 0x200D))


def _pattern(*, letter: str, escape: Callable[[int], str], keep: str) -> str:
    """The rule as one regular expression, of which every match is a word that begins at its first letter.

    `letter` matches a letter or digit, `escape` writes a code point within brackets, and `keep` makes a
    repetition of one sign final where the dialect can, which saves memory and changes no match. Of groups it isn't
    used: Python before 3.11.5 then matches something else.
    """

    def inside(*groups: _Ranges) -> str:
        return "".join(f"{escape(low)}-{escape(high)}" for group in groups for low, high in group)

    other = inside(_BLANK_LETTERS, _ONE_EACH, _UNSPACED)
    ends = inside(_SEPARATORS, _ONE_EACH, _UNSPACED)
    run = rf"(?![{other}]){letter}(?:[^\s{ends}\-]+{keep}|-(?!-))*"
    sign = rf"(?={letter})[{inside(_UNSPACED)}](?:(?!{letter})[{inside(_UNSPACED, _JOINERS)}])*"
    return rf"{run}|[{inside(_ONE_EACH)}]|{sign}(?:{sign}){{0,3}}"


BROWSER_PATTERN = _pattern(letter=r"[\p{L}\p{N}]", escape=r"\u{{{:x}}}".format, keep="")
"""The same rule for a JavaScript RegExp with the flags "gu": the editor counts its matches."""

_WORD = re.compile(_pattern(letter=r"[^\W_]", escape=r"\U{:08x}".format, keep="+"))


def parts_by_spaces(text: str) -> bool:
    """Whether nothing in a text is of a writing without spaces between words."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return not (_HAN_OR_KANA.search(text) or _WITHOUT_SPACES.search(text))
    return True


def word_pattern() -> re.Pattern[str]:
    """The rule as a pattern of which every match is a word, for others who take a text apart."""
    return _WORD


_HEADINGS = (
    "references",
    "reference list",
    "list of references",
    "bibliography",
    "works cited",
    "cyfeiriadau",
    "llyfryddiaeth",
)
_HEADING = re.compile(
    rf"^[ \t]*+(?:\d+[.)]?[ \t]*+)?(?:{'|'.join(_HEADINGS)})[ \t]*+:?[ \t\r]*+$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class WordCount:
    """A number of words by a stated rule: `total` is the sum of `parts`; `excluded` is not in it.

    Parts, each named only if it has words, except "body" which always is: body, tables, text_boxes,
    footnotes (and endnotes), insertions, content_controls (form fields), references (what follows a heading
    of that name). Excluded: headers (and footers), deletions, comments.
    """

    total: int
    parts: Mapping[str, int]
    rule: str = RULE
    excluded: Mapping[str, int] = field(default_factory=dict)


def count_text(text: str) -> WordCount:
    """The words of one text, such as an answer typed into the editor."""
    return _count([[(BODY, text)]])


def count_parts(parts: Sequence[str]) -> WordCount:
    """The words of an answer in several sections, each counted by itself; no word spans two sections."""
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(count_text(part).parts)
    return _word_count(counts)


@dataclass(frozen=True)
class Reading:
    """A document as it is read: the text that counts, a line for each paragraph, and the count of its words.

    `notes` are sentences about what the count can't know: pages that are pictures, writing without spaces.
    """

    text: str
    count: WordCount
    notes: tuple[str, ...] = ()


_HAN_OR_KANA = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _ONE_EACH) + "]")
_WITHOUT_SPACES = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _UNSPACED) + "]+")


def language_notes(text: str) -> tuple[str, ...]:
    """What a reader of the count should know of a text in a writing without spaces between words; none for others."""
    if text.isascii():
        return ()
    signs, runs = len(_HAN_OR_KANA.findall(text)), sum(map(len, _WITHOUT_SPACES.findall(text)))
    notes = []
    if signs:
        notes.append(
            f"{signs:,} Chinese or Japanese character{'' if signs == 1 else 's'} in this text: this writing has no "
            "spaces between words, so each character counts as one word."
        )
    if runs:
        notes.append(
            f"{runs:,} letter{'' if runs == 1 else 's'} of Thai, Lao, Khmer or Burmese in this text: this writing "
            "has no spaces between words, so every four letters count as one word."
        )
    return tuple(notes)


def _picture_notes(pages: tuple[int, ...]) -> tuple[str, ...]:
    if not pages:
        return ()
    named = ", ".join(map(str, pages[:10])) + (" and others" if len(pages) > 10 else "")
    one = len(pages) == 1
    which = f"Page{'' if one else 's'} {named} {'is a picture' if one else 'are pictures'} without text"
    return (f"{which}: words in pictures are not counted, and markers read only the text.",)


def read_document(file: BinaryIO, kind: Kind, *, most: int | None = None) -> Reading:
    """Text and words of a document of the given kind, as `check_document` found it, which is read once.

    Takes a seekable binary file. Refuses, with a code that begins "file.", what cannot be read to the end, and
    a text of more than `most` characters before its words are counted.
    """
    return _reading(reading.read_passages(file, kind), most=most)


def check_and_read(
    file: BinaryIO, *, name: str, size_limit: int, most: int | None = None
) -> tuple[Kind, Reading]:
    """What a document is, and its text and words: `check_document` and then `read_document`, in one go.

    Refuses what either refuses; nothing is given of a document that is refused anywhere.
    """
    kind, found = reading.check_and_read(file, name=name, size_limit=size_limit)
    return kind, _reading(found, most=most)


def _reading(passages: Passages, *, most: int | None) -> Reading:
    texts = map(_text_of, _counted(passages))
    text = "\n".join(text for text in texts if text.strip())
    if most is not None and len(text) > most:
        raise Refused(
            f"This document has {len(text):,} characters of text; at most {most:,} can be read. Remove what does "
            "not belong to your response and choose it again.",
            code="file.too_long",
            field="upload",
        )
    return Reading(text, _count(passages), _picture_notes(passages.pictures) + language_notes(text))


def count_document(file: BinaryIO, kind: Kind) -> WordCount:
    """The words of a document, however long it is; refuses as `read_document` does."""
    return read_document(file, kind).count


def _counted(passages: Iterable[Passage]) -> Iterable[Passage]:
    return (passage for passage in passages if passage and passage[0][0] not in EXCLUDED)


def _count(passages: list[Passage]) -> WordCount:
    counts: Counter[str] = Counter()
    of_one_part: dict[str, list[str]] = {}  # most passages: counted together
    for passage in _with_references(passages):
        first = passage[0][0] if passage else ""
        if not passage or (len(passage) > 1 and any(part != first for part, _ in passage)):
            counts.update(_count_mixed(passage))
            continue
        if first not in of_one_part:
            of_one_part[first] = []
            counts.setdefault(first, 0)  # parts stand in the order in which they come
        of_one_part[first].append(_text_of(passage))
    for part, texts in of_one_part.items():
        counts[part] += _words_of_all(texts)
    return _word_count(counts)


def _word_count(counts: Counter[str]) -> WordCount:
    parts = {part: n for part, n in counts.items() if part not in EXCLUDED and (n or part == BODY)}
    parts.setdefault(BODY, 0)
    excluded = {part: n for part, n in counts.items() if part in EXCLUDED and n}
    return WordCount(total=sum(parts.values()), parts=parts, excluded=excluded)


def _count_mixed(passage: Passage) -> Counter[str]:
    """Words by part; a word that spans stretches belongs to the one that holds its first letter."""
    parts = [part for part, _ in passage]
    ends = list(accumulate(len(text) for _, text in passage))
    return Counter(parts[bisect_right(ends, word.start())] for word in _WORD.finditer(_text_of(passage)))


def _text_of(passage: Passage) -> str:
    return passage[0][1] if len(passage) == 1 else "".join([text for _, text in passage])


def _words_of_all(texts: Sequence[str]) -> int:
    """The words of several texts, of which none spans two: in one go where all of them can take the quick way."""
    whole = "\n".join(texts)
    if _in_western(whole) is not None:
        return _number_of_words(whole)
    return sum(map(_number_of_words, texts))


def _number_of_words(text: str) -> int:
    """The matches of `_WORD`; found a dozen times faster where everything stands in Windows' western alphabet.

    There a character parts words, makes one, or is carried along by one (a full stop, an apostrophe): without those
    that are carried along, what is left between the gaps are the words.
    """
    signs = _in_western(text)
    if signs is None:
        return len(_WORD.findall(text))
    return len(signs.replace(b"--", b"  ").translate(_WESTERN, _CARRIED_ALONG).split())


def _in_western(text: str) -> bytes | None:
    """A text in Windows' western alphabet; None where it has other signs."""
    try:
        return text.encode("ascii" if text.isascii() else "cp1252")
    except UnicodeEncodeError:
        return None


def _western() -> tuple[bytes, bytes]:
    """How each sign of the western alphabet counts, as `_WORD` says: its gap or letter, and those carried along."""
    table, carried = bytearray(256), bytearray()
    for code in range(256):
        sign = bytes([code]).decode("cp1252", "ignore")
        if _WORD.fullmatch(sign):
            table[code] = ord("a")
        elif len(_WORD.findall(f"a{sign}a")) == 1:
            carried.append(code)
        else:
            table[code] = ord(" ")
    return bytes(table), bytes(carried)


_WESTERN, _CARRIED_ALONG = _western()


def _headings(text: str) -> list[re.Match[str]]:
    """Where lists of references begin."""
    return list(_HEADING.finditer(text)) if _may_have_headings(text) else []


def _may_have_headings(text: str) -> bool:
    """Most texts have none of these words, which is seen at once."""
    lower = text.lower()
    return any(words in lower for words in _HEADINGS)


def _with_references(passages: list[Passage]) -> list[Passage]:
    """Moves the body that follows the last heading "References" into a part of its own."""
    if not _may_have_headings("\n".join(map(_text_of, passages))):
        return passages
    for index in reversed(range(len(passages))):
        passage = passages[index]
        if not any(part == BODY for part, _ in passage):
            continue
        headings = _headings(_text_of(passage))
        if headings:
            first, rest = _cut(passage, headings[-1].start())
            moved = [_relabelled(later) for later in passages[index + 1 :]]
            return [*passages[:index], first + _relabelled(rest), *moved]
    return passages


def _cut(passage: Passage, at: int) -> tuple[Passage, Passage]:
    """A passage before and from the offset `at`."""
    first: Passage = []
    rest: Passage = []
    for part, text in passage:
        first.append((part, text[: max(0, at)]))
        rest.append((part, text[max(0, at) :]))
        at -= len(text)
    return first, rest


def _relabelled(passage: Passage) -> Passage:
    return [(REFERENCES if part == BODY else part, text) for part, text in passage]
