"""What marks say of their marker, ready for the page: figures in words, and charts whose numbers stand beside them."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from goldenthread.marking.reliability_queries import Compared
from goldenthread.marking.reliability_rules import ENOUGH, FEW, FEW_SEEDS, Reliability, far_off

WIDEST = 6  # marks to either side of the chart of severity


@dataclass(frozen=True)
class Figures:
    """One comparison: against whom, of how many scripts, and what it came to."""

    against: str
    scripts: int
    few: bool
    bars: list[dict[str, Any]]
    kappa: str
    severity: str
    place: str  # of the dot on a line from 0 to 100 per cent; "" where there is none


@dataclass(frozen=True)
class Shown:
    """One marker with their figures."""

    marker: int
    name: str
    markings: int
    minutes: str  # a script, on average
    figures: list[Figures]
    few: int = FEW
    enough: int = 0  # scripts without which nothing is shown; 0 where everything is
    look: tuple[str, ...] = ()  # why the office should look at this marker; on its pages alone


def shown(one: Compared, *, released: bool, compare: bool = True) -> Shown:
    """A marker's figures for a page; where the marker looks, until results are released, seeds are left out and what
    would tell a colleague's mark, and every comparison (`compare`) while it would tell a seed.
    """
    if not released:
        one = one.unrevealing()
    figures = [
        _figures("The other marker", one.with_colleague, 1),
        _figures("The agreed marks", one.with_agreed, 2),
    ]
    if released:
        figures.append(_figures("Seeds", one.with_seeds, 1))
    each = Fraction(one.seconds, 60 * one.markings) if one.markings else Fraction(0)
    minutes = f"{_decimal(each)} minutes" if one.seconds else "not known"
    enough = 0 if released else ENOUGH
    return Shown(one.marker, one.name, one.markings, minutes, figures if compare else [], enough=enough)


def worth_a_look(one: Compared, *, seeds: int, others: int) -> tuple[str, ...]:
    """Why the office should look at a marker, in sentences. `seeds` says by how many marks one may differ from a seed,
    `others` by how many two markers may from each other. A difference from a colleague tells of either of the two.
    """
    against = (
        ("seeds", one.with_seeds, 1, seeds, FEW_SEEDS),
        ("the agreed marks", one.with_agreed, 2, others, ENOUGH),
    )
    return tuple(
        f"Beside {name}, {_words(found.severity / unit)}, over {found.scripts} scripts; "
        f"at most one mark apart in {round(100 * found.adjacent)}\u00a0%."
        for name, found, unit, tolerance, least in against
        if found.severity is not None
        and found.adjacent is not None
        and far_off(found, tolerance=tolerance * unit, least=least)
    )


def _figures(against: str, found: Reliability, unit: int) -> Figures:
    bars = []
    if found.exact is not None and found.adjacent is not None:
        for label, share in (("The same mark", found.exact), ("At most one mark apart", found.adjacent)):
            bars.append({"label": label, "value": float(share), "text": f"{round(100 * share)}\u00a0%"})
    severity = None if found.severity is None else found.severity / unit
    return Figures(
        against,
        found.scripts,
        found.few,
        bars,
        "" if found.kappa is None else _decimal(found.kappa, 2),
        "" if severity is None else _words(severity),
        "" if severity is None else _place(severity),
    )


def _decimal(value: Fraction, places: int = 1) -> str:
    text = f"{abs(float(value)):.{places}f}"
    return f"−{text}" if value < 0 and float(text) else text


def _words(severity: Fraction) -> str:
    if severity == 0:
        return "neither higher nor lower"
    return f"{_decimal(abs(severity))} marks {'higher' if severity > 0 else 'lower'} on average"


def _place(severity: Fraction) -> str:
    within = max(Fraction(-WIDEST), min(Fraction(WIDEST), severity))
    return f"{float(50 + 48 * within / WIDEST):.1f}%"
