"""The office's lists of people and of engagement: quick with tens of thousands, whatever is filtered."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, FilteredRelation, Min, OuterRef, Q, QuerySet
from django.http import Http404

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.awards.queries import revoked_since
from goldenthread.catalogue.rules import add_months
from goldenthread.common import clock
from goldenthread.common.quantities import decimal_hours, percent_text
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.intakes.models import Intake
from goldenthread.people.access import Viewer
from goldenthread.people.models import Organisation, OrganisationKind, OrganisationRole
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.versions import WHOLE, Version

MOST_WORDS = 5
PAGE = 50
SORTS: dict[str, tuple[Any, ...]] = {
    "name": ("user__name", "pk"),
    "-name": ("-user__name", "-pk"),
    "start": ("starts_on", "pk"),
    "-start": ("-starts_on", "-pk"),
    "engagement": (F("standing__basis_points").asc(nulls_last=True), "pk"),
    "-engagement": (F("standing__basis_points").desc(nulls_last=True), "-pk"),
}
ACTIVE_STAGES = (Stage.INDUCTION, Stage.DEVELOPMENT, Stage.ASSESSMENT)


# --- everybody who is enrolled ---------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class PeopleFilter:
    """What the list of people is narrowed to; empty fields narrow nothing."""

    words: str = ""
    version: int | None = None
    intake: int | None = None
    stage: str = ""
    partner: int | None = None
    delivery_model: str = ""
    state: str = ""  # "" for those who take part, "withdrawn", "all"
    sort: str = "name"


def enrolments_for(viewer: Viewer, wanted: PeopleFilter) -> QuerySet[Enrolment]:
    """The enrolments that fit, in order; for the office alone."""
    office_only(viewer)
    found = Enrolment.objects.filter(matching(wanted.words))
    exact = {
        "version": wanted.version,
        "intake": wanted.intake,
        "stage": wanted.stage,
        "partner": wanted.partner,
        "delivery_model": wanted.delivery_model,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if wanted.state != "all":
        found = found.filter(withdrawn_at__isnull=wanted.state != "withdrawn")
    return found.order_by(*SORTS.get(wanted.sort, SORTS["name"]))


def matching(text: str) -> Q:
    """Every word stands in the name, the e-mail address, a reference or the school's name."""
    return every_word(text, _word)


def every_word(text: str, stands: Callable[[str], Q]) -> Q:
    """Each of the first words of a search is found where `stands` looks for it."""
    found = Q()
    for word in text.split()[:MOST_WORDS]:
        found &= stands(word)
    return found


def _word(word: str) -> Q:
    spellings = {word}
    if not word.isascii():  # SQLite compares letters beyond A to Z by their exact case
        spellings |= {word.lower(), word.upper(), word.capitalize()}
    found = Q(reference__iexact=word) | Q(application__reference__iexact=word)
    for spelling in spellings:
        found |= Q(user__name__icontains=spelling) | Q(user__email__icontains=spelling)
        found |= Q(school__name__icontains=spelling) | Q(application__school_text__icontains=spelling)
    return found


def page_of_enrolments(found: QuerySet[Enrolment], number: str, *, searched: bool = False) -> Page[Any]:
    """One page of a list: the database sorts keys only, and reads whole rows for the fifty that are shown.

    A search by words looks at every name, so its keys are fetched once and not sought again for counting.
    """
    keys = found.values_list("pk", flat=True)
    page: Page[Any] = Paginator(list(keys) if searched else keys, PAGE).get_page(number[:9])
    page.object_list = rows_of(list(page.object_list))
    return page


def rows_of(ids: Sequence[int]) -> list[Enrolment]:
    """Enrolments with everything that a row shows, in the order of `ids`. One query."""
    rows = (
        Enrolment.objects.filter(pk__in=ids)
        .select_related("user", "intake", "school", "partner", "standing", "application")
        .only(
            "reference",
            "stage",
            "starts_on",
            "withdrawn_at",
            "delivery_model",
            "version",
            "zone",
            "user__name",
            "user__email",
            "intake__name",
            "intake__starts_on",
            "school__name",
            "partner__name",
            "standing__planned_minutes",
            "standing__counted_minutes",
            "standing__basis_points",
            "standing__measurable",
            "standing__updated_at",
            "application__school_text",
        )
        .annotate(revoked_at=revoked_since())
        .in_bulk()
    )
    return [rows[pk] for pk in ids if pk in rows]


def school_of(enrolment: Enrolment) -> str:
    """The school by its name in the register, else as the applicant wrote it."""
    return enrolment.school.name if enrolment.school else enrolment.application.school_text


