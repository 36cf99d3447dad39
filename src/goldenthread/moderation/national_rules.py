"""What a national moderator may answer about a round, and how their file is read (S1-32, S3-30).

No source says how national moderation takes place: the package, the file and its columns are our own design. Pure:
bytes and marks come in, an answer or every fault comes out.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals

COLUMNS = ("package", "script", "decision", "marks_learn_that", "marks_learn_how_to", "reason")
CONFIRMED, ADJUSTED, ALL_OTHERS = "confirmed", "adjusted", "*"
LARGEST = 2_000_000  # bytes
LONGEST_REASON = 1000  # characters
SHOWN_FAULTS = 10
_HALVES = re.compile(r"(\d{1,3})(?:[.,]([05])0?)?")


@dataclass(frozen=True)
class Adjusted:
    """Marks that take the place of a script's, in half marks, and why."""

    code: str
    half_marks: Totals
    reason: str


@dataclass(frozen=True)
class Answer:
    """What the national moderator says: how many scripts are confirmed, and which get other marks."""

    confirmed: int
    adjusted: tuple[Adjusted, ...]


def read_answer(data: bytes, *, package: str, codes: Collection[str], maxima: Totals) -> Answer:
    """Read the file with the answer. Every script of the package is confirmed, or adjusted with marks and a reason; one
    row with the script "*" confirms all that have none of their own.

    `maxima` are in marks. Refuses what is no text in UTF-8, a file about another package or with other columns, a code
    that the package hasn't or that comes twice, marks out of range or without a reason, and scripts without an answer:
    with every fault and its row.
    """
    rows = list(_rows(_text(data)))
    faults: list[str] = []
    answered: dict[str, Adjusted | None] = {}
    others = False
    for number, row in rows:
        fault, code, change = _read_row(row, package=package, maxima=maxima)
        if fault is None and code != ALL_OTHERS and code not in codes:
            fault = f"the package has no script {_short(code)}"
        elif fault is None and (code in answered or (code == ALL_OTHERS and others)):
            fault = f"{_short(code)} comes twice"
        if fault is not None:
            faults.append(f"Row {number}: {fault}.")
        elif code == ALL_OTHERS:
            others = True
        else:
            answered[code] = change
    missing = sorted(set(codes) - set(answered))
    if not faults and missing and not others:
        faults.append(
            f"{len(missing)} of {len(codes)} scripts have no answer: {', '.join(missing[:5])}"
            f'{" and more" if len(missing) > 5 else ""}. A row with the script "*" confirms all others.'
        )
    if faults:
        raise Refused(_told(faults), code="national.faults", field="file")
    adjusted = tuple(change for change in answered.values() if change)
    return Answer(len(codes) - len(adjusted), adjusted)


