"""A small whole world: the demonstration's own scenes with a handful of people each, at today's date."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from goldenthread.appeals.models import Appeal, RevocationAppeal
from goldenthread.applications.models import Application, Enrolment
from goldenthread.assessment.actions.project_links import token_of
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.late_entry_models import LateEntry
from goldenthread.assessment.models import CaseStudy, Sitting, Window
from goldenthread.assessment.penalty_models import PenaltyWaiver
from goldenthread.assessment.practice_models import PracticeResponse, PracticeScenario
from goldenthread.assessment.project_models import Project, ProjectLink
from goldenthread.assessment.upload_models import DocumentCheck, Upload
from goldenthread.assessment.writing_models import KeptText
from goldenthread.awards.models import Award, Badge, Change, CreditRequest
from goldenthread.catalogue import drafting
from goldenthread.catalogue.models import (
    Evidence,
    EvidenceUse,
    Framework,
    FrameworkProposal,
    Statement,
    StatementLink,
    VersionDraft,
)
from goldenthread.common import clock
from goldenthread.common.models import OutboxMessage, StoredFile
from goldenthread.demonstration import enquiries
from goldenthread.demonstration.build import Stage, play
from goldenthread.demonstration.intakes import Scene
from goldenthread.demonstration.people import make_bodies, make_cast
from goldenthread.engagement.models import LedgerEntry
from goldenthread.enquiries.models import AnswerTemplate, Chat, ContactPoint, Enquiry, Prospect, Testimonial
from goldenthread.events.models import EventDay
from goldenthread.groups.models import Group, GroupStaff
from goldenthread.intakes.models import Intake
from goldenthread.integrity.models import Concern, Flag, MisconductCase
from goldenthread.learning import actions as learning
from goldenthread.learning.models import TaskResponse, UnitText
from goldenthread.marking.conflict_models import Acquaintance, ArisenConflict
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.models import Marking, SetAside
from goldenthread.marking.pay_models import PayEntry
from goldenthread.marking.quality_models import KnownSet, Stop
from goldenthread.moderation.models import Batch, NationalAnswer, Round, Sampled, Shift
from goldenthread.outcomes.models import Outcome
from goldenthread.people import schools
from goldenthread.people.models import Membership, OrganisationRole, School, User
from goldenthread.reports.finding_models import Finding
from goldenthread.support.models import PlanItem, SupportPlan
from goldenthread.web.office.frameworks import ticket_for
from tests import factories
from tests.kept_scenes import kept
from tests.world_content import (
    concern_content,
    conflict_content,
    credit_content,
    document_content,
    finding_content,
    framework_content,
    late_entry,
    marked_before,
    moderation_content,
    pay_content,
    penalty_content,
    revocation_content,
    stopped_markers,
    stopped_moving,
    unit_content,
)

LT, LTD, LBC, SL = (f"npq{code}-reformed-international" for code in ("lt", "ltd", "lbc", "sl"))
LEGACY_MONTHS = (
    12 * (clock.now().year - 2021) + clock.now().month - 2
)  # February 2021, before the legacy suite closed
SCENES = (
    Scene("lt-next", LT, -2, 0, "applying", applicants=2),
    Scene("lt-learning", LT, 6, 3, "learning"),
    Scene("lt-sitting", LT, 13, 3, "sitting", abroad=True),
    Scene("lt-marking", LT, 14, 4, "marking"),
    Scene("lt-awarded", LT, 19, 3, "awarded"),
    Scene("ltd-moderation", LTD, 14, 4, "moderation"),
    Scene("lbc-release", LBC, 14, 3, "release"),
    Scene("sl-learning", SL, 9, 1, "learning"),
    Scene("h-legacy", "npqh-legacy-england", LEGACY_MONTHS, 1, "learning"),
)


@dataclass(frozen=True)
class World:
    """The cast by key, and Dot, who belongs to nothing."""

    cast: dict[str, User]
    stranger: User
    now: datetime

    def kwargs(self) -> dict[str, dict[str, Any]]:
        """For each parameter of an address, a value that exists; by name of the parameter, or of the address."""
        return {"by parameter": self._by_parameter(), **self._by_address()}

    def _by_parameter(self) -> dict[str, Any]:
        amara = self._enrolment("amara")
        return {
            "key": LT,
            "intake_id": Intake.objects.filter(applications__state="submitted").distinct()[0].pk,
            "step": "name",
            "token": "not-a-token",
            "number": 1,
            "place": 1,
            "reference": amara.reference,
            "day_id": EventDay.objects.filter(group__intake=amara.intake).order_by("starts_at")[0].pk,
            "response_id": TaskResponse.objects.filter(enrolment__intake=amara.intake, state="handed_in")[
                0
            ].pk,
            "pairing_id": amara.pairings.all()[0].pk,
            "group_id": Group.objects.get(intake=amara.intake).pk,
            "member_id": GroupStaff.objects.filter(group__intake=amara.intake)[0].pk,
            "kind": "event",
            "entry_id": LedgerEntry.objects.filter(enrolment=amara)[0].pk,
            "message_id": OutboxMessage.objects.all()[0].pk,
            "membership_id": Membership.objects.filter(user=self.cast["tom"])[0].pk,
            "organisation_id": OrganisationRole.objects.filter(role="delivery_partner")[0].organisation_id,
            "role_id": OrganisationRole.objects.filter(role="delivery_partner")[0].pk,
            "rule": "assessment.max_words",
            "application_id": Application.objects.filter(state="submitted")[0].pk,
            "verb": "hearing",
            "user_id": self.cast["amara"].pk,
            "code": Award.objects.all()[0].code,
            "plan_id": SupportPlan.objects.order_by("pk")[0].pk,
            "item_id": PlanItem.objects.order_by("pk")[0].pk,
            "enrolment_id": self._enrolment("rhys").pk,
            "finding_id": Finding.objects.order_by("pk")[0].pk,
            **self._of_assessment(),
            **self._framework_values(),
            **self._of_the_catalogue(),
            **self._numbers_of_enquiries(),
        }

    def _of_assessment(self) -> dict[str, Any]:
        priya = self._enrolment("priya")
        sitting = Sitting.objects.get(enrolment=priya)
        marked = Window.objects.get(
            intake=Marking.objects.filter(state="allocated", script__isnull=False, position__lte=3)[
                0
            ].script.sitting.window.intake
        )
        return {
            "sitting_id": sitting.pk,
            "marking_id": Marking.objects.filter(
                marker=self.cast["maya"], state="allocated", script__isnull=False, position__lte=3
            )[0].pk,
            "window_id": marked.pk,
            "round_id": Round.objects.filter(signed_off_at__isnull=True)[0].pk,
            "batch_id": Batch.objects.order_by("pk")[0].pk,
            "shift_id": Shift.objects.order_by("pk")[0].pk,
            "answer_id": NationalAnswer.objects.order_by("pk")[0].pk,
            "sampled_id": Sampled.objects.filter(decision="", round__signed_off_at__isnull=True)[0].pk,
            "late_id": LateEntry.objects.get().pk,
            "adjustment_id": Adjustment.objects.get(enrolment=priya).pk,
            "flag_id": Flag.objects.filter(state="open").order_by("pk")[0].pk,
            "concern_id": Concern.objects.order_by("pk")[0].pk,
            "misconduct_id": MisconductCase.objects.order_by("pk")[0].pk,
            "case_id": CaseStudy.objects.filter(author=self.cast["ada"])[0].pk,
            "scenario_id": PracticeScenario.objects.all()[0].pk,
            "appeal_id": Appeal.objects.order_by("pk")[0].pk,
            "revocation_appeal_id": RevocationAppeal.objects.order_by("pk")[0].pk,
            "change_id": Change.objects.order_by("pk")[0].pk,
            "discussion_id": Discussion.objects.filter(ending="")
            .filter(Q(first_marker=self.cast["maya"]) | Q(second_marker=self.cast["maya"]))
            .order_by("pk")[0]
            .pk,
            "set_id": KnownSet.objects.filter(scheme__case_study=marked.case_study).order_by("pk")[0].pk,
            "set_number": 1,
            "aside_id": SetAside.objects.filter(script__sitting__window=marked).order_by("pk")[0].pk,
            "marker_id": self.cast["maya"].pk,
            "acquaintance_id": Acquaintance.objects.order_by("pk")[0].pk,
            "arisen_id": ArisenConflict.objects.order_by("pk")[0].pk,
            "stop_id": Stop.objects.filter(window=marked).order_by("pk")[0].pk,
            "outcome_id": Outcome.objects.filter(released_at__isnull=False)[0].pk,
            "upload_id": Upload.objects.get(sitting=sitting, state="begun").ticket,
            "kept_id": KeptText.objects.get(sitting=sitting).pk,
            "check_id": DocumentCheck.objects.order_by("pk")[0].pk,
        }

    def _by_address(self) -> dict[str, dict[str, Any]]:
        amara = self._enrolment("amara")
        return {
            "participant:module": {"key": amara.version.modules.all()[0].activity_key},
            "participant:task": {"key": amara.version.formative_tasks.all()[0].activity_key},
            "participant:task_draft": {"key": amara.version.formative_tasks.all()[0].activity_key},
            "participant:task_take_back": {"key": amara.version.formative_tasks.all()[0].activity_key},
            **{
                f"participant:{page}": {
                    "sitting_id": Sitting.objects.get(enrolment=self._enrolment("rhys")).pk
                }
                for page in ("receipt", "receipt_signed", "receipt_text", "script_file", "result")
            },
            **self._released(),
            **self._of_units(),
            **self._of_projects(),
            "teaching:practice_response": {
                "response_id": PracticeResponse.objects.filter(state="handed_in")[0].pk
            },
            "office:set_aside": {"marking_id": Marking.objects.filter(state="submitted")[0].pk},
            "office:penalty": {"sitting_id": PenaltyWaiver.objects.order_by("pk")[0].script.sitting_id},
            "office:pay_correct": {"entry_id": PayEntry.objects.order_by("pk")[0].pk},
            **self._of_national_moderation(),
            "public:other": {"key": "hlta"},
            "office:framework_example": {"ending": "txt"},
            "office:settle": {"key": SL},
            "office:promise": {"key": "npqlt-reformed-england"},
            **self._of_enquiries(),
            "office:ruling": {"key": SL, "intake_id": Intake.objects.get(version__key=SL).pk},
            **{
                f"office:application{verb}": {
                    "reference": Application.objects.filter(state="submitted")[0].reference
                }
                for verb in ("", "_accept", "_check", "_decline", "_withdraw")
            },
        }

    def _of_national_moderation(self) -> dict[str, dict[str, Any]]:
        """Of a window whose round the national moderator answered."""
        answer = NationalAnswer.objects.order_by("pk")[0]
        of = {"window_id": answer.round.window_id}
        return {"office:national": of, "office:national_answer": {**of, "answer_id": answer.pk}}

    def _released(self) -> dict[str, dict[str, Any]]:
        """Of somebody with an award: the addresses of the result and the award, by who they are."""
        award = Award.objects.select_related("outcome__enrolment")[0]
        of = {"reference": award.outcome.enrolment.reference}
        return {
            "office:correct_result": {**of, "outcome_id": award.outcome_id},
            "office:revoke": {**of, "code": award.code},
            "office:reissue": {**of, "code": award.code},
            **self._of_credit(),
        }

    def _of_credit(self) -> dict[str, dict[str, Any]]:
        """The badge and the request for credit of the one of the cast who holds an award."""
        mine = CreditRequest.objects.get(award__outcome__enrolment=self._enrolment("rhys"))
        agreement = {"agreement_id": mine.agreement_id}
        return {
            "participant:badge": {"ending": "json"},
            "public:shown_badge": {"badge_uuid": Badge.objects.get(award=mine.award).uuid},
            **{f"office:agreement{verb}": agreement for verb in ("", "_credits", "_end")},
            **{
                name: {"reference": mine.reference}
                for name in (
                    "participant:credit_withdraw",
                    "participant:credit_renew",
                    "participant:credit_statement",
                    "university:request",
                    "university:statement",
                )
            },
        }

    def _of_projects(self) -> dict[str, dict[str, Any]]:
        """Of the candidate of a legacy version: their tasks, placement, link and file, and their intake's days."""
        change, placed = Project.objects.order_by("task")
        names = ("", "_account", "_board", "_evidence", "_plan", "_sponsor")
        link = ProjectLink.objects.order_by("pk")[0]
        days = Window.objects.filter(task=change.task)[0]
        return {
            **{f"participant:project{name}": {"task": change.task} for name in names},
            **{
                f"participant:project_{name}": {"task": placed.task}
                for name in ("placement", "days", "challenges", "link")
            },
            "participant:account_upload": {"task": change.task},
            "participant:upload_file": {"upload_id": Upload.objects.get(state="refused").ticket},
            "office:document_sent": {"upload_id": Upload.objects.get(state="refused").ticket},
            "office:document_sent_file": {"upload_id": Upload.objects.get(state="refused").ticket},
            "participant:account_draft": {"task": change.task},
            "participant:project_file": {"task": change.task, "file_id": change.files.all()[0].pk},
            "participant:project_link_revoke": {"task": placed.task, "link_id": link.pk},
            "participant:project_receipt": {
                "sitting_id": Sitting.objects.get(window=days, enrolment=change.enrolment).pk,
                "number": 1,
            },
            "public:project_link": {"token": token_of(link)},
            "assessor:evidence": {"file_id": 1},
            "office:hand_in_days": {"intake_id": days.intake_id, "task": change.task},
            "office:hand_in": {"window_id": days.pk},
            "office:hand_in_change": {"window_id": days.pk},
            "office:placement": {"placement_id": placed.placement.pk},
            "office:person_projects": {"reference": change.enrolment.reference},
        }

    def _framework_values(self) -> dict[str, Any]:
        framework = Framework.objects.get(programme__code="NPQLT")
        upload = StoredFile.objects.filter(kind="framework")[0]
        return {
            "framework_id": framework.pk,
            "before_id": framework.pk,
            "against_id": Framework.objects.get(programme__code="NPQLTD").pk,
            "statement_id": Statement.objects.get(code="NPQLT-AS-LT1").pk,
            "evidence_id": Evidence.objects.all()[0].pk,
            "use_id": EvidenceUse.objects.all()[0].pk,
            "link_id": StatementLink.objects.all()[0].pk,
            "proposal_id": FrameworkProposal.objects.all()[0].pk,
            "ticket": ticket_for(upload, "text.txt", LT, self.cast["olu"]),
            "ending": "csv",
        }

    @staticmethod
    def _of_units() -> dict[str, dict[str, Any]]:
        """The addresses of a study unit, and of a draft of it."""
        text = UnitText.objects.filter(state="draft", task__isnull=False).order_by("pk")[0]
        of = {"kind": "task", "unit_id": text.task_id}
        draft = {f"office:unit_{verb}": {**of, "text_id": text.pk} for verb in ("text", "publish", "discard")}
        return {"office:unit": of, "office:unit_write": of, "office:unit_tags": of, **draft}

    def _of_the_catalogue(self) -> dict[str, Any]:
        return {
            "draft_id": VersionDraft.objects.order_by("pk")[0].pk,
            "part": "hours",
            "conflict": "C-01",
            "claim": "pass-rate",
            "year": self.now.year,
            "metric": "pass",
            "school_id": School.objects.order_by("pk")[0].pk,
        }

    @staticmethod
    def _numbers_of_enquiries() -> dict[str, int]:
        """For each parameter of enquiries' addresses, a number that exists."""
        tables = {
            "prospect_id": Prospect,
            "template_id": AnswerTemplate,
            "testimonial_id": Testimonial,
            "point_id": ContactPoint,
        }
        return {name: table.objects.order_by("pk")[0].pk for name, table in tables.items()}

    @staticmethod
    def _of_enquiries() -> dict[str, dict[str, Any]]:
        """Addresses with the reference of an enquiry or a chat: the partner's pages with one of its own."""
        chat = Chat.objects.filter(ended_at__isnull=True).order_by("pk")[0].enquiry.reference
        asked = Enquiry.objects.filter(quarantine="", state="new", chat__isnull=True)
        ours = asked.filter(partner__isnull=True).order_by("pk")[0].reference
        theirs = asked.filter(partner__isnull=False).order_by("pk")[0].reference
        verbs = ("", "_answer", "_note", "_assign", "_close", "_reopen", "_hand", "_let_out", "_file")
        return {
            **{f"office:enquiry{verb}": {"reference": ours} for verb in verbs},
            **{f"partner:enquiry{verb}": {"reference": theirs} for verb in verbs},
            **{f"office:chat{verb}": {"reference": chat} for verb in ("", "_reply", "_end")},
        }

    @property
    def candidate(self) -> User:
        """Who is in the middle of the projects of a legacy version."""
        return User.objects.get(enrolments__projects__task="task-1")

    def _enrolment(self, key: str) -> Enrolment:
        return Enrolment.objects.select_related("intake", "version").get(user=self.cast[key])


