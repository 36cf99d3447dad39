"""Everything about one participant for the office's page; nothing unseen, no script text."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import FilteredRelation, Q
from django.http import Http404
from django.urls import reverse

from goldenthread.appeals.revocations import latest_about
from goldenthread.applications.models import HAD_AWARD, Application, Enrolment
from goldenthread.assessment import attempts
from goldenthread.assessment.again import NEXT_SAID
from goldenthread.assessment.entering import Deferral, allowed_until, further_windows
from goldenthread.assessment.late_entries import months_are_over
from goldenthread.assessment.models import CaseStudy, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.rules.attempts import Standing
from goldenthread.assessment.rules.policies import Length, counting_in
from goldenthread.assessment.stages import gate_name, gate_text
from goldenthread.assessment.upload_models import Upload, UploadState
from goldenthread.awards.models import Change
from goldenthread.awards.queries import award_facts
from goldenthread.common import clock
from goldenthread.common.audit import subject_key
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.engagement.models import LedgerEntry
from goldenthread.groups.models import Group
from goldenthread.outcomes.attempts import Weighed, weighed
from goldenthread.outcomes.models import Outcome
from goldenthread.people.access import Viewer
from goldenthread.support.models import SupportPlan
from goldenthread.support.plans import own_plan
from goldenthread.web.office import trail
from goldenthread.web.office.mailbox import title_of
from goldenthread.web.office.queries import get_enrolment_for, place_of
from goldenthread.web.shared.journeys import model_name, role_status_text, thread_of
from goldenthread.web.shared.progress import Progress, progress_of
from goldenthread.web.shared.versions import name_of

EVENTS_SHOWN = 100
MESSAGES_SHOWN = 50


@dataclass
class SittingLine:
    """One sitting: when, in which state, and the receipts of what was handed in."""

    opens_at: datetime
    closes_at: datetime
    zone: str
    state: str
    kind: str
    first_seen_at: datetime | None
    pk: int
    window: Window
    window_state: str = ""
    deferred: bool = False
    held_back: bool = False
    why: str = ""  # what held them back, with figures
    receipts: list[dict[str, Any]] = field(default_factory=list)
    documents: list[Upload] = field(default_factory=list)  # sent, and not handed in
    too_long: bool = False  # the script that counts has too many words, which costs marks by a rule

    @property
    def attempt(self) -> bool:
        """Whether it was an attempt at the case study, as `attempts.tried_by` counts them."""
        had = self.window_state == WindowState.RELEASED and not self.window.task
        return had and not self.deferred and not self.held_back


@dataclass(frozen=True)
class Dossier:
    enrolment: Enrolment
    version: str
    progress: Progress
    group: Group | None
    sittings: list[SittingLine]
    outcomes: list[Outcome]
    messages: list[tuple[OutboxMessage, str]]
    history: list[dict[str, Any]]
    changes: list[Change] = field(default_factory=list)  # that wait for a second person
    plan: SupportPlan | None = None
    windows: list[Window] = field(default_factory=list)  # that somebody could be entered for again
    deferred: Deferral | None = None  # what is still to be sat in a later window
    beyond: bool = False  # the months of their version may leave no window: an exception can be asked for
    standing: Standing | None = None  # their attempts by the policy of the next window, where there is one
    said: AuditEvent | None = None  # what the office has said comes next, after the latest sitting

    @property
    def over(self) -> bool:
        """Whether every window of theirs is released or deferred and none was passed: what comes next is for staff to
        say.
        """
        one = self.enrolment
        if one.version.specification.assessment.kind == "projects":
            return False  # further hand-in days are set for the whole intake
        attempts = [one for one in self.sittings if not one.deferred]
        tried = bool(self.sittings) and all(s.window_state == WindowState.RELEASED for s in attempts)
        tried = tried and len({one.window_id for one in self.outcomes}) == len(attempts)  # none is held
        return tried and one.withdrawn_at is None and one.stage not in HAD_AWARD

    @property
    def weighed(self) -> list[Weighed]:
        """Every result with whether it counts; which of several does is said of each thing by itself."""
        found = weighed(self.outcomes)
        return [found[one.pk] for one in self.outcomes]

    @property
    def correctable(self) -> set[int]:
        """The outcomes that count, the latest of each window: a correction corrects one of these."""
        latest: dict[tuple[int, str], int] = {}
        for outcome in self.outcomes:  # the latest of a window comes first
            if outcome.task or not outcome.window.task:  # what the checklist came to follows from the tasks
                latest.setdefault((outcome.window_id, outcome.task), outcome.pk)
        return set(latest.values())

    @property
    def thread(self) -> list[dict[str, Any]]:
        return thread_of(self.enrolment)

    @property
    def facts(self) -> list[dict[str, Any]]:
        """Who and where, as pairs."""
        one, partner = self.enrolment, self.enrolment.partner or (self.group.partner if self.group else None)
        models = one.version.specification.delivery_models
        return [
            {"label": "E-mail", "value": one.user.email},
            {"label": "School", "value": one.school.name if one.school else one.application.school_text},
            {
                "label": "Programme version",
                "value": self.version,
                "url": reverse("office:version", args=[one.version.key]),
            },
            {"label": "Intake", "value": one.intake.name},
            {"label": "Delivery model", "value": model_name(one.delivery_model, models)},
            {"label": "Delivery partner", "value": partner.name if partner else ""},
            {"label": "Group", "value": self.group.name if self.group else ""},
            {"label": "Time zone", "value": one.zone},
        ]

    @property
    def answers(self) -> list[dict[str, str]]:
        return answers_of(self.enrolment.application)


def dossier_for(viewer: Viewer, reference: str, *, at: datetime) -> Dossier:
    """Everything about the enrolment with this reference, for the office alone. Six queries, one more where there is a
    sitting or a result, and another where somebody has to say what comes next.
    """
    enrolment = get_enrolment_for(viewer, reference)
    place, sittings = place_of(enrolment), sittings_of(enrolment, at=at)
    outcomes, changes = _outcomes_of(enrolment)
    events, said = events_of(enrolment, sittings)
    found = Dossier(
        enrolment=enrolment,
        version=name_of(enrolment.version),
        progress=_with_evidence(progress_of(enrolment)),
        group=place.group if place else None,
        sittings=sittings,
        outcomes=outcomes,
        changes=changes,
        messages=messages_to(enrolment),
        history=trail.timeline(events),
    )
    if found.outcomes or sittings:  # help may be offered before a result
        found = replace(found, plan=own_plan(enrolment))
    if _months_may_bind(found, at=at):
        found = replace(found, beyond=True)
    if not found.over:
        return found
    deferred = _deferral_in(enrolment, sittings)
    had = sorted((one for one in sittings if one.attempt), key=lambda one: (one.opens_at, one.pk))
    tried = attempts.tried_in([one.window for one in had])
    further = further_windows(enrolment, tried, at=at, deferred=deferred)
    # By the policy of the next window, whether they can be entered for it or not.
    standing = attempts.standing_on(enrolment, tried, further.next_on or clock.day_of(at))
    return replace(found, windows=further.windows, said=said, deferred=deferred, standing=standing)


def _months_may_bind(found: Dossier, *, at: datetime) -> bool:
    """Whether somebody who never sat can't any more within the months, or has deferred. No query."""
    one = found.enrolment
    if one.withdrawn_at is not None or one.stage in HAD_AWARD:
        return False
    deferred = bool(found.sittings) and all(sitting.deferred for sitting in found.sittings)
    return deferred or (not found.sittings and months_are_over(one, at=at))


