"""The stated rule for counting the words of an answer, and the count of a text or document by that rule."""

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import BinaryIO

from goldenthread.assessment import passages as reading
from goldenthread.assessment.passages import BODY, EXCLUDED, INSERTIONS, TABLES, TITLE, Passage, Passages
from goldenthread.catalogue.policies import ALWAYS_APART, PARTS
from goldenthread.catalogue.wording import listed
from goldenthread.common.filetypes import Kind
from goldenthread.common.refused import Refused

RULE = "words-2"
READING = 3  # what a count tells apart, as a number: what was read as an earlier one says is read again
APART = ALWAYS_APART
REFERENCES = "references"
ANNEXES = "annexes"
_WORDS_TEXT = (
    "A word is a run of characters between spaces that has at least one letter or digit: “well-being”, "
    "“don’t”, “and/or” and “1,500” are one word each. A dash on its own is none; a long dash or two hyphens "
    "part words even without spaces, so “one—two” is two, and so does an invisible character in place of a "
    "space. Each Chinese character or Japanese kana is one word; Thai, Lao, Khmer, Burmese, Tibetan, Javanese and "
    "Balinese count one word for every four letters, or part of four, of an unbroken run."
)
_APART_TEXT = (
    "Page headers and footers (your name, the title, the page "
    "number), comments, and text deleted with tracked changes do not count; they are shown apart. Words "
    "inside pictures and charts are not counted."
)
_COUNTED = (  # what is named as counting, each with the part that it is counted in
    ("headings", BODY), ("body", BODY), ("tables", "tables"), ("text boxes", "text_boxes"),
    ("diagrams", "text_boxes"), ("equations", BODY), ("footnotes and endnotes", "footnotes"),
    ("the list of references", REFERENCES), ("form fields", "content_controls"),
    ("text added with tracked changes", "insertions"),
)  # fmt: skip
_LETTERS = {
    TITLE: "h", "tables": "t", "text_boxes": "b", "footnotes": "f", "insertions": "i", "content_controls": "c",
    REFERENCES: "r", ANNEXES: "a",
}  # fmt: skip
# annexes too are a part of their own; the letters say what doesn't count besides `APART`


def rule_name(not_counted: Iterable[str]) -> str:
    """The rule's version with what doesn't count besides what never does: "words-2", "words-2-ar"."""
    more = sorted(_LETTERS[part] for part in not_counted if part not in APART)
    return f"{RULE}-{''.join(more)}" if more else RULE


def rule_text(not_counted: Iterable[str] = APART) -> str:
    """The rule in words, where these parts of a text don't count."""
    out = [part for part in not_counted if part not in APART]
    named = [name for name, part in _COUNTED if part not in out]
    counts = f"Everything you wrote counts: {listed(named)}."
    said = [_WORDS_TEXT, counts]
    if out:
        said.append(
            f"In this assessment {listed([PARTS[part] for part in out])} do not count either; they are shown apart."
        )
    return " ".join([*said, _APART_TEXT])


RULE_TEXT = rule_text()

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
_TIBETAN: _Ranges = ((0x0F00, 0x0FFF),)
_JAVANESE: _Ranges = ((0x1B00, 0x1B7F), (0xA980, 0xA9DF))  # with Balinese
_UNSPACED = _THAI_LAO + _TIBETAN + _BURMESE + _KHMER + _JAVANESE
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


_LONG = re.compile(r"\S{41}")


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
_ANNEX_HEADINGS = ("annexes", "annexe", "annex", "appendices", "appendix")


def _heading(names: Sequence[str], *, digit: str, keep: str, labelled: bool) -> str:
    """A line that is one of these headings, numbered or not; `labelled`, also with a letter or number of its own and
    a title. A line that ends in a number is one of a table of contents. Written for both dialects, as `_pattern`.
    """

    def any_case(name: str) -> str:
        return "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() else sign for sign in name)

    blank = f"[ \\t]*{keep}"
    label = rf"(?:[ \t]+(?:[A-Za-z]|[IVXivx]{{1,4}}|{digit}{{1,2}}))?" if labelled else ""
    title = rf"(?:{blank}[:.\u2013\u2014\-][^\n]{{0,120}}?[^\n{digit}. \t\r])?" if labelled else ""
    named = "|".join(map(any_case, names))
    return rf"(?<![^\n]){blank}(?:{digit}+[.)]?{blank})?(?:{named}){label}{title}{blank}:?[ \t\r]*{keep}(?![^\n])"


