"""What the system can measure of itself, each figure in a few set-based statements."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import ExtractYear

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Sitting, SittingState
from goldenthread.catalogue.rules import add_months
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.intakes.models import Intake
from goldenthread.outcomes.attempts import standing, with_result
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import OrganisationKind, OrganisationRole
from goldenthread.reports.models import MetricFigure, PublishedFigure
from goldenthread.reports.rules import COHORT_BEGINS, METRICS, Metric, PassRate, Share, cohort_text
from goldenthread.reports.said_rules import Lines, number_text, share_text

ROLLING_MONTHS = 36
NO_DATA = "no data"  # published yet
NOT_MEASURED = "not measured here yet"
_COHORT = Case(
    When(starts_on__month__gte=COHORT_BEGINS, then=ExtractYear("starts_on")),
    default=ExtractYear("starts_on") - 1,
    output_field=IntegerField(),
)
# By what people are told apart, and what they are called by: intakes of several programmes have one name.
BY: dict[str, dict[str, Any]] = {
    "programme": {"name": F("version__programme__code")},
    "intake": {
        "name": F("intake__name"),
        "code": F("intake__version__programme__code"),
        "edition": F("intake__version__edition"),
        "market": F("intake__version__market"),
        "which": F("intake"),
    },
    "cohort": {"name": _COHORT},
    "partner": {"name": F("partner__name")},
    "band": {"name": F("school__band__band")},
}
BY_COHORT = "pass-rate-by-cohort"
OTHER_COHORTS = "All other cohorts together"
NO_NAME = {"partner": "no delivery partner", "band": "no band recorded"}


# --- pass rate -----------------------------------------------------------------------------------
def _attempts() -> QuerySet[Outcome]:
    """The standing outcomes that follow from an attempt: who was held back, or never let in, made none."""
    shut_out = Q(state=SittingState.HELD_BACK) | Q(state=SittingState.BOOKED, released_at__isnull=True)
    not_let_in = Sitting.objects.filter(shut_out, window=OuterRef("window"), enrolment=OuterRef("enrolment"))
    return standing().filter(~Exists(not_let_in.order_by()))


def _with_result() -> QuerySet[Any]:
    """Everybody with `told`, whether any released outcome follows from an attempt, and `passed`, whether the attempt
    that counts is a pass.
    """
    return with_result(Enrolment.objects.all(), among=_attempts())


COUNTS = {
    "number_assessed": Count("pk", filter=Q(told=True)),
    "number_passed": Count("pk", filter=Q(passed=True)),
    "number_withdrawn": Count("pk", filter=Q(told=False, withdrawn_at__isnull=False)),
}


def pass_rate(*, starting: tuple[date, date] | None = None) -> PassRate:
    """Passed of those assessed, over everybody or over those who started in a period (S0-56). One query."""
    found = _in_period(starting).aggregate(**COUNTS)
    return _rate("all", found)


def pass_rates(by: str, *, starting: tuple[date, date] | None = None) -> list[PassRate]:
    """The pass rate by "programme", "intake", "cohort", "partner" or "band" of the school (S0-53, S0-56). One query.

    Each intake by itself, with its programme, and with edition and market where those alone tell two apart.
    """
    keys = BY[by]
    order = ["code", "name", "which"] if by == "intake" else ["name"]
    rows = list(_in_period(starting).order_by().values(**keys).annotate(**COUNTS).order_by(*order))
    alike = Counter((row.get("code"), row["name"]) for row in rows)
    return [_rate(_name(by, row, alone=alike[row.get("code"), row["name"]] == 1), row) for row in rows]


def _name(by: str, row: Mapping[str, Any], *, alone: bool) -> str:
    if by == "cohort":
        return cohort_text(row["name"])
    if by == "intake":
        more = "" if alone else f", {row['edition']}, {row['market']}"
        return f"{row['code']} {row['name']}{more}"
    return str(row["name"] or NO_NAME.get(by, "–"))


def rates_of_intakes(intake_ids: Sequence[int] | None = None) -> dict[int, PassRate]:
    """The pass rate of some intakes, or of each that has people, by the intake's number. One query."""
    people = _with_result()
    if intake_ids is not None:
        people = people.filter(intake__in=intake_ids)
    rows = people.order_by().values("intake").annotate(**COUNTS)
    return {row["intake"]: _rate(str(row["intake"]), row) for row in rows}


