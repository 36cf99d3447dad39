"""When a claim may be shown, and what a measured figure says. No Django, no clock."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from goldenthread.common.refused import Refused

PASS_ALERT = Fraction(95, 100)  # the rate that is claimed: below it somebody has to look (S0-56)
CHANGE_AT_LEAST = 5  # answers before an average of people is shown


# --- claims --------------------------------------------------------------------------------------
def check_publishable(*, source: str, period: str, owned: bool, review_on: date | None, on: date) -> None:
    """A claim is published only with a source, its period, an owner and a day of review to come (S0-54)."""
    if not source.strip():
        raise Refused(
            "A claim without a source can't be published: say where it can be read, or keep the evidence.",
            code="claim.no_source",
            field="source",
        )
    if not period.strip():
        raise Refused(
            "Say for which period the claim holds; where the source gives none, say that.",
            code="claim.no_period",
            field="period",
        )
    if not owned:
        raise Refused("Name who answers for this claim.", code="claim.no_owner", field="owner")
    if review_on is None or review_on <= on:
        raise Refused(
            "Give a day to come on which the claim is reviewed.", code="claim.no_review", field="review_on"
        )


def repeats_figure(text: str, *, figure: str, has_value: bool) -> bool:
    """Whether the words of a claim say its figure again, so that it would stand twice: "92 % 92 % pass".

    `figure` is the value as it is shown, with its unit: "92 %", "160", "2012".
    """
    number = re.match(r"[\d,]+", figure)
    if not has_value or number is None:
        return False
    plain = re.escape(number.group().replace(",", ""))
    return re.search(rf"(?<![\d.]){plain}(?![\d.]*\d)", re.sub(r"(?<=\d),(?=\d)", "", text)) is not None


def is_shown(*, published: bool, source: str, period: str, review_on: date | None, on: date) -> bool:
    """Whether the public sees a claim on a day: published, with source and period, and not past its review."""
    return bool(published and source and period and review_on is not None and on < review_on)


# --- cohorts -------------------------------------------------------------------------------------
# The Department names a cohort by the year in which its funding year begins: cohort 2024 is those who started from
# September 2024 to August 2025. Ours: no document of the programmes says on which day.
COHORT_BEGINS = 9  # month, from its first day on


def cohort_of(day: date) -> int:
    """The cohort of whoever starts on a day, as the year in which it begins."""
    return day.year if day.month >= COHORT_BEGINS else day.year - 1


def cohort_text(year: int) -> str:
    """ "Cohort 2024 (September 2024 to August 2025)"."""
    return f"Cohort {year} (September {year} to August {year + 1})"


# --- figures -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `of` 0 is no data, which is neither 0 % nor 100 %."""

    part: int
    of: int

    @property
    def fraction(self) -> Fraction | None:
        return Fraction(self.part, self.of) if self.of else None

    @property
    def text(self) -> str:
        """ "95.0 % (19/20)", one decimal and rounded down; "no data" for nothing of nothing (S0-55)."""
        if not self.of:
            return "no data"
        return f"{tenths(self.fraction)} % ({self.part:,}/{self.of:,})"


def tenths(share: Fraction | None) -> str:
    """A share as per cent with one decimal, rounded down, so that 89.99 is never shown as 90."""
    if share is None:
        return ""
    thousandths = share.numerator * 1000 // share.denominator
    return f"{thousandths // 10}.{thousandths % 10}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRate:
    """Of those assessed, how many passed; who withdrew before is told apart and is in no denominator (S0-56)."""

    name: str
    assessed: int
    passed: int
    withdrawn: int

    @property
    def share(self) -> Share:
        return Share(self.passed, self.assessed)

    @property
    def alert(self) -> bool:
        """Whether the rate is under the one that is claimed."""
        share = self.share.fraction
        return share is not None and share < PASS_ALERT


def rate_text(passed: int, assessed: int) -> str:
    """A pass rate as figures: "18/20 = 90.0 %"."""
    return f"{passed:,}/{assessed:,} = {tenths(Fraction(passed, assessed))} %"


def together(rates: Iterable[PassRate]) -> PassRate:
    """The rate over groups that share nobody."""
    known = list(rates)
    return PassRate(
        name="all",
        assessed=sum(rate.assessed for rate in known),
        passed=sum(rate.passed for rate in known),
        withdrawn=sum(rate.withdrawn for rate in known),
    )


def satisfaction(satisfied: int, responses: int) -> str:
    """ "98.0 % (n = 50)"; without a response there are no data (S0-55)."""
    if not 0 <= satisfied <= responses:
        raise Refused("There can't be more satisfied than answered.", code="satisfaction.impossible")
    return f"{tenths(Fraction(satisfied, responses))} % (n = {responses:,})" if responses else "no data"


