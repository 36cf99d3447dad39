"""What a version consists of: stages, components with hours, delivery models, events, courses, people.

Frozen dataclasses without Django, clock or settings; import them from `specification`, which also reads them.
Minutes are integers. A figure that the sources dispute or leave open is a `Sourced`, whose `.value` is None
while it is unknown or undecided.
"""

from dataclasses import dataclass
from enum import StrEnum

from goldenthread.catalogue.sourced import Sourced

Sources = tuple[str, ...]


class Kind(StrEnum):
    """The kinds of component. The last two are assessed and carry no guided learning hours (S0-29)."""

    INDUCTION = "induction"
    NEEDS_ANALYSIS = "needs_analysis"
    EVENT = "event"
    WEBINAR = "webinar"
    STUDY = "study"
    FORMATIVE_TASK = "formative_task"
    COACHING = "coaching"
    DIAGNOSTIC = "diagnostic"
    BRIEFING = "briefing"
    CASE_STUDY = "case_study"
    PROJECT = "project"


ASSESSED = frozenset({Kind.CASE_STUDY, Kind.PROJECT})


class Lane(StrEnum):
    """The two lanes of a schedule (S1-15)."""

    FACILITATED = "facilitated"
    SELF_DIRECTED = "self-directed"


class Timing(StrEnum):
    SYNCHRONOUS = "synchronous"
    ASYNCHRONOUS = "asynchronous"


class Place(StrEnum):
    """Where an activity happens; `BY_MODE` follows the event mode of the intake (S0-45)."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    SELF_STUDY = "self_study"
    BY_MODE = "by_mode"


class EventMode(StrEnum):
    IN_PERSON = "in_person"
    VIRTUAL = "virtual"


class ReleaseState(StrEnum):
    """A draft can't be applied for; a closed version takes no new intakes, but those on it stay."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A body and the role it has for this version (S0-01, S1-02, S3-02)."""

    name: str
    short_name: str
    role: str  # lead, delivering, managing, accrediting
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAudience:
    """What another source says of the audience, kept beside the text that decides (C-28)."""

    text: str
    scopes: tuple[str, ...]
    conflict: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom the version is for, in words and as what an application asks (S0-05 to S0-10, S1-04)."""

    text: str
    role_status: tuple[str, ...]
    scopes: tuple[str, ...]
    scope_must_be_named: bool
    roles: tuple[str, ...]
    roles_to_describe: tuple[str, ...]
    must_confirm: tuple[str, ...]
    schools_in_role_at_least: int | None
    other: tuple[OtherAudience, ...]
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCheck:
    """Something that must be there before a person is admitted (S1-05, S3-05, C-16)."""

    key: str
    name: str
    text: str
    before: str  # acceptance
    judgements: tuple[str, ...]
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the programme; `hours` only where a source gives one figure for the whole stage."""

    key: str
    name: str
    other_names: tuple[str, ...]
    hours: Sourced[int]
    derived: bool
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of a version that people do; `minutes` is None while unknown, 0 if assessed (S0-29)."""

    key: str
    name: str
    other_names: tuple[str, ...]
    kind: Kind
    stage: str
    text: str
    hours: Sourced[int]  # in minutes
    lane: Lane
    timing: Timing
    place: Place
    event_days: Sourced[int]
    courses: int | None
    modules_per_course: int | None
    rounds: tuple[str, ...]
    one_to_one: bool
    parts: tuple[str, ...]
    source: Sources

    @property
    def counts(self) -> bool:
        """Whether it belongs to the guided learning hours, and so to engagement."""
        return self.kind not in ASSESSED

    @property
    def minutes(self) -> int | None:
        return self.hours.value if self.counts else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read a table whose cells were lost: minutes for the components that the reading adds."""

    name: str
    minutes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTable:
    """A second table of the same hours, to be compared with the declared total (S0-49, C-03)."""

    name: str
    minutes: tuple[tuple[str, int], ...]
    total: int
    readings: tuple[Reading, ...]
    conflict: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryModel:
    """A way to take the programme and what it changes (S1-24 to S1-28, S2-12 to S2-15, S3-35)."""

    key: str
    name: str
    text: str
    for_whom: str
    requires: tuple[Kind, ...]
    events_become: str  # events, webinars, fortnights
    days_per_event_day: int
    means: tuple[str, ...]
    adds: tuple[str, ...]
    tutor_required: bool
    extra_tutor_contacts: bool
    study_pack_per_event: bool
    by_time_zone: bool
    private: bool
    one_invoice: bool
    choose_centre: bool
    stated: bool
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The template of one event; `agenda` is empty while no source gives one (S1-18, S3-19)."""

    number: int
    title: str
    kind: str  # training, induction, readiness
    days: int
    course: int | None
    agenda: tuple[str, ...]
    note: str
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    number: int
    title: str
    other_spellings: tuple[str, ...]
    conflict: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """An online course and its modules in order (S1-23)."""

    number: int
    title: str
    modules: tuple[Module, ...]
    source: Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """Who must be there before an event day can be confirmed (S1-17, S2-07, S3-17)."""

    text: str
    facilitators: int
    serving_headteachers: int
    serving_leader: bool
    outstanding_school: bool
    different_people: bool
    source: Sources
