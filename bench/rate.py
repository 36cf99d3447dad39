"""The load generator of a fixed rate: it asks for pages by a timetable, whether or not those before were answered, so
that a server which falls behind is measured by those who wait.

`python -m bench.rate ORDER RESULT` reads an order as JSON and writes what came back. It knows HTTP only: no Django.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PATIENCE = 20.0  # seconds for an answer


class Line:
    """A connection that is kept open, one request at a time."""

    def __init__(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._port, self._reader, self._writer = port, reader, writer

    @classmethod
    async def open(cls, port: int) -> "Line":
        return cls(port, *await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> tuple[int, float, int]:
        """The status, the seconds on the clock at the first byte, and the bytes of the body as sent."""
        self._writer.write(request)
        first = await self._reader.readexactly(1)
        at = time.perf_counter()
        head = (first + await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
        await self._reader.readexactly(length)
        return int(head.split()[1]), at, length

    def close(self) -> None:
        self._writer.close()


async def run(order: dict[str, Any]) -> list[list[Any]]:
    """Ask for `paths` in turn, `rate` a second for `seconds`; gives [path's place, status, milliseconds, bytes]."""
    free: list[Line] = [await Line.open(order["port"]) for _ in range(order["lines"])]
    found: list[list[Any]] = []

    async def one(place: int, due: float) -> None:
        line = None
        try:
            line = free.pop() if free else await Line.open(order["port"])
            status, at, size = await asyncio.wait_for(line.ask(_request(order, place)), PATIENCE)
            free.append(line)
            found.append([place, status, (at - due) * 1000, size])
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            found.append([place, 0, PATIENCE * 1000, 0])
            if line is not None:
                line.close()

    begun, tasks = time.perf_counter(), []
    for number in range(int(order["rate"] * order["seconds"])):
        due = begun + number / order["rate"]
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number % len(order["paths"]), due)))
    await asyncio.gather(*tasks)
    for line in free:
        line.close()
    return found


def _request(order: dict[str, Any], place: int) -> bytes:
    paths: Sequence[str] = order["paths"]
    return (
        f"GET {paths[place]} HTTP/1.1\r\nHost: {order['host']}\r\nX-Forwarded-Proto: https\r\nAccept: text/html\r\n"
        "Accept-Encoding: gzip, br\r\nUser-Agent: bench\r\n\r\n"
    ).encode()


if __name__ == "__main__":
    result = asyncio.run(run(json.loads(Path(sys.argv[1]).read_text())))
    Path(sys.argv[2]).write_text(json.dumps(result))
