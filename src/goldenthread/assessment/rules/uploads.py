"""When a document that arrives in pieces counts as received, and what is taken of it."""

import re
import unicodedata
from datetime import datetime, timedelta

from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused

REST_MINUTES = 60  # unless the version's late policy says otherwise
MOST_REST_MINUTES = 24 * 60
LARGEST_PIECE = 1024 * 1024  # bytes
MOST_OPEN = 3  # documents of one person that are under way
KEPT_IDLE = timedelta(days=1)  # what is not finished, or looked at and not handed in, after its last piece
KEPT_LATE = timedelta(days=30)  # what came too late, for the office to decide
NAME_LENGTH = 255
RELEASE_REASON = 2000

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def rest_until(closes_at: datetime, rest_minutes: int) -> datetime:
    """Until when the rest of a document, and the press of the button, may come that began in time."""
    return closes_at + timedelta(minutes=rest_minutes)


def received_at(
    first_at: datetime, *, at: datetime, closes_at: datetime, rest_minutes: int = REST_MINUTES
) -> datetime:
    """The instant that counts for a document: its first byte's (S0-39), as long as all of it came within the bound.

    `first_at` is when its first byte arrived, `at` when it is judged. After the deadline and the minutes for the rest
    have passed, what is not handed in counts from `at`, which is late.
    """
    return first_at if at <= rest_until(closes_at, rest_minutes) else at


def check_rest(minutes: int | None) -> None:
    """The minutes for the rest are a policy's: from 0 to a day; None for the usual hour."""
    if minutes is not None and not 0 <= minutes <= MOST_REST_MINUTES:
        raise Refused(
            f"Give 0 to {MOST_REST_MINUTES:,} minutes, or leave it empty for {REST_MINUTES}.",
            code="late.rest",
            field="rest_minutes",
        )


def clean_name(name: str) -> str:
    """The name of a document as it is kept: no folders, no control or direction marks, 255 characters with its ending.

    Refuses a name of which nothing is left.
    """
    last = re.split(r"[\\/]", name)[-1]
    kept = "".join(sign for sign in last if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    kept = kept.strip().lstrip(".").strip()
    if not kept:
        raise Refused("Give your document a name, and choose it again.", code="upload.name", field="file")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > NAME_LENGTH and dot and len(ending) < 10:
        return stem[: NAME_LENGTH - len(ending) - 1] + dot + ending
    return kept[:NAME_LENGTH]


def check_announced(size: int, sha256: str, *, limit: int) -> None:
    """What a browser announces: 1 byte or more, at most `limit`, and a checksum of 64 hexadecimal digits."""
    if size < 1:
        raise Refused(
            "This file is empty: open the original, save it again and choose the new file.",
            code="upload.empty",
            field="file",
        )
    if size > limit:
        raise Refused(
            f"This document has {size / 1024 / 1024:,.1f} MB; at most {limit / 1024 / 1024:,.0f} MB are taken. Make "
            "its pictures smaller, or save only the text, and choose it again.",
            code="file.too_big",
            field="file",
        )
    if not _SHA256.fullmatch(sha256):
        raise Refused(
            "The checksum of this document is missing: load the page again and choose the document again.",
            code="upload.sha256",
        )


def check_quota(under_way: int, bytes_under_way: int, size: int, *, limit: int) -> None:
    """One person has few documents under way, so that nobody fills the disk."""
    if under_way >= MOST_OPEN or bytes_under_way + size > MOST_OPEN * limit:
        raise Refused(
            f"{under_way} of your documents are still under way. Choose one of them again to go on with it, or remove "
            "it from the list; then choose this one.",
            code="upload.quota",
            field="file",
        )


def check_piece(offset: int, length: int, *, received: int, size: int) -> None:
    """A piece goes on where the last one ended, is not empty, not larger than a piece, and not beyond what was said."""
    if not 1 <= length <= LARGEST_PIECE:
        raise Refused(f"A piece has 1 to {LARGEST_PIECE:,} bytes.", code="piece.size")
    if offset != received:
        raise Refused(f"The next piece begins at {received}.", code="piece.offset")
    if offset + length > size:
        raise Refused(
            "More arrived than was announced: was the document changed? Choose it again.", code="piece.beyond"
        )


def too_late(closes: str, until: datetime, zone: str) -> Refused:
    """What somebody is told whose document came too late: it is kept, and who decides."""
    return Refused(
        f"The window closed at {closes}, and this document was not handed in by {instant_text(until, zone)}. It is "
        "kept here, with the time at which it arrived, and the programme office can see it: write to them today and "
        "tell them what happened. You need not send it to them.",
        code="window.closed",
        field="file",
    )


def check_release(reason: str, *, blocked: bool) -> None:
    """Only what is held is let through to the markers, by name and with a reason."""
    if not blocked:
        raise Refused("This document is not held any more: look at the list again.", code="document.not_held")
    if not reason.strip():
        raise Refused(
            "Say why it can be opened: this is kept with your name.", code="document.reason", field="reason"
        )
    if len(reason) > RELEASE_REASON:
        raise Refused(f"Shorten this to {RELEASE_REASON:,} characters.", code="document.long", field="reason")
