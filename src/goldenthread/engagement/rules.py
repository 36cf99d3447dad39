"""Engagement: credited minutes against planned minutes, in exact fractions (S0-40, S0-41, S0-43).

A component counts at most what is planned for it, so that more coaching never makes up for a missed event. A
correction is a negative credit; a component never counts less than nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from goldenthread.common.quantities import hours_text, percent_text
from goldenthread.common.refused import Refused


@dataclass(frozen=True)
class Planned:
    """What a plan holds for one component: its name and its minutes, None where the sources leave them
    unknown.
    """

    component: str
    name: str
    minutes: int | None


@dataclass(frozen=True)
class Policy:
    """How a version measures engagement: the share that is asked, and what it is asked for.

    `required_to_pass` and `required_to_enter` are two rules (C-05): a family has one, a provider may turn on
    both. `threshold` is None where the sources ask for no share, or leave it open.
    """

    threshold: Fraction | None
    required_to_pass: bool
    required_to_enter: bool


@dataclass(frozen=True)
class ComponentStanding:
    """One component: planned and credited minutes, and how many of the credited ones count."""

    component: str
    name: str
    planned: int
    credited: int
    counted: int

    @property
    def missing(self) -> int:
        return self.planned - self.counted


@dataclass(frozen=True)
class Standing:
    """Where an enrolment stands: all figures in minutes; `share` is exact, None while it can't be measured.

    `asked` says whether the version asks for a share at all: where it asks for none, the requirement is met.
    """

    components: tuple[ComponentStanding, ...]
    planned: int
    counted: int
    threshold: Fraction | None
    unknown: tuple[str, ...] = ()
    asked: bool = True

    @property
    def measurable(self) -> bool:
        return not self.unknown and self.planned > 0

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.counted, self.planned) if self.measurable else None

    @property
    def met(self) -> bool:
        if self.threshold is None or self.share is None:
            return not self.asked
        return self.share >= self.threshold

    @property
    def shortfall(self) -> int:
        """Whole minutes still missing to the threshold, rounded up: a part of a minute short is short."""
        if self.threshold is None:
            return 0
        needed = self.threshold * self.planned
        return max(0, -(needed.numerator // -needed.denominator) - self.counted)

    @property
    def basis_points(self) -> int:
        """The share in hundredths of a per cent, rounded down: 8998 is never taken for 9000."""
        return self.counted * 10_000 // self.planned if self.measurable else 0


def standing(plan: Iterable[Planned], credited: Mapping[str, int], policy: Policy) -> Standing:
    """Work out engagement from the plan's components and the sums of the ledger by component.

    Credits to a component that is not in the plan count nothing. With any planned minutes unknown there is no
    share: a figure is never guessed (S3-14).
    """
    planned = list(plan)
    components = tuple(
        _component(part, credited.get(part.component, 0)) for part in planned if part.minutes is not None
    )
    return Standing(
        components=components,
        planned=sum(part.planned for part in components),
        counted=sum(part.counted for part in components),
        threshold=policy.threshold,
        unknown=tuple(part.name for part in planned if part.minutes is None),
        asked=policy.required_to_pass or policy.required_to_enter,
    )


def _component(part: Planned, credited: int) -> ComponentStanding:
    minutes = part.minutes or 0
    return ComponentStanding(part.component, part.name, minutes, credited, _capped(credited, minutes))


def _capped(credited: int, planned: int) -> int:
    return min(max(credited, 0), planned)


def counting(planned: int | None, *, before: int, minutes: int) -> int:
    """How many of an entry's minutes count, where its component has `before` minutes credited of `planned`.

    Negative for a correction that takes counted minutes away. Summed over the entries of a component, in whatever
    order they came, it is what the component counts. None planned, or an unknown number, counts nothing.
    """
    return 0 if planned is None else _capped(before + minutes, planned) - _capped(before, planned)


@dataclass(frozen=True)
class Gap:
    """An open activity: its minutes that are not credited yet, and its day, None where it has none.

    `past` marks what was held on a day that is over, such as an event: it can't simply be done now.
    """

    key: str
    component: str
    minutes: int
    day: date | None = None
    past: bool = False


@dataclass(frozen=True)
class Way:
    """An open activity as a step towards the threshold: the minutes that would count, and the sum so far."""

    gap: Gap
    minutes: int
    total: int


@dataclass(frozen=True)
class Ways:
    """The steps that close a shortfall, in order of date; `reach` is False where all of them fall short."""

    steps: tuple[Way, ...]
    shortfall: int

    @property
    def total(self) -> int:
        return self.steps[-1].total if self.steps else 0

    @property
    def reach(self) -> bool:
        return self.total >= self.shortfall


def ways_to_close(standing: Standing, open_activities: Iterable[Gap]) -> Ways:
    """The next open activities, by date, that together close the shortfall; all of them if they don't.

    A component counts no more than what it still misses. What was held on a day that is over is named only
    where the rest doesn't suffice, and last.
    """
    missing = {part.component: part.missing for part in standing.components}
    steps: list[Way] = []
    total = 0
    for gap in sorted(open_activities, key=lambda gap: (gap.past, gap.day or date.max)):
        if total >= standing.shortfall:
            break
        counts = min(gap.minutes, missing.get(gap.component, 0))
        if counts > 0:
            missing[gap.component] -= counts
            total += counts
            steps.append(Way(gap, counts, total))
    return Ways(tuple(steps), standing.shortfall)


def check_credit(*, minutes: int, planned: int | None, already: int) -> None:
    """A first credit for an activity: at least a minute, and not more than its planned minutes where these
    are known.
    """
    if minutes <= 0:
        raise Refused("Credit at least one minute.", code="credit.none", field="minutes")
    if planned is not None and minutes + already > planned:
        raise Refused(
            f"This activity is planned for {planned} minutes, {already} of them credited; "
            f"credit {max(0, planned - already)} at most.",
            code="credit.too_much",
            field="minutes",
        )


def check_correction(*, minutes: int, credited: int, reason: str, planned: int | None = None) -> None:
    """A correction says why, and never takes an activity below nothing or above its planned minutes."""
    if not reason.strip():
        raise Refused("Say why this credit is corrected.", code="correction.reason", field="reason")
    if minutes == 0 or credited + minutes < 0:
        raise Refused(
            f"{credited} minutes are credited; take away that many at most.",
            code="correction.too_much",
            field="minutes",
        )
    if planned is not None and minutes > 0 and credited + minutes > planned:
        raise Refused(
            f"This activity is planned for {planned} minutes, {credited} of them credited; "
            f"add {max(0, planned - credited)} at most.",
            code="correction.too_much",
            field="minutes",
        )


def check_entry_to_window(standing: Standing, policy: Policy) -> None:
    """The gate before a window, where the version has one (S0-41): the share reached, or the gap named."""
    if not policy.required_to_enter or standing.met:
        return
    if standing.threshold is None:
        raise Refused(
            "The share of engagement that this window asks for is not decided. Ask the programme office "
            "to choose it.",
            code="engagement.undecided",
        )
    if not standing.measurable:
        raise Refused(
            "Engagement can't be measured yet: the hours of "
            + ", ".join(standing.unknown)
            + " are not known.",
            code="engagement.unknown",
        )
    raise Refused(
        f"Engagement is below {percent_text(standing.threshold)}: {hours_text(standing.shortfall)} missing.",
        code="engagement.short",
    )
