"""Calendar files (RFC 5545): lines with what they hold escaped, folded at 75 octets."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

WIDEST = 75  # octets of a line, without its end
PRODUCT = "-//Golden Thread//EN"


def calendar(entries: Iterable[Iterable[str]], *, name: str = "") -> str:
    """A calendar of `entries`, each the lines of one event as `event` gives them."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"NAME:{escaped(name)}", f"X-WR-CALNAME:{escaped(name)}"] if name else []
    for entry in entries:
        lines += entry
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in fold(line))


def event(
    *,
    uid: str,
    stamp: datetime,
    summary: str,
    on: date | None = None,
    begins: datetime | None = None,
    ends: datetime | None = None,
    **more: str,
) -> Iterator[str]:
    """The lines of an event: the whole day `on`, or from `begins` to `ends`; `more` are further texts by property."""
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}"
    yield f"DTSTAMP:{utc(stamp)}"
    yield f"SUMMARY:{escaped(summary)}"
    for name, text in more.items():
        if text:
            yield f"{name.upper()}:{text if name == 'url' else escaped(text)}"
    if on is not None:
        yield f"DTSTART;VALUE=DATE:{on:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{on + timedelta(days=1):%Y%m%d}"
    elif begins is not None and ends is not None:
        yield f"DTSTART:{utc(begins)}"
        yield f"DTEND:{utc(ends)}"
    yield "END:VEVENT"


def utc(at: datetime) -> str:
    """An instant as calendars write it."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """A text as a value: its commas, semicolons, backslashes and line ends are no syntax."""
    for plain in ("\\", ";", ","):
        text = text.replace(plain, f"\\{plain}")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def fold(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets, no letter cut in two; each but the first begins with a blank."""
    piece, width = "", 0
    for letter in line:
        octets = len(letter.encode())
        if width + octets > WIDEST:
            yield piece
            piece, width = " ", 1
        piece, width = piece + letter, width + octets
    yield piece
