"""The register of claims as the office works on it, and what of it the public sees."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import Http404

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.catalogue.claims import shipped_claims
from goldenthread.catalogue.programmes import shipped_programmes
from goldenthread.people.models import Organisation, OrganisationKind, OrganisationRole, School
from goldenthread.reports import measures, rules
from goldenthread.reports.measures import Live
from goldenthread.reports.models import Claim, SelfAssessment


def stated() -> dict[str, Claim]:
    """Every claim and grade of the file as a claim that nobody has decided on yet."""
    claims = shipped_claims()
    found = {
        one.key: Claim(
            key=one.key,
            text=one.text,
            value=one.value.value,
            unit=one.value.unit,
            about=one.about,
            source=", ".join(one.value.sources),
        )
        for one in claims.claims
    }
    grades = {
        one.key: Claim(key=one.key, text=one.text, about=one.about, source=", ".join(one.source))
        for one in claims.grades
        if one.key
    }
    return {**found, **grades}


@dataclass(frozen=True)
class RegisterLine:
    """One claim with its live figure and where it stands."""

    claim: Claim
    live: Live | None
    state: str  # shown, expired, not published
    stated: bool  # by a document: text, figure and source are the file's
    published: Live | None = None  # what visitors read beside it, where it isn't `live`

    @property
    def figure(self) -> str:
        return figure_text(self.claim)

    @property
    def source(self) -> str:
        """Where the claim can be read, with the document's title: "The slides, line 193 (000:193)"."""
        return "; ".join(source_text(one.strip()) for one in self.claim.source.split(","))

    @property
    def source_title(self) -> str:
        """The same for visitors: the titles of the documents; what is no document as it stands."""
        titles = dict(shipped_programmes().documents)
        found = [
            titles.get(one.strip().partition(":")[0], one.strip()) for one in self.claim.source.split(",")
        ]
        return "; ".join(dict.fromkeys(found))

    @property
    def source_place(self) -> str:
        """The places in these documents, with our numbers; "" where the source is none of them."""
        return self.source if self.source != self.source_title else ""

    @property
    def twice(self) -> bool:
        """Whether the words say the figure again: then it stands twice wherever the claim is shown."""
        value = self.claim.value
        return rules.repeats_figure(self.claim.text, figure=self.figure, has_value=value is not None)

    @property
    def missing(self) -> list[str]:
        """What is still needed before it can be published, in words."""
        needed = {
            "a source": self.claim.source,
            "the period": self.claim.period,
            "who answers for it": self.claim.owner_id,
            "a day of review": self.claim.review_on,
        }
        return [name for name, value in needed.items() if not value]

    @property
    def headline(self) -> str:
        """The claim in words: "98 % satisfaction", "provider since 2012", a grade in quotation marks."""
        if self.claim.value is None:
            return f"“{self.claim.text}”"
        if self.claim.unit == "year":
            return f"{self.claim.text[:1].upper()}{self.claim.text[1:]} {self.figure}"
        return f"{self.figure} {self.claim.text}"


def source_text(source: str) -> str:
    """A place in a document that the catalogue knows, in words; any other source as it stands."""
    document, _, place = source.partition(":")
    title = dict(shipped_programmes().documents).get(document)
    return f"{title}, line {place} ({source})" if title and place else source


def figure_text(claim: Claim) -> str:
    """ "95 %", "14,000+" is the text's to say; a year has no separator; "" for a grade in words."""
    if claim.value is None:
        return ""
    if claim.unit == "percent":
        return f"{claim.value} %"
    return str(claim.value) if claim.unit == "year" else f"{claim.value:,}"


def register(*, on: date) -> list[RegisterLine]:
    """Every claim of the files and of the office, by key, with what the system measures beside it, exactly and as it is
    published. Six queries.
    """
    file, live, published = stated(), measures.live_figures(on=on), measures.published_figures(on=on)
    rows = {claim.key: claim for claim in Claim.objects.select_related("owner", "published_by")}
    keys = [*file, *sorted(set(rows) - set(file))]
    lines = [_line(rows.get(key) or file[key], live.get(key), key in file, on) for key in keys]
    return [replace(line, published=published.get(line.claim.key)) for line in lines]


def _line(claim: Claim, live: Live | None, is_stated: bool, on: date) -> RegisterLine:
    state = "not published"
    if claim.published_at:
        state = "shown" if is_shown(claim, on=on) else "expired"
    return RegisterLine(claim, live, state, is_stated)


def is_shown(claim: Claim, *, on: date) -> bool:
    """Whether the public sees a claim on a day (S0-54)."""
    return rules.is_shown(
        published=claim.published_at is not None,
        source=claim.source,
        period=claim.period,
        review_on=claim.review_on,
        on=on,
    )


def public_claims(*, on: date) -> list[RegisterLine]:
    """The claims that anybody may read on a day, each with its source and period.

    One query, and two more where there are any. Beside them stands what may be said of live figures.
    """
    shown = [claim for claim in Claim.objects.exclude(published_at=None) if is_shown(claim, on=on)]
    live = measures.published_figures(on=on) if shown else {}
    file = stated()
    return [_line(claim, live.get(claim.key), claim.key in file, on) for claim in shown]


def claims_to_review(*, on: date) -> list[Claim]:
    """The published claims whose day of review is past: they are off the public pages. One query."""
    return list(
        Claim.objects.filter(published_at__isnull=False, review_on__lte=on).order_by("review_on", "key")
    )


def get_claim(key: str) -> tuple[Claim, bool]:
    """A claim of the register, and whether a document states it; "not found" when there is none."""
    file = stated().get(key)
    claim = Claim.objects.select_related("owner", "published_by").filter(key=key).first() or file
    if claim is None:
        raise Http404
    return claim, file is not None


def providers(*, on: date) -> list[Organisation]:
    """The lead providers of a day, with since when they are at it (S0-57). One query."""
    lead = OrganisationRole.objects.on(on).filter(role=OrganisationKind.LEAD_PROVIDER)
    return list(Organisation.objects.filter(pk__in=lead.values("organisation")).order_by("name", "pk"))


def schools_with_bands() -> QuerySet[School]:
    """The schools that anybody is enrolled from, those without a band first (S0-53)."""
    here = Enrolment.objects.filter(school=OuterRef("pk"))
    return (
        School.objects.filter(Exists(here))
        .select_related("band")
        .order_by(F("band__band").desc(nulls_first=True), "name", "pk")
    )


def ratings_of(enrolment: Enrolment) -> list[dict[str, Any]]:
    """What somebody answered, by area in the order of their programme; [] before the first answer. One query."""
    found: dict[str, dict[str, Any]] = {}
    rows = SelfAssessment.objects.filter(enrolment=enrolment).order_by("pk")
    for area, moment, rating in rows.values_list("area", "moment", "rating"):
        found.setdefault(area, {"area": area, "start": None, "end": None})[moment] = rating
    return list(found.values())


def moment_for(enrolment: Enrolment) -> str:
    """What somebody may answer now, as `rules.moment_to_rate` says. One query."""
    given = SelfAssessment.objects.filter(enrolment=enrolment).order_by().values_list("moment", flat=True)
    return rules.moment_to_rate(
        areas=bool(enrolment.version.specification.content_areas),
        withdrawn=enrolment.withdrawn_at is not None,
        developed=enrolment.stage not in (Stage.INDUCTION, Stage.DEVELOPMENT),
        given=frozenset(given),
    )
