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
class MarksOff:
    """What too many words cost: `amount` in `unit` ("marks", or "percent" of the marks earned), once for every `each`
    of `of` ("words", or "percent" of the limit) that are too many, begun ones too.
    """

    amount: int
    unit: str
    each: int
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How the words of a response are counted, and what follows when there are too many (S0-30).

    `rule` is the version of the rule that says what a word is; `not_counted` are parts of a text by the names that the
    count has for them; `penalty` says in words what follows where `over` is "penalty". `marks_off` is that as data,
    which is applied to the agreed marks; without it people apply what the words say.
    """

    rule: str
    not_counted: tuple[str, ...]
    tolerance_percent: Sourced[int]
    over: str  # refuse, warn, cut, penalty
    penalty: str
    marks_off: MarksOff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AiPolicy:
    """Whether AI may be used for a response, and what is declared about it; no source says it, so it is the provider's.

    `describe` lists what somebody says who used it. Markers read what was declared only where `shown_to_markers`.
    """

    use: str  # forbidden, acknowledged, free
    version: str
    statement: str
    describe: tuple[str, ...]
    shown_to_markers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """How often the case study may be sat, and how long after the first time; no source says it (G-02), so it is the
    provider's. None: no such limit; both None: staff decide each case.
    """

    most: int | None
    within_months: int | None  # after the last day of the first attempt's window


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Words that somebody agrees to, under the version by which they are on record."""

    version: str
    text: str


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
    counting: Counting | None = None  # None: as the whole assessment


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
    counting: Counting
    own_work: Statement
    ai: AiPolicy | None  # None: the version says nothing, and nothing is asked
    attempts: Attempts | None = None  # None: the version says nothing, and staff decide each case


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