def _in_period(starting: tuple[date, date] | None) -> QuerySet[Any]:
    found = _with_result()
    return found.filter(starts_on__range=starting) if starting else found


def _rate(name: str, row: Mapping[str, Any]) -> PassRate:
    return PassRate(
        name=name,
        assessed=row["number_assessed"],
        passed=row["number_passed"],
        withdrawn=row["number_withdrawn"],
    )


# --- how many ------------------------------------------------------------------------------------
def participants(*, on: date, months: int = ROLLING_MONTHS) -> int:
    """How many people began a programme in the months up to a day, each of them once (S0-58). One query."""
    began = Enrolment.objects.filter(starts_on__gt=add_months(on, -months), starts_on__lte=on)
    return int(began.order_by().aggregate(number=Count("user", distinct=True))["number"])


def partners(*, on: date) -> int:
    """How many organisations are delivery partners on a day (S0-59, C-07). One query."""
    held = OrganisationRole.objects.on(on).filter(role=OrganisationKind.DELIVERY_PARTNER)
    return int(held.order_by().aggregate(number=Count("organisation", distinct=True))["number"])


@dataclass(frozen=True, slots=True)
class Live:
    """What the system measures beside a claim, and how; never shown in its place. Of the published pass rate also
    cohort by cohort, the latest first.
    """

    text: str
    how: str
    cohorts: "tuple[Live, ...]" = ()


def live_figures(*, on: date) -> dict[str, Live]:
    """The live figure beside each claim that the system can measure, by the claim's key, for the office alone: exact,
    and so not for everybody (`published_figures`). Three queries.
    """
    rate = pass_rate()
    return {
        "pass-rate": Live(rate.share.text, "passed of all who were assessed here, whenever they started"),
        "participants-three-years": Live(
            f"{participants(on=on):,}", "people who began a programme here in the last three years"
        ),
        "partners": Live(f"{partners(on=on):,}", "organisations that are delivery partners here today"),
        "satisfaction": Live(NOT_MEASURED, "no survey of this installation asks for it"),
    }


def groups_of(*, on: date) -> dict[str, list[int]]:
    """The groups of people, which share nobody, behind each live figure that counts people. Two queries."""
    rate = pass_rate()
    return {
        "pass-rate": [rate.passed, rate.assessed - rate.passed],
        "participants-three-years": [participants(on=on)],
    }


def groups_by_cohort() -> dict[str, list[int]]:
    """The groups behind the pass rate, passed and not, of each cohort in which anybody was assessed. One query."""
    rows = _with_result().filter(told=True).order_by().values(cohort=_COHORT).annotate(**COUNTS)
    return {
        str(row["cohort"]): [row["number_passed"], row["number_assessed"] - row["number_passed"]]
        for row in rows.order_by("cohort")
    }


def _by_cohort(row: PublishedFigure) -> tuple[Live, ...]:
    """The lines of a kept row as everybody reads them."""
    since = day_text(clock.day_of(row.since))
    return tuple(
        Live(
            share_text(groups[0], sum(groups)),
            f"{cohort_text(int(year)) if year else OTHER_COHORTS}, as of {since}",
        )
        for year, groups in sorted(lines_of(row).groups.items(), reverse=True)
    )


def lines_of(row: PublishedFigure | None) -> Lines:
    """What is said by cohort in a kept row; nothing in none."""
    return Lines(row.groups["lines"], tuple(row.groups["together"])) if row else Lines({})


