"""`goldenthread organisations FILE.csv`: take a list of organisations in; other spellings become aliases.

Columns: name, and if given roles and aliases, several of them with a semicolon between.
"""

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

from goldenthread.commands import start_django


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="goldenthread organisations")
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    start_django()
    from goldenthread.common import clock
    from goldenthread.people import aliases

    try:
        with options.file.open(encoding="utf-8-sig", newline="") as lines:
            rows = [_row(line) for line in csv.DictReader(lines)]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as fault:
        print(f"{options.file}: can't be read as a list with the column “name”: {fault}", file=sys.stderr)
        return 2
    done = aliases.import_organisations(rows, by=None, at=clock.now())
    for name in done.made:
        print(f"new: {name}")
    for name, of in done.spelt:
        print(f"another spelling: {name} is {of}; part them on its page if it is not")
    for name, why in done.refused:
        print(f"refused: {name}: {why}", file=sys.stderr)
    print(f"{len(done.made)} new, {len(done.spelt)} spellings, {len(done.known)} as they were")
    return 1 if done.refused else 0


def _row(line: dict[str, str]) -> Any:
    from goldenthread.people.aliases import Row

    def several(name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in (line.get(name) or "").split(";") if part.strip())

    return Row(line["name"] or "", several("roles"), several("aliases"))
