"""Reads specification files: one of them, or the whole catalogue with every problem of every file at once."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from goldenthread.catalogue import building_terms
from goldenthread.catalogue.building import build
from goldenthread.catalogue.framework_files import FrameworkFacts, read_frameworks
from goldenthread.catalogue.problems import Problem, Problems, SpecificationError
from goldenthread.catalogue.programmes import (
    HERE,
    Family,
    ProgrammeFacts,
    Programmes,
    circle_in,
    read_programmes,
)
from goldenthread.catalogue.resolving import Document, Surroundings, digest, resolve
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.tables import PROGRAMME_CODE, PROGRAMME_CODE_TEXT, Table
from goldenthread.catalogue.terms import ConflictNote
from goldenthread.catalogue.toml_files import read_toml

SHIPPED = HERE / "specifications"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class VersionFile:
    """One version as read: its complete document, the document's hash, and the specification it holds."""

    file: str
    document: Document
    sha256: str
    specification: Specification


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that the files hold."""

    programmes: Programmes
    versions: tuple[VersionFile, ...]
    frameworks: tuple[FrameworkFacts, ...]
    conflicts: tuple[ConflictNote, ...]  # the whole register, whether a version names them or not

    def version(self, key: str) -> VersionFile | None:
        """The version with this id, or None."""
        return next((version for version in self.versions if version.specification.id == key), None)


def read_specification(source: Path | str, *, name: str = "text") -> Specification:
    """The specification in a file (a Path) or in TOML text (a str).

    `same_as` is looked up beside the file, then among the shipped ones. Raises SpecificationError with file,
    key and reason of every problem.
    """
    file = source.name if isinstance(source, Path) else name
    beside = [source.parent] if isinstance(source, Path) else []
    data = read_toml(source, name=name)
    return _version(
        file, data, _surroundings(read_programmes(), _raw_files([*beside, SHIPPED]).values())
    ).specification


def read_version(text: str, *, name: str = "text", others: Sequence[Document] = ()) -> VersionFile:
    """One version from the text of a file, beside the shipped files and the documents of `others`.

    Raises SpecificationError as a file of the catalogue would: also where `supersedes` leads nowhere or, by
    way of other versions, back to this one.
    """
    files = {**_by_id(_shipped()), **_by_id(others)}
    data = read_toml(text, name=name)
    version = _version(name, data, Surroundings(read_programmes(), conflict_register(), files.get))
    spec, problems = version.specification, Problems(name)
    if spec.supersedes and spec.supersedes != spec.id and spec.supersedes not in files:
        problems.add("supersedes", f"there is no version “{spec.supersedes}”")
    before = {key: [str(file["supersedes"])] for key, file in files.items() if file.get("supersedes")}
    circle = circle_in({**before, spec.id: [spec.supersedes] if spec.supersedes else []})
    if circle:
        problems.add("supersedes", f"goes in a circle: {' → '.join(circle)}")
    problems.refuse_if_any()
    return version


@cache
def _shipped() -> tuple[Document, ...]:
    return tuple(_raw_files([SHIPPED]).values())


def _by_id(documents: Iterable[Document]) -> dict[str, Document]:
    return {document["id"]: document for document in documents if isinstance(document.get("id"), str)}


def read_catalogue(folders: Sequence[Path] = ()) -> Catalogue:
    """The shipped catalogue together with the specification files of further folders.

    A folder holds specifications (*.toml) and, if it likes, a folder `frameworks`. Raises SpecificationError
    with the problems of all files together; then nothing at all is given.
    """
    trouble = Trouble()
    programmes = read_programmes()
    raw = _raw_files([SHIPPED, *folders], trouble)
    frameworks = [trouble.collect(partial(read_frameworks, path)) for path in _framework_files(folders)]
    trouble.refuse_if_any()
    around = _surroundings(programmes, raw.values())
    versions = [trouble.collect(partial(_version, path.name, data, around)) for path, data in raw.items()]
    found = [version for version in versions if version is not None]
    known = tuple(framework for some in frameworks for framework in some or ())
    programmes = _with_introduced(programmes, found, trouble)
    _check_together(programmes, found, known, trouble)
    trouble.refuse_if_any()
    return Catalogue(programmes, _in_order(found, programmes), known, tuple(_all_conflicts(programmes)))


class Trouble:
    """Collects what is wrong in several files."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def collect(self, read: Callable[[], T]) -> T | None:
        """What `read` gives, or None after noting why it can't."""
        try:
            return read()
        except SpecificationError as no:
            self.found.extend(no.problems)
            return None

    def add(self, file: str, path: str, reason: str) -> None:
        self.found.append(Problem(file, path, reason))

    def refuse_if_any(self) -> None:
        if self.found:
            files = ", ".join(dict.fromkeys(problem.file for problem in self.found))
            raise SpecificationError(files, self.found)


