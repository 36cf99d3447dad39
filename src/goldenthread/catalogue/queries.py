"""What the catalogue answers: a version by its key, what is on offer, a programme's statements."""

from collections.abc import Sequence

from django.db.models import F, Prefetch, Subquery
from django.shortcuts import get_object_or_404

from goldenthread.catalogue.models import ContentArea, Framework, Programme, ProgrammeVersion, Statement

NEWEST_FIRST = (F("effective_from").desc(nulls_last=True), "market", "-revision")


def get_version(key: str) -> ProgrammeVersion:
    """The version with this key, with its programme; "not found" when there is none. One query."""
    return get_object_or_404(ProgrammeVersion.objects.select_related("programme"), key=key)


def published_versions(market: str | None = None) -> list[ProgrammeVersion]:
    """The versions on offer, by programme, for one market or all (S0-02, S0-63). One query."""
    versions = ProgrammeVersion.objects.filter(state="published").select_related("programme")
    if market is not None:
        versions = versions.filter(market__iexact=market)
    return list(versions.order_by("programme__position", *NEWEST_FIRST))


def by_family() -> dict[str, list[Programme]]:
    """The programmes that can be taken, by family and in order, with their versions (S0-03). Two queries."""
    versions = ProgrammeVersion.objects.order_by(*NEWEST_FIRST)
    found: dict[str, list[Programme]] = {}
    for programme in Programme.objects.filter(closed=False).prefetch_related(Prefetch("versions", versions)):
        found.setdefault(programme.family, []).append(programme)
    return found


def get_framework(programme: Programme | str, edition: str = "reformed") -> Framework | None:
    """The framework in force of a programme in an edition, with areas and statements. Three queries at most.

    Tables that belong to another framework are no areas of it, and are left out.
    """
    code = programme.code if isinstance(programme, Programme) else programme
    areas = ContentArea.objects.filter(kind__in=["area", "behaviour"]).order_by("kind", "number")
    return (
        Framework.objects.filter(programme__code=code, edition=edition)
        .select_related("programme")
        .prefetch_related(
            Prefetch("areas", areas),
            Prefetch("areas__statements", Statement.objects.order_by("-kind", "number")),
        )
        .order_by("-revision")
        .first()
    )


def framework_in_force(programme_id: int, edition: str) -> Framework | None:
    """The framework in force that the content of a programme's versions of an edition uses, with the programme; None
    where there is none. One query.
    """
    found = Framework.objects.filter(programme=programme_id, edition=edition).select_related("programme")
    return found.order_by("-revision").first()


def statements_for(programme: Programme | str, edition: str = "reformed") -> Sequence[ContentArea]:
    """The areas of a programme in order, each with its statements: *learn that* first (S0-16 to S0-19)."""
    framework = get_framework(programme, edition)
    return list(framework.areas.all()) if framework else []


def complete_statements(programme: Programme | str, edition: str = "reformed") -> list[Statement]:
    """The whole statements of the framework in force: fragments are left out (S2-32). One query."""
    code = programme.code if isinstance(programme, Programme) else programme
    newest = (
        Framework.objects.filter(programme__code=code, edition=edition).order_by("-revision").values("pk")[:1]
    )
    return list(
        Statement.objects.filter(
            area__framework=Subquery(newest), area__kind__in=["area", "behaviour"], complete=True
        )
        .select_related("area")
        .order_by("area__kind", "area__number", "-kind", "number")
    )
