"""Cuts the text of a *learn that* column into numbered statements. Pure.

In doubt a piece is no whole statement, and a number belongs to the sentence it stands in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from goldenthread.catalogue.framework_cells import CLOSERS, NEAR, Passage, ended, is_whole, tidy
from goldenthread.catalogue.framework_source import FrameworkTextError

MOST_NUMBERS = 200

_NUMBER = re.compile(r"(?<!\S)(\(?)(\d{1,3})([.)])(?:\s+(?=\S)|(?=[^\W\d_]))")
# Where a column has no such number, one of these at the beginning of its lines, from 1 upwards without a leap.
_ROMAN = re.compile(r"^\(?([ivxl]{1,7}|[IVXL]{1,7})[.)][^\S\n]+(?=\S)", re.MULTILINE)
_BARE = re.compile(r"^(\d{1,2})(?:[^\S\n]*[-–:]|\.\))?[^\S\n]+(?=[“‘\"'(\[]*[A-Z])", re.MULTILINE)
_WORD_BEFORE = re.compile(r"([^\W\d_]+)\W*$")
# Words after which a number with a full stop is a reference ("by the end of Year 6."), not the next statement.
_REFERENCES = frozenset(
    "year years stage stages standard standards level levels phase phases section sections chapter chapters part "
    "parts grade grades tier tiers paragraph annex appendix table tables figure age aged ages article step steps "
    "term terms page pages number week weeks day days".split()
)
# Words after which it may be either ("widened by 3." or a line cut off after "by"): what follows is kept as a fragment.
_AMOUNTS = frozenset(
    "to and or of than by about under over least most between at from nearly around only".split()
)
# A sentence goes on in lower case behind a full stop: something is lost between the two, or was put together wrongly.
_GOES_ON = re.compile(rf"(?<![\w.])([^\W\d_]{{3,}})\.[{re.escape(CLOSERS)}]*\s(?:[a-z]{{2}}|a\s)")
_ABBREVIATED = frozenset(
    "etc approx incl excl esp est inc ltd vol vols fig figs ref refs sec ch cf viz resp max min dept ed eds hon".split()
)
_TENS, _ONES = ["", "x", "xx", "xxx", "xl"], ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"]
_ROMANS = {ten + one: 10 * a + b for a, ten in enumerate(_TENS) for b, one in enumerate(_ONES)}


@dataclass(frozen=True, slots=True)
class Numbered:
    """A *learn that* statement under its own number; a fragment is not complete (S2-23, S2-32)."""

    number: int
    text: str
    complete: bool
    line: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    number: int
    start: int
    end: int
    weight: (
        int  # 4 opens the cell, 3 follows the end of a sentence, 2 opens a line, 1 may stand in mid-sentence
    )
    doubtful: bool  # it may be an amount
    form: str = "."  # what stands beside the number: ".", ")" or "()"


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of a column, what stood before the first number, and the lines with a number out of order."""

    found: tuple[Numbered, ...]
    before: str
    disordered: tuple[tuple[int, int], ...]  # line and number
    numbered: bool = True  # False where no number stood in the column at all


def split_statements(passage: Passage, *, name: str = "text") -> Statements:
    """The numbered statements of a *learn that* column, in ascending order of their numbers.

    A number is a statement's when it is `N.` before a capital and fits the ascending row best; a full stop inside
    a statement, or a number inside a sentence, divides nothing. Where a column has none, `iv.`, `(iv)`, `4 –` and `4`
    at the beginning of lines are numbers, from 1 upwards. Without any number the whole is one fragment.
    """
    numbers = _candidates(passage.text) or _rows_of_lines(passage.text)
    if len(numbers) > MOST_NUMBERS:
        reason = f"has over {MOST_NUMBERS} numbers in one column, so it is no table of statements."
        raise FrameworkTextError(name, passage.line_at(numbers[-1].start), reason)
    candidates = [one for one in numbers if one.form == numbers[0].form]
    strange = [one for one in numbers if one.form != numbers[0].form and one.weight > 1]
    chain = _best_chain(candidates)
    if not chain:
        text = tidy(passage.text)
        one = (Numbered(1, text, False, passage.line_at(0)),) if text else ()
        return Statements(one, "", (), numbered=False)
    ends = [*(candidate.start for candidate in chain[1:]), len(passage.text)]
    left = [one for one in candidates if one not in chain and one.weight > 1]
    found, disordered, numbered = [], [], {one.number for one in chain}
    for candidate, end in zip(chain, ends, strict=True):
        text = tidy(passage.text[candidate.end : end])
        inside = [one for one in left if candidate.start < one.start < end]
        other = next((one for one in strange if candidate.start < one.start < end), None)
        inside += [other] if other and other.number == candidate.number + 1 else []
        disordered += [(passage.line_at(one.start), one.number) for one in inside]
        cut = passage.cut and end == len(passage.text)
        swallowed = candidate.number + 1 not in numbered and _refers_to(text, candidate.number + 1)
        complete = is_whole(text) and not (inside or cut or swallowed or candidate.doubtful or torn_at(text))
        found.append(Numbered(candidate.number, text, complete, passage.line_at(candidate.start)))
    return Statements(tuple(found), tidy(passage.text[: chain[0].start]), tuple(disordered))


