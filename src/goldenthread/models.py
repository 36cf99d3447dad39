"""The list of every table, for Django to find."""

from goldenthread.applications.models import Application, Enrolment
from goldenthread.assessment.models import (
    CaseAccess,
    CaseStudy,
    MarkPoint,
    MarkScheme,
    Script,
    Sitting,
    Window,
)
from goldenthread.awards.models import Award, Destination
from goldenthread.catalogue.models import (
    ContentArea,
    Evidence,
    EvidenceUse,
    Framework,
    Programme,
    ProgrammeVersion,
    Statement,
    StatementLink,
    Variant,
    VersionDraft,
)
from goldenthread.coaching.models import CoachingSession, MoreCoaching, Pairing
from goldenthread.common.models import Allowance, AuditAnchor, AuditEvent, JobRun, OutboxMessage, StoredFile
from goldenthread.engagement.models import LedgerEntry, PlannedActivity, Standing
from goldenthread.events.models import Attendance, EventDay
from goldenthread.groups.models import Group, GroupPlace, GroupStaff
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.learning.models import FormativeTask, Module, ModuleCompletion, TaskFeedback, TaskResponse
from goldenthread.marking.models import Agreement, DeclaredConflict, Marking, SetAside
from goldenthread.moderation.models import Round, Sampled
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import (
    Membership,
    Organisation,
    OrganisationRelation,
    OrganisationRole,
    Postcode,
    School,
    User,
)
from goldenthread.reports.models import Claim, MetricFigure, SchoolBand, SelfAssessment

__all__ = [
    "Agreement",
    "Allowance",
    "Application",
    "Attendance",
    "AuditAnchor",
    "AuditEvent",
    "Award",
    "CaseAccess",
    "CaseStudy",
    "Claim",
    "CoachingSession",
    "ContentArea",
    "DeclaredConflict",
    "Destination",
    "Enrolment",
    "EventDay",
    "Evidence",
    "EvidenceUse",
    "FormativeTask",
    "Framework",
    "Group",
    "GroupPlace",
    "GroupStaff",
    "Intake",
    "JobRun",
    "LedgerEntry",
    "MarkPoint",
    "MarkScheme",
    "Marking",
    "Membership",
    "MetricFigure",
    "Module",
    "ModuleCompletion",
    "MoreCoaching",
    "Organisation",
    "OrganisationRelation",
    "OrganisationRole",
    "OutboxMessage",
    "Outcome",
    "Pairing",
    "PlannedActivity",
    "Postcode",
    "Programme",
    "ProgrammeVersion",
    "Round",
    "Ruling",
    "Sampled",
    "School",
    "SchoolBand",
    "Script",
    "SelfAssessment",
    "SetAside",
    "Sitting",
    "Standing",
    "Statement",
    "StatementLink",
    "StoredFile",
    "TaskFeedback",
    "TaskResponse",
    "User",
    "Variant",
    "VersionDraft",
    "Window",
]
