"""A small IMAP server for tests: one mailbox in memory, as much of the protocol as `imaplib` speaks to fetch mail."""

import re
import socketserver
import threading
from dataclasses import dataclass, field
from typing import Any

NAME, WORD = "office", "a mailbox password"


@dataclass
class Message:
    """A mail in the mailbox with its flags."""

    raw: bytes
    flags: set[str] = field(default_factory=set)


class Mailbox(socketserver.ThreadingTCPServer):
    """`with Mailbox([b"From: ..."]) as server:` listens on `server.port`; `server.messages` by their numbers."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mails: list[bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.messages = {number: Message(raw) for number, raw in enumerate(mails, start=1)}
        self.commands: list[str] = []
        self.break_after: int | None = None  # the connection breaks after so many fetches of a whole mail

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> "Mailbox":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *fault: Any) -> None:
        self.shutdown()
        self.server_close()

    def put(self, raw: bytes) -> None:
        self.messages[max(self.messages, default=0) + 1] = Message(raw)

    def unread(self) -> list[int]:
        return [number for number, one in self.messages.items() if not one.flags & {"\\Seen", "\\Deleted"}]


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: Mailbox

    def handle(self) -> None:
        self.line("* OK tests")
        while request := self.rfile.readline():
            tag, _, command = request.decode().strip().partition(" ")
            self.server.commands.append(command)
            if not self.answer(tag, command):
                return

    def line(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def answer(self, tag: str, command: str) -> bool:
        word = command.split()[0].upper()
        if word == "UID":
            return self.uid(tag, command.removeprefix(command.split()[0]).strip())
        if word == "CAPABILITY":
            self.line("* CAPABILITY IMAP4rev1")
        elif word == "LOGIN" and command != f'LOGIN {NAME} "{WORD}"':
            self.line(f"{tag} NO [AUTHENTICATIONFAILED] wrong name or password")
            return True
        elif word == "SELECT":
            if command != 'SELECT "INBOX"':
                self.line(f"{tag} NO there is no such folder")
                return True
            self.line(f"* {len(self.server.messages)} EXISTS")
        elif word == "EXPUNGE":
            for number in [n for n, one in self.server.messages.items() if "\\Deleted" in one.flags]:
                del self.server.messages[number]
        elif word == "LOGOUT":
            self.line("* BYE")
        self.line(f"{tag} OK done")
        return word != "LOGOUT"

    def uid(self, tag: str, command: str) -> bool:
        word, _, rest = command.partition(" ")
        if word.upper() == "SEARCH":
            self.line(f"* SEARCH {' '.join(map(str, self.server.unread()))}".rstrip())
        elif word.upper() == "FETCH":
            number, _, what = rest.partition(" ")
            if not self.fetch(int(number), what):
                return False
        elif word.upper() == "STORE":
            number, _, flags = rest.partition(" ")
            self.server.messages[int(number)].flags |= set(re.findall(r"\\\w+", flags))
        self.line(f"{tag} OK done")
        return True

    def fetch(self, number: int, what: str) -> bool:
        raw = self.server.messages[number].raw
        if "RFC822.SIZE" in what:
            self.line(f"* {number} FETCH (UID {number} RFC822.SIZE {len(raw)})")
            return True
        if self.server.break_after == 0:
            self.server.break_after = None
            return False
        if self.server.break_after is not None:
            self.server.break_after -= 1
        if "HEADER" in what:
            raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.wfile.write(f"* {number} FETCH (UID {number} {what.strip('()')} {{{len(raw)}}}\r\n".encode())
        self.wfile.write(raw + b")\r\n")
        return True
