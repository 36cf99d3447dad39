"""Release a case study to one sitting: the entry gate, judged as things stood when the sitting opened and then frozen,
and every look on record.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import access, gates, queries, rules
from goldenthread.assessment.actions.unlock import unlock
from goldenthread.assessment.models import CaseAccess, CaseStudy, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.sealing import Unreadable
from goldenthread.common import audit, mail
from goldenthread.common.refused import Refused
from goldenthread.engagement import queries as engagement
from goldenthread.engagement.rules import Standing


def get_case_for(*, user: Any, sitting: Sitting, at: datetime) -> CaseStudy:
    """The unseen content, for the person who sits, from the first instant on (S0-38); each look is recorded.

    Doesn't wait for any job: a gate that nobody has judged yet is judged now, and the case is unlocked by whoever
    is first. Refuses before the window, behind the gate, while no case study is set, and, with what happens next,
    where its seal doesn't open; a stranger gets `Http404`.
    """
    if not access.sits(user, sitting):
        raise Http404
    rules.check_case_access(sitting.opens_at, at, sitting.zone)
    released = check_released(sitting, at=at)
    case = CaseStudy.objects.get(windows=released.window)
    published = case.state == "published"
    now = rules.phase(published=published, opens_at=sitting.opens_at, closes_at=sitting.closes_at, at=at)
    if not rules.visible(now, rules.Eye.PARTICIPANT):
        raise Http404
    try:
        queries.opened(case)
    except Unreadable as fault:
        raise Refused(rules.CANT_BE_SHOWN, code="case.unreadable") from fault
    unlock(case, opened_at=sitting.opens_at, at=at)
    CaseAccess.objects.create(
        case_study=case, user=user, sitting=sitting, at=at, capacity="participant", revision=case.revision
    )
    if sitting.first_seen_at is None:
        Sitting.objects.filter(pk=sitting.pk, first_seen_at__isnull=True).update(first_seen_at=at)
        sitting.first_seen_at = at
    return case


def check_released(sitting: Sitting, *, at: datetime) -> Sitting:
    """The sitting, released; refuses with the reason if its gate was not met or there is no case study."""
    rules.check_not_deferred(sitting.state == SittingState.DEFERRED)
    rules.check_case_set(sitting.window.case_study_id is not None)
    if sitting.released_at is None and sitting.state != SittingState.HELD_BACK:
        sitting = release(sitting=sitting, at=at)
        rules.check_not_deferred(sitting.state == SittingState.DEFERRED)
    let_in = sitting.released_at is not None
    rules.check_let_in(let_in, why="" if let_in else sitting.gate.get("message", ""))
    return sitting


@transaction.atomic
def release(*, sitting: Sitting, at: datetime) -> Sitting:
    """Judge the entry gate of one sitting and freeze what it says (S0-21, S0-41). Twice is harmless.

    Engagement and induction count as the ledger had them at `opens_at`, however late this is judged: what was written
    since neither lets anybody in nor keeps them out. A deferred sitting is not judged. Refuses before the sitting
    opens.
    """
    rules.check_case_access(sitting.opens_at, at, sitting.zone)
    locked = (  # fmt: skip
        Sitting.everything.select_for_update(of=("self",))
        .select_related(
            "window__intake__version__programme",
            "window__case_study",
            "enrolment__user",
            "enrolment__version__programme",
        )
        .defer("window__case_study__sealed", "window__case_study__sealed_needs")
        .get(pk=sitting.pk)
    )
    if locked.released_at is not None or locked.state in (SittingState.HELD_BACK, SittingState.DEFERRED):
        return locked
    held = Enrolment.objects.select_for_update(of=("self",)).only("stage").get(pk=locked.enrolment_id)
    locked.enrolment.stage = held.stage  # no credit is written between the judgement and what follows from it
    locked.gate, refusal = gates.found_of(
        locked, _standing(locked.enrolment, locked), opens_on=locked.window.opens_on
    )
    if refusal is None:
        locked.released_at = at
        _open_stage(locked.enrolment, at=at)
        if locked.window.case_study is not None:
            unlock(locked.window.case_study, opened_at=locked.opens_at, at=at)
    else:
        locked.state = SittingState.HELD_BACK
    locked.save(update_fields=["gate", "released_at", "state"])
    audit.record(
        "sitting.held_back" if refusal else "sitting.released", locked, by=None, at=at, **locked.gate
    )
    if refusal or at <= locked.closes_at:  # nobody is told of a case study that is open no more
        _tell(locked, "case_held_back" if refusal else "case_released", at=at)
    return locked


def preview_gate(enrolment: Enrolment, sitting: Sitting) -> Refused | None:
    """What the gate would say now, for the pages before it is judged; nothing is frozen.

    Once the sitting has opened, it says what it would at the opening.
    """
    return gates.refusal_of(enrolment, _standing(enrolment, sitting), opens_on=sitting.window.opens_on)


def gate_beside_stages(sitting: Sitting) -> Refused | None:
    """What would keep somebody out even if the stages before the assessment were waived: the gate of engagement."""
    enrolment = sitting.enrolment
    return gates.refusal_of(
        enrolment, _standing(enrolment, sitting), opens_on=sitting.window.opens_on, stage=Stage.ASSESSMENT
    )


def _standing(enrolment: Enrolment, sitting: Sitting) -> Standing:
    """Induction and engagement as they stood when the sitting opened, whenever that is asked (S0-41)."""
    return engagement.standing_of(enrolment, until=sitting.opens_at)


def _open_stage(enrolment: Enrolment, *, at: datetime) -> None:
    if enrolment.stage in (Stage.INDUCTION, Stage.DEVELOPMENT):
        before, enrolment.stage = enrolment.stage, Stage.ASSESSMENT
        enrolment.save(update_fields=["stage"])
        audit.record(
            "enrolment.stage_opened", enrolment, by=None, at=at, stage=enrolment.stage, before=before
        )


@transaction.atomic
def waive_stages(*, sitting: Sitting, reason: str, by: Any, at: datetime) -> Sitting:
    """Open the assessment stage to somebody whose induction or development is not complete (S0-21).

    The engagement gate of a version that has one is not waived. A sitting that was held back for its stages
    is judged anew when it is next asked for, by the ledger as it stood when it opened, as long as something can still
    be handed in; after that it stays held back, and the stage is open for a further window. Refuses whoever sits.
    """
    rules.check_not_about_oneself(rules.is_about_oneself(sitting.enrolment.user_id, by))
    rules.check_waiver(reason)
    window = Window.objects.select_for_update(of=("self",)).get(pk=sitting.window_id)
    locked = Sitting.objects.select_for_update(of=("self",)).get(pk=sitting.pk)
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=locked.enrolment_id)
    locked.enrolment = enrolment
    if enrolment.stage not in (Stage.INDUCTION, Stage.DEVELOPMENT):
        return locked
    before, enrolment.stage = enrolment.stage, Stage.ASSESSMENT
    enrolment.save(update_fields=["stage"])
    audit.record("enrolment.stage_waived", enrolment, by=by, at=at, reason=reason, before=before)
    if rules.reopens(
        str(locked.gate.get("code", "")),
        held_back=locked.state == SittingState.HELD_BACK,
        scheduled=window.state == WindowState.SCHEDULED,
        closes_at=locked.closes_at,
        at=at,
    ):
        locked.state, locked.gate = SittingState.BOOKED, {}
        locked.save(update_fields=["state", "gate"])
        audit.record("sitting.gate_reopened", locked, by=by, at=at, reason=reason)
    return locked


def _tell(sitting: Sitting, template: str, *, at: datetime) -> None:
    person = sitting.enrolment.user
    mail.send(
        template,
        to=person.email,
        key=f"{template}:{sitting.pk}:{at.timestamp():.0f}",
        at=at,
        name=person.get_short_name(),
        programme=sitting.window.intake.version.programme.code,
        deadline=rules.deadline_text(sitting.closes_at, sitting.zone),
        word_limit=f"{sitting.word_limit or 0:,}",
        reason=sitting.gate.get("message", ""),
        sitting=sitting.pk,
    )