_HEADING = re.compile(_heading(_HEADINGS, digit=r"\d", keep="+", labelled=False))
_ANNEX_HEADING = re.compile(_heading(_ANNEX_HEADINGS, digit=r"\d", keep="+", labelled=True))


def browser_endings(not_counted: Collection[str]) -> str:
    """What the editor leaves out of its count, as JSON: the headings of both endings, and which of them count.

    "" where both count.
    """
    if REFERENCES not in not_counted and ANNEXES not in not_counted:
        return ""
    refs = _heading(_HEADINGS, digit=r"\p{Nd}", keep="", labelled=False)
    annexes = _heading(_ANNEX_HEADINGS, digit=r"\p{Nd}", keep="", labelled=True)
    return json.dumps(
        [
            {"heading": refs, "last": True, "counts": REFERENCES not in not_counted},
            {"heading": annexes, "last": False, "counts": ANNEXES not in not_counted},
        ]
    )


@dataclass(frozen=True)
class WordCount:
    """A number of words by a stated rule: `total` is the sum of `parts`; `excluded` is not in it.

    Parts, each named only if it has words, except "body" which always is: title, body, tables, text_boxes,
    footnotes (and endnotes), insertions, content_controls (form fields), references and annexes (what follows a
    heading of that name). Excluded: headers (and footers), deletions, comments, and what `leaving_out` names.
    """

    total: int
    parts: Mapping[str, int]
    rule: str = RULE
    excluded: Mapping[str, int] = field(default_factory=dict)

    def leaving_out(self, not_counted: Collection[str]) -> "WordCount":
        """The same count where these parts of the text don't count."""
        if not any(part in self.parts or part not in APART for part in not_counted):
            return self
        parts = {part: n for part, n in self.parts.items() if part not in not_counted}
        out = {part: n for part, n in self.parts.items() if part in not_counted}
        return WordCount(sum(parts.values()), parts, rule_name(not_counted), {**self.excluded, **out})


def count_text(text: str) -> WordCount:
    """The words of one text, such as an answer typed into the editor."""
    return _count([[(BODY, text)]])


def has_word(text: str) -> bool:
    """Whether a text has a word, as `count_text` counts: a part of signs alone is as empty as one of spaces."""
    return _WORD.search(text) is not None


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
_BY_FOUR = {
    writings: re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges) + "]+")
    for writings, ranges in (
        ("Thai, Lao, Khmer or Burmese", _THAI_LAO + _BURMESE + _KHMER),
        ("Tibetan, Javanese or Balinese", _TIBETAN + _JAVANESE),
    )
}


def language_notes(text: str) -> tuple[str, ...]:
    """What a reader of the count should know of a text in a writing without spaces between words; none for others."""
    if text.isascii():
        return ()
    signs = len(_HAN_OR_KANA.findall(text))
    notes = []
    if signs:
        notes.append(
            f"{signs:,} Chinese or Japanese character{'' if signs == 1 else 's'} in this text: this writing has no "
            "spaces between words, so each character counts as one word."
        )
    for writings, pattern in _BY_FOUR.items():
        letters = sum(map(len, pattern.findall(text)))
        if letters:
            notes.append(
                f"{letters:,} letter{'' if letters == 1 else 's'} of {writings} in this text: this writing has no "
                "spaces between words, so every four letters count as one word."
            )
    return tuple(notes)


def joined_notes(text: str) -> tuple[str, ...]:
    """What a reader should know of a text in which more than one word in twenty has over forty signs; else none."""
    if not _LONG.search(text):
        return ()
    found = [len(word.group()) > 40 for word in _WORD.finditer(text)]
    if sum(found) * 20 <= len(found):
        return ()
    return ("Words seem to be joined in this text, so the count may be too low: put spaces between them.",)


def _picture_notes(pages: tuple[int, ...], scans: tuple[int, ...]) -> tuple[str, ...]:
    """Which pages are pictures without text, and which are scans with a few words on them, like a stamp."""
    notes = []
    if pages:
        which = _pages_text(pages, "is a picture", "are pictures")
        notes.append(
            f"{which} without text: words in pictures are not counted, and markers read only the text."
        )
    if scans:
        which = _pages_text(scans, "looks like a scan", "look like scans")
        notes.append(
            f"{which}: a picture with a few words, like a stamp or a page number. Nothing on "
            f"{'it' if len(scans) == 1 else 'them'} is counted, and markers read only the text. If your response is "
            "there, export it from your word processor, or paste it into the editor."
        )
    return tuple(notes)


def _pages_text(pages: tuple[int, ...], one: str, more: str) -> str:
    named = ", ".join(map(str, pages[:10])) + (" and others" if len(pages) > 10 else "")
    return f"Page {named} {one}" if len(pages) == 1 else f"Pages {named} {more}"


