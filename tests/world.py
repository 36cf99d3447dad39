"""A small whole world: the demonstration's own scenes with a handful of people each, at today's date."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from goldenthread.appeals.models import Appeal
from goldenthread.applications.models import Application, Enrolment
from goldenthread.assessment.actions.project_links import token_of
from goldenthread.assessment.models import Adjustment, CaseStudy, Sitting, Window
from goldenthread.assessment.project_models import Project, ProjectLink
from goldenthread.awards import badges, credits
from goldenthread.awards.models import Award, Badge, Change, CreditRequest
from goldenthread.catalogue import drafting
from goldenthread.catalogue import framework_editing as editing
from goldenthread.catalogue import framework_proposing as proposing
from goldenthread.catalogue.framework_import import read_framework
from goldenthread.catalogue.models import (
    Evidence,
    EvidenceUse,
    Framework,
    FrameworkProposal,
    Statement,
    StatementLink,
    VersionDraft,
)
from goldenthread.common import clock, files
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
from goldenthread.integrity.models import Flag, MisconductCase
from goldenthread.learning import actions as learning
from goldenthread.learning import unit_editing
from goldenthread.learning.models import TaskResponse, UnitText
from goldenthread.marking import paying
from goldenthread.marking.models import Marking, SetAside
from goldenthread.marking.pay_models import PayEntry
from goldenthread.marking.pay_rules import Rate
from goldenthread.marking.quality_models import KnownSet, Stop
from goldenthread.moderation import batches
from goldenthread.moderation.batches import Which
from goldenthread.moderation.models import Batch, NationalAnswer, Round, Sampled
from goldenthread.outcomes.models import Outcome
from goldenthread.people import schools
from goldenthread.people.models import Membership, Organisation, OrganisationRole, School, User
from goldenthread.support.models import PlanItem, SupportPlan
from goldenthread.web.office.frameworks import ticket_for
from tests import factories

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
        amara, priya = self._enrolment("amara"), self._enrolment("priya")
        sitting = Sitting.objects.get(enrolment=priya)
        marked = Window.objects.get(
            intake=Marking.objects.filter(state="allocated", script__isnull=False, position__lte=3)[
                0
            ].script.sitting.window.intake
        )
        return {
            "key": LT,
            "intake_id": Intake.objects.filter(applications__state="submitted").distinct()[0].pk,
            "step": "name",
            "token": "not-a-token",
            "sitting_id": sitting.pk,
            "number": 1,
            "reference": amara.reference,
            "day_id": EventDay.objects.filter(group__intake=amara.intake).order_by("starts_at")[0].pk,
            "response_id": TaskResponse.objects.filter(enrolment__intake=amara.intake, state="handed_in")[
                0
            ].pk,
            "pairing_id": amara.pairings.all()[0].pk,
            "marking_id": Marking.objects.filter(
                marker=self.cast["maya"], state="allocated", script__isnull=False, position__lte=3
            )[0].pk,
            "window_id": marked.pk,
            "round_id": Round.objects.filter(signed_off_at__isnull=True)[0].pk,
            "batch_id": Batch.objects.order_by("pk")[0].pk,
            "answer_id": NationalAnswer.objects.order_by("pk")[0].pk,
            "sampled_id": Sampled.objects.filter(decision="", round__signed_off_at__isnull=True)[0].pk,
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
            "adjustment_id": Adjustment.objects.get(enrolment=priya).pk,
            "flag_id": Flag.objects.filter(state="open").order_by("pk")[0].pk,
            "misconduct_id": MisconductCase.objects.order_by("pk")[0].pk,
            "verb": "hearing",
            "case_id": CaseStudy.objects.filter(author=self.cast["ada"])[0].pk,
            "user_id": self.cast["amara"].pk,
            "code": Award.objects.all()[0].code,
            "appeal_id": Appeal.objects.order_by("pk")[0].pk,
            "change_id": Change.objects.order_by("pk")[0].pk,
            "set_id": KnownSet.objects.filter(case_study=marked.case_study).order_by("pk")[0].pk,
            "set_number": 1,
            "aside_id": SetAside.objects.filter(script__sitting__window=marked).order_by("pk")[0].pk,
            "stop_id": Stop.objects.filter(window=marked).order_by("pk")[0].pk,
            "plan_id": SupportPlan.objects.order_by("pk")[0].pk,
            "item_id": PlanItem.objects.order_by("pk")[0].pk,
            "outcome_id": Outcome.objects.filter(released_at__isnull=False)[0].pk,
            "enrolment_id": self._enrolment("rhys").pk,
            **self._framework_values(),
            **self._of_the_catalogue(),
            **self._numbers_of_enquiries(),
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
            "office:set_aside": {"marking_id": Marking.objects.filter(state="submitted")[0].pk},
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
        names = ("", "_account", "_board", "_evidence", "_plan")
        link = ProjectLink.objects.order_by("pk")[0]
        days = Window.objects.filter(task=change.task)[0]
        return {
            **{f"participant:project{name}": {"task": change.task} for name in names},
            **{
                f"participant:project_{name}": {"task": placed.task}
                for name in ("placement", "days", "challenges", "link")
            },
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


def build(now: datetime, scenes: tuple[Scene, ...] = SCENES) -> World:
    """Make the world as of `now`."""
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
    stopped_markers(now)
    enquiries.fill(cast=cast, bodies=bodies, now=now, times=1 if scenes is SCENES else 3)
    credit_content(cast, bodies.university, now)
    moderation_content(cast, now)
    pay_content(cast, now)
    return World(cast, factories.user("Dot Stranger"), now)


def stopped_markers(now: datetime) -> None:
    """In every window that is being marked, a marker whom seeds stopped; not one of the cast."""
    for window in Window.objects.filter(marking_policies__isnull=False).distinct().order_by("pk"):
        last = User.objects.filter(markings__script__sitting__window=window, cast_order__isnull=True)
        marker = last.distinct().order_by("-pk").first()
        if marker and not Stop.objects.filter(window=window).exists():
            Stop.objects.create(window=window, marker=marker, at=now)


def pay_content(cast: dict[str, User], now: datetime) -> None:
    """In every window that was marked and has no payment run: a rate that waits, marks that were set aside, a run that
    is paid and corrected, and one that waits.
    """
    done = Marking.objects.filter(state="submitted", script__isnull=False).order_by("pk")
    marked = Window.objects.filter(pay_rates__isnull=False, pay_runs__isnull=True).distinct().order_by("pk")
    for window in marked:
        said = {"reason": "As agreed.", "by": cast["olu"], "at": now}
        rate = Rate(now.date() + timedelta(days=900), 640, 900, 2500)
        paying.propose_rate(window=window, rate=rate, form_key=str(uuid.uuid4()), **said)
        paid = paying.make_run(window=window, form_key=str(uuid.uuid4()), by=cast["olu"], at=now)
        paying.decide_run(run=paid, approve=True, by=cast["nia"], at=now)
        entry = PayEntry.objects.filter(run=paid).order_by("pk")[0]
        paying.correct_payment(entry=entry, **{**said, "reason": "It came back."})
        paying.make_run(window=window, form_key=str(uuid.uuid4()), by=cast["olu"], at=now)
        one = done.filter(script__sitting__window=window)[0]
        SetAside.objects.create(
            script=one.script, marker=cast["nia"], marking=10**9 + one.pk, position=1, marks={}, learn_that=1,
            learn_how_to=1, submitted_at=now, reason="A mix-up.", by=cast["olu"], at=now,
        )  # fmt: skip


def credit_content(cast: dict[str, User], university: Organisation, now: datetime) -> None:
    """An agreement on credit, and a request for every award there is, with its badge on offer."""
    agreement = credits.record_agreement(
        university=university, award_title="MA in Educational Leadership", level=7, credits=None,
        versions=credits.stated_versions(), valid_from=now.date() - timedelta(days=900), by=cast["olu"], at=now,
    )  # fmt: skip
    for award in Award.objects.select_related("outcome__enrolment__version").order_by("pk"):
        CreditRequest.objects.create(
            reference=f"C-{award.pk}", award=award, agreement=agreement, version=award.outcome.enrolment.version,
            consent_text="I agree.", consented_at=now, statement_at=now,
        )  # fmt: skip
        badges.show(award=award, shown=True, by=None, at=now)


def moderation_content(cast: dict[str, User], now: datetime) -> None:
    """A batch that waits for a second person in each open round, and an applied national answer in each other."""
    for opened in Round.objects.order_by("pk"):
        if opened.signed_off_at is None:
            batches.propose(round=opened, which=Which(), reason="All too low.", by=cast["ingrid"], at=now)
            continue
        opened.national, opened.national_at = True, opened.signed_off_at
        opened.save(update_fields=["national", "national_at"])
        NationalAnswer.objects.get_or_create(
            round=opened, state="applied", defaults={
                "file_name": "answer.csv", "sha256": "0" * 64, "confirmed": 1, "adjusted": [], "read_by": cast["olu"],
                "read_at": now, "decided_by": cast["nia"], "decided_at": now,
            },
        )  # fmt: skip


def framework_content(by: User, now: datetime, number: int) -> None:
    """Sources, links, variants and an upload: as many as there are scenes."""
    statements = list(Statement.objects.filter(area__framework__programme__code="NPQLT").order_by("code"))
    for place in range(number):
        one, other = statements[2 * place], statements[2 * place + 1]
        said = {"author": f"Author {place}", "title": "On teaching", "kind": "review", "country": "uk"}
        source = editing.add_evidence(said=said, form_key=uuid.uuid4(), by=by, at=now)
        editing.attach_evidence(evidence=source, statement=one, by=by, at=now)
        editing.attach_evidence(evidence=source, area_key=one.area.key, by=by, at=now)
        editing.link_statements(one=one, other=other, kind="related", by=by, at=now)
        said = {
            "context": "",
            "locality": "",
            "phase": "primary",
            "text": "With small ones",
            "reason": "local",
        }
        days = {"effective_from": now.date(), "review_by": now.date() + timedelta(days=30)}
        editing.add_variant(statement=one, said={**said, **days, "change_note": "new"}, by=by, at=now)
    for place in range(number):
        text = framework_text(f"Marks are few words, {place}.")
        stored = files.store(BytesIO(text.encode()), kind="framework", at=now, size_limit=100_000)
        reading = read_framework(BytesIO(text.encode()), name="text.txt", edition="reformed")
        blank = {"source_url": "", "source_date": None, "licence": ""}
        proposing.propose(
            reading=reading, version=LT, name="text.txt", file=stored, said=blank, by=by, at=now
        )


def unit_content(writer: User, reviewer: User, now: datetime, number: int) -> None:
    """Texts of study units in effect, drafts, tags: as many as there are scenes, as far as there are units."""
    version = factories.version(LT)
    modules, tasks = list(version.modules.order_by("pk")), list(version.formative_tasks.order_by("pk"))
    for place in range(number):
        module, task = modules[place % len(modules)], tasks[place % len(tasks)]
        said = {
            "context": "locality",
            "locality": f"Town {place}",
            "phase": "",
            "parts": dict.fromkeys(("see_it", "name_it", "do_it", "purpose", "brief"), "For this town."),
            "reason": "local",
            "change_note": "For this town.",
            "effective_from": now.date(),
            "review_by": now.date() + timedelta(days=30),
        }
        terms = {"said": said, "by": writer, "at": now}
        made = unit_editing.start_draft(unit=module, **terms)
        unit_editing.publish_text(text=made, revision=1, by=reviewer, at=now)
        unit_editing.start_draft(unit=task, **terms)
        unit_editing.tag_task(task=task, chosen=["cognition"], by=reviewer, at=now)


def framework_text(statement: str) -> str:
    return f"NPQLT\nAssessment | |\nLearn that… | Learn how to… |\n1. {statement} |\nMark by: |\n"
