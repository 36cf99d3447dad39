"""`goldenthread words FILE`: how many words a document has by the stated rule, where, or why it can't be counted."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from goldenthread.assessment.words import Reading, read_document
from goldenthread.common.containers import MEGABYTE
from goldenthread.common.filetypes import check_document
from goldenthread.common.quantities import words_text
from goldenthread.common.refused import Refused

SIZE_LIMIT = 100 * MEGABYTE


def run(arguments: list[str]) -> int:
    """Prints the count of the file named in `arguments`; gives 0, or 2 and a message if it cannot be read.

    A scan is refused, never counted as no words (S0-30); with --json the refusal is printed too, with its code.
    """
    options = _parser().parse_args(arguments)
    path = Path(options.file)
    try:
        with path.open("rb") as file:
            found = read_document(file, check_document(file, name=path.name, size_limit=SIZE_LIMIT))
    except Refused as refused:
        if options.json:
            print(json.dumps({"total": None, "refused": refused.code, "message": refused.message}))
        return _fail(f"{path}: {refused.message}")
    except OSError as error:
        return _fail(f"{path}: {error.strerror or error}")
    print(json.dumps({**asdict(found.count), "notes": found.notes}) if options.json else _report(found))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="goldenthread words", description="Counts the words of a .docx, .pdf, .odt or .txt document."
    )
    parser.add_argument("file", metavar="FILE", help="the document")
    parser.add_argument("--json", action="store_true", help="print the count as JSON")
    return parser


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


def _report(found: Reading) -> str:
    count = found.count
    lines = [f"{words_text(count.total)} by rule {count.rule}"]
    lines += [_line(part, words) for part, words in count.parts.items()]
    if count.excluded:
        lines += ["not counted:", *(_line(part, words) for part, words in count.excluded.items())]
    lines += [f"note: {note}" for note in found.notes]
    return "\n".join(lines)


def _line(part: str, words: int) -> str:
    return f"  {part.replace('_', ' '):<17}{words:>9,}"
