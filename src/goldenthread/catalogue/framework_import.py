"""Takes the text of an official framework into the catalogue: read, report, and commit as a new revision."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.db import transaction

from goldenthread.catalogue.framework_carrying import carry_over
from goldenthread.catalogue.framework_cells import Group
from goldenthread.catalogue.framework_files import KINDS, area_key
from goldenthread.catalogue.framework_notes import Known
from goldenthread.catalogue.framework_source import FrameworkTextError, read_lines
from goldenthread.catalogue.framework_text import Area, FrameworkText, area_words, parse_framework
from goldenthread.catalogue.models import (
    ContentArea,
    Framework,
    Programme,
    ProgrammeVersion,
    Statement,
)
from goldenthread.common import audit
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused

EDITION = "reformed"
LONGEST_NAME = 200


@dataclass(frozen=True)
class Reading:
    """A framework file as read: for which programme and edition, and what it holds."""

    programme: str
    edition: str
    areas: tuple[str, ...]  # the names of the programme's areas in order; () where they are not known
    text: FrameworkText

    @property
    def digest(self) -> str:
        """The same for the same content, however the file is laid out."""
        content = {"edition": self.edition, **self.text.as_json()}
        content.pop("warnings", None)
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Committed:
    """The framework that is in force after an import, and whether the import made it."""

    framework: Framework
    created: bool


def read_framework(file: BinaryIO, *, name: str, programme: str = "", edition: str = "") -> Reading:
    """What a framework file holds; writes nothing. `programme` and `edition` outweigh what the text says.

    Refuses with FrameworkTextError, line and reason, what can't be read as a framework.
    """
    lines = read_lines(file, name=name)
    known = _known(edition or EDITION)
    text = parse_framework(lines, known=known, programme=programme, name=name)
    for area in text.areas:
        if len(area.name) > LONGEST_NAME:
            raise FrameworkTextError(
                name, area.line, f"the name of the table has over {LONGEST_NAME} characters."
            )
    areas = next((one.areas for one in known if one.code == text.programme), ())
    return Reading(text.programme, edition or EDITION, areas, text)


def _known(edition: str) -> tuple[Known, ...]:
    """The programmes of the database, each with the areas that its versions of an edition have."""
    versions = ProgrammeVersion.objects.filter(edition=edition).select_related("programme")
    areas = {version.programme.code: version.specification.content_areas for version in versions}
    return tuple(
        Known(code, (name.partition(" for ")[2] or name,), areas.get(code, ()))
        for code, name in Programme.objects.values_list("code", "name")
    )


def areas_of_programme(code: str, edition: str) -> tuple[str, ...]:
    """The names of a programme's areas in an edition, in order; () where they are not known. One query."""
    versions = ProgrammeVersion.objects.filter(programme__code=code, edition=edition)
    return next((version.specification.content_areas for version in versions.reverse()), ())


def import_framework(
    *,
    reading: Reading,
    source_url: str = "",
    source_date: date | None = None,
    licence: str = "",
    file: StoredFile | None = None,
    by: Any,
    at: datetime,
) -> Committed:
    """Take a reading into the catalogue as a new, official revision (S2-22 to S2-32).

    The revision before stays for what cites it. The same content again changes nothing. Refuses a text that names
    no programme, or of which nothing belongs to it. What is not whole is stored as a fragment.
    """
    check_reading(reading)
    said = {"source_url": source_url, "source_date": source_date, "licence": licence, "file": file}
    return _commit(reading, said, by, at)


def check_reading(reading: Reading) -> None:
    """Refuses a text that names no programme, of which nothing belongs to it, or whose tables are empty."""
    if not reading.programme:
        raise Refused(
            "The text names no programme of the catalogue. Say for which version it is, and try again.",
            code="framework.programme",
            field="version",
        )
    if not reading.text.own:
        raise Refused(
            f"No table of this text is an area of {reading.programme}. Choose the programme that it belongs to.",
            code="framework.foreign",
            field="version",
        )
    if not any(area.learn_that or area.learn_how_to for area in reading.text.own):
        raise Refused(
            "No statement stands in the tables of this text. Look whether its rows are there, and try again.",
            code="framework.empty",
            field="file",
        )


