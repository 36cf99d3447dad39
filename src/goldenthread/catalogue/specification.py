"""The whole of one version, put together from `structure` and `terms`."""

from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from goldenthread.catalogue import structure, terms
from goldenthread.catalogue.sourced import Sourced


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
    state: structure.ReleaseState
    label: str
    effective_from: Sourced[date]
    closed_to_intakes_from: Sourced[date]
    supersedes: str
    purpose: str
    total_hours: Sourced[int]  # in minutes
    total_names: tuple[str, ...]
    duration_months: Sourced[int]
    summative_months: Sourced[int]
    organisations: tuple[structure.Organisation, ...]
    audience: structure.Audience
    admission: str  # enrol, apply
    entry_checks: tuple[structure.EntryCheck, ...]
    stages: tuple[structure.Stage, ...]
    components: tuple[structure.Component, ...]
    other_tables: tuple[structure.OtherTable, ...]
    event_mode: structure.EventMode
    delivery_models: tuple[structure.DeliveryModel, ...]
    events: tuple[structure.Event, ...]
    courses: tuple[structure.Course, ...]
    staffing: structure.Staffing | None
    engagement: terms.EngagementPolicy | None
    achievement: terms.Achievement | None
    assessment: terms.Assessment
    marking: terms.Marking
    moderation: terms.Moderation
    fees: tuple[terms.Fee, ...]
    progression: tuple[terms.Progression, ...]
    roles_after: tuple[str, ...]
    masters: terms.Masters | None
    benefits: terms.Benefits
    intakes: terms.Intakes | None
    highlights: tuple[terms.Highlight, ...]
    learning_environment: terms.LearningEnvironment | None
    content: terms.Content
    sections: tuple[terms.Section, ...]
    supporters: tuple[str, ...]
    conflict_notes: tuple[terms.ConflictNote, ...]
    unknown_notes: tuple[terms.UnknownNote, ...]
    documents: tuple[tuple[str, str], ...]

    @property
    def content_areas(self) -> tuple[str, ...]:
        return self.content.areas

    @property
    def minutes_declared(self) -> int | None:
        return self.total_hours.value

    def component(self, key: str) -> structure.Component:
        """The component with this key; KeyError when there is none."""
        return next((component for component in self.components if component.key == key), None) or _missing(
            key
        )

    def components_of(self, *kinds: structure.Kind) -> tuple[structure.Component, ...]:
        """The components of these kinds, in order."""
        return tuple(component for component in self.components if component.kind in kinds)

    def stage(self, key: str) -> structure.Stage:
        """The stage with this key; KeyError when there is none."""
        return next((stage for stage in self.stages if stage.key == key), None) or _missing(key)

    def delivery_model(self, key: str) -> structure.DeliveryModel:
        """The delivery model with this key; KeyError when there is none."""
        return next((model for model in self.delivery_models if model.key == key), None) or _missing(key)

    def organisations_as(self, role: str) -> tuple[structure.Organisation, ...]:
        """The organisations that have this role, in order."""
        return tuple(organisation for organisation in self.organisations if organisation.role == role)


def _missing(key: str) -> NoReturn:
    raise KeyError(key)
