"""The whole of one version, put together from `structure` and `terms`."""

from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from goldenthread.catalogue.sourced import Sourced
from goldenthread.catalogue.structure import (
    Audience,
    Component,
    Course,
    DeliveryModel,
    EntryCheck,
    Event,
    EventMode,
    Kind,
    Organisation,
    OtherTable,
    ReleaseState,
    Staffing,
    Stage,
)
from goldenthread.catalogue.terms import (
    Achievement,
    Assessment,
    Benefits,
    ConflictNote,
    Content,
    EngagementPolicy,
    Fee,
    Highlight,
    Intakes,
    LearningEnvironment,
    Marking,
    Masters,
    Moderation,
    Progression,
    Section,
    UnknownNote,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One version of a programme, complete."""

    id: str
    programme: str
    programme_name: str
    family: str
    edition: str
    market: str
    revision: int
    state: ReleaseState
    label: str
    effective_from: Sourced[date]
    closed_to_intakes_from: Sourced[date]
    supersedes: str
    purpose: str
    total_hours: Sourced[int]  # in minutes
    total_names: tuple[str, ...]
    duration_months: Sourced[int]
    summative_months: Sourced[int]
    organisations: tuple[Organisation, ...]
    audience: Audience
    admission: str  # enrol, apply
    entry_checks: tuple[EntryCheck, ...]
    stages: tuple[Stage, ...]
    components: tuple[Component, ...]
    other_tables: tuple[OtherTable, ...]
    event_mode: EventMode
    delivery_models: tuple[DeliveryModel, ...]
    events: tuple[Event, ...]
    courses: tuple[Course, ...]
    staffing: Staffing | None
    engagement: EngagementPolicy | None
    achievement: Achievement | None
    assessment: Assessment
    marking: Marking
    moderation: Moderation
    fees: tuple[Fee, ...]
    progression: tuple[Progression, ...]
    roles_after: tuple[str, ...]
    masters: Masters | None
    benefits: Benefits
    intakes: Intakes | None
    highlights: tuple[Highlight, ...]
    learning_environment: LearningEnvironment | None
    content: Content
    sections: tuple[Section, ...]
    supporters: tuple[str, ...]
    conflict_notes: tuple[ConflictNote, ...]
    unknown_notes: tuple[UnknownNote, ...]
    documents: tuple[tuple[str, str], ...]

    @property
    def content_areas(self) -> tuple[str, ...]:
        return self.content.areas

    @property
    def minutes_declared(self) -> int | None:
        return self.total_hours.value

    def component(self, key: str) -> Component:
        """The component with this key; KeyError when there is none."""
        return next((component for component in self.components if component.key == key), None) or _missing(
            key
        )

    def components_of(self, *kinds: Kind) -> tuple[Component, ...]:
        """The components of these kinds, in order."""
        return tuple(component for component in self.components if component.kind in kinds)

    def stage(self, key: str) -> Stage:
        """The stage with this key; KeyError when there is none."""
        return next((stage for stage in self.stages if stage.key == key), None) or _missing(key)

    def delivery_model(self, key: str) -> DeliveryModel:
        """The delivery model with this key; KeyError when there is none."""
        return next((model for model in self.delivery_models if model.key == key), None) or _missing(key)

    def organisations_as(self, role: str) -> tuple[Organisation, ...]:
        """The organisations that have this role, in order."""
        return tuple(organisation for organisation in self.organisations if organisation.role == role)


def _missing(key: str) -> NoReturn:
    raise KeyError(key)
