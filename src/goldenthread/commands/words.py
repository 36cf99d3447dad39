"""`goldenthread words FILE`: how many words a document has by the stated rule, where, or why it can't be counted.

With `--version` they are counted as a specification says, of a case study or of one task, and set beside its limit.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from goldenthread.assessment.rules.policies import FIRST_COUNTING, Counting, Length, counting_now
from goldenthread.assessment.words import Reading, read_document
from goldenthread.catalogue.folders import installation_folders
from goldenthread.catalogue.reading import read_catalogue, read_specification
from goldenthread.catalogue.specification import Specification
from goldenthread.common.containers import MEGABYTE
from goldenthread.common.filetypes import check_document
from goldenthread.common.quantities import words_text
from goldenthread.common.refused import Refused

SIZE_LIMIT = 100 * MEGABYTE


def run(arguments: list[str]) -> int:
    """Prints the count of the file named in `arguments`; gives 0, or 2 and a message if it cannot be read.

    A scan is refused, never counted as no words (S0-30); with --json what keeps it from being counted is printed
    too, with its code.
    """
    options = _parser().parse_args(arguments)
    path = Path(options.file)
    try:
        stated = _stated(options.version, options.task) if options.version else None
        with path.open("rb") as file:
            found = read_document(file, check_document(file, name=path.name, size_limit=SIZE_LIMIT))
    except Refused as refused:
        return _fail(path, refused.message, code=refused.code, as_json=options.json)
    except OSError as error:
        code = "file.missing" if isinstance(error, FileNotFoundError) else "file.unreadable"
        return _fail(path, error.strerror or str(error), code=code, as_json=options.json)
    counting, limit = stated or (FIRST_COUNTING, None)
    found = replace(found, count=found.count.leaving_out(counting.not_counted))
    length = Length(found.count.total, limit, counting)
    if options.json:
        print(
            json.dumps(
                {
                    **asdict(found.count),
                    "notes": found.notes,
                    **(_as_stated(length, options.version) if stated else {}),
                }
            )
        )
    else:
        print(_report(found) + (f"\n{length.text}" if stated else ""))
    return 0


def _stated(version: str, task: str) -> tuple[Counting, int | None]:
    """How a shipped version, or one in a file, counts words, and its limit where one is in force. Refuses others."""
    assessment = _specification(version).assessment
    limits = {"": assessment.max_words, **{one.key: one.max_words for one in assessment.tasks}}
    task = task or (assessment.tasks[0].key if len(assessment.tasks) == 1 else "")
    if task not in limits:
        raise Refused(
            f"{version} has no task {task}. Known: {', '.join(filter(None, limits))}.", code="words.task"
        )
    return counting_now(assessment, task), limits[task].values.value


def _specification(version: str) -> Specification:
    """A version of the catalogue's files by its id, or the one in a file."""
    if version.endswith(".toml"):
        return read_specification(Path(version))
    catalogue = read_catalogue(installation_folders())
    found = catalogue.version(version)
    if found is None:
        known = ", ".join(one.specification.id for one in catalogue.versions)
        raise Refused(f"There is no version {version}. Known: {known}; or give a file.", code="words.version")
    return found.specification


def _as_stated(length: Length, version: str) -> dict[str, Any]:
    """The rule that was used, for machines: what doesn't count, and what the limit makes of it."""
    counting = length.counting
    return {
        "version": version,
        "not_counted": list(counting.not_counted),
        "limit": length.limit,
        "tolerance_percent": counting.tolerance_percent,
        "most": length.most,
        "too_many": length.excess,
        "over": str(counting.over),
        "penalty": counting.penalty,
        "text": length.text if length.limit is not None else "",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="goldenthread words", description="Counts the words of a .docx, .pdf, .odt or .txt document."
    )
    parser.add_argument("file", metavar="FILE", help="the document")
    parser.add_argument(
        "--version", metavar="ID", default="", help="count as this version says: its id, or a file of one"
    )
    parser.add_argument("--task", metavar="KEY", default="", help="of a version with several projects")
    parser.add_argument("--json", action="store_true", help="print the count as JSON")
    return parser


def _fail(path: Path, message: str, *, code: str, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"total": None, "refused": code, "message": message}))
    print(f"{path}: {message}", file=sys.stderr)
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
