"""Framework content as the office works on it: versions, what is due for review, proposed links, uploads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.core.files.storage import default_storage
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from goldenthread.catalogue import framework_differences as differences
from goldenthread.catalogue import framework_proposing as proposing
from goldenthread.catalogue import framework_rules as rules
from goldenthread.catalogue.framework_differences import Changed
from goldenthread.catalogue.framework_import import Reading, read_framework
from goldenthread.catalogue.framework_restoring import why_not_back
from goldenthread.catalogue.models import (
    ContentArea,
    Evidence,
    EvidenceUse,
    Framework,
    FrameworkProposal,
    Statement,
    StatementLink,
    Variant,
)
from goldenthread.catalogue.variants import place_text
from goldenthread.common.models import StoredFile
from goldenthread.learning.models import UnitText
from goldenthread.learning.unit_queries import kind_of
from goldenthread.people.access import Viewer
from goldenthread.web.office.access import office_only
from goldenthread.web.office.framework_preview import previews
from goldenthread.web.office.units import texts_to_review
from goldenthread.web.shared.versions import name_of

SALT = "framework-upload"
UPLOAD_LASTS = timedelta(hours=20)  # less than an unused file is kept
SOON = timedelta(days=60)
FEW_CHANGES = 12  # stand open on the page; more are unfolded by whoever wants them


# --- the list ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """One revision of a framework with its numbers; the newest of its edition is in force."""

    framework: Framework
    statements: int
    fragments: int
    in_force: bool


def frameworks_for(viewer: Viewer) -> list[Line]:
    """Every framework, the newest revision of each first; for the office alone. One query."""
    office_only(viewer)
    own = ~Q(areas__kind="other")
    found = (
        Framework.objects.select_related("programme", "imported_by")
        .annotate(
            statements=Count("areas__statements", filter=own),
            fragments=Count("areas__statements", filter=own & Q(areas__statements__complete=False)),
        )
        .order_by("programme__position", "programme__code", "edition", "-revision")
    )
    lines: list[Line] = []
    for one in found:
        before = lines[-1].framework if lines else None
        newest = before is None or (before.programme_id, before.edition) != (one.programme_id, one.edition)
        lines.append(Line(one, one.statements, one.fragments, newest))
    return lines


def get_framework_for(viewer: Viewer, framework_id: int) -> Framework:
    """One framework; for the office alone."""
    office_only(viewer)
    return get_object_or_404(Framework.objects.select_related("programme", "imported_by"), pk=framework_id)


@dataclass(frozen=True)
class AreaRows:
    """A table of a framework with its statements, *learn that* first."""

    area: ContentArea
    rows: list[Statement]


def areas_of(framework: Framework) -> list[AreaRows]:
    """All tables of a framework, those of other frameworks last. Two queries."""
    order = {"area": 0, "behaviour": 1, "other": 2}
    areas = framework.areas.prefetch_related("statements").order_by("number")
    return [
        AreaRows(area, sorted(area.statements.all(), key=lambda one: (one.kind != "learn_that", one.number)))
        for area in sorted(areas, key=lambda area: order[area.kind])
    ]


def others_of(framework: Framework) -> list[Framework]:
    """The other revisions of the same framework, the newest first."""
    same = Framework.objects.filter(programme=framework.programme_id, edition=framework.edition)
    return list(same.exclude(pk=framework.pk).order_by("-revision"))


# --- uploads -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Upload:
    """A file that somebody of the office has sent and not taken in yet; `version` is the one it was sent for."""

    file: StoredFile
    name: str
    reading: Reading
    version: str = ""


def ticket_for(file: StoredFile, name: str, version: str, user: Any) -> str:
    """What leads back to an upload, for the person who sent it."""
    return signing.dumps([file.sha256, name[:100], version, user.pk], salt=SALT)


def get_upload_for(viewer: Viewer, ticket: str) -> Upload:
    """The upload behind a ticket, read anew; "not found" for anybody else, and after some hours."""
    office_only(viewer)
    try:
        sha256, name, version, user = signing.loads(ticket, salt=SALT, max_age=UPLOAD_LASTS)
    except signing.BadSignature:
        raise Http404 from None
    stored = StoredFile.objects.filter(sha256=sha256).first()
    if stored is None or user != viewer.user.pk:
        raise Http404
    programme, edition = proposing.version_of(version)
    with default_storage.open(stored.path, "rb") as file:
        reading = read_framework(file, name=name, programme=programme, edition=edition)  # type: ignore[arg-type]
    return Upload(stored, name, reading, version)


def proposals_open() -> QuerySet[FrameworkProposal]:
    """The texts that wait for a second person, the oldest first."""
    rows = FrameworkProposal.objects.filter(state="proposed")
    rows = rows.select_related("programme", "proposed_by", "earlier")
    return rows.order_by("proposed_at", "pk")


def get_proposal_for(viewer: Viewer, proposal_id: int) -> FrameworkProposal:
    """A proposed text, decided or not; for the office alone."""
    office_only(viewer)
    rows = FrameworkProposal.objects.select_related(
        "programme", "file", "proposed_by", "decided_by", "earlier__programme"
    )
    return get_object_or_404(rows, pk=proposal_id)


def beside(text: Reading | Framework, in_force: Framework | None) -> dict[str, Any]:
    """What a page says of a text beside the revision in force: that revision, and what differs. Two queries."""
    if in_force is None:
        return {"in_force": None, "changes": []}
    held = differences.held_by(text) if isinstance(text, Framework) else differences.held_in(text)
    found = differences.changes(differences.held_by(in_force), held)
    return {"in_force": in_force, "changes": found, "unfold_changes": len(found) <= FEW_CHANGES}


def to_decide(proposal: FrameworkProposal) -> dict[str, Any]:
    """What a second person sees of a proposed text: its words, what would be lost, what differs from now."""
    reading, in_force = proposing.reading_of(proposal), proposing.in_force_of(proposal)
    text = reading or proposal.earlier
    if text is None:
        raise Http404
    back = why_not_back(proposal.earlier, in_force) if proposal.earlier and in_force else ""
    return {
        "text": reading.text if reading else None,
        "previews": previews(reading.text) if reading else [],
        "lost": proposing.areas_lost(text),
        "no_way_back": back,
        **beside(text, in_force),
    }


def way_back(framework: Framework) -> dict[str, Any]:
    """Whether a revision is in force, and if not, whether its words can be put back or wait to be."""
    in_force = proposing.in_force_of(framework)
    if in_force is None or in_force.pk == framework.pk:
        return {"in_force": True}
    waiting = FrameworkProposal.objects.filter(state="proposed", earlier=framework).select_related(
        "proposed_by"
    )
    return {
        "in_force": False,
        "waiting": waiting.order_by("pk").first(),
        "no_way_back": why_not_back(framework, in_force),
    }


# --- statements ----------------------------------------------------------------------------------------
def get_statement_for(viewer: Viewer, statement_id: int) -> Statement:
    """One statement with its area and framework; for the office alone."""
    office_only(viewer)
    return get_object_or_404(Statement.objects.select_related("area__framework__programme"), pk=statement_id)


def links_of(statement: Statement) -> list[StatementLink]:
    """Links at either end."""
    both = StatementLink.objects.filter(Q(one=statement) | Q(other=statement))
    return list(
        both.select_related(
            "one__area__framework__programme", "other__area__framework__programme", "confirmed_by"
        ).order_by("pk")
    )


def uses_of(statement: Statement) -> list[EvidenceUse]:
    """The sources of a statement."""
    return list(statement.evidence_uses.select_related("evidence").order_by("evidence__author", "pk"))


def variants_of(statement: Statement) -> list[Variant]:
    """Every version of every variant, the latest first."""
    return list(
        statement.variants.select_related("written_by").order_by("context", "locality", "phase", "-version")
    )


# --- what is due -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Due:
    """Something to review by a day."""

    day: date
    name: str  # "NPQLT-AS-LT4", or the title of a unit
    place: str
    url: str
    what: str
    overdue: bool


def due_for(viewer: Viewer, on: date) -> list[Due]:
    """What is to be reviewed within two months, the most overdue first; for the office alone (S2-10). Three queries.

    Statements, their variants and texts of study units; of each only the latest version counts.
    """
    office_only(viewer)
    until = on + SOON
    place = "area__framework__programme"
    statements = Statement.objects.filter(review_by__lte=until).select_related(place)
    found = [_due(one, "statement", one.review_by, on) for one in statements if one.review_by]
    latest: dict[tuple[int, str, str, str], Variant] = {}
    for variant in Variant.objects.select_related(f"statement__{place}").order_by("version"):
        latest[variant.statement_id, variant.context, variant.locality.lower(), variant.phase] = variant
    found += [
        _due(one.statement, variant_name(one), one.review_by, on)
        for one in latest.values()
        if one.review_by <= until
    ]
    found += [_unit_due(one, on) for one in texts_to_review(until)]
    return sorted(found, key=lambda due: (due.day, due.name, due.what))


def _due(statement: Statement, what: str, day: date, on: date) -> Due:
    page = reverse("office:framework_statement", args=[statement.pk])
    return Due(day, statement.code, statement.area.name, page, what, day < on)


def _unit_due(text: UnitText, on: date) -> Due:
    unit = text.unit
    page = reverse("office:unit", args=[kind_of(unit), unit.pk])
    return Due(text.review_by, str(unit), name_of(unit.version), page, text.name, text.review_by < on)


def variant_name(one: Variant) -> str:
    """ "variant for primary, England"."""
    return f"variant for {place_text(one.context, one.locality, one.phase)}"


# --- the same elsewhere ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Proposal:
    """Two statements that a comparison found alike; `link` is what a person has confirmed already."""

    one: Statement
    other: Statement
    kind: str
    per_cent: int
    link: StatementLink | None


def proposals(framework: Framework, against: Framework | None = None) -> list[Proposal]:
    """Statements of a framework found again in the tables of others that came with it, or in another (S2-31)."""
    own = _statements(framework, ["area", "behaviour"])
    others = _statements(against, ["area", "behaviour"]) if against else _statements(framework, ["other"])
    found = rules.matches(
        {key: one.text for key, one in own.items()}, {key: one.text for key, one in others.items()}
    )
    ends = [*own, *others]
    links = {
        (link.one_id, link.other_id): link
        for link in StatementLink.objects.filter(one__in=ends, other__in=ends)
    }
    return [
        Proposal(
            own[match.one],
            others[match.other],
            match.kind,
            int(match.likeness * 100),
            links.get((min(match.one, match.other), max(match.one, match.other))),
        )
        for match in found
    ]


def _statements(framework: Framework, kinds: Sequence[str]) -> dict[int, Statement]:
    found = Statement.objects.filter(area__framework=framework, area__kind__in=kinds, complete=True)
    ordered = found.select_related("area__framework__programme").order_by(
        "area__kind", "area__number", "-kind", "number"
    )
    return {one.pk: one for one in ordered}


# --- difference -------------------------------------------------------------------------------------------
def changes(before: Framework, after: Framework) -> list[Changed]:
    """What differs between two versions of a framework. Two queries."""
    return differences.changes(differences.held_by(before), differences.held_by(after))


# --- sources ----------------------------------------------------------------------------------------------
def sources_for(viewer: Viewer, *, country: str = "", broken: bool = False) -> QuerySet[Evidence]:
    """Every source with what it supports; for the office alone."""
    office_only(viewer)
    found = Evidence.objects.prefetch_related("uses__statement").order_by("author", "year", "pk")
    if country:
        found = found.filter(country=country)
    return found.exclude(link_fault="") if broken else found


@dataclass(frozen=True)
class Broken:
    """A link that visitors don't see, and the page where it is repaired."""

    what: str
    kind: str
    address: str
    fault: str
    tried_at: datetime | None
    url: str


def broken_for(viewer: Viewer) -> list[Broken]:
    """Links for repair: where official texts are published, then those of sources (S4-07). Two queries."""
    office_only(viewer)
    texts = Framework.objects.exclude(link_fault="").select_related("programme")
    found = [
        Broken(
            f"{one.programme.code} {one.edition}, revision {one.revision}",
            "official text",
            one.source_url,
            one.link_fault,
            one.link_checked_at,
            reverse("office:framework", args=[one.pk]),
        )
        for one in texts.order_by("programme__position", "edition", "-revision", "pk")
    ]
    sources = Evidence.objects.exclude(link_fault="").order_by("author", "year", "pk")
    return found + [
        Broken(
            str(one),
            "source",
            one.link,
            one.link_fault,
            one.link_checked_at,
            reverse("office:evidence_areas", args=[one.pk]),
        )
        for one in sources
    ]


def area_choices() -> list[tuple[str, str]]:
    """The content areas by their key, each once whatever its number in a programme."""
    areas = ContentArea.objects.filter(kind="area").order_by("name").values_list("key", "name")
    return [("", "No area"), *dict(areas).items()]
