"""Brings the rows of one framework in step with its file, and leaves alone what something else cites."""

from dataclasses import dataclass, field
from typing import Any

from goldenthread.catalogue.framework_files import AreaFacts, FrameworkFacts, StatementFacts
from goldenthread.catalogue.models import ContentArea, Framework, Programme, Statement

ASIDE = 1_000  # added to a number while areas or statements change places
STATEMENT_FIELDS = ("code", "text", "complete", "summary")


@dataclass
class SyncResult:
    """What happened to one framework: codes and names of what was altered, and of what had to stay."""

    created: bool = False
    altered: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def sync_framework(facts: FrameworkFacts, programme: Programme) -> tuple[Framework, SyncResult]:
    """The framework's row, created or brought up to date inside the caller's transaction.

    An official framework is never overwritten by our summary. A statement that is cited keeps its text.
    """
    result = SyncResult()
    framework, result.created = Framework.objects.get_or_create(
        programme=programme,
        edition=facts.edition,
        revision=1,  # later ones hold imported text, which no file replaces
        defaults={"title": facts.title, "official": facts.official},
    )
    if facts.source_url and not framework.source_url:  # what the office says of the place stays
        framework.source_url, framework.source_date = facts.source_url, facts.source_date
        framework.licence = facts.licence
        framework.save(update_fields=["source_url", "source_date", "licence"])
        result.altered.append(facts.source_url)
    if framework.official and not facts.official:
        return framework, result
    if (framework.title, framework.official) != (facts.title, facts.official):
        framework.title, framework.official = facts.title, facts.official
        framework.save(update_fields=["title", "official"])
        result.altered.append(facts.title)
    areas = _sync_areas(framework, facts, result)
    for area in facts.areas:
        _sync_statements(areas[area.key], area, result)
    return framework, result


def _sync_areas(framework: Framework, facts: FrameworkFacts, result: SyncResult) -> dict[str, ContentArea]:
    there = {area.key: area for area in framework.areas.prefetch_related("statements")}
    _remove_areas([area for key, area in there.items() if key not in {a.key for a in facts.areas}], result)
    moving = [area for area in facts.areas if area.key in there and there[area.key].number != area.number]
    for area in moving:  # out of each other's way first: numbers are unique
        ContentArea.objects.filter(pk=there[area.key].pk).update(number=area.number + ASIDE)
    for area in facts.areas:
        row = there.get(area.key) or ContentArea(framework=framework, key=area.key)
        wanted = (area.kind, area.number, area.name, area.code)
        if row.pk is None or (row.kind, row.number, row.name, row.code) != wanted:
            row.kind, row.number, row.name, row.code = wanted
            row.save()
            result.altered.append(area.name)
        there[area.key] = row
    return there


def _remove_areas(areas: list[ContentArea], result: SyncResult) -> None:
    for area in areas:
        statements = list(area.statements.all())
        cited = [statement for statement in statements if is_cited(statement)]
        if cited:
            result.kept += [statement.code for statement in cited]
            _put_last(area)
        else:
            Statement.objects.filter(area=area).delete()
            area.delete()
            result.altered.append(area.name)


def _put_last(area: ContentArea) -> None:
    """Out of the way of the areas that the file numbers."""
    last = 2 * ASIDE
    if area.number < last:
        others = ContentArea.objects.filter(framework=area.framework_id, number__gte=last).count()
        ContentArea.objects.filter(pk=area.pk).update(number=last + others)


def _sync_statements(row: ContentArea, area: AreaFacts, result: SyncResult) -> None:
    there = {(statement.kind, statement.number): statement for statement in row.statements.all()}
    wanted = {(statement.kind, statement.number): statement for statement in area.statements}
    new = [Statement(area=row, **_values(facts)) for place, facts in wanted.items() if place not in there]
    for place, statement in there.items():
        facts = wanted.get(place)
        if facts is None or any(
            getattr(statement, name) != getattr(facts, name) for name in STATEMENT_FIELDS
        ):
            _alter(statement, facts, result)
    Statement.objects.bulk_create(new)
    result.altered += [statement.code for statement in new]


def _alter(statement: Statement, facts: StatementFacts | None, result: SyncResult) -> None:
    if statement.revision or is_cited(statement):  # the office's own wording stays too
        result.kept.append(statement.code)
        return
    result.altered.append(statement.code)
    if facts is None:
        statement.delete()
        return
    for name in STATEMENT_FIELDS:
        setattr(statement, name, getattr(facts, name))
    statement.save(update_fields=STATEMENT_FIELDS)


def _values(facts: StatementFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in ("kind", "number", *STATEMENT_FIELDS)}


def is_cited(statement: Statement) -> bool:
    """Whether any row of any other table points at the statement; later packages are not named here."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: statement}).exists()
        for relation in Statement._meta.related_objects
    )
