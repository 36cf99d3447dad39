"""A mail provider that honours idempotency keys: it takes mail by SMTP, and keeps what it has seen by its key."""

import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any

KEY = "X-Idempotency-Key"


class _Line(socketserver.StreamRequestHandler):
    """One connection: enough of SMTP for a client that speaks it properly."""

    def handle(self) -> None:
        self._say("220 provider")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                return self._say("221 bye")
            if verb == b"DATA":
                self._say("354 go on")
                if not self._took():
                    return None
            self._say("250 ok")
        return None

    def _took(self) -> bool:
        """Whether a whole mail came: one that breaks off before its last line was never handed over (RFC 5321, 3.8)."""
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        server: Any = self.server
        server.take(b"".join(lines))
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Provider(socketserver.ThreadingTCPServer):
    """`asked`: how often each key came in; `sent`: whom each went to, the first time and never again."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.asked: Counter[str] = Counter()
        self.sent: dict[str, str] = {}
        self.different: list[str] = []
        self._lock = threading.Lock()

    def take(self, raw: bytes) -> None:
        """One mail. A key that was there is not sent again; other content or another receiver under it is a fault."""
        mail = message_from_bytes(raw)
        key, what = str(mail[KEY]), f"{mail['To']} {mail['Subject']} {mail['Message-ID']}"
        with self._lock:
            self.asked[key] += 1
            if self.sent.setdefault(key, what) != what:
                self.different.append(key)


@contextmanager
def running() -> Iterator[Provider]:
    """A provider at a port of its own: `server_address[1]`."""
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()
