"""Reading mail: bytes of anybody become a small letter of plain text; nothing is rendered or opened. No Django."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parseaddr
from html.parser import HTMLParser

from goldenthread.common.refused import Refused
from goldenthread.enquiries.rules import LONGEST_LETTER, plain
from goldenthread.people.rules import check_email

LONGEST_LIST = 100_000  # characters of a header that lists addresses
DELIVERED = ("X-Original-To", "Envelope-To", "Delivered-To")
LARGEST = 10 * 1024 * 1024  # bytes; of what is larger only the head is read
MOST_PARTS = 200
_REFERENCE = re.compile(r"\[(Q-[0-9A-Z]{6})\]", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{3,200}>")
_MACHINES = ("mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply", "bounce")
_BULK = ("bulk", "junk", "list", "auto_reply")


@dataclass(frozen=True)
class Letter:
    """What a mail says, bounded in every direction."""

    message_id: str
    answers: tuple[str, ...]  # the messages it answers, nearest first
    name: str
    sender: str  # "" when it has no address that can be answered
    delivered: tuple[str, ...]  # for whom this copy is, as mail servers wrote it
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str
    notes: tuple[str, ...] = ()  # what was left out
    automatic: str = ""  # why nobody wrote it, or ""
    bounce: bool = False

    @property
    def reference(self) -> str:
        """The reference in its subject, or ""."""
        found = _REFERENCE.search(self.subject)
        return found[1].upper() if found else ""


def read(raw: bytes, *, cut: bool = False) -> Letter:
    """Read a mail, however broken; it never raises. What can't be read is said in the notes.

    `cut`: this is the head of one that is too large.
    """
    digest = hashlib.sha256(raw).hexdigest()
    notes: list[str] = []
    text = ""
    try:
        if cut or len(raw) > LARGEST:
            notes.append(f"It is larger than {LARGEST // 1024 // 1024} MB: only its head was read.")
            message = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:65536])
        else:
            message = message_from_bytes(raw, policy=policy.compat32)
            text = _text_of(message, notes)
    except (RecursionError, ValueError, LookupError, HeaderParseError, TypeError, AttributeError):
        notes.append("Its content could not be read.")
        message = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:65536])
    return _letter(message, text, notes, digest)


def _letter(message: Message, text: str, notes: list[str], digest: str) -> Letter:
    name, address = parseaddr(_head(message, "From"))
    try:
        sender = check_email(address)
    except Refused:
        sender = ""
    ids = _ID.findall(_head(message, "Message-ID"))
    answers = _ID.findall(_head(message, "In-Reply-To"))
    answers += reversed(_ID.findall(_head(message, "References"))[-20:])
    bounce = message.get_content_type() == "multipart/report" or _head(message, "Return-Path").strip() == "<>"
    if bounce:
        answers += _ID.findall(text)[:20]
    return Letter(
        message_id=ids[0] if ids else f"<{digest[:40]}@unnamed.invalid>",
        answers=tuple(dict.fromkeys(answers)),
        name=plain(name).replace("\n", " ")[:200],
        sender=sender,
        delivered=_addresses(message, *DELIVERED),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        subject=plain(_head(message, "Subject")).replace("\n", " ")[:200],
        text=text,
        notes=tuple(notes),
        automatic=_automatic(message, sender, bounce=bounce),
        bounce=bounce,
    )


def _addresses(message: Message, *names: str) -> tuple[str, ...]:
    """The addresses in these headers, in their order."""
    heads = [_head(message, name, longest=LONGEST_LIST) for name in names]
    heads = list(filter(None, heads))  # with an empty one some releases of Python give no address
    found = (address.strip().lower() for _, address in getaddresses(heads))
    return tuple(dict.fromkeys(one for one in found if "@" in one))


def _head(message: Message, name: str, *, longest: int = 4000) -> str:
    """A header as text, whatever it is encoded in; several of one name behind each other."""
    found = []
    for value in (message.get_all(name) or [])[:10]:
        try:
            pieces = decode_header(str(value)[:longest])
        except (HeaderParseError, ValueError):
            pieces = [(str(value)[:longest], None)]
        found.append("".join(_decoded(piece, charset) for piece, charset in pieces))
    return ", ".join(found)


def _decoded(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    for name in (charset or "utf-8", "utf-8"):
        try:
            return piece.decode(name, "strict" if name != "utf-8" else "replace")
        except (LookupError, UnicodeDecodeError):
            continue
    return piece.decode("latin-1")


def _automatic(message: Message, sender: str, *, bounce: bool) -> str:
    """Why nobody wrote this, so that nobody answers it; "" for a person's."""
    if bounce:
        return "a report that a message could not be delivered"
    auto = _head(message, "Auto-Submitted").strip().lower()
    if auto and not auto.startswith("no"):
        return "an automatic answer"
    if _head(message, "Precedence").strip().lower() in _BULK or _head(message, "X-Autoreply"):
        return "an automatic or bulk message"
    if _head(message, "List-Id") or _head(message, "List-Unsubscribe"):
        return "a message of a mailing list"
    if not sender:
        return "a message without a sender"
    local = sender.partition("@")[0]
    return "a message of a machine" if local.startswith(_MACHINES) else ""


