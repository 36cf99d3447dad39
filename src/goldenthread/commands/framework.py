"""`goldenthread framework import FILE`: read the text of an official framework, report it, and propose it.

Without `--commit` nothing is written and no database is needed. `--commit --by EMAIL` files a proposal in that person's
name; another one decides it on the office's page, or by `goldenthread framework decide ID --by EMAIL`.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from goldenthread.catalogue.folders import installation_folders
from goldenthread.catalogue.framework_notes import known_programmes
from goldenthread.catalogue.framework_source import FrameworkTextError, read_lines
from goldenthread.catalogue.framework_text import Area, FrameworkText, parse_framework, spans
from goldenthread.catalogue.needs import AREAS_OF_NEED
from goldenthread.catalogue.reading import Catalogue, read_catalogue
from goldenthread.commands import start_django
from goldenthread.common.refused import Refused

FINE, REFUSED = 0, 2


def run(arguments: list[str]) -> int:
    """Import, decide, or list the areas of need; 0 when it is done (a second time too), 2 when refused."""
    options = _parser().parse_args(arguments)
    if options.task == "needs":
        print("\n".join(AREAS_OF_NEED.values()))
        return FINE
    if options.task == "decide":
        from goldenthread.commands.framework_decide import decide

        return decide(options)
    return _import(options)


def _import(options: argparse.Namespace) -> int:
    try:
        catalogue = read_catalogue(installation_folders())
        programme, edition, areas = _version(catalogue, options.version)
        if options.commit:
            text, done = _commit(options, programme, edition)
        else:
            known = known_programmes(catalogue.programmes, areas)
            with options.file.open("rb") as file:
                lines = read_lines(file, name=options.file.name)
            text = parse_framework(lines, known=known, programme=programme, name=options.file.name)
            done = "Nothing is written; --commit --by EMAIL proposes it."
    except OSError as fault:
        return _refused(
            FrameworkTextError(options.file.name, 0, f"can't be opened: {fault.strerror}."), options.json
        )
    except Refused as no:
        return _refused(no, options.json)
    if options.json:
        print(json.dumps(text.as_json(), indent=2, ensure_ascii=False))
        print(done, file=sys.stderr)
    else:
        print("\n".join([*_report(text), "", done]))
    return FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goldenthread framework", description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True, metavar="import|decide|needs")
    tasks.add_parser("needs", help="list the four areas of need, by which tasks and case studies are tagged")
    task = tasks.add_parser("import", help="read a framework's text: page text, plain text or .docx")
    task.add_argument("file", type=Path, metavar="FILE")
    task.add_argument(
        "--version", default="", metavar="ID", help="for which version, such as npqlt-reformed-england"
    )
    task.add_argument("--json", action="store_true", help="print JSON")
    task.add_argument("--commit", action="store_true", help="propose it to the office; twice changes nothing")
    task.add_argument("--by", default="", metavar="EMAIL", help="who of the office proposes it")
    task = tasks.add_parser("decide", help="put a proposed text in force or decline it, as a second person")
    task.add_argument(
        "proposal", type=int, nargs="?", metavar="ID", help="which one; without it those that wait are listed"
    )
    task.add_argument("--by", default="", metavar="EMAIL", help="who of the office decides")
    verdict = task.add_mutually_exclusive_group()
    verdict.add_argument("--in-force", action="store_true", help="put it in force; twice changes nothing")
    verdict.add_argument("--decline", metavar="REASON", help="decline it, or take back one's own")
    return parser


def _version(catalogue: Catalogue, key: str) -> tuple[str, str, dict[str, tuple[str, ...]]]:
    """Programme, edition and areas of the version that is named; nothing when none is."""
    if not key:
        return "", "", {}
    file = catalogue.version(key)
    if file is None:
        names = ", ".join(version.specification.id for version in catalogue.versions)
        raise Refused(f"There is no version “{key}”. The versions are: {names}.", code="framework.version")
    spec = file.specification
    return spec.programme, spec.edition, {spec.programme: spec.content_areas}


def _commit(options: argparse.Namespace, programme: str, edition: str) -> tuple[FrameworkText, str]:
    """What the file holds, and what became of it: proposed, or there already."""
    start_django()
    from goldenthread.catalogue.framework_import import check_reading, read_framework
    from goldenthread.commands.framework_decide import member_of_office, propose_file

    with options.file.open("rb") as file:
        reading = read_framework(file, name=options.file.name, programme=programme, edition=edition)
        check_reading(reading)
        by = member_of_office(options.by, "proposes it")
        return reading.text, propose_file(
            reading, file, name=options.file.name, version=options.version, by=by
        )


def _refused(no: Refused, as_json: bool) -> int:
    if as_json and isinstance(no, FrameworkTextError):
        problem = {"line": no.line, "reason": no.reason}
        print(json.dumps({"problems": [problem]}, indent=2, ensure_ascii=False))
    else:
        print(no.message, file=sys.stderr)
    return REFUSED


# --- the report for people ---------------------------------------------------------------------------
def _report(text: FrameworkText) -> Iterable[str]:
    yield f"Programme: {text.programme or 'not named'}"
    for area in text.areas:
        yield ""
        yield from _area(area)
    if text.warnings:
        yield ""
        yield "To look at"
        yield from (f"  {note}" for note in text.warnings)


def _area(area: Area) -> Iterable[str]:
    belongs = "" if area.belongs else ", belongs to another framework"
    times = f", stands there {area.occurrences} times" if area.occurrences > 1 else ""
    yield f"{area.name} (line {area.line}{times}{belongs})"
    numbers = (("complete", area.complete), ("fragments", area.fragments), ("missing", area.missing))
    yield "  learn that     " + "; ".join(f"{name}: {_numbers(found)}" for name, found in numbers)
    for number, group in enumerate(area.learn_how_to, start=1):
        whole = "" if group.complete else " (cut off)"
        yield f"  learn how to {number} {group.heading or '(no heading)'}{whole}"
        yield from (
            f"    ● {bullet.text}{'' if bullet.complete else ' (cut off)'}" for bullet in group.bullets
        )


def _numbers(numbers: tuple[int, ...]) -> str:
    return ", ".join(spans(numbers)) or "none"
