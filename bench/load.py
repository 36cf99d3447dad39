"""The load generator: a process of its own that hands in over keep-alive connections, and does little else.

`python -m bench.load ORDER RESULT` reads an order as JSON and writes what came back. It knows HTTP only: no Django.
Each client sends its next hand-in as soon as the one before was answered. It shares the processors with the server that
it measures, so it is plain sockets and one selector: half the work of streams and tasks.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

PIECE = 64 * 1024
PATIENCE = 60.0  # seconds for an answer; then its client is given up
Came = tuple[int, str, bytes]  # status, where it leads, all bytes of an answer
Follow = Callable[
    [int, Came], bytes | None
]  # what a hand-in sends next, by its number and the answer; or None


def marked(text: str, marker: str) -> str:
    """The text of one participant: no two scripts are the same, so that a checksum tells them apart."""
    return f"{marker} {text}"


def request_of(order: dict[str, Any], job: dict[str, Any], text: str) -> bytes:
    """The POST as a browser sends the form: with session, form key and its own origin. `text` is encoded already."""
    token = job["token"]
    body = (
        f"csrfmiddlewaretoken={token}&revision={job['revision']}&form_key={job['form_key']}&text_1={quote_plus(job['marker'])}+{text}"
        "&own_work=on&ai_use=none&hand_in=1"
    ).encode()
    head = (
        f"POST {job['path']} HTTP/1.1\r\nHost: {order['host']}\r\nX-Forwarded-Proto: https\r\n"
        f"Origin: https://{order['host']}\r\nCookie: sessionid={job['session']}; csrftoken={token}\r\n"
        "Accept: text/html\r\nAccept-Encoding: gzip\r\nUser-Agent: bench\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head + body


def answer(raw: bytes) -> tuple[int, str, int] | None:
    """The whole response that `raw` begins with: status, where it leads, its bytes; None while not all is here."""
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = raw[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if "chunked" in headers.get("transfer-encoding", ""):
        whole = _end_of_chunks(raw, end + 4)
    else:
        whole = end + 4 + int(headers.get("content-length", "0"))
    if whole is None or len(raw) < whole:
        return None
    return int(lines[0].split()[1]), headers.get("location", ""), whole


def _end_of_chunks(raw: bytes, at: int) -> int | None:
    while (line := raw.find(b"\r\n", at)) >= 0:
        size = int(raw[at:line].split(b";")[0], 16)
        at = line + 2 + size + 2
        if size == 0:
            return at
    return None


class Client:
    """One keep-alive connection, and the hand-in that is under way on it."""

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._port, self._selector = port, selector
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._came = b""
        self._selector.register(self._socket, selectors.EVENT_READ, self)

    def send(self, number: int, request: bytes) -> None:
        """Begin a hand-in."""
        self.number, self.begun = number, time.perf_counter()
        self.go_on(request)

    def go_on(self, request: bytes) -> None:
        """Send the next request of the hand-in that is under way."""
        self._socket.sendall(request)

    def receive(self) -> Came | None:
        """The answer, once it is all here; a connection that broke is status 0, and a new one."""
        try:
            piece = self._socket.recv(PIECE)
            if not piece:
                raise ConnectionError("closed")
            self._came += piece
            found = answer(self._came)
        except (OSError, ValueError) as fault:
            self.close()
            self._connect()
            return 0, repr(fault), b""
        if found is None:
            return None
        whole, self._came = self._came[: found[2]], self._came[found[2] :]
        return found[0], found[1], whole

    def close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Send the jobs of an order with its number of clients for its number of seconds."""
    text = quote_plus(order["text"])
    jobs = iter([(number, request_of(order, job, text)) for number, job in enumerate(order["jobs"])])
    return hand_in(order, jobs)


def hand_in(
    order: dict[str, Any], jobs: Iterator[tuple[int, bytes]], follow: Follow = lambda number, came: None
) -> dict[str, Any]:
    """Send hand-ins, by their numbers, until they or the seconds are used up; what each came to, in what time."""
    found: list[tuple[int, int, str, float]] = []
    with selectors.DefaultSelector() as selector:
        clients = [Client(order["port"], selector) for _ in range(order["clients"])]
        begun = time.perf_counter()
        _hand_in(clients, jobs, selector, found, follow, until=begun + order["seconds"])
        seconds = time.perf_counter() - begun
        for client in clients:
            client.close()
    return {"seconds": seconds, "answers": found, "used_up": next(jobs, None) is None}


def _hand_in(
    clients: list[Client],
    jobs: Iterator[tuple[int, bytes]],
    selector: selectors.BaseSelector,
    found: list[tuple[int, int, str, float]],
    follow: Follow,
    *,
    until: float,
) -> None:
    under_way = {client for client in clients if _next(client, jobs)}
    while under_way:
        ready = selector.select(PATIENCE)
        if not ready:
            found += [(client.number, 0, "no answer", PATIENCE * 1000) for client in under_way]
            return
        for key, _ in ready:
            client: Client = key.data
            came = client.receive()
            if came is None or client not in under_way:
                continue
            more = follow(client.number, came)
            if more is not None:
                client.go_on(more)
                continue
            now = time.perf_counter()
            found.append((client.number, came[0], came[1], (now - client.begun) * 1000))
            if now >= until or not _next(client, jobs):
                under_way.discard(client)


def _next(client: Client, jobs: Iterator[tuple[int, bytes]]) -> bool:
    taken = next(jobs, None)
    if taken is not None:
        client.send(*taken)
    return taken is not None


if __name__ == "__main__":
    result = run(json.loads(Path(sys.argv[1]).read_text()))
    Path(sys.argv[2]).write_text(json.dumps(result))
