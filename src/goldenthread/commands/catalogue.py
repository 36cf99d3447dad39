"""`goldenthread catalogue check | show [VERSION] | load | export VERSION`: the programme specifications.

`check` and `show` prove and print the files and need no database; `load` brings the database in step with them;
`export` prints a version of the database as the file that reads back into it.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from goldenthread.catalogue.describing import describe, describe_check, describe_conflict
from goldenthread.catalogue.folders import installation_folders
from goldenthread.catalogue.problems import SpecificationError
from goldenthread.catalogue.reading import Catalogue, read_catalogue
from goldenthread.catalogue.rules import Conflict, Unknown, check_tables, check_totals, conflicts, unknowns
from goldenthread.catalogue.sourced import SourcedValue
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import Component
from goldenthread.catalogue.terms import ConflictNote
from goldenthread.commands import start_django
from goldenthread.common.quantities import hours_text, money_text
from goldenthread.common.refused import Refused

FINE, WRONG, MALFORMED = 0, 1, 2


def run(arguments: list[str]) -> int:
    """Do one of the four; 0 if nothing is wrong, 1 if a total is, 2 if a file or a name can't be used."""
    options = _parser().parse_args(arguments)
    folders = [*installation_folders(), *options.folder]
    try:
        if options.task == "load":
            return _load(folders)
        if options.task == "export":
            return _export(options.version)
        catalogue = read_catalogue(folders)
    except Refused as no:
        return _refused(no, as_json=getattr(options, "json", False))
    specs = [version.specification for version in catalogue.versions]
    if options.task == "check":
        return _check(catalogue, specs, as_json=options.json)
    return _show(specs, options.version, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goldenthread catalogue", description=__doc__.splitlines()[0])
    tasks = parser.add_subparsers(dest="task", required=True, metavar="check|show|load|export")
    check = tasks.add_parser("check", help="do the hours add up, which sources disagree, what is unknown")
    show = tasks.add_parser("show", help="what the versions consist of")
    show.add_argument("version", nargs="?", help="one version, such as npqlt-reformed-international")
    load = tasks.add_parser("load", help="load the files into the database; safe to repeat")
    export = tasks.add_parser("export", help="print a version of the database as a specification file")
    export.add_argument("version", help="its id, such as npqlt-reformed-international")
    export.set_defaults(folder=[])
    for task in (check, show):
        task.add_argument("--json", action="store_true", help="print JSON")
    for task in (check, show, load):
        task.add_argument(
            "--folder",
            type=Path,
            action="append",
            default=[],
            metavar="FOLDER",
            help="a folder with further specification files; may be repeated",
        )
    return parser


def _load(folders: Sequence[Path]) -> int:
    start_django()
    from goldenthread.catalogue import actions
    from goldenthread.common import clock
    from goldenthread.intakes import closing
    from goldenthread.web.public import findable

    print(actions.load(by=None, at=clock.now(), folders=folders))
    closing.follow_files(by=None, at=clock.now())
    findable.refresh(at=clock.now())
    return FINE


def _export(key: str) -> int:
    start_django()
    from goldenthread.catalogue.drafting import exported
    from goldenthread.catalogue.models import ProgrammeVersion

    version = ProgrammeVersion.objects.filter(key=key).first()
    if version is None:
        names = "\n".join(f"  {name}" for name in ProgrammeVersion.objects.values_list("key", flat=True))
        print(f"There is no version “{key}” in the database. The versions are:\n{names}", file=sys.stderr)
        return MALFORMED
    print(exported(version), end="")
    return FINE


def _refused(no: Refused, *, as_json: bool) -> int:
    if as_json and isinstance(no, SpecificationError):
        problems = [{"file": p.file, "path": p.path, "reason": p.reason} for p in no.problems]
        _print_json({"problems": problems})
    else:
        print(no.message, file=sys.stderr)
    return MALFORMED


# --- show ---------------------------------------------------------------------------------------
def _show(specs: Sequence[Specification], key: str | None, *, as_json: bool) -> int:
    chosen = [spec for spec in specs if key is None or spec.id == key]
    if not chosen:
        names = "\n".join(f"  {spec.id}" for spec in specs)
        print(f"There is no version “{key}”. The versions are:\n{names}", file=sys.stderr)
        return MALFORMED
    if as_json:
        _print_json(describe(chosen[0]) if key else [describe(spec) for spec in chosen])
    elif key:
        print("\n".join(_sheet(chosen[0])))
    else:
        rows = [("version", "hours", "fee", "areas", "state")]
        rows += [
            (
                spec.id,
                _hours(spec.minutes_declared),
                _fee(spec),
                str(len(spec.content_areas)),
                spec.state.value,
            )
            for spec in chosen
        ]
        print("\n".join(_aligned(rows)))
    return FINE


def _sheet(spec: Specification) -> Iterable[str]:
    yield f"{spec.programme_name} ({spec.programme})"
    yield f"{spec.id}: {spec.edition}, {spec.market}, {spec.state.value}"
    yield f"For: {spec.audience.text}"
    yield ""
    yield from _aligned([_component_row(component) for component in spec.components])
    yield ""
    check = check_totals(spec)
    yield f"Total: {_hours(spec.minutes_declared)} declared, {hours_text(check.known)} known: {check.status}"
    yield f"Fee: {_fee(spec)}"
    yield f"Content areas: {', '.join(spec.content_areas) or 'not named in the sources'}"
    yield ""
    yield "Rules"
    for name, value in describe(spec)["rules"].items():
        if value not in (None, [], False):
            yield f"  {name.replace('_', ' ')}: {_plain(value)}"


def _component_row(component: Component) -> tuple[str, ...]:
    time = _hours(component.minutes) if component.counts else "no hours"
    return component.name, component.stage, time, ", ".join(component.hours.sources or component.source)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(
            f"{key} {_plain(item)}" for key, item in value.items() if item not in (None, "", [], False)
        )
    return "yes" if value is True else str(value)


# --- check --------------------------------------------------------------------------------------
def _check(catalogue: Catalogue, specs: Sequence[Specification], *, as_json: bool) -> int:
    wrong = any(check_totals(spec).status == "wrong" for spec in specs)
    if as_json:
        _print_json(
            {
                "wrong": wrong,
                "versions": [describe_check(spec) for spec in specs],
                "conflicts": [describe_conflict(note) for note in catalogue.conflicts],
            }
        )
    else:
        lines = [*_totals(specs), "", *_second_tables(specs), "", *_conflicts(catalogue, specs)]
        print("\n".join([*lines, "", *_unknowns(specs), "", *_documents(catalogue, specs)]))
    return WRONG if wrong else FINE


def _totals(specs: Sequence[Specification]) -> Iterable[str]:
    rows = [("version", "known", "declared", "status")]
    for spec in specs:
        check = check_totals(spec)
        status = str(check.status)
        if check.unknown_components:
            missing = "" if check.missing is None else f"{hours_text(check.missing)} over "
            status += f": {missing}{', '.join(check.unknown_components)} unknown"
        elif check.missing:
            way = "missing" if check.missing > 0 else "too many"
            status += f": {hours_text(abs(check.missing))} {way}"
        rows.append((spec.id, hours_text(check.known), _hours(check.declared), status))
    return _aligned(rows)


def _second_tables(specs: Sequence[Specification]) -> Iterable[str]:
    yield "Second tables of the same hours"
    rows = []
    for spec in specs:
        for check in check_tables(spec):
            name = f"  {check.table}" + (f" ({check.reading})" if check.reading else "")
            sums = f"{hours_text(check.summed)} of {hours_text(check.declared)}"
            rows.append((name, sums, check.text, check.conflict))
    yield from _aligned(rows)


def _conflicts(catalogue: Catalogue, specs: Sequence[Specification]) -> Iterable[str]:
    yield "Where the sources disagree"
    notes: dict[str, Conflict | ConflictNote] = {note.id: note for note in catalogue.conflicts}
    touched: dict[str, list[tuple[Specification, Conflict]]] = {}
    for spec in specs:
        for conflict in conflicts(spec):
            notes.setdefault(conflict.id, conflict)
            touched.setdefault(conflict.id, []).append((spec, conflict))
    for name, note in sorted(notes.items(), key=lambda item: (len(item[0]), item[0])):
        yield f"  {name}  {note.what}"
        yield f"        {note.resolution}"
        yield f"        sources: {', '.join(note.source)}"
        for spec, conflict in touched.get(name, []):
            yield from _conflict_values(spec, conflict)


def _conflict_values(spec: Specification, conflict: Conflict) -> Iterable[str]:
    if conflict.must_be_chosen:
        yield f"        {spec.id}: a person must choose"
    for key, value in conflict.values:
        yield f"        {spec.id}: {key} {_amount(value)} ({', '.join(value.source)}), {_state(value)}"


def _amount(value: SourcedValue[Any]) -> str:
    if value.value is None:
        return "unknown"
    if value.unit == "minutes":
        return hours_text(value.value)
    return f"{value.value:,} {value.unit}" if isinstance(value.value, int) else f"{value.value} {value.unit}"


def _state(value: SourcedValue[Any]) -> str:
    return value.state.value.replace("_", " ") + (" (derived)" if value.derived else "")


def _unknowns(specs: Sequence[Specification]) -> Iterable[str]:
    yield "What no source says"
    found: dict[str, list[str]] = {}
    for spec in specs:
        for item in unknowns(spec):
            found.setdefault(_unknown(item), []).append(spec.id)
    for text, versions in found.items():
        yield f"  {text}"
        yield f"        {', '.join(versions)}"


def _unknown(item: Unknown) -> str:
    origin = ", ".join([*([item.gap] if item.gap else []), *item.source])
    return item.what + (f" [{origin}]" if origin else "") + (f": {item.then}" if item.then else "")


def _documents(catalogue: Catalogue, specs: Sequence[Specification]) -> Iterable[str]:
    yield "Sources"
    known = dict(catalogue.programmes.documents)
    for spec in specs:
        known |= dict(spec.documents)
    for name, title in sorted(known.items()):
        yield f"  {name}  {title}"


# --- printing -----------------------------------------------------------------------------------
def _hours(minutes: int | None) -> str:
    return "unknown" if minutes is None else hours_text(minutes)


def _fee(spec: Specification) -> str:
    pence = spec.fees[-1].pence.value if spec.fees else None
    return "unknown" if pence is None else money_text(pence)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Rows as lines, each column as wide as its widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))
