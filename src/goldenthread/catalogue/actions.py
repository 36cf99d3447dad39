"""Bring the database in step with the catalogue's files; freeze a version once somebody is on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from goldenthread.catalogue.building import build
from goldenthread.catalogue.deciding import decided_document
from goldenthread.catalogue.folders import installation_folders
from goldenthread.catalogue.framework_files import FrameworkFacts
from goldenthread.catalogue.framework_rows import sync_framework
from goldenthread.catalogue.models import Programme, ProgrammeVersion, VersionDraft
from goldenthread.catalogue.problems import Problem, Problems, SpecificationError
from goldenthread.catalogue.programmes import ProgrammeFacts
from goldenthread.catalogue.reading import Catalogue, VersionFile, read_catalogue
from goldenthread.catalogue.resolving import what_differs
from goldenthread.catalogue.rules import check_totals
from goldenthread.catalogue.structure import ReleaseState
from goldenthread.common import audit
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused


@dataclass
class LoadReport:
    """What a load did, by name. `kept` are statements that something cites, left as they were."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kept = f", {len(self.kept)} kept because they are cited" if self.kept else ""
        return (
            f"{len(self.created)} created, {len(self.changed)} changed, {len(self.unchanged)} unchanged{kept}"
        )


def load(*, by: Any, at: datetime, folders: Sequence[Path] | None = None) -> LoadReport:
    """Load every programme, version and framework of the files; a second run changes nothing.

    `folders` hold further specifications; by default those that the installation names. Refuses, and then
    loads nothing at all, when a file is malformed, when a published version's hours don't add up, and when a
    version in use would be altered.
    """
    catalogue = read_catalogue(installation_folders() if folders is None else folders)
    _refuse_wrong_totals(catalogue)
    try:
        return _load(catalogue, by, at)
    except IntegrityError:  # another process loaded the same rows in this moment: now they are there
        return _load(catalogue, by, at)


@transaction.atomic
def _load(catalogue: Catalogue, by: Any, at: datetime) -> LoadReport:
    report = LoadReport()
    there = {version.key: version for version in ProgrammeVersion.objects.select_for_update()}
    _refuse_altering_versions_in_use(catalogue, there)
    _refuse_altering_versions_of_the_pages(catalogue, there)
    _refuse_what_contradicts_decisions(catalogue, there)
    programmes = _load_programmes(catalogue, report, by, at)
    for file in catalogue.versions:
        _load_version(file, there.get(file.specification.id), programmes, report, by, at)
    for facts in catalogue.frameworks:
        _load_framework(facts, programmes[facts.programme], report, by, at)
    return report


def _refuse_wrong_totals(catalogue: Catalogue) -> None:
    problems = []
    for version in catalogue.versions:
        found = check_totals(version.specification)
        if found.status == "wrong" and version.specification.state is ReleaseState.PUBLISHED:
            declared = hours_text(found.declared or 0)
            reason = f"{declared} are declared, the components come to {hours_text(found.known)}"
            problems.append(Problem(version.file, "total_hours", reason))
    if problems:
        raise SpecificationError(", ".join(problem.file for problem in problems), problems)


def _refuse_altering_versions_in_use(catalogue: Catalogue, there: Mapping[str, ProgrammeVersion]) -> None:
    altered = []
    for file in catalogue.versions:
        version = there.get(file.specification.id)
        if version and version.frozen_at:
            keys = what_differs(version.document, file.document)
            altered += [f"{version.key}: {', '.join(keys)}"] if keys else []
    if altered:
        raise Refused(
            "People are enrolled on these versions, so they can't be altered; describe the change in a new "
            f"version with a higher revision. Differing: {'; '.join(altered)}.",
            code="catalogue.version_in_use",
        )


def _refuse_altering_versions_of_the_pages(
    catalogue: Catalogue, there: Mapping[str, ProgrammeVersion]
) -> None:
    """What two people published on the pages is altered by no file, and no file takes its place."""
    drafted = set(VersionDraft.objects.exclude(published_as=None).values_list("published_as", flat=True))
    own = {(v.programme_id, v.edition, v.market, v.revision): v for v in there.values() if v.pk in drafted}
    codes = dict(Programme.objects.values_list("code", "pk"))
    taken = []
    for file in catalogue.versions:
        spec, version = file.specification, there.get(file.specification.id)
        same = own.get((codes.get(spec.programme, 0), spec.edition, spec.market, spec.revision))
        if version and version.pk in drafted and version.sha256 != file.sha256:
            taken.append(f"{file.file} differs from {version.key}")
        elif same and same.key != spec.id:
            taken.append(f"{file.file} is the same edition and revision as {same.key}")
    if taken:
        raise Refused(
            "These versions were published on the pages, so a file can't change them. Export them with "
            f"“goldenthread catalogue export”, or give the file another revision: {'; '.join(taken)}.",
            code="catalogue.version_of_the_pages",
        )