# --- the Department's metrics ---------------------------------------------------------------------
METRICS = {
    "recruitment": "Places filled, of those offered",
    "retention": "Still on the programme or through it, of those who started",
    "completion": "Assessed, of those who started",
    "pass": "Passed, of those assessed",
    "satisfaction": "Satisfied, of those who answered",
    "timeliness": "On time, as the provider measures it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of one year against its target; both may be missing (S0-61)."""

    key: str
    year: int
    target: Fraction | None
    actual: Fraction | None
    basis: str = ""  # "46/50", or where a typed figure comes from

    @property
    def name(self) -> str:
        return METRICS.get(self.key, self.key)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return "no target set"
        if self.actual is None:
            return "not measured"
        return "met" if self.actual >= self.target else "not met"

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """A row of the export: "completion,90,92,2025,met"."""
        return self.key, _percent(self.target), _percent(self.actual), str(self.year), self.verdict


def _percent(share: Fraction | None) -> str:
    return tenths(share).removesuffix(".0")


# --- local delivery ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """How far somebody is from where their events take place, None while either place is unknown."""

    name: str
    reference: str
    area: str
    km: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Who can reach their events within a distance, and where those are who can't (S3-39)."""

    within_km: int
    share: Share
    uncovered: dict[str, list[Candidate]] = field(default_factory=dict)
    unknown: int = 0


def coverage(candidates: Iterable[Candidate], *, within_km: int) -> Coverage:
    """The share within a distance; who is farther stands by area, who can't be placed is counted apart."""
    known = list(candidates)
    placed = [one for one in known if one.km is not None]
    far = sorted((one for one in placed if (one.km or 0) > within_km), key=lambda one: (one.area, one.name))
    uncovered: dict[str, list[Candidate]] = {}
    for one in far:
        uncovered.setdefault(one.area or "area not known", []).append(one)
    return Coverage(
        within_km=within_km,
        share=Share(len(placed) - len(far), len(placed)),
        uncovered=uncovered,
        unknown=len(known) - len(placed),
    )


# --- what people learned --------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How people's own view of an area moved from start to end, over those who gave both (S2-37)."""

    area: str
    start: Fraction | None
    end: Fraction | None
    n: int

    @property
    def moved(self) -> Fraction | None:
        return None if self.start is None or self.end is None else self.end - self.start

    @property
    def text(self) -> str:
        """ "+1.2 (n = 12)"; a few answers say nothing of a cohort and would show one person's."""
        if self.moved is None or self.n < CHANGE_AT_LEAST:
            return f"too few answers (n = {self.n})"
        return f"{signed(self.moved)} (n = {self.n})"


def signed(value: Fraction) -> str:
    """A difference with its sign and one decimal, rounded to the nearest: "+1.2", "−0.4"."""
    rounded = round(value * 10)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else "±"
    return f"{sign}{abs(rounded) // 10}.{abs(rounded) % 10}"


def change(area: str, pairs: Sequence[tuple[int, int]]) -> Change:
    """The averages of an area over people who rated it at the start and at the end."""
    n = len(pairs)
    if not n:
        return Change(area=area, start=None, end=None, n=0)
    start, end = (Fraction(sum(pair[place] for pair in pairs), n) for place in (0, 1))
    return Change(area=area, start=start, end=end, n=n)


# --- how participants see themselves ---------------------------------------------------------------
def moment_to_rate(*, areas: bool, withdrawn: bool, developed: bool, given: frozenset[str]) -> str:
    """What somebody may answer now: "start" first, "end" once development is complete, "" for nothing (S2-37).

    `given` are the moments that are answered; `areas` says whether the version names any to be rated.
    """
    if not areas or withdrawn or "end" in given:
        return ""
    if "start" not in given:
        return "start"
    return "end" if developed else ""


def check_ratings(areas: tuple[str, ...], ratings: dict[str, int], *, moment: str, now: str) -> None:
    """Every area of the version has a rating from 1 to 5, and it is the moment for them."""
    if not areas or set(ratings) != set(areas):
        raise Refused("Give a rating for every area.", code="self_assessment.areas")
    if any(not 1 <= rating <= 5 for rating in ratings.values()) or moment not in ("start", "end"):
        raise Refused("Choose a rating from 1 to 5.", code="self_assessment.rating")
    if moment != now:
        raise Refused(
            "These questions are answered already, and kept as they were, or it is not the time for them yet: "
            "load this page anew to see which are open.",
            code="self_assessment.moment",
        )