def _raw_files(folders: Iterable[Path], trouble: Trouble | None = None) -> dict[Path, Document]:
    """The plain data of every specification file; malformed ones are noted in `trouble` or passed over."""
    trouble = trouble or Trouble()
    found: dict[Path, Document] = {}
    for folder in folders:
        if not folder.is_dir():
            trouble.add(str(folder), "", "is not a folder")
        for path in sorted(folder.glob("*.toml")):
            data = trouble.collect(partial(read_toml, path))
            if data is not None:
                found[path] = data
    return found


def _framework_files(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in (HERE, *folders) for path in sorted((folder / "frameworks").glob("*.toml"))]


def _surroundings(programmes: Programmes, documents: Iterable[Document]) -> Surroundings:
    by_id: dict[str, Document] = {}
    for document in documents:
        name = document.get("id")
        if isinstance(name, str):
            by_id.setdefault(name, document)
    return Surroundings(programmes, conflict_register(), by_id.get)


def conflict_register() -> dict[str, Document]:
    """The contradictions of conflicts.toml by their ids, as a document holds them."""
    data = read_toml(HERE / "conflicts.toml")
    return {item["id"]: item for item in data.get("conflict", []) if isinstance(item.get("id"), str)}


def _all_conflicts(programmes: Programmes) -> Iterator[ConflictNote]:
    problems = Problems("conflicts.toml")
    documents = frozenset(dict(programmes.documents))
    for item in Table(read_toml(HERE / "conflicts.toml"), "", problems, documents).tables("conflict"):
        yield building_terms.conflict(item)
    problems.refuse_if_any()


def _version(file: str, data: Document, around: Surroundings) -> VersionFile:
    problems = Problems(file)
    document = resolve(data, around, problems)
    code = document.get("programme")
    if isinstance(code, str) and len(code) <= 10 and not re.fullmatch(PROGRAMME_CODE, code.strip() or "XX"):
        problems.add("programme", PROGRAMME_CODE_TEXT)
    specification = build(document, problems)
    return VersionFile(file, document, digest(document), specification)


def _with_introduced(programmes: Programmes, versions: Iterable[VersionFile], trouble: Trouble) -> Programmes:
    """The programmes and the ones that a specification brings along."""
    known = {programme.code: programme for programme in programmes.programmes}
    families = {family.key: family for family in programmes.families}
    for version in versions:
        spec = version.specification
        there = known.get(spec.programme)
        if there and (there.name, there.family) != (spec.programme_name, spec.family):
            trouble.add(version.file, "introduces", f"another file introduces {spec.programme} differently")
        if there is None:
            known[spec.programme] = _introduced(spec, len(known) + 1)
            families.setdefault(spec.family, Family(key=spec.family, name=spec.family.capitalize()))
    return replace(programmes, programmes=tuple(known.values()), families=tuple(families.values()))


def _introduced(spec: Specification, position: int) -> ProgrammeFacts:
    return ProgrammeFacts(
        code=spec.programme,
        name=spec.programme_name,
        short_name=spec.programme_name,
        family=spec.family,
        closed=False,
        replaced_by=(),
        content_areas=spec.content_areas,
        position=position,
        note="",
        source=(),
    )


def _check_together(
    programmes: Programmes,
    versions: list[VersionFile],
    frameworks: tuple[FrameworkFacts, ...],
    trouble: Trouble,
) -> None:
    """Ids used once; `supersedes` and frameworks lead somewhere; framework areas as the version has them."""
    files: dict[str, str] = {}
    for version in versions:
        spec = version.specification
        if spec.id in files:
            trouble.add(version.file, "id", f"“{spec.id}” is the id of {files[spec.id]} already")
        files[spec.id] = version.file
    for version in versions:
        if version.specification.supersedes and version.specification.supersedes not in files:
            trouble.add(
                version.file, "supersedes", f"there is no version “{version.specification.supersedes}”"
            )
    before = {
        v.specification.id: [v.specification.supersedes] for v in versions if v.specification.supersedes
    }
    circle = circle_in(before)
    if circle:
        trouble.add(files[circle[0]], "supersedes", f"goes in a circle: {' → '.join(circle)}")
    for framework in frameworks:
        if programmes.get(framework.programme) is None:
            trouble.add(framework.file, "programmes", f"“{framework.programme}” is not a programme")
        for version in versions:
            spec = version.specification
            same = (spec.programme, spec.edition) == (framework.programme, framework.edition)
            if same and framework.areas and framework.area_names != spec.content_areas:
                trouble.add(framework.file, "area", f"the areas are not those of {spec.id}, in their order")


def _in_order(versions: list[VersionFile], programmes: Programmes) -> tuple[VersionFile, ...]:
    """By programme, the reformed edition first, then by market and revision."""
    positions = {programme.code: programme.position for programme in programmes.programmes}

    def place(version: VersionFile) -> tuple[int, int, str, int]:
        spec = version.specification
        legacy = 1 if spec.edition == "legacy" else 0
        return positions[spec.programme], legacy, spec.market.lower(), -spec.revision

    return tuple(sorted(versions, key=place))