def _told(faults: Sequence[str]) -> str:
    more = len(faults) - SHOWN_FAULTS
    return (
        " ".join(faults[:SHOWN_FAULTS])
        + (f" And {more} more." if more > 0 else "")
        + " Nothing was taken in."
    )


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise Refused(
            "This file is larger than 2 MB: an answer is far smaller.", code="national.size", field="file"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(
            'This file is not text in UTF-8. In a spreadsheet choose "CSV UTF-8" when you save it.',
            code="national.encoding",
            field="file",
        ) from None
    if "\0" in text:
        raise Refused(
            "This file is no CSV file: it holds signs that no text has.", code="national.nul", field="file"
        )
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with their number in the file, the heading checked and left out; empty rows are left out too."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    heading = None
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if heading is None:
                heading = tuple(cell.lower() for cell in cells)
                if heading != COLUMNS:
                    raise Refused(
                        f"The first row must hold {', '.join(COLUMNS)}. Use the file answer.csv of the package.",
                        code="national.columns",
                        field="file",
                    )
            else:
                yield reader.line_num, cells
    except csv.Error:
        raise Refused(
            f"Row {reader.line_num} can't be read: a quotation mark is open, or a cell is far too long.",
            code="national.csv",
            field="file",
        ) from None
    if heading is None:
        raise Refused("This file is empty.", code="national.empty", field="file")


def _read_row(row: Sequence[str], *, package: str, maxima: Totals) -> tuple[str | None, str, Adjusted | None]:
    """What is wrong with a row, the script that it is about, and the change that it makes."""
    if len(row) != len(COLUMNS):
        return f"it has {len(row)} cells, not {len(COLUMNS)}", "", None
    about, code, decision, that, how, reason = row
    if about != package:
        return f"it is about package {_short(about) or '(none)'}, this round's is {package}", "", None
    decision = decision.lower()
    if decision == CONFIRMED:
        if that or how:
            return (
                "what is confirmed has no marks of its own; write adjusted, or take the marks out",
                code,
                None,
            )
        return None, code, None
    if decision != ADJUSTED:
        return f'the decision is "{_short(decision)}", not confirmed or adjusted', code, None
    if code == ALL_OTHERS:
        return "all others can only be confirmed", code, None
    return _adjusted(code, that, how, reason, maxima)


def _adjusted(
    code: str, that: str, how: str, reason: str, maxima: Totals
) -> tuple[str | None, str, Adjusted | None]:
    halves = []
    for given, most, name in (
        (that or ("" if maxima.learn_that else "0"), maxima.learn_that, COLUMNS[3]),
        (how, maxima.learn_how_to, COLUMNS[4]),
    ):
        half = half_marks_from(given)
        if half is None or half > 2 * most:
            return f'{name} is "{_short(given)}", not 0 to {most} in whole or half marks', code, None
        halves.append(half)
    if not reason:
        return "adjusted marks need a reason", code, None
    if len(reason) > LONGEST_REASON:
        return f"the reason is longer than {LONGEST_REASON:,} characters", code, None
    return None, code, Adjusted(code, Totals(*halves), reason)


def half_marks_from(text: str) -> int | None:
    """Half marks from what somebody wrote: "7" → 14, "7.5" or "7,5" → 15; None from anything else."""
    found = _HALVES.fullmatch(text) if text.isascii() else None
    return 2 * int(found[1]) + (found[2] == "5") if found else None


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:20]}…"


# --- who may, and when -----------------------------------------------------------------------------------
def check_can_export(*, signed_off: bool, national: bool) -> None:
    """The package is made once our own round is signed off, where a national moderator is asked."""
    if not signed_off:
        raise Refused(
            "Sign the round off first: the package holds what was decided in it.",
            code="national.not_signed_off",
        )
    if not national:
        raise Refused("This version asks for no national moderation.", code="national.not_asked")


def check_signed_off(*, signed_off: bool, national: bool) -> None:
    """An answer is applied to a round that is signed off: one that was opened again says other things by now."""
    if not signed_off or not national:
        raise Refused(
            "Our own moderation was opened again since this answer was read. Apply it once that is signed off, or say "
            "why it isn't applied.",
            code="national.not_signed_off",
        )


def check_can_read(*, exported: bool, waits: bool, applied: bool, supplement: bool = False) -> None:
    """One answer at a time is read, after a package was made, and none once every script is answered. A supplement has
    a package of its own.
    """
    if applied:
        raise Refused(
            "The national moderator's answer is applied; nothing more is read.", code="national.applied"
        )
    if waits:
        raise Refused(
            "An answer waits for a second person already: decide that one, or take it back.",
            code="national.waits",
        )
    if not exported and supplement:
        raise Refused(
            "Download the supplement first, with the scripts that came in since the last answer: this answer says "
            "which package it is about.",
            code="national.no_package",
        )
    if not exported:
        raise Refused(
            "Make the package first: an answer says which one it is about.", code="national.no_package"
        )


def check_form(package: str, *, current: bool, signed: bool) -> None:
    """An answer is about a package of today's form that bears our signature."""
    if not current:
        raise Refused(
            f"Package {package} is of an older form: it held no texts and no marks by point, and nothing signed it. "
            "Download the package once more, send that one out, and read the answer to it.",
            code="national.form",
            field="file",
        )
    if not signed:
        raise Refused(
            f"What is recorded of package {package} doesn't bear our signature, so its answer can't be read. Download "
            "the package once more and send it out; if this comes again, tell whoever runs this installation.",
            code="national.unsigned",
            field="file",
        )


def check_second(*, by: int, first: int) -> None:
    """Whoever applies an answer is not who read it in."""
    if by == first:
        raise Refused(
            "You read this answer in yourself; a second person of the office applies it.",
            code="national.same_person",
        )
