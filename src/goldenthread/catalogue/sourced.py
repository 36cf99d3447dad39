"""Values that come from a document: each keeps its source, and values that disagree are kept side by side."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class State(StrEnum):
    """What a sourced value counts for."""

    IN_FORCE = "in_force"
    ALTERNATIVE = "alternative"
    UNKNOWN = "unknown"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class SourcedValue(Generic[T]):
    """One value as one or more places give it. `value` is None only when the state is unknown."""

    value: T | None
    unit: str
    source: tuple[str, ...]
    state: State
    derived: bool = False
    note: str = ""
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """Everything the sources give for one thing; `key` is its path in the file ("assessment.words")."""

    key: str
    unit: str
    values: tuple[SourcedValue[T], ...] = ()

    @property
    def in_force(self) -> SourcedValue[T] | None:
        """The one value that counts, if there is one."""
        return next((value for value in self.values if value.state is State.IN_FORCE), None)

    @property
    def value(self) -> T | None:
        """What counts, or None when it is unknown or still to be chosen: never a default."""
        chosen = self.in_force
        return chosen.value if chosen else None

    @property
    def candidates(self) -> tuple[SourcedValue[T], ...]:
        """Every value that could count: the one in force, then the alternatives."""
        ranks = {State.IN_FORCE: 0, State.ALTERNATIVE: 1}
        return tuple(sorted((v for v in self.values if v.state in ranks), key=lambda v: ranks[v.state]))

    @property
    def unknown(self) -> bool:
        """No source gives a usable value."""
        return not self.candidates

    @property
    def undecided(self) -> bool:
        """The sources give values, but a person has to choose which counts."""
        return self.in_force is None and bool(self.candidates)

    @property
    def derived(self) -> bool:
        """The value that counts is our own working, not a figure that a document states."""
        return bool(self.in_force and self.in_force.derived)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where every value, the ones not in force too, can be read."""
        return tuple(dict.fromkeys(source for value in self.values for source in value.source))
