"""What is put otherwise for a context, a locality or a phase, and from which day on: of statements and of study units.

Pure functions, as in `rules`: no Django, no clock, no settings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from goldenthread.common.refused import Refused

CONTEXTS = {"international": "international", "england": "England", "locality": "one locality"}
PHASES = {
    "early_years": "early years",
    "primary": "primary",
    "secondary": "secondary",
    "special": "special",
    "other": "other phase",
}
CHANGE_REASONS = {"legislation": "legislation", "national": "national development", "local": "local context"}

V = TypeVar("V", bound=Any)  # has context, locality, phase, version and effective_from


@dataclass(frozen=True)
class Reader:
    """Who reads, as far as variants go: context, locality and phase, "" where it is not known."""

    on: date
    context: str = ""
    locality: str = ""
    phase: str = ""


@dataclass(frozen=True)
class Choice(Generic[V]):
    """What a reader sees: `first` instead of or above the core (None: the core alone), others if they like."""

    first: V | None
    optional: tuple[V, ...]


def choose_variant(
    variants: Iterable[V], *, on: date, context: str = "", locality: str = "", phase: str = ""
) -> Choice[V]:
    """The variant for a reader in a context and phase on a day; the core where none fits (S1-09, S2-05, S2-10).

    Of each variant the last version in effect counts. A reader's own locality comes before the context, phase and
    context together before either alone. Variants of other phases of the same context are optional; those of
    another context are not shown.
    """
    current: dict[tuple[str, str, str], V] = {}
    for one in sorted(variants, key=lambda one: (one.effective_from, one.version)):
        if one.effective_from <= on:
            current[one.context, plain(one.locality), one.phase] = one
    place = plain(locality)
    fitting = [
        one
        for (where, here, _), one in current.items()
        if (where == "locality" and here == place and place) or where in {"", context} - {"locality"}
    ]

    def rank(one: V) -> tuple[bool, bool, bool]:
        return one.phase == phase and bool(phase), one.context == "locality", one.context == context != ""

    own = sorted((one for one in fitting if one.phase in {"", phase}), key=rank, reverse=True)
    first = own[0] if own else None
    others = sorted(
        (one for one in fitting if one.phase not in {"", phase}), key=lambda one: (one.phase, one.context)
    )
    return Choice(first, tuple(others))


def context_of(market: str, country: str = "") -> str:
    """The context of a reader: the market of their version where it is one, else whether their school's country is
    England; "" where neither is known.
    """
    if market.lower() in CONTEXTS and market.lower() != "locality":
        return market.lower()
    if not country:
        return ""
    return "england" if plain(country) == "england" else "international"


def phase_of_school(phase: str, kind: str) -> str:
    """The phase of a school as variants know it, from its phase and kind in the register; "" where it has none."""
    words = f"{phase} {kind}".lower()
    if "special" in words or "pupil referral" in words:
        return "special"
    if "nursery" in words or "early years" in words:
        return "early_years"
    found = [name for name in ("primary", "secondary") if name in phase.lower()]
    if len(found) == 1:
        return found[0]
    return "other" if "16 plus" in words else ""


def place_text(context: str, locality: str, phase: str) -> str:
    """For whom something is: "primary, England", "Dubai"; "" for everybody."""
    where = " ".join(locality.split()) or CONTEXTS.get(context, "")
    return ", ".join(part for part in (PHASES.get(phase, ""), where) if part)


def check_place(*, context: str, locality: str) -> None:
    """Refuses a locality without its name, and a name without a locality."""
    if (context == "locality") != bool(locality.strip()):
        raise Refused(
            "A locality is named exactly where the context is one locality.",
            code="variant.place",
            field="locality",
        )


def check_days(*, effective_from: date, review_by: date) -> None:
    """Refuses a review before the day on which something takes effect."""
    if review_by < effective_from:
        raise Refused("Choose a day after it takes effect.", code="variant.review", field="review_by")


def plain(text: str) -> str:
    """How names of places are compared: without case and further spaces."""
    return " ".join(text.lower().split())
