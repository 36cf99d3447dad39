"""Fetching mail over IMAP: what is there is taken in, then marked as read or removed, never the other way round."""

import imaplib
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from goldenthread.enquiries import letters

log = logging.getLogger("goldenthread.mailbox")

AT_ONCE = 50
SECONDS = 20
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True)
class Mailbox:
    """Where mail is fetched from, and whether it is removed there once it is here."""

    host: str
    port: int = 993
    user: str = ""
    password: str = ""
    tls: bool = True
    folder: str = "INBOX"
    remove: bool = False


@dataclass(frozen=True)
class Fetched:
    """How many mails were taken in, and how many could not be and are still there."""

    taken: int
    failed: int


def configured() -> Mailbox | None:
    """The mailbox of this installation; None when it fetches none."""
    values: dict[str, Any] = settings.MAILBOX
    return Mailbox(**values) if values["host"] else None


def fetch(mailbox: Mailbox, take: Callable[[bytes, bool], object]) -> Fetched:
    """Give each unread mail to `take(raw, cut)`, up to fifty.

    A mail is marked only after `take` has come back, so that one that is cut short comes again; `take` must be safe to
    repeat. One that can't be taken in holds up no other: it stays unread, and is tried again the next time. Of a mail
    larger than is read only the head is fetched.
    """
    taken = failed = 0
    with _open(mailbox) as server:
        for number in _unread(server):
            raw, cut = _content(server, number)
            if raw is not None and not _taken(take, raw, cut, number):
                failed += 1
                continue
            taken += raw is not None
            _mark(server, number, remove=mailbox.remove)
        if mailbox.remove and taken:
            server.expunge()
    return Fetched(taken, failed)


def _taken(take: Callable[[bytes, bool], object], raw: bytes, cut: bool, number: str) -> bool:
    try:
        take(raw, cut)
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing can be taken in now
    except Exception as fault:  # whatever a stranger's mail brings about, the next one is somebody else's
        log.error("mail %s of the mailbox was not taken in: %s", number, type(fault).__name__)
        return False
    return True


@contextmanager
def _open(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    if mailbox.tls:
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            mailbox.host, mailbox.port, ssl_context=ssl.create_default_context(), timeout=SECONDS
        )
    else:
        server = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=SECONDS)
    try:
        server.login(mailbox.user, mailbox.password)
        status, _ = server.select(f'"{mailbox.folder}"')
        if status != "OK":
            raise imaplib.IMAP4.error(f"there is no folder {mailbox.folder!r}")
        yield server
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def _unread(server: imaplib.IMAP4) -> list[str]:
    _, found = server.uid("SEARCH", "UNSEEN", "UNDELETED")
    return [number.decode() for number in (found[0] or b"").split()[:AT_ONCE]]


def _content(server: imaplib.IMAP4, number: str) -> tuple[bytes | None, bool]:
    """The bytes of a mail and whether it is cut to its head, being too large; None when it is gone by now."""
    _, sizes = server.uid("FETCH", number, "(RFC822.SIZE)")
    text = b" ".join(one if isinstance(one, bytes) else one[0] for one in sizes if one)
    match = _SIZE.search(text)
    too_large = match is not None and int(match[1]) > letters.LARGEST
    _, found = server.uid("FETCH", number, "(BODY.PEEK[HEADER])" if too_large else "(BODY.PEEK[])")
    return next((one[1] for one in found if isinstance(one, tuple)), None), too_large


def _mark(server: imaplib.IMAP4, number: str, *, remove: bool) -> None:
    server.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen \Deleted)" if remove else r"(\Seen)")