# The same stages with several times as many people, intakes and windows: what lists show, there is more of.
GROWN = (
    *(
        replace(scene, people=scene.people and scene.people + 3, applicants=3 * scene.applicants)
        for scene in SCENES
    ),
    Scene("lt-later", LT, -3, 0, "applying", applicants=2),
    Scene("lt-learning-before", LT, 8, 3, "learning"),
    Scene("lt-marking-before", LT, 15, 3, "marking"),
    Scene("lt-moderation", LT, 16, 3, "moderation"),
    Scene("lt-release", LT, 17, 3, "release"),
    Scene("lt-awarded-before", LT, 21, 3, "awarded"),
)


@kept
def build(scenes: tuple[Scene, ...] = SCENES) -> World:
    """Make the world as of now. By the first steps of a test, or it is built again (`tests/kept_scenes.py`)."""
    now = clock.now()
    factories.load_catalogue(now)
    schools.load_sample(at=now)
    everywhere = list(School.objects.exclude(status="Closed").order_by("pk"))
    home = next(school for school in everywhere if school.country == "England")
    bodies = make_bodies(name="Golden Thread Demonstration Provider", at=now)
    cast = make_cast(bodies=bodies, home=home, at=now)
    stage = Stage(now=now, bodies=bodies, cast=cast, schools=everywhere, home=home)
    for scene in scenes:
        version = factories.version(scene.version)
        learning.ensure_content(version=version, by=cast["olu"], at=now)
        play(scene, stage)
    framework_content(cast["olu"], now, len(scenes))
    unit_content(cast["ada"], cast["olu"], now, len(scenes))
    for number, _scene in enumerate(scenes):
        told = {"as_revision": number == 0, "by": cast["olu"], "at": now}
        drafting.start(based_on=factories.version(LT), key=f"npqlt-{number}", **told)
    stopped_moving(now)
    stopped_markers(now)
    marked_before(cast["maya"])
    conflict_content(cast["maya"], now, len(scenes))
    enquiries.fill(cast=cast, bodies=bodies, now=now, times=1 if scenes is SCENES else 3)
    credit_content(cast, bodies.university, now)
    revocation_content(cast, now)
    moderation_content(cast, now)
    concern_content(cast["maya"], now, len(scenes))
    late_entry(cast, now)
    penalty_content(cast, now, len(scenes))
    finding_content(cast["olu"], now, len(scenes))
    document_content(Sitting.objects.get(enrolment__user=cast["priya"]), now)
    pay_content(cast, now)
    return World(cast, factories.user("Dot Stranger"), now)
