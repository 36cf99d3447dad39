"""When a document that arrives in pieces counts as received, and what is taken of it."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused

REST_MINUTES = 60  # unless the version's late policy says otherwise
MOST_REST_MINUTES = 24 * 60
LARGEST_PIECE = 1024 * 1024  # bytes
MOST_OPEN = 3  # documents of one person that are under way
UNDER_WAY = timedelta(days=1)  # after its last piece; later it waits, and keeps no other one from beginning
MOST_KEPT = 20  # documents of a sitting that are not handed in, but for what came too late
NAME_LENGTH = 255
MOST_AFTER = 5  # documents of a sitting that began after its deadline, or its deferral
LIMITS_AFTER = 3  # so many times the largest document they may have together
AFTER_DEADLINE = "upload.after_deadline"
OF_DEFERRED = "upload.of_deferred"
NEWER_COUNTS = "script.newer_counts"
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


def rest_of(stated: int | None) -> int:
    """The minutes for the rest of a document, where a late policy states so many; None: the usual hour."""
    return REST_MINUTES if stated is None else stated


def rest_text(minutes: int) -> str:
    """How long the rest of a document may take whose first byte came in time, to participants."""
    if minutes == 0:
        return "All of a document has to be there by the deadline."
    took = f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"The rest of a document whose first byte came in time may take {took}."


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


def check_room_after(
    kept: int, bytes_kept: int, size: int, *, limit: int, after: str = "the deadline"
) -> None:
    """Of a sitting so many documents, and bytes, are kept that came after its deadline, or its deferral, so that nobody
    fills the disk.

    `kept` are there with `bytes_kept` bytes; this one has `size`, and `limit` are the most bytes of one document.
    """
    if kept >= MOST_AFTER or bytes_kept + size > LIMITS_AFTER * limit:
        raise Refused(
            f"{kept} document{'' if kept == 1 else 's'} that came after {after} {'is' if kept == 1 else 'are'} "
            "kept for you already, and there is no room for this one: it was not taken. Remove one of them from the "
            "list and choose this one again, or write to the programme office today and send it to them.",
            code="upload.after_many",
            field="file",
        )


def after_deadline(what: str, closes: str, first_at: datetime, zone: str) -> Refused:
    """What somebody is told whose document began to arrive after the deadline; `what` closed is "The window"."""
    return Refused(
        f"{what} closed at {closes}, and this document arrived after the deadline, {instant_text(first_at, zone)}. It "
        "is kept here as you sent it, and does not count by itself. Write to the programme office today and tell them "
        "what happened: they can see it, and a late policy or an appeal may admit it. You need not send it to them.",
        code=AFTER_DEADLINE,
        field="file",
    )


def of_deferred() -> Refused:
    """What somebody is told whose document came for a sitting that has been deferred: it is kept, and what is next."""
    return Refused(
        "This sitting was deferred, so this document was not handed in. It is kept as you sent it, and the programme "
        "office can see it: you need not send it to them. They enter you for a later window, and you get a mail with "
        "its days.",
        code=OF_DEFERRED,
        field="file",
    )


def check_seen(what: str, *, counts: int, seen: int) -> None:
    """A document takes the place of what its page showed, not of a script that came since without a word.

    `what` names the script that counts, `counts` is its number, and `seen` the number that the page showed (0: none),
    or of which the person has said since that it may be replaced.
    """
    if seen != counts:
        raise Refused(
            f"{what} counts, and came after this page was made. Nothing was handed in now, and this document is kept. "
            "If it is to count instead, tick the box that says so and hand it in again; if not, there is nothing "
            "left to do.",
            code=NEWER_COUNTS,
            field="replace",
        )


def check_harmless(*, infected: bool) -> None:
    """A document in which malware was found before is neither handed in nor given out, whatever else it is."""
    if infected:
        raise Refused(
            "Malware was found in this document, so it is set apart: nobody can open it. Scan your computer, write "
            "what you have into a new document, and choose that one.",
            code="upload.malware",
            field="file",
        )


def check_evidence(infected: Sequence[str]) -> None:
    """Evidence in which malware was found isn't handed in; `infected` are the names of such files."""
    if infected:
        raise Refused(
            f"Malware was found in {', '.join(infected)}, so nothing was handed in. Take "
            f"{'it' if len(infected) == 1 else 'them'} out of your evidence, add a clean copy if you have "
            "one, and hand in again.",
            code="evidence.malware",
        )


def stopped_coming(closes: str, counted_at: datetime, zone: str) -> Refused:
    """What somebody is told whose document began in time, stopped coming or came too slowly for more than two minutes,
    and so is late.
    """
    return Refused(
        f"The window closed at {closes}. This document began to arrive before that and then stopped, or came too "
        f"slowly, for more than two minutes, so it counts from {instant_text(counted_at, zone, seconds=True)}. It is "
        "kept here, and the programme office can see it: write to them today and tell them what happened. You need "
        "not send it.",
        code="window.closed",
        field="file",
    )


def check_openable(state: str, *, let: bool = False, said: str = "", scanner: bool, trusts: bool) -> None:
    """The office opens what was sent and not handed in once it is known to be safe, as markers do, or once somebody of
    them `let` it be opened.

    `state` is what is known of the document, "" for nothing; `said` names what was found. Where there is no `scanner`,
    an installation that `trusts` documents lets them be opened as they are.
    """
    known = state in ("clean", "released", "trusted") or (not state and not scanner and trusts)
    if known or (let and state != "found"):
        return
    if state == "found":
        raise Refused(
            f"Malware was found in this document{': ' + said if said else ''}. So nobody can open it. Ask whose it is "
            "for a clean copy.",
            code="document.malware",
        )
    if scanner:
        raise Refused(
            "This document is not scanned yet. It is on the scanner's list: look again in a minute or two.",
            code="document.held",
        )
    raise Refused(
        "There is no malware scanner, so nothing is known of this document. Somebody of the office can let it through, "
        "with a reason.",
        code="document.held",
    )


def check_let_open(state: str) -> None:
    """What was not handed in is let through while nothing is known of it: never with malware in it."""
    if state == "found":
        raise Refused(
            "Malware was found in this document, so nobody can open it. Ask whose it is for a clean copy.",
            code="document.malware",
            field="reason",
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
