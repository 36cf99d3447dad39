"""The load generator: a process of its own that hands in over keep-alive connections, and does little else.

`python -m bench.load ORDER RESULT` reads an order as JSON and writes what came back. It knows HTTP only: no Django.
Each client sends its next hand-in as soon as the one before was answered.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus


def marked(text: str, marker: str) -> str:
    """The text of one participant: no two scripts are the same, so that a checksum tells them apart."""
    return f"{marker} {text}"


def request_of(order: dict[str, Any], job: dict[str, Any], text: str) -> bytes:
    """The POST as a browser sends the form: with session, form key and its own origin. `text` is encoded already."""
    token = job["token"]
    body = (
        f"csrfmiddlewaretoken={token}&revision={job['revision']}&form_key={job['form_key']}&text_1={quote_plus(job['marker'])}+{text}"
        "&own_work=on&hand_in=1"
    ).encode()
    head = (
        f"POST {job['path']} HTTP/1.1\r\nHost: {order['host']}\r\nX-Forwarded-Proto: https\r\n"
        f"Origin: https://{order['host']}\r\nCookie: sessionid={job['session']}; csrftoken={token}\r\n"
        "Accept: text/html\r\nAccept-Encoding: gzip\r\nUser-Agent: bench\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    """One response: its status and where it sends the browser. The body is read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if "chunked" in headers.get("transfer-encoding", ""):
        while size := int((await reader.readline()).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(headers.get("content-length", "0")))
    return int(lines[0].split()[1]), headers.get("location", "")


async def client(
    order: dict[str, Any], jobs: Iterator[Any], text: str, until: float, found: list[Any]
) -> None:
    """Take the next of `jobs` until the time is over; a broken connection is an error and a new connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", order["port"])
    while time.perf_counter() < until and (taken := next(jobs, None)):
        number, job = taken
        request = request_of(order, job, text)
        begun = time.perf_counter()
        try:
            writer.write(request)
            status, location = await answer(reader)
        except (OSError, asyncio.IncompleteReadError, ValueError) as fault:
            status, location = 0, repr(fault)
            reader, writer = await asyncio.open_connection("127.0.0.1", order["port"])
        found.append((number, status, location, (time.perf_counter() - begun) * 1000))
    writer.close()


async def run(order: dict[str, Any]) -> dict[str, Any]:
    """Send the jobs of an order with its number of clients for its number of seconds."""
    jobs, text, found = iter(enumerate(order["jobs"])), quote_plus(order["text"]), []
    begun = time.perf_counter()
    until = begun + order["seconds"]
    await asyncio.gather(*(client(order, jobs, text, until, found) for _ in range(order["clients"])))
    return {"seconds": time.perf_counter() - begun, "answers": found, "used_up": next(jobs, None) is None}


if __name__ == "__main__":
    result = asyncio.run(run(json.loads(Path(sys.argv[1]).read_text())))
    Path(sys.argv[2]).write_text(json.dumps(result))
