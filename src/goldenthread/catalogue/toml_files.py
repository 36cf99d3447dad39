"""A TOML file as plain, JSON-safe data: size, encoding and syntax are checked here, meaning elsewhere."""

import math
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from goldenthread.catalogue.problems import Problem, SpecificationError

LARGEST_FILE = 256 * 1024
DEEPEST = 12


def read_toml(source: Path | str, *, name: str = "text") -> dict[str, Any]:
    """The data of a TOML file (a Path) or text (a str); refuses what is too large, not UTF-8 or not TOML."""
    file = source.name if isinstance(source, Path) else name
    try:
        text = _text(source)
        data = tomllib.loads(text)
        return {key: _plain(value, key, 1) for key, value in data.items()}
    except _Unusable as no:
        raise SpecificationError(file, [Problem(file, no.path, no.reason)]) from None
    except (ValueError, RecursionError) as no:
        reason = str(no) if isinstance(no, tomllib.TOMLDecodeError) else "too deep, or a number too long"
        raise SpecificationError(file, [Problem(file, "", f"is not valid TOML: {reason}")]) from None


class _Unusable(Exception):
    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


def _text(source: Path | str) -> str:
    too_large = f"is larger than {LARGEST_FILE // 1024} KiB"
    if isinstance(source, str):
        if len(source) > LARGEST_FILE:
            raise _Unusable("", too_large)
        return source
    if source.exists() and not source.is_file():
        raise _Unusable("", "can't be read: it is no ordinary file")
    try:
        with source.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as no:
        raise _Unusable("", f"can't be read: {no.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise _Unusable("", too_large)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as no:
        line = content.count(b"\n", 0, no.start) + 1
        raise _Unusable("", f"is not UTF-8: see line {line}") from None


def _plain(value: Any, path: str, depth: int) -> Any:
    """Days become "2021-09-01"; what JSON can't hold is refused."""
    if depth > DEEPEST:
        raise _Unusable(path, f"is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        return {key: _plain(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, path, depth + 1) for item in value]
    if isinstance(value, datetime | time):
        raise _Unusable(path, "must be a day without a time of day")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        raise _Unusable(path, "must be a finite number")
    if isinstance(value, int) and abs(value) > 10**12:
        raise _Unusable(path, "is too large a number")
    return value
