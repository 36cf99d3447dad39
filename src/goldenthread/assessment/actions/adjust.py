"""Ask for an adjustment or extension, decide about it, take it back; say a version's late policy (S2-34, G-02)."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment import adjusting, rules
from goldenthread.assessment.actions import defer, late_mails
from goldenthread.assessment.adjusting_models import Adjustment, LatePolicy
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.assessment.practice_models import PracticeScenario
from goldenthread.assessment.queries import first_opened
from goldenthread.assessment.rules import policy_decisions, practice, uploads
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused


@transaction.atomic
def request_adjustment(
    *,
    enrolment: Enrolment,
    sitting: Sitting | None,
    asked: rules.Grant,
    reason: str,
    form_key: str,
    by: Any,
    at: datetime,
) -> Adjustment:
    """Ask for more time, more words or another form: for one sitting, or for all of an enrolment (`sitting` None); or
    for a later window than that of one sitting.

    The participant asks, or somebody of the office on their behalf. The reason is kept with the request alone; no
    audit event and no mail holds it. The same form sent twice is one request. Refuses who has an award.
    """
    rules.check_grant(asked)
    rules.check_reason(reason)
    if sitting is not None:
        check_still_to_come(sitting.window.state if sitting.enrolment_id == enrolment.pk else "")
    defer.check_asked(sitting, asked)
    held = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    if held.withdrawn_at is not None:
        raise Http404
    known = Adjustment.objects.filter(form_key=uuid.UUID(form_key)).first()
    if known is not None:
        return known
    if held.stage in HAD_AWARD:
        raise Refused(
            "The award is there, so no window is to come for which something could be changed.",
            code="adjustment.awarded",
        )
    if sitting is not None:  # a release holds the enrolments of its window, so it is over or comes after this
        check_still_to_come(Window.objects.values_list("state", flat=True).get(pk=sitting.window_id))
    made = Adjustment.objects.create(
        enrolment=held,
        sitting=sitting,
        asked_days=asked.days,
        asked_words=asked.words,
        asked_arrangement=asked.arrangement.strip()[:500],
        deferral=asked.deferral,
        reason=reason.strip()[: rules.LONGEST_REASON],
        requested_by=by,
        requested_at=at,
        form_key=uuid.UUID(form_key),
    )
    audit.record(
        "adjustment.requested", made, by=by, at=at, enrolment=held.pk, days=asked.days, words=asked.words,
        sitting=sitting.pk if sitting else None, deferral=asked.deferral,
    )  # fmt: skip
    return made


def check_still_to_come(state: str) -> None:
    """A request is about a window whose results are still to come."""
    if state != WindowState.SCHEDULED:
        raise Refused(
            "Choose a window whose results are still to come.", code="adjustment.sitting", field="sitting"
        )


@transaction.atomic
def withdraw_request(*, adjustment: Adjustment, by: Any, at: datetime) -> Adjustment:
    """Take back a request that nobody has decided yet. Twice is harmless."""
    held = Adjustment.objects.select_for_update(of=("self",)).get(pk=adjustment.pk)
    if held.state == "withdrawn":
        return held
    rules.check_undecided(held.state)
    held.state = "withdrawn"
    held.save(update_fields=["state"])
    audit.record("adjustment.withdrawn", held, by=by, at=at)
    return held


@transaction.atomic
def decide_adjustment(
    *, adjustment: Adjustment, approved: bool, given: rules.Grant, note: str, by: Any, at: datetime
) -> Adjustment:
    """Approve a request, with what is given, or say no with a reason for the participant (S2-34).

    What is approved holds at once: the deadline and the word limit of the sitting, or of all that are not over
    and of those booked later. Works before the window and while it is open; after the deadline as the version's late
    policy says, until the first script of the window is with a marker. A deferral takes its sitting out of the window
    (`defer.py`). Refuses whoever asked. The same form of the same person twice is harmless; anything else that comes
    after a decision is told what stands. No can be said at any time, also after the release.
    """
    sittings = _held_sittings(adjustment, needed=approved)
    held = (
        Adjustment.objects.select_for_update(of=("self",))
        .select_related("enrolment__user", "enrolment__version__programme")
        .get(pk=adjustment.pk)
    )
    state = "approved" if approved else "declined"
    given = rules.Grant(deferral=held.deferral) if held.deferral or not approved else given
    said = (
        state,
        rules.Grant(given.days, given.words, given.arrangement.strip(), given.deferral),
        note.strip(),
    )
    if held.decided_by_id == by.pk and said == (held.state, _given(held), held.note):
        return held
    _check_undecided(held, by=by)
    participant = held.enrolment.user_id
    rules.check_approver(approver=by.pk, participant=participant, requested_by=held.requested_by_id)
    rules.check_note(approved, note)
    if approved:
        rules.check_grant(given)
        held.days, held.words, held.arrangement = given.days, given.words, given.arrangement.strip()[:500]
    held.state, held.note = state, note.strip()[: rules.LONGEST_NOTE]
    held.decided_by, held.decided_at = by, at
    held.save(update_fields=["state", "days", "words", "arrangement", "note", "decided_by", "decided_at"])
    audit.record(
        f"adjustment.{state}",
        held,
        by=by,
        at=at,
        enrolment=held.enrolment_id,
        days=held.days,
        words=held.words,
        deferral=held.deferral,
    )
    for sitting in sittings if approved else []:
        if held.deferral:
            defer.defer(sitting, held, by=by, at=at)
            continue
        if held.sitting_id is not None or at <= sitting.closes_at:
            _check_moves(held, sitting, at=at)
            _settle(sitting, by=by, at=at)
    _tell(held, at=at)
    return held


@transaction.atomic
def take_back_adjustment(*, adjustment: Adjustment, note: str, by: Any, at: datetime) -> Adjustment:
    """Take back what was approved, before a window it holds for has opened, and tell the participant why."""
    sittings = _held_sittings(adjustment)
    held = (
        Adjustment.objects.select_for_update(of=("self",))
        .select_related("enrolment__user")
        .get(pk=adjustment.pk)
    )
    if held.state == "revoked":
        if held.decided_by_id == by.pk and held.note == note.strip():
            return held
        raise _stands(held, by=by)
    rules.check_takes_back(held.state)
    rules.check_approver(
        approver=by.pk, participant=held.enrolment.user_id, requested_by=held.requested_by_id
    )
    rules.check_note(False, note)
    for sitting in sittings:
        rules.check_not_begun(sitting.opens_at, at)
        if held.deferral:
            defer.restore(sitting, by=by, at=at)
    held.state, held.note, held.decided_by, held.decided_at = (
        "revoked",
        note.strip()[: rules.LONGEST_NOTE],
        by,
        at,
    )
    held.save(update_fields=["state", "note", "decided_by", "decided_at"])
    audit.record("adjustment.revoked", held, by=by, at=at, enrolment=held.enrolment_id)
    for sitting in sittings:
        _settle(sitting, by=by, at=at)
    _tell(held, at=at)
    return held


def _held_sittings(adjustment: Adjustment, *, needed: bool = True) -> list[Sitting]:
    """The sittings that a decision may move, locked after their windows, as every other action does. Refuses where one
    is `needed` and can't be moved any more.

    For a person as a whole, also the windows into which somebody might be booking them at this moment are waited for.
    """
    windows = (
        Window.objects.select_for_update(of=("self",)).filter(state=WindowState.SCHEDULED).order_by("pk")
    )
    sittings = Sitting.objects.filter(enrolment=adjustment.enrolment_id)
    if adjustment.sitting_id:
        windows = windows.filter(sittings=adjustment.sitting_id)
        sittings = Sitting.everything.all() if adjustment.deferral else Sitting.objects.all()
        sittings = sittings.filter(pk=adjustment.sitting_id)
    else:
        version = Enrolment.objects.values_list("version", flat=True).get(pk=adjustment.enrolment_id)
        windows = windows.filter(intake__version=version)
    held = {one.pk: one for one in windows}
    found = sittings.filter(window__in=held).order_by("pk").select_for_update(of=("self",))
    locked = list(found.defer("draft"))
    for one in locked:
        one.window = held[one.window_id]
    if needed and adjustment.sitting_id and not locked:
        raise Refused(
            "The results of this window are released, it was cancelled, or this sitting was deferred: nothing can be "
            "approved for it any more. Say no and what is possible instead; on the person's page you can enter them "
            "for a further window.",
            code="adjustment.window",
        )
    return locked


def _given(held: Adjustment) -> rules.Grant:
    return rules.Grant(held.days, held.words, held.arrangement, held.deferral)


def _check_undecided(held: Adjustment, *, by: Any) -> None:
    """Nobody has decided this before; who comes second is told by whom and how, and that theirs was not kept."""
    if held.state != "requested" and held.decided_by is not None:
        raise _stands(held, by=by)
    rules.check_undecided(held.state)


DONE = {"approved": "approved this", "declined": "did not approve this", "revoked": "took this back"}


def _stands(held: Adjustment, *, by: Any) -> Refused:
    return decided_meanwhile(
        DONE[held.state], by=by, who=held.decided_by, at=held.decided_at or held.requested_at,
        code="adjustment.decided", then="What stands is on this page; the participant has been told of it.",
    )  # fmt: skip


def _check_moves(held: Adjustment, sitting: Sitting, *, at: datetime) -> None:
    """Whether the deadline and limit of this sitting may still change."""
    known = adjusting.late_of(held.enrolment.version_id, sitting.window.opens_on)
    late = rules.Late(known.days if known else None)
    rules.check_late(late, closes_at=sitting.closes_at, zone=sitting.zone, at=at)
    rules.check_not_with_markers(adjusting.with_markers(sitting.window))
    practised = PracticeScenario.objects.filter(case_study=sitting.window.case_study_id)
    practice.check_still_unseen(practised.exists())


def _settle(sitting: Sitting, *, by: Any, at: datetime) -> None:
    """Put what is granted into the sitting's own instants and limit; everything else reads those."""
    window = sitting.window
    closes_at, days, words = rules.adjusted(
        window.opens_on, window.days, sitting.zone, adjusting.grants_of(sitting)
    )
    if (closes_at, days, words) == (sitting.closes_at, sitting.extra_days, sitting.extra_words):
        return
    if days > sitting.extra_days or words > sitting.extra_words:
        rules.check_worth(closes_at, zone=sitting.zone, at=at)
    sitting.closes_at, sitting.extra_days, sitting.extra_words = closes_at, days, words
    sitting.save(update_fields=["closes_at", "extra_days", "extra_words"])
    audit.record("sitting.adjusted", sitting, by=by, at=at, closes_at=closes_at, days=days, words=words)


