"""Programme versions as lists need them: named, with their terms, no document read for every row."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.rules import add_months
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.stored import content_key
from goldenthread.catalogue.wording import version_name
from goldenthread.engagement.outline import INDUCTION_DAYS

WHOLE = 10_000  # basis points
_specifications: dict[str, Specification] = {}  # by the digest of the content and of what was decided over it


def name_of(version: ProgrammeVersion) -> str:
    """The name of a version whose programme is loaded."""
    return version_name(version.programme.code, version.edition, version.market, version.revision)


@dataclass(frozen=True)
class Version:
    """One version with what lists ask of it."""

    pk: int
    key: str
    code: str
    name: str
    state: str
    specification: Specification
    sha256: str = ""
    dated: tuple[Any, ...] = ()  # the policies that were decided beside it, each from a day on

    @property
    def line(self) -> tuple[str, str, str]:
        """Programme, edition and market: what all revisions of a version have in common."""
        return self.code, self.specification.edition, self.specification.market

    @property
    def threshold(self) -> Fraction | None:
        """The share of engagement that is asked, None where none is asked or none is known."""
        policy = self.specification.engagement
        return policy.threshold if policy else None

    @property
    def threshold_points(self) -> int | None:
        """The same in basis points, rounded up, so that reaching it is never claimed too early."""
        share = self.threshold
        return None if share is None else -(-share.numerator * WHOLE // share.denominator)

    @property
    def needs_word_limit(self) -> bool:
        """Somebody has to choose a word limit for each intake before its window."""
        return self.specification.assessment.max_words.must_be_chosen

    @property
    def first_window_months(self) -> int | None:
        months = self.specification.assessment.window_months.value
        return months[0] if months else None

    def shortfall(self, *, planned: int, counted: int) -> int:
        """Whole minutes missing to the threshold, rounded up."""
        share = self.threshold or Fraction(0)
        needed = share * planned
        return max(0, -(-needed.numerator // needed.denominator) - counted)

    def pace_points(self, starts_on: date, on: date) -> int:
        """The basis points that who started on `starts_on` needs by `on` to reach the threshold in time.

        In time is before the months begin in which windows may open, else before the version ends. The first
        four weeks ask nothing yet; where neither is known, nothing can be forecast and nothing is asked.
        """
        months = self.first_window_months or self.specification.duration_months.value
        if self.threshold is None or months is None:
            return 0
        elapsed, whole = (on - starts_on).days, (add_months(starts_on, months) - starts_on).days
        if elapsed <= INDUCTION_DAYS:
            return 0
        needed = self.threshold * WHOLE * min(elapsed, whole) / whole
        return -(-needed.numerator // needed.denominator)


def versions() -> dict[int, Version]:
    """Every version by its id, in the catalogue's order. One query; documents are read once per process."""
    rows = list(
        ProgrammeVersion.objects.order_by(
            "programme__position", "-effective_from", "market", "pk"
        ).values_list(
            "pk", "key", "sha256", "decided", "programme__code", "edition", "market", "revision", "state"
        )
    )
    contents = {pk: content_key(sha256, decided) for pk, _, sha256, decided, *_ in rows}
    unread = [pk for pk, content in contents.items() if content not in _specifications]
    if unread:
        for version in ProgrammeVersion.objects.filter(pk__in=unread):
            key = content_key(version.sha256, version.decided)
            contents[version.pk], _specifications[key] = key, version.specification
    return {
        pk: Version(
            pk,
            key,
            code,
            version_name(code, edition, market, revision),
            state,
            _specifications[contents[pk]],
            contents[pk],
            tuple(decided.get("policies", ())),
        )
        for pk, key, _, decided, code, edition, market, revision, state in rows
    }


@dataclass(frozen=True)
class Figure:
    """Engagement of one enrolment for a list, from its standing as kept: exact, never rounded up."""

    planned: int
    counted: int
    shortfall: int
    below: bool
    behind: bool
    measurable: bool = True

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.counted, self.planned) if self.measurable and self.planned else None


def figure_of(enrolment: Enrolment, version: Version, *, on: date) -> Figure | None:
    """The figure of an enrolment whose standing is loaded; None when it has no plan yet."""
    standing = getattr(enrolment, "standing", None)
    if standing is None:
        return None
    threshold = version.threshold_points or 0
    return Figure(
        planned=standing.planned_minutes,
        counted=standing.counted_minutes,
        shortfall=version.shortfall(planned=standing.planned_minutes, counted=standing.counted_minutes),
        below=standing.measurable and standing.basis_points < threshold,
        behind=standing.measurable and standing.basis_points < version.pace_points(enrolment.starts_on, on),
        measurable=standing.measurable,
    )