def _outcomes_of(enrolment: Enrolment) -> tuple[list[Outcome], list[Change]]:
    """The released outcomes, the latest window first, and what is proposed about them and not decided. One query.

    Before the release nobody links marks to a person: marking.rules.visible.
    """
    proposed = FilteredRelation("changes", condition=Q(changes__state="proposed"))
    rows = (
        enrolment.outcomes.filter(released_at__isnull=False)
        .annotate(**award_facts(), revocation_appeal=latest_about(), proposed=proposed)
        .select_related(*("window__moderation", "appeal", "proposed__proposed_by"))
        .order_by("-window__opens_on", "-number", "pk", "proposed__pk")
    )
    found: dict[int, Outcome] = {}
    changes: list[Change] = []
    for one in rows:  # once for each change
        found.setdefault(one.pk, one)
        change: Change | None = vars(one).get("proposed")
        changes += [change] if change else []
    return list(found.values()), sorted(changes, key=lambda one: one.pk)


def _deferral_in(enrolment: Enrolment, sittings: list[SittingLine]) -> Deferral | None:
    """What was deferred and is still to be sat, of somebody's sittings of case studies. No query."""
    last = sittings[0]
    if not last.deferred:
        return None
    tried = any(one.window_state == WindowState.RELEASED and not one.deferred for one in sittings)
    return Deferral(
        Sitting(pk=last.pk, window=last.window, first_seen_at=last.first_seen_at),
        allowed_until(enrolment, tried=tried),
    )