def read_document(file: BinaryIO, kind: Kind, *, most: int | None = None) -> Reading:
    """Text and words of a document of the given kind, as `check_document` found it, which is read once.

    Takes a seekable binary file. Refuses, with a code that begins "file.", what cannot be read to the end, and
    a text of more than `most` characters before its words are counted.
    """
    return _reading(reading.read_passages(file, kind, most=most), most=most)


def check_and_read(
    file: BinaryIO, *, name: str, size_limit: int, most: int | None = None
) -> tuple[Kind, Reading]:
    """What a document is, and its text and words: `check_document` and then `read_document`, in one go.

    Refuses what either refuses; nothing is given of a document that is refused anywhere.
    """
    kind, found = reading.check_and_read(file, name=name, size_limit=size_limit, most=most)
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
    notes = _picture_notes(passages.pictures, passages.scans) + language_notes(text)
    notes += joined_notes(text)
    return Reading(text, _count(passages), notes)


def count_document(file: BinaryIO, kind: Kind) -> WordCount:
    """The words of a document, however long it is; refuses as `read_document` does."""
    return read_document(file, kind).count


def _counted(passages: Iterable[Passage]) -> Iterable[Passage]:
    return (passage for passage in passages if passage and passage[0][0] not in EXCLUDED)


def _count(passages: list[Passage]) -> WordCount:
    counts: Counter[str] = Counter()
    of_one_part: dict[str, list[str]] = {}  # most passages: counted together
    for passage in _with_endings(passages):
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


def _may_have_headings(text: str) -> bool:
    """Most texts have none of these words, which is seen at once."""
    lower = text.lower()
    return any(words in lower for words in (*_HEADINGS, "annex", "appendi"))


def _endings(text: str) -> list[tuple[int, str]]:
    """From where on a text is its list of references (the last such heading), its annexes (the first), in order."""
    if not _may_have_headings(text):
        return []
    references = [match.start() for match in _HEADING.finditer(text)]
    annexes = _ANNEX_HEADING.search(text)
    found = [(references[-1], REFERENCES)] if references else []
    return sorted([*found, (annexes.start(), ANNEXES)] if annexes else found)


def end_of_word(text: str, number: int, not_counted: Collection[str]) -> int | None:
    """Where the word of this number, from 1, ends in a text; None where it has fewer that count."""
    starts = _endings(text)
    counted = 0
    for match in _WORD.finditer(text):
        part = next((name for start, name in reversed(starts) if start <= match.start()), BODY)
        counted += part not in not_counted
        if counted == number and part not in not_counted:
            return match.end()
    return None


def _with_endings(passages: list[Passage]) -> list[Passage]:
    """Moves what follows the last heading "References", and the first "Annex", into parts of their own."""
    if not _may_have_headings("\n".join(map(_text_of, passages))):
        return passages
    begins: dict[str, tuple[int, int]] = {}
    for index, passage in enumerate(passages):
        if not any(part in (BODY, TITLE) for part, _ in passage):
            continue
        for start, name in _endings(_text_of(passage)):
            if name == REFERENCES or name not in begins:
                begins[name] = (index, start)
    return _divided(passages, sorted((place, name) for name, place in begins.items()))


def _divided(passages: list[Passage], begins: Sequence[tuple[tuple[int, int], str]]) -> list[Passage]:
    found: list[Passage] = []
    name = ""
    for index, passage in enumerate(passages):
        pieces: Passage = []
        done = 0
        for (where, start), begun in begins:
            if where == index:
                before, passage = _cut(passage, start - done)
                pieces += _relabelled(before, name)
                done, name = start, begun
        found.append([*pieces, *_relabelled(passage, name)])
    return found


def _cut(passage: Passage, at: int) -> tuple[Passage, Passage]:
    """A passage before and from the offset `at`."""
    first: Passage = []
    rest: Passage = []
    for part, text in passage:
        first.append((part, text[: max(0, at)]))
        rest.append((part, text[max(0, at) :]))
        at -= len(text)
    return first, rest


_ENDING_PARTS = {
    REFERENCES: frozenset({BODY, TITLE}),
    ANNEXES: frozenset({BODY, TITLE, TABLES, INSERTIONS}),
}


def _relabelled(passage: Passage, name: str) -> Passage:
    """A passage of an ending, or as it is where `name` is "": what stands in its own place is of it."""
    if not name:
        return passage
    return [(name if part in _ENDING_PARTS[name] else part, text) for part, text in passage]