def _refuse_what_contradicts_decisions(catalogue: Catalogue, there: Mapping[str, ProgrammeVersion]) -> None:
    """What the office decided over a version goes on to count, so a new document has to hold together with it."""
    problems: list[Problem] = []
    for file in catalogue.versions:
        version = there.get(file.specification.id)
        if version and version.decided and version.sha256 != file.sha256:
            try:
                build(decided_document(file.document, version.decided), Problems(file.file))
            except SpecificationError as no:
                problems += [Problem(p.file, p.path, f"{p.reason} (with what was decided on the pages)")
                             for p in no.problems]  # fmt: skip
    if problems:
        raise SpecificationError(", ".join(dict.fromkeys(p.file for p in problems)), problems)


def _load_programmes(catalogue: Catalogue, report: LoadReport, by: Any, at: datetime) -> dict[str, Programme]:
    facts = catalogue.programmes.programmes
    there = {row.code: row for row in Programme.objects.prefetch_related("replaced_by")}
    rows = {item.code: there.get(item.code) or Programme(code=item.code) for item in facts}
    before = {code: _programme_values(row) for code, row in rows.items() if row.pk}
    for item in facts:
        row = rows[item.code]
        row.name, row.family, row.closed, row.position = item.name, item.family, item.closed, item.position
        if before.get(item.code, ())[:4] != (row.name, row.family, row.closed, row.position):
            row.save()
    for item in facts:
        _finish_programme(item, rows, before, report, by, at)
    return rows


def _programme_values(row: Programme) -> tuple[Any, ...]:
    replaced_by = frozenset(other.code for other in row.replaced_by.all())
    return row.name, row.family, row.closed, row.position, replaced_by


def _finish_programme(
    item: ProgrammeFacts,
    rows: Mapping[str, Programme],
    before: Mapping[str, tuple[Any, ...]],
    report: LoadReport,
    by: Any,
    at: datetime,
) -> None:
    row, old = rows[item.code], before.get(item.code)
    if old == (row.name, row.family, row.closed, row.position, frozenset(item.replaced_by)):
        report.unchanged.append(item.code)
        return
    row.replaced_by.set([rows[code] for code in item.replaced_by])
    (report.created if old is None else report.changed).append(item.code)
    verb = "programme.loaded" if old is None else "programme.changed"
    audit.record(verb, row, by=by, at=at, code=item.code, replaced_by=list(item.replaced_by))


def _load_version(
    file: VersionFile,
    version: ProgrammeVersion | None,
    programmes: Mapping[str, Programme],
    report: LoadReport,
    by: Any,
    at: datetime,
) -> None:
    spec = file.specification
    if version and version.sha256 == file.sha256:
        report.unchanged.append(spec.id)
        return
    differs = list(what_differs(version.document, file.document)) if version else []
    created = version is None
    version = version or ProgrammeVersion(key=spec.id)
    version.programme = programmes[spec.programme]
    version.edition, version.market, version.revision = spec.edition, spec.market, spec.revision
    version.document, version.sha256 = file.document, file.sha256
    closed = "closed_to_intakes_from" in version.decided  # on the pages, which no file takes back
    version.state = "closed" if closed else spec.state.value
    version.effective_from, version.loaded_at = spec.effective_from.value, at
    version.save()
    (report.created if created else report.changed).append(spec.id)
    verb = "version.loaded" if created else "version.changed"
    audit.record(
        verb, version, by=by, at=at, key=spec.id, sha256=file.sha256, state=version.state, differs=differs
    )


def _load_framework(
    facts: FrameworkFacts, programme: Programme, report: LoadReport, by: Any, at: datetime
) -> None:
    name = f"{facts.programme} {facts.edition} framework"
    framework, result = sync_framework(facts, programme)
    report.kept += result.kept
    if not result.created and not result.altered:
        report.unchanged.append(name)
        return
    (report.created if result.created else report.changed).append(name)
    verb = "framework.loaded" if result.created else "framework.changed"
    audit.record(verb, framework, by=by, at=at, title=facts.title, altered=result.altered, kept=result.kept)


def freeze(*, version: ProgrammeVersion, at: datetime, by: Any = None) -> None:
    """Make a version unalterable, as somebody is enrolled on it; a version that is frozen stays as it is."""
    if version.frozen_at is not None:
        return
    with transaction.atomic():
        row = ProgrammeVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        if row.frozen_at is None:
            row.frozen_at = at
            row.save(update_fields=["frozen_at"])
            audit.record("version.frozen", row, by=by, at=at, key=row.key, sha256=row.sha256)
    version.frozen_at = row.frozen_at