# --- as a file -------------------------------------------------------------------------------------
COLUMNS = (
    "reference", "name", "e-mail", "school", "programme version", "intake", "stage", "delivery model",
    "partner", "start", "engagement", "hours counted", "hours planned", "withdrawn",
)  # fmt: skip


def export_rows(found: QuerySet[Enrolment], versions: dict[int, Version]) -> Iterator[list[str]]:
    """The list as rows of text, read from the database piece by piece."""
    yield list(COLUMNS)
    rows: Any = found.values_list(
        "reference", "user__name", "user__email", "school__name", "application__school_text", "version_id",
        "intake__name", "stage", "delivery_model", "partner__name", "starts_on", "standing__planned_minutes",
        "standing__counted_minutes", "standing__measurable", "withdrawn_at",
    )  # fmt: skip
    for row in rows.iterator(chunk_size=2000):
        reference, name, email, school, text, version, intake, stage, model, partner, start, *figures = row
        planned, counted, measurable, withdrawn = figures
        known = measurable and planned
        yield [
            reference,
            name,
            email,
            school or text,
            versions[version].name,
            intake,
            stage,
            model.replace("_", " "),
            partner or "",
            start.isoformat(),
            percent_text(Fraction(counted, planned)) if known else "",
            decimal_hours(counted) if known else "",
            decimal_hours(planned) if known else "",
            withdrawn.date().isoformat() if withdrawn else "",
        ]


# --- what can be chosen ----------------------------------------------------------------------------
def intakes_by_start() -> list[Intake]:
    """Every intake, the latest first, without its version's document."""
    return list(Intake.objects.order_by("-starts_on", "pk"))


def partners(*, on: date | None = None) -> list[tuple[int, str]]:
    """Whoever is or was a delivery partner, by name; with `on` only those who are one on that day."""
    roles = OrganisationRole.objects.filter(role=OrganisationKind.DELIVERY_PARTNER)
    if on:
        roles = roles.on(on)
    held = Organisation.objects.filter(roles__in=roles)
    return list(held.order_by("name").distinct().values_list("pk", "name"))


# --- engagement ------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class EngagementFilter:
    """What the list of engagement is narrowed to."""

    show: str = ""  # "" for all, "below", "near", "risk", "still", "closed", "unknown"
    words: str = ""
    version: int | None = None
    intake: int | None = None
    group: int | None = None
    months: int | None = None  # a window opens within so many months


NEAR_POINTS = 1000  # just below: ten percentage points, more than one event day of six hours in seventy-four
STILL_DAYS = 42  # without a credit for six weeks: stopped moving


def engagement_for(
    viewer: Viewer,
    wanted: EngagementFilter,
    *,
    versions: dict[int, Version],
    intakes: Iterable[Intake],
    at: datetime,
) -> QuerySet[Enrolment]:
    """Those who are on the way to their assessment, least engaged first ("near": most first); for the office
    alone.
    """
    office_only(viewer)
    on = clock.day_of(at)
    found = active().filter(matching(wanted.words))
    if wanted.version:
        found = found.filter(version=wanted.version)
    if wanted.intake:
        found = found.filter(intake=wanted.intake)
    if wanted.group:
        found = found.filter(group_places__group=wanted.group, group_places__until__isnull=True)
    if wanted.months:
        soon = [pk for pk, day in next_windows(on=on).items() if day <= add_months(on, wanted.months)]
        found = found.filter(intake__in=soon)
    if wanted.show not in ("still", "closed"):
        found = found.filter(standing__measurable=wanted.show != "unknown")
    if wanted.show == "below":
        found = found.filter(below(versions))
    elif wanted.show == "near":
        near = found.filter(below(versions, by=NEAR_POINTS))
        return near.order_by("-standing__basis_points", "pk")
    elif wanted.show == "risk":
        found = found.filter(behind(versions, intakes, at=at))
    elif wanted.show == "still":
        found = found.filter(still(at, closed_of(versions)))
    elif wanted.show == "closed":
        found = found.filter(still_on_closed(at, closed_of(versions)))
    return found.order_by("standing__basis_points", "pk")


def closed_of(versions: dict[int, Version]) -> list[int]:
    """The versions that take no intakes any more."""
    return [version.pk for version in versions.values() if version.state == "closed"]


def active() -> QuerySet[Enrolment]:
    """Those who take part and whose result is still to come."""
    return Enrolment.objects.filter(withdrawn_at__isnull=True, stage__in=ACTIVE_STAGES)


