"""What pages show of framework content: statements with sources, links and variants; reading lists; the matrix."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from goldenthread.catalogue.framework_rules import missing_numbers, origin_of
from goldenthread.catalogue.models import (
    ContentArea,
    Evidence,
    EvidenceUse,
    Framework,
    Statement,
    StatementLink,
    Variant,
)
from goldenthread.catalogue.queries import get_framework
from goldenthread.catalogue.variants import Choice, Reader, choose_variant
from goldenthread.search.synonyms import holds


@dataclass(frozen=True)
class Linked:
    """The other end of a link, seen from a statement."""

    statement: Statement
    kind: str


@dataclass(frozen=True)
class Shown:
    """A statement with everything that hangs on it."""

    statement: Statement
    variants: Choice[Variant]
    sources: tuple[Evidence, ...]
    links: tuple[Linked, ...]


@dataclass(frozen=True)
class ShownArea:
    """An area with its statements by kind, the sources of the whole, and what is known to be missing."""

    area: ContentArea
    learn_that: tuple[Shown, ...]
    learn_how_to: tuple[Shown, ...]
    sources: tuple[Evidence, ...]

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers below the highest that no statement has: gaps in an official text that was cut."""
        statements = self.area.statements.all()
        return missing_numbers(one.number for one in statements if one.kind == "learn_that")

    @property
    def statements(self) -> tuple[Shown, ...]:
        return (*self.learn_that, *self.learn_how_to)


@dataclass(frozen=True)
class Content:
    """A framework as it is shown to one reader."""

    framework: Framework
    areas: tuple[ShownArea, ...]

    @property
    def numbers(self) -> int:
        """How many statements are shown."""
        return sum(len(area.statements) for area in self.areas)


def content_for(framework: Framework, reader: Reader, *, words: str = "") -> Content:
    """The content of a framework whose areas and statements are loaded. Four queries at most.

    `words` leaves only statements that hold every one of them, in the text, a variant or the name of the area, or words
    that stand for them ("SEND": `search.synonyms`).
    """
    areas = list(framework.areas.all())
    statements = [one for area in areas for one in area.statements.all()]
    variants = _variants(statements)
    sources, of_areas = _sources(statements, areas)
    links = _links(statements)
    found = []
    for area in areas:
        shown = [
            Shown(
                one,
                choose_variant(
                    variants[one.pk],
                    on=reader.on,
                    context=reader.context,
                    locality=reader.locality,
                    phase=reader.phase,
                ),
                tuple(sources[one.pk]),
                tuple(links[one.pk]),
            )
            for one in area.statements.all()
        ]
        shown = [one for one in shown if _holds(one, area, words)]
        if shown or not words:
            by_kind = [tuple(one for one in shown if one.statement.kind == kind) for kind in KINDS]
            found.append(ShownArea(area, by_kind[0], by_kind[1], tuple(of_areas[area.key])))
    return Content(framework, tuple(found))


KINDS = ("learn_that", "learn_how_to")


def _holds(shown: Shown, area: ContentArea, words: str) -> bool:
    variants = [*shown.variants.optional, *([shown.variants.first] if shown.variants.first else [])]
    bullets = [bullet["text"] for bullet in shown.statement.bullets]
    text = " ".join([shown.statement.text, *bullets, *(one.text for one in variants)])
    return holds(text, words, title=area.name)


def _variants(statements: Sequence[Statement]) -> defaultdict[int, list[Variant]]:
    found: defaultdict[int, list[Variant]] = defaultdict(list)
    for one in Variant.objects.filter(statement__in=[one.pk for one in statements]).order_by(
        "statement", "version"
    ):
        found[one.statement_id].append(one)
    return found


def _sources(
    statements: Sequence[Statement], areas: Sequence[ContentArea]
) -> tuple[defaultdict[int, list[Evidence]], defaultdict[str, list[Evidence]]]:
    of_statements: defaultdict[int, list[Evidence]] = defaultdict(list)
    of_areas: defaultdict[str, list[Evidence]] = defaultdict(list)
    uses = EvidenceUse.objects.filter(
        Q(statement__in=[one.pk for one in statements]) | Q(area_key__in=[area.key for area in areas])
    )
    for use in uses.select_related("evidence").order_by("evidence__author", "evidence__year", "evidence"):
        if use.statement_id:
            of_statements[use.statement_id].append(use.evidence)
        else:
            of_areas[use.area_key].append(use.evidence)
    return of_statements, of_areas


def _links(statements: Sequence[Statement]) -> defaultdict[int, list[Linked]]:
    """Links both ways (S2-19), to frameworks in force."""
    there = {one.pk for one in statements}
    found: defaultdict[int, list[Linked]] = defaultdict(list)
    links = StatementLink.objects.filter(Q(one__in=there) | Q(other__in=there)).select_related(
        "one__area__framework", "other__area__framework"
    )
    links = links.annotate(one_old=_superseded("one"), other_old=_superseded("other"))
    for link in links.order_by("one", "other"):
        if link.one_id in there and not link.other_old:
            found[link.one_id].append(Linked(link.other, link.get_kind_display()))
        if link.other_id in there and not link.one_old:
            found[link.other_id].append(Linked(link.one, link.get_kind_display()))
    return found


def _superseded(end: str) -> Exists:
    """Whether an end of a link stands in a revision that a later one has taken the place of."""
    place = f"{end}__area__framework__"
    same = Framework.objects.filter(
        programme=OuterRef(f"{place}programme"), edition=OuterRef(f"{place}edition")
    )
    return Exists(same.filter(revision__gt=OuterRef(f"{place}revision")))


# --- reading lists -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class ReadingArea:
    """The sources of one area of a programme: its own and those of its statements, each once."""

    area: ContentArea
    sources: tuple[Evidence, ...]


def reading_list(programme: str, edition: str = "reformed", *, country: str = "") -> tuple[ReadingArea, ...]:
    """The sources behind a programme by area, areas without any left out (S0-14, S4-11). Four queries at most."""
    framework = get_framework(programme, edition)
    if framework is None:
        return ()
    areas = list(framework.areas.all())
    statements = [one for area in areas for one in area.statements.all()]
    of_statements, of_areas = _sources(statements, areas)
    found = []
    for area in areas:
        sources = [*of_areas[area.key], *(one for s in area.statements.all() for one in of_statements[s.pk])]
        wanted = tuple(
            one for one in _once(sources) if country in {"", one.country, origin_of(one.country).lower()}
        )
        if wanted:
            found.append(ReadingArea(area, wanted))
    return tuple(found)


def _once(sources: Iterable[Evidence]) -> list[Evidence]:
    found = {one.pk: one for one in sources}
    return sorted(found.values(), key=lambda one: (one.author.lower(), one.year or 0, one.pk))