def _tell(held: Adjustment, *, at: datetime) -> None:
    """Tell the participant what was decided; never why it was asked for."""
    person, sitting = held.enrolment.user, held.sitting
    mail.send(
        "adjustment_decided",
        to=person.email,
        key=f"adjustment_decided:{held.pk}:{held.state}",
        at=at,
        name=person.get_short_name(),
        state=held.state,
        days=held.days,
        words=held.words,
        arrangement=held.arrangement,
        note=held.note,
        task=sitting.window.task_title if sitting else "",
        deadline=_deadline(sitting.pk) if sitting and not held.deferral else "",
        deferral=day_text(sitting.window.opens_on) if sitting and held.deferral else "",
        enrolment=held.enrolment.reference,
    )


def _deadline(sitting_id: int) -> str:
    sitting = Sitting.objects.only("closes_at", "zone").get(pk=sitting_id)
    return rules.deadline_text(sitting.closes_at, sitting.zone)


@transaction.atomic
def set_late_policy(
    *,
    version: ProgrammeVersion,
    days: int | None,
    reason: str,
    by: Any,
    at: datetime,
    rest_minutes: int | None = None,
    from_day: date | None = None,
) -> LatePolicy:
    """Record how long after a deadline more time can be given in a version's windows; None: staff decide each case.

    It counts at once for every window whose results are to come; with a `from_day`, for those that open on that day or
    later, and windows that have opened keep theirs: a day that isn't to come is refused.
    `rest_minutes` is how long the rest of a document may take whose first byte came in time; None: the usual hour.
    The earlier rows stay. Whoever is booked in a window for which something else counts from that day is told, once.
    The same policy again gives back the one that is there.
    """
    rules.check_late_days(days)
    uploads.check_rest(rest_minutes)
    if not reason.strip():
        raise Refused("Say why: the policy is kept with your name.", code="late.reason", field="reason")
    version = ProgrammeVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    before = list(LatePolicy.objects.filter(version=version).order_by("-set_at", "-pk"))
    known = before[0] if before else None
    if known is not None and (known.days, known.rest_minutes, known.from_day) == (
        days, rest_minutes, from_day,
    ):  # fmt: skip
        return known
    if from_day is not None:
        policy_decisions.check_from(
            from_day, today=clock.day_of(at), opened=first_opened(version, from_day, at=at)
        )
    made = LatePolicy.objects.create(
        version=version, days=days, rest_minutes=rest_minutes, from_day=from_day, reason=reason.strip()[:2000],
        set_by=by, set_at=at,
    )  # fmt: skip
    audit.record(
        "late_policy.set", f"version:{version.pk}", by=by, at=at, days=days, rest_minutes=rest_minutes,
        from_day=from_day, reason=reason.strip()[:2000],
    )  # fmt: skip
    if from_day is not None:
        late_mails.tell(made, before, by=by, at=at)
    return made