def below(versions: dict[int, Version], *, by: int = 0) -> Q:
    """Below the threshold of their version, whatever time is left; with `by` no more basis points than that."""
    by_points: dict[int, list[int]] = {}
    for version in versions.values():
        if version.threshold_points:
            by_points.setdefault(version.threshold_points, []).append(version.pk)
    return _any(
        Q(
            version__in=ids,
            standing__basis_points__lt=points,
            standing__basis_points__gte=points - by if by else 0,
        )
        for points, ids in by_points.items()
    )


def behind(versions: dict[int, Version], intakes: Iterable[Intake], *, at: datetime) -> Q:
    """Behind the pace that reaches the threshold in time: the forecast falls short.

    Whose window is over, and no other one ahead, has no time left that a pace could be of: what is missing then is
    in the lists of those below the threshold, and with the results.
    """
    on = clock.day_of(at)
    by_points: dict[int, list[int]] = {}
    for intake in intakes:
        points = versions[intake.version_id].pace_points(intake.starts_on, on)
        if points:
            by_points.setdefault(points, []).append(intake.pk)
    slow = _any(
        Q(intake__in=ids, standing__measurable=True, standing__basis_points__lt=points)
        for points, ids in by_points.items()
    )
    sittings = Sitting.objects.filter(enrolment=OuterRef("pk")).exclude(window__state=WindowState.CANCELLED)
    over = Exists(sittings.filter(closes_at__lt=at)) & ~Exists(sittings.filter(closes_at__gte=at))
    return slow & ~Q(over)


def expected_minutes(enrolment: Enrolment, version: Version, *, on: date) -> int:
    """The minutes that the pace of the version asks of somebody by a day, rounded up; their standing is loaded.

    The same pace by which `behind` judges, so whoever is behind has a gap, and nobody else has but those
    who have no time left.
    """
    points = version.pace_points(enrolment.starts_on, on)
    return -(-enrolment.standing.planned_minutes * points // WHOLE)


def still(at: datetime, closed: Iterable[int] = ()) -> Q:
    """In induction or development with something left to do, and no credit for six weeks; not on a `closed` version."""
    return _still(at) & ~Q(version__in=list(closed))


def still_on_closed(at: datetime, closed: Iterable[int]) -> Q:
    """The same for those of the `closed` versions, whom nobody expects to move."""
    return _still(at) & Q(version__in=list(closed))


def _still(at: datetime) -> Q:
    return stopped_moving(since=at - timedelta(days=STILL_DAYS), on=clock.day_of(at))


def stopped_moving(*, since: datetime, on: date) -> Q:
    """In induction or development, begun before a day, with something left to do, and no credit from `since` on."""
    moving = (Stage.INDUCTION, Stage.DEVELOPMENT)
    left = Q(standing__measurable=False) | Q(standing__counted_minutes__lt=F("standing__planned_minutes"))
    return left & Q(stage__in=moving, standing__updated_at__lt=since, starts_on__lt=on)


def _any(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for condition in conditions:
        found |= condition
    return found


def next_windows(*, on: date) -> dict[int, date]:
    """The first day of each intake's next window, or of the one that is open, by intake. One query."""
    coming = Window.objects.filter(state=WindowState.SCHEDULED, opens_on__gte=on)
    return dict(coming.order_by().values_list("intake").annotate(first=Min("opens_on")))


def groups_of_intake(intake: int | None) -> list[tuple[int, str]]:
    """The groups of one intake by name; none while no intake is chosen."""
    found = Group.objects.filter(intake=intake).order_by("name") if intake else Group.objects.none()
    return list(found.values_list("pk", "name"))


# --- one person ------------------------------------------------------------------------------------
def get_enrolment_for(viewer: Viewer, reference: str) -> Enrolment:
    """An enrolment by its reference, with all that it belongs to, its place in a group too (`place_of`); for the office
    alone.
    """
    office_only(viewer)
    current = FilteredRelation("group_places", condition=Q(group_places__until__isnull=True))
    related = (
        "user", "application__decided_by", "intake", "version__programme", "school", "partner", "standing",
        "place__group__partner",
    )  # fmt: skip
    found = (
        Enrolment.objects.filter(reference=reference)
        .annotate(place=current, revoked_at=revoked_since())
        .select_related(*related)
        .first()
    )
    if found is None:
        raise Http404
    return found


def place_of(enrolment: Enrolment) -> GroupPlace | None:
    """The place in a group that somebody has now, of an enrolment from `get_enrolment_for`. No query."""
    found: GroupPlace | None = vars(enrolment).get("place")
    return found