@transaction.atomic
def _commit(reading: Reading, said: Mapping[str, Any], by: Any, at: datetime) -> Committed:
    programme = Programme.objects.select_for_update().filter(code=reading.programme).first()
    if programme is None:
        raise Refused(
            f"{reading.programme} is not in the catalogue. Load it first: goldenthread catalogue load.",
            code="framework.programme",
            field="version",
        )
    before = (
        Framework.objects.filter(programme=programme, edition=reading.edition).order_by("-revision").first()
    )
    if before and before.digest == reading.digest:
        return Committed(before, created=False)
    if before:  # the place of the official text stays known until another is said
        said = {key: value if value or key == "file" else getattr(before, key) for key, value in said.items()}
    framework = Framework.objects.create(
        programme=programme,
        edition=reading.edition,
        revision=before.revision + 1 if before else 1,
        title=f"{programme.code} framework, {reading.edition}",
        official=True,
        digest=reading.digest,
        notes=[str(note) for note in reading.text.warnings],
        imported_at=at,
        imported_by=by,
        **said,
    )
    statements = [one for area in _areas(framework, reading, before) for one in area]
    Statement.objects.bulk_create(statements)
    behind = carry_over(before, framework) if before else []
    if behind:
        framework.notes = [*framework.notes, *behind]
        framework.save(update_fields=["notes"])
    audit.record(
        "framework.imported",
        framework,
        by=by,
        at=at,
        programme=programme.code,
        edition=reading.edition,
        revision=framework.revision,
        digest=reading.digest,
        statements=len(statements),
        fragments=sum(not one.complete for one in statements),
        **{key: str(value or "") for key, value in said.items()},
    )
    return Committed(framework, created=True)


def _areas(framework: Framework, reading: Reading, before: Framework | None) -> list[list[Statement]]:
    """The statements of every area, whose rows are made here: the programme's own in their order, then the others."""
    there = {area_words(area.name): area for area in reading.text.own}
    names = reading.areas or tuple(area.name for area in reading.text.own)
    codes = _codes(before, [*names, *(area.name for area in reading.text.areas if not area.belongs)])
    found = [
        _area(framework, "area", number, name, codes[name], there.get(area_words(name)))
        for number, name in enumerate(names, start=1)
    ]
    others = [area for area in reading.text.areas if not area.belongs]
    return found + [
        _area(framework, "other", number, area.name, codes[area.name], area)
        for number, area in enumerate(others, start=1)
    ]


def _area(
    framework: Framework, kind: str, number: int, name: str, code: str, area: Area | None
) -> list[Statement]:
    key = area_key(name)[:60] if kind == "area" else f"other-{number}-{area_key(name)}"[:60]
    row = ContentArea.objects.create(
        framework=framework,
        kind=kind,
        number=number,
        key=key,
        code=code,
        name=name,
        occurrences=area.occurrences if area else 1,
    )
    stem = stem_of(framework, code)
    return [*_learn_that(row, stem, area), *_learn_how_to(row, stem, area)] if area else []


def stem_of(framework: Framework, code: str) -> str:
    """What the codes of an area's statements begin with: "NPQLT-AT", in later revisions "NPQLT.2-AT"."""
    stem = framework.programme.code + ("" if framework.edition == EDITION else f"-{framework.edition}")
    return stem + (f".{framework.revision}-{code}" if framework.revision > 1 else f"-{code}")


def _learn_that(row: ContentArea, stem: str, area: Area) -> list[Statement]:
    return [
        Statement(
            area=row,
            code=f"{stem}-{KINDS['learn_that']}{one.number}",
            kind="learn_that",
            number=one.number,
            text=one.text,
            complete=one.complete,
            summary=False,
        )
        for one in area.learn_that
    ]


def _learn_how_to(row: ContentArea, stem: str, area: Area) -> list[Statement]:
    return [
        Statement(
            area=row,
            code=f"{stem}-{KINDS['learn_how_to']}{number}",
            kind="learn_how_to",
            number=number,
            text=group.heading,
            complete=whole_group(group),
            summary=False,
            bullets=[{"text": bullet.text, "complete": bullet.complete} for bullet in group.bullets],
        )
        for number, group in enumerate(area.learn_how_to, start=1)
    ]


def whole_group(group: Group) -> bool:
    """Whether a group may be assessed: a whole heading with whole bullets, or a whole sentence.

    A heading that has lost its bullets is good to read and no more (S2-32).
    """
    bullets = bool(group.bullets) or not group.heading.endswith(":")
    return group.complete and bullets and all(bullet.complete for bullet in group.bullets)


def _codes(before: Framework | None, names: list[str]) -> dict[str, str]:
    """A short code for each area: that of the same area before, else letters of its name that nothing else has."""
    known = dict(before.areas.exclude(code="").values_list("name", "code")) if before else {}
    codes: dict[str, str] = {}
    for name in dict.fromkeys(names):
        taken = {*codes.values(), *(code for other, code in known.items() if other != name)}
        codes[name] = known.get(name) or _new_code(name, taken)
    return codes


def _new_code(name: str, taken: set[str]) -> str:
    words = [word for word in area_words(name).upper().split() if word.isascii()] or ["X"]
    letters = "".join(word[0] for word in words)[:2] if len(words) > 1 else words[0][:2]
    tries = (letters if not number else f"{letters}{number}" for number in range(1_000))
    return next(code for code in tries if code not in taken)
