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
from goldenthread.awards.models import Award
from goldenthread.catalogue.models import ContentArea, Framework, Programme, ProgrammeVersion, Statement
from goldenthread.coaching.models import CoachingSession, MoreCoaching, Pairing
from goldenthread.common.models import (
    Allowance,
    AuditAnchor,
    AuditEvent,
    ContentMark,
    JobRun,
    OutboxMessage,
    StoredFile,
)
from goldenthread.engagement.models import LedgerEntry, PlannedActivity, Standing
from goldenthread.events.models import Attendance, EventDay
from goldenthread.groups.models import Group, GroupPlace, GroupStaff
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.learning.models import FormativeTask, Module, ModuleCompletion, TaskFeedback, TaskResponse
from goldenthread.marking.models import Agreement, DeclaredConflict, Marking
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
from goldenthread.search.models import SearchEntry, SearchState

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
    "CoachingSession",
    "ContentArea",
    "ContentMark",
    "DeclaredConflict",
    "Enrolment",
    "EventDay",
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
    "Script",
    "SearchEntry",
    "SearchState",
    "Sitting",
    "Standing",
    "Statement",
    "StoredFile",
    "TaskFeedback",
    "TaskResponse",
    "User",
    "Window",
]