def _with_evidence(progress: Progress) -> Progress:
    for part in progress.components:
        for line in part.lines:
            for entry in line.credits:
                _say_evidence(entry)
    return progress


def _say_evidence(entry: Any) -> None:
    """What a credit rests on, in words: "attendance:45" is "attendance 45"."""
    entry.rests_on = entry.evidence.replace("_", " ").replace(":", " ")


def sittings_of(enrolment: Enrolment, *, at: datetime) -> list[SittingLine]:
    """The sittings with their receipts, and the documents that were not handed in, the latest first. One query; no
    draft and no text is read.
    """
    unsent = FilteredRelation("uploads", condition=~Q(uploads__state=UploadState.HANDED_IN))
    rows: Any = (
        Sitting.everything.filter(enrolment=enrolment)
        .exclude(window__state=WindowState.CANCELLED)
        .annotate(unsent=unsent)
        .order_by("-opens_at", "pk", "-scripts__number", "-unsent__first_at", "-unsent__pk")
        .values(*_SITTING, *(f"unsent__{name}" for name in DOCUMENT))
    )
    found: dict[int, SittingLine] = {}
    for row in rows:
        state, kind = _state(row, at)
        basic: dict[str, Any] = {
            name: row[name] for name in ("opens_at", "closes_at", "zone", "first_seen_at", "pk")
        }
        line = found.setdefault(
            row["pk"],
            SittingLine(
                state=state,
                kind=kind,
                window=_window(row),
                window_state=row["window__state"],
                deferred=row["state"] == SittingState.DEFERRED,
                held_back=row["state"] == SittingState.HELD_BACK,
                why=_why(row),
                **basic,
            ),
        )
        # Each script comes with each document.
        if row["scripts__number"] and all(one["number"] != row["scripts__number"] for one in line.receipts):
            names = ("number", "received_at", "words", "sha256", "current")
            line.receipts.append({name: row[f"scripts__{name}"] for name in names})
            line.too_long |= row["scripts__current"] and _too_long(row)
        if row["unsent__pk"] and all(one.pk != row["unsent__pk"] for one in line.documents):
            line.documents.append(Upload(**{name: row[f"unsent__{name}"] for name in DOCUMENT}))
    return list(found.values())


_SITTING = (
    "pk", "opens_at", "closes_at", "zone", "state", "gate", "window", "window__state", "window__task",
    "window__opens_on", "window__days", "window__zone", "window__case_study", "window__policies",
    "window__word_limit", "extra_words", "first_seen_at", "scripts__number", "scripts__received_at",
    "scripts__words", "scripts__sha256", "scripts__current",
)  # fmt: skip
DOCUMENT = ("pk", "ticket", "name", "size", "state", "first_at", "refusal")  # what the page says of one


def _window(row: dict[str, Any]) -> Window:
    """The window of a sitting with its days, and with nothing of its case study but the number."""
    names = ("opens_on", "days", "zone", "task", "state")
    case = CaseStudy(pk=row["window__case_study"]) if row["window__case_study"] else None
    return Window(pk=row["window"], case_study=case, **{name: row[f"window__{name}"] for name in names})


