"""Specifications: what one holds and how it is read. The public face of the catalogue's pure half."""

from typing import Any

from goldenthread.catalogue.building import build
from goldenthread.catalogue.problems import Problem, Problems, SpecificationError
from goldenthread.catalogue.programmes import Programmes, read_programmes
from goldenthread.catalogue.reading import Catalogue, VersionFile, read_catalogue, read_specification
from goldenthread.catalogue.resolving import digest
from goldenthread.catalogue.shapes import Specification
from goldenthread.catalogue.sourced import Sourced, SourcedValue, State
from goldenthread.catalogue.structure import (
    ASSESSED,
    Audience,
    Component,
    Course,
    DeliveryModel,
    EntryCheck,
    Event,
    EventMode,
    Kind,
    Lane,
    Module,
    Organisation,
    OtherTable,
    Place,
    ReleaseState,
    Staffing,
    Stage,
    Timing,
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
    Part,
    Progression,
    ProjectTask,
    Section,
    UnknownNote,
    WordLimit,
)

__all__ = [
    "ASSESSED",
    "Achievement",
    "Assessment",
    "Audience",
    "Benefits",
    "Catalogue",
    "Component",
    "ConflictNote",
    "Content",
    "Course",
    "DeliveryModel",
    "EngagementPolicy",
    "EntryCheck",
    "Event",
    "EventMode",
    "Fee",
    "Highlight",
    "Intakes",
    "Kind",
    "Lane",
    "LearningEnvironment",
    "Marking",
    "Masters",
    "Moderation",
    "Module",
    "Organisation",
    "OtherTable",
    "Part",
    "Place",
    "Problem",
    "Programmes",
    "Progression",
    "ProjectTask",
    "ReleaseState",
    "Section",
    "Sourced",
    "SourcedValue",
    "Specification",
    "SpecificationError",
    "Staffing",
    "Stage",
    "State",
    "Timing",
    "UnknownNote",
    "VersionFile",
    "WordLimit",
    "read_catalogue",
    "read_programmes",
    "read_specification",
    "specification_from_document",
]

MOST_KEPT = 256
_built: dict[str, Specification] = {}


def specification_from_document(sha256: str, document: dict[str, Any]) -> Specification:
    """The specification of a stored document, built once per content and process.

    The hash must fit the document: a row whose document was altered behind our back is refused.
    """
    kept = _built.get(sha256)
    if kept is not None:
        return kept
    problems = Problems(str(document.get("id", "stored document")))
    if digest(document) != sha256:
        problems.add("", "does not fit its SHA-256: the stored document was altered")
        problems.refuse_if_any()
    specification = build(document, problems)
    if len(_built) >= MOST_KEPT:
        _built.clear()
    _built[sha256] = specification
    return specification