# --- content -----------------------------------------------------------------------------------------
def _text_of(message: Message, notes: list[str]) -> str:
    """The plain text, else the text of the HTML; attachments are counted and left alone."""
    plains, htmls, attached = [], [], 0
    for number, part in enumerate(_leaves(message)):
        if number >= MOST_PARTS:
            notes.append(f"Only the first {MOST_PARTS} parts were read.")
            break
        kind = part.get_content_type()
        if (
            part.get_filename()
            or part.get_content_disposition() == "attachment"
            or not kind.startswith("text/")
        ):
            attached += kind not in ("message/delivery-status", "text/rfc822-headers")
        elif kind == "text/html":
            htmls.append(_content(part))
        else:
            plains.append(_content(part))
    if attached:
        files = "1 attachment was" if attached == 1 else f"{attached} attachments were"
        notes.append(f"{files} left out: enquiries take text only.")
    text = "\n\n".join(filter(None, plains)).strip()
    if not text and htmls:
        text = "\n\n".join(_from_html(html) for html in htmls)
    text = plain(text)
    if len(text) > LONGEST_LETTER:
        notes.append(f"Only the first {LONGEST_LETTER:,} characters are kept.")
    return text[:LONGEST_LETTER]


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, without recursion, so that deep nesting costs nothing."""
    waiting: list[Message] = [message]
    while waiting:
        part = waiting.pop()
        inside = part.get_payload()
        if isinstance(inside, list):
            waiting += [one for one in reversed(inside[: MOST_PARTS + 1]) if isinstance(one, Message)]
        else:
            yield part


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _decoded(payload[: LONGEST_LETTER * 8], part.get_content_charset())


class _Words(HTMLParser):
    """The words of an HTML text, with line ends where blocks end, without what is never shown."""

    HIDDEN = frozenset(
        {"script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object"}
    )
    BLOCKS = frozenset("p div br tr li ul ol table h1 h2 h3 h4 h5 h6 blockquote section article hr".split())

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.hidden = ""
        self.link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self.hidden = ""
        if not self.hidden and tag in self.HIDDEN:
            self.hidden = tag
        elif tag in self.BLOCKS:
            self.found.append("\n")
        elif tag == "a":
            self.link = (dict(attrs).get("href") or "")[:300]

    def handle_endtag(self, tag: str) -> None:
        if tag == self.hidden:
            self.hidden = ""
        elif tag in self.BLOCKS:
            self.found.append("\n")
        elif tag == "a" and self.link.startswith(("http", "mailto:")):
            self.found.append(f" ({self.link})")
            self.link = ""

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found.append(re.sub(r"\s+", " ", data))


def _from_html(html: str) -> str:
    words = _Words()
    words.feed(html)
    words.close()
    lines = "".join(words.found).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)
