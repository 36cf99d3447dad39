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
from goldenthread.common.models import Allowance, AuditAnchor, AuditEvent, JobRun, OutboxMessage, StoredFile
from goldenthread.engagement.models import LedgerEntry, PlannedActivity, Standing
from goldenthread.enquiries.models import (
    AnswerTemplate,
    Brand,
    Chat,
    ContactPoint,
    Duty,
    Enquiry,
    EnquiryMessage,
    IntakeNotice,
    Interest,
    Prospect,
    Testimonial,
)
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

__all__ = [
    "Agreement",
    "Allowance",
    "AnswerTemplate",
    "Application",
    "Attendance",
    "AuditAnchor",
    "AuditEvent",
    "Award",
    "Brand",
    "CaseAccess",
    "CaseStudy",
    "Chat",
    "CoachingSession",
    "ContactPoint",
    "ContentArea",
    "DeclaredConflict",
    "Duty",
    "Enquiry",
    "EnquiryMessage",
    "Enrolment",
    "EventDay",
    "FormativeTask",
    "Framework",
    "Group",
    "GroupPlace",
    "GroupStaff",
    "Intake",
    "IntakeNotice",
    "Interest",
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
    "Prospect",
    "Round",
    "Ruling",
    "Sampled",
    "School",
    "Script",
    "Sitting",
    "Standing",
    "Statement",
    "StoredFile",
    "TaskFeedback",
    "TaskResponse",
    "Testimonial",
    "User",
    "Window",
]
