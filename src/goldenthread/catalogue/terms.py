"""On what terms a version is taken: engagement, assessment, fees, what it leads to, what is unsettled.

Frozen dataclasses as in `structure`; import them from `specification`. Words and pence are integers.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from goldenthread.catalogue.sourced import Sourced, SourcedValue
from goldenthread.catalogue.structure import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementPolicy:
    """How much must be done, and whether it decides the pass, the way into the window, or both (C-05)."""

    threshold_percent: Sourced[int]
    measure: str  # hours
    required_to_pass: bool
    required_to_enter: bool

    @property
    def threshold(self) -> Fraction | None:
        """The share as an exact fraction: 90 % is 9/10."""
        percent = self.threshold_percent.value
        return None if percent is None else Fraction(percent, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Achievement:
    """What the legacy versions ask besides the assessment (S1-34, S3-31)."""

    courses: int
    core_tasks: bool
    events: str  # engage, attend
    catch_up_counts: bool
    pass_within_months: Sourced[int]
    warn_at_months: tuple[int, ...]
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLimit:
    """How long a response may be: fixed, unknown, or two values between which a person must choose (C-01)."""

    values: Sourced[int]
    counts: str

    @property
    def choices(self) -> tuple[SourcedValue[int], ...]:
        return self.values.candidates

    @property
    def must_be_chosen(self) -> bool:
        return self.values.undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the response, in order."""

    key: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTask:
    """A legacy project and its rules (S1-29, S3-22 to S3-29)."""

    number: int
    key: str
    title: str
    text: str
    max_words: WordLimit
    school: str  # home, placement
    scope: str
    min_terms: int | None
    aims: tuple[str, ...]
    parts: tuple[Part, ...]
    board: str  # "", home, placement
    board_before_implementation: bool
    board_feedback: bool
    placement_working_days: int | None
    contrast_examples: tuple[str, ...]
    challenges: tuple[str, ...]
    horizons: tuple[str, ...]
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The final assessment: one unseen case study, or projects (S0-12)."""

    kind: str  # case_study, projects
    name: str
    max_words: WordLimit
    window_days: Sourced[int]
    window_months: Sourced[tuple[int, int]]
    parts: tuple[Part, ...]
    unseen: bool
    framework_only: bool
    statement_kinds: tuple[str, ...]  # each must be cited and carry marks (S0-36, S0-37)
    pass_mark: Sourced[int]
    total_marks: Sourced[int]
    tasks: tuple[ProjectTask, ...]
    assessed: tuple[str, ...]
    mark_scheme_by: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """How scripts are marked. Our own design, as no source says it (G-24)."""

    markers: int
    blind: bool
    tolerance_marks: int
    third_mark_decides: bool
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """Whether results stay provisional until a moderation round is signed off (S1-32, S3-30)."""

    required: bool
    national: bool
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """The price of a place from a day on; unknown is not free (S0-51, G-07)."""

    pence: Sourced[int]
    currency: str
    valid_from: date | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progression:
    """What may come next, and on what condition (S1-36, S3-32)."""

    kind: str  # programme, degree
    to: str
    name: str
    within_years: int | None
    question: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Masters:
    """The agreement on Masters credits; the number is never printed while unknown (S1-37, G-16)."""

    university: str
    award: str
    level: int
    credits: Sourced[int]
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefits:
    candidate: tuple[str, ...]
    school: tuple[str, ...]
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Intakes:
    """How many intakes a year and how they are named (S1-38, S3-34)."""

    per_year: int
    named_by: str  # month, term
    starts: tuple[str, ...]
    deadlines_at: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A *learn how to* that the public overview puts first (S2-03)."""

    text: str
    area: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningEnvironment:
    product: str
    functions: tuple[str, ...]
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The areas (and, in the legacy suite, behaviours) of the framework; counted even if unnamed (S1-16)."""

    areas: tuple[str, ...]
    area_count: Sourced[int]
    behaviour_count: Sourced[int]
    areas_taught_in: str
    behaviours_taught_in: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of the printed specification; a blank one is shown to editors only (S1-01, S3-01)."""

    key: str
    title: str
    parts: tuple[str, ...]
    blank: bool
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictNote:
    """A contradiction between sources that touches this version, and how it is dealt with."""

    id: str
    what: str
    resolution: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNote:
    """Something that no source says, and what happens meanwhile."""

    what: str
    gap: str
    then: str
    source: Sources