def _state(row: dict[str, Any], at: datetime) -> tuple[str, str]:
    if row["state"] == SittingState.HANDED_IN:
        return "Handed in", "done"
    if row["state"] == SittingState.DEFERRED:
        return "Deferred: no attempt", "plain"
    if row["state"] == SittingState.HELD_BACK:
        return f"Held back: {gate_name(row['gate'])}", "blocked"
    if at < row["opens_at"]:
        return "Booked", "waiting"
    return ("Open", "now") if at <= row["closes_at"] else ("Nothing was handed in", "problem")


def _too_long(row: dict[str, Any]) -> bool:
    """Whether the words of a script cost marks by the rule of its window."""
    counting, limit = counting_in(row["window__policies"]), row["window__word_limit"]
    if counting.marks_off is None or limit is None:
        return False
    return Length(row["scripts__words"], limit + row["extra_words"], counting).excess > 0


def _why(row: dict[str, Any]) -> str:
    return gate_text(row["gate"]) if row["state"] == SittingState.HELD_BACK else ""


def messages_to(enrolment: Enrolment) -> list[tuple[OutboxMessage, str]]:
    """What was sent to the person with what it is, the latest first."""
    found = OutboxMessage.objects.filter(recipient=enrolment.user.email).order_by("-pk")
    return [(message, title_of(message)) for message in found[:MESSAGES_SHOWN]]


def events_of(
    enrolment: Enrolment, sittings: list[SittingLine]
) -> tuple[list[AuditEvent], AuditEvent | None]:
    """The trail of enrolment, application, account and sittings, the latest first; and what the office has said last
    comes next after the latest sitting, however long ago. One query.
    """
    subjects = [subject_key(one) for one in (enrolment, enrolment.application, enrolment.user)]
    subjects += [f"sitting:{sitting.pk}" for sitting in sittings]
    known = AuditEvent.objects.filter(subject__in=subjects)
    told = Q(subject=f"sitting:{sittings[0].pk}", verb=NEXT_SAID) if sittings else Q(pk__in=[])
    latest = Q(pk__in=known.order_by("-at", "-pk").values("pk")[:EVENTS_SHOWN])
    found = list(known.filter(latest | told).order_by("-at", "-pk"))
    said = [
        one
        for one in found
        if sittings and one.verb == NEXT_SAID and one.subject == f"sitting:{sittings[0].pk}"
    ]
    return found[:EVENTS_SHOWN], max(said, key=lambda one: one.sequence, default=None)


LABELS = {
    "scopes": "Leads or wants to lead",
    "role": "Role",
    "role_description": "Role in own words",
    "schools": "Schools answered for",
    "confirmed": "Confirmed",
}


def answers_of(application: Application) -> list[dict[str, str]]:
    """What the person said in the application, as pairs."""
    rows = [
        {"label": "Reference", "value": application.reference},
        {"label": "Role when applying", "value": role_status_text(application.role_status)},
    ]
    for key, label in LABELS.items():
        value = application.details.get(key)
        if value:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append({"label": label, "value": text})
    discussed = application.details.get("discussed")
    if isinstance(discussed, dict):
        said = [str(discussed[key]) for key in ("role", "name", "email", "on") if discussed.get(key)]
        rows.append({"label": "Discussed in school with", "value": ", ".join(said)})
    if application.decided_by:
        rows.append({"label": "Accepted by", "value": application.decided_by.name})
    else:
        rows.append({"label": "Accepted", "value": "by direct enrolment: every check passed"})
    return rows


def get_entry_for(viewer: Viewer, reference: str, entry_id: int) -> LedgerEntry:
    """A credit of the enrolment with this reference, for the office alone."""
    enrolment = get_enrolment_for(viewer, reference)
    entry = enrolment.ledger.select_related("activity", "by").filter(pk=entry_id).first()
    if entry is None:
        raise Http404
    entry.enrolment = enrolment
    _say_evidence(entry)
    return entry