def _candidates(text: str) -> list[_Candidate]:
    found: list[_Candidate] = []
    for match in _NUMBER.finditer(text):
        before, after = (
            text[max(0, match.start() - NEAR) : match.start()],
            text[match.end() : match.end() + NEAR],
        )
        weight = _weight(before, opens=match.start() < NEAR and not before.strip())
        begins = _begins(after)
        if int(match[2]) and ((begins and weight) or weight >= 3):
            doubtful = weight == 1 and _word_before(before) in _AMOUNTS | _REFERENCES
            found.append(
                _Candidate(int(match[2]), match.start(), match.end(), weight, doubtful, match[1] + match[3])
            )
            if len(found) > MOST_NUMBERS:
                break
    return found


def _begins(after: str) -> bool:
    return after.lstrip("“‘\"'([")[:1].isupper()


def _refers_to(text: str, number: int) -> bool:
    """Whether a statement speaks of "Year 3. Pupils ...": where no statement 3 follows, it may have begun there, behind
    a line that was cut off after "Year".
    """
    return any(
        int(match[2]) == number
        and _word_before(text[: match.start()][-NEAR:]) in _REFERENCES
        and _begins(text[match.end() :])
        for match in _NUMBER.finditer(text)
    )


def _weight(before: str, *, opens: bool) -> int:
    if opens:
        return 4
    if ended(before):
        return 3
    word = _word_before(before)
    if before.endswith("\n"):  # "at least NL 30. Pupils": the beginning of a line says nothing there
        return 1 if word in _AMOUNTS | _REFERENCES else 2
    return 0 if word in _REFERENCES else 1


def _rows_of_lines(text: str) -> list[_Candidate]:
    """Roman numerals, or numbers without a full stop, at the beginning of lines: 1, 2, 3 … and at least two."""
    for pattern, value in ((_ROMAN, _roman), (_BARE, int)):
        found: list[_Candidate] = []
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - NEAR) : match.start()]
            opens = match.start() < NEAR and not before.strip()
            if value(match[1]) == len(found) + 1 and (opens or ended(before)):
                found.append(_Candidate(len(found) + 1, match.start(), match.end(), 4 if opens else 3, False))
        if len(found) > 1 and found[0].weight == 4:
            return found
    return []


def _roman(numeral: str) -> int:
    """The value of a Roman numeral up to 49; 0 for what is none."""
    return _ROMANS.get(numeral.lower(), 0)


def torn_at(text: str) -> str:
    """The word before a full stop behind which the text goes on in lower case; "" where it does so nowhere."""
    found = (match[1] for match in _GOES_ON.finditer(text))
    return next((word for word in found if word.lower() not in _ABBREVIATED), "")


def _word_before(before: str) -> str:
    word = _WORD_BEFORE.search(before)
    return word[1].lower() if word else ""


def _best_chain(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The ascending row of numbers with most behind it; the next number counts more than a leap."""
    best: list[tuple[int, int]] = []  # score, index of the one before
    for place, one in enumerate(candidates):
        score, before = (2 if one.number == 1 else 0), -1
        for earlier in range(place):
            if candidates[earlier].number < one.number:
                reached = best[earlier][0] + (2 if candidates[earlier].number + 1 == one.number else 0)
                if reached > score:
                    score, before = reached, earlier
        best.append((score + one.weight, before))
    if not best:
        return []
    at = max(range(len(best)), key=lambda place: best[place][0])
    chain = []
    while at >= 0:
        chain.append(candidates[at])
        at = best[at][1]
    return chain[::-1]