def published_figures(*, on: date) -> dict[str, Live]:
    """The live figures as everybody reads them: nobody can be told from them, nor from what they said before.

    What is measured of people is as it was kept by the job (`actions.keep_published`); before that there are no data.
    Two queries.
    """
    found = {
        "pass-rate": Live(NO_DATA, "passed of all who were assessed here, whenever they started"),
        "participants-three-years": Live(
            NO_DATA, "people who began a programme here in the last three years"
        ),
        "partners": Live(f"{partners(on=on):,}", "organisations that are delivery partners here today"),
        "satisfaction": Live(NOT_MEASURED, "no survey of this installation asks for it"),
    }
    cohorts: tuple[Live, ...] = ()
    for row in PublishedFigure.objects.all():
        if row.key == BY_COHORT:
            cohorts = _by_cohort(row)
            continue
        since = day_text(clock.day_of(row.since))
        if row.key == "pass-rate":
            text = share_text(row.groups[0], sum(row.groups))
            how = f"passed of all who were assessed here, whenever they started, as of {since}"
        else:
            text = number_text(row.groups[0])
            how = f"people who began a programme here in the last three years, as of {since}"
        found[row.key] = Live(text, how)
    found["pass-rate"] = replace(found["pass-rate"], cohorts=cohorts)
    return found


# --- the Department's metrics ---------------------------------------------------------------------
def metrics(year: int) -> list[Metric]:
    """Every metric of a year with target, figure and verdict (S0-61). Three queries."""
    return metrics_of([year])


def metrics_of(years: Sequence[int]) -> list[Metric]:
    """Every metric of some years. Three queries, however many years.

    A year's people are those whose programme began in it. What the system can't measure is what staff entered.
    """
    kept = {(row.year, row.metric): row for row in MetricFigure.objects.filter(year__in=years)}
    measured = _measured(years)
    return [
        _metric(name, year, kept.get((year, name)), measured.get((year, name)))
        for year in years
        for name in METRICS
    ]


def _metric(name: str, year: int, kept: MetricFigure | None, share: Share | None) -> Metric:
    actual, basis = (share.fraction, f"{share.part:,}/{share.of:,}") if share and share.of else (None, "")
    if actual is None and kept and kept.stated_tenths is not None:
        actual, basis = Fraction(kept.stated_tenths, 1000), kept.source
    target = None if kept is None or kept.target_tenths is None else Fraction(kept.target_tenths, 1000)
    return Metric(key=name, year=year, target=target, actual=actual, basis=basis)


def _measured(years: Sequence[int]) -> dict[tuple[int, str], Share]:
    people = _with_result().filter(starts_on__year__in=years).order_by().values(year=F("starts_on__year"))
    numbers = people.annotate(
        started=Count("pk"),
        kept=Count("pk", filter=Q(withdrawn_at__isnull=True) | Q(told=True)),
        done=Count("pk", filter=Q(told=True)),
        well=Count("pk", filter=Q(passed=True)),
        placed=Count("pk", filter=Q(intake__places__isnull=False)),
    )
    limited = Intake.objects.filter(starts_on__year__in=years, places__isnull=False).order_by()
    places = dict(
        limited.values(year=F("starts_on__year")).annotate(number=Sum("places")).values_list("year", "number")
    )
    found: dict[tuple[int, str], Share] = {}
    for row in numbers:
        year = row["year"]
        found[year, "recruitment"] = Share(row["placed"], places.get(year, 0))
        found[year, "retention"] = Share(row["kept"], row["started"])
        found[year, "completion"] = Share(row["done"], row["started"])
        found[year, "pass"] = Share(row["well"], row["done"])
    return found


def years() -> list[int]:
    """The years in which anybody began or a target stands, the latest first. One query."""
    began = Enrolment.objects.order_by().filter(starts_on__isnull=False).values_list("starts_on__year")
    targets = MetricFigure.objects.order_by().values_list("year")
    return sorted((year for (year,) in began.union(targets)), reverse=True)
