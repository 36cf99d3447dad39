"""Ask that somebody is entered for a window beyond the months of their version, or once more than its attempts
allow, decide about it, take it back.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import attempts, entering, late_entries
from goldenthread.assessment.actions import schedule
from goldenthread.assessment.late_entry_models import LateEntry
from goldenthread.assessment.models import Window
from goldenthread.assessment.rules import late_entries as rules
from goldenthread.common import audit
from goldenthread.common.meanwhile import decided_meanwhile


@transaction.atomic
def ask_late_entry(
    *, enrolment: Enrolment, window: Window, reason: str, form_key: str, by: Any, at: datetime
) -> LateEntry:
    """Ask for an entry beyond the months or the attempts; nothing changes until another person decides (S0-33, S0-38,
    G-02).

    Refuses a window that needs no exception, one after the months in which the qualification is passed, whatever keeps
    somebody from any window, and while another request about them waits. The same form sent twice is one request.
    """
    rules.check_reason(reason, what="this is needed")
    window, held = _held(window.pk, enrolment.pk)
    known = LateEntry.objects.filter(form_key=uuid.UUID(form_key), enrolment=held).first()
    if known is not None:
        return known
    rules.check_not_own(by=by.pk, participant=held.user_id)
    rules.check_none_waits(LateEntry.objects.filter(enrolment=held, state="asked").exists())
    beyond = _check(window, held, at=at)
    made = LateEntry.objects.create(
        enrolment=held, window=window, beyond=beyond, form_key=uuid.UUID(form_key), reason=reason.strip(), asked_by=by,
        asked_at=at,
    )  # fmt: skip
    _record("asked", made, by=by, at=at, reason=made.reason)
    return made


@transaction.atomic
def decide_late_entry(*, entry: LateEntry, approve: bool, reason: str, by: Any, at: datetime) -> LateEntry:
    """Enter somebody as was asked, and tell them the days; or refuse it. Deciding the same twice is harmless.

    Refuses who asked and whom it is about, what somebody decided meanwhile, and what can't be any more: the window has
    opened, or they are entered elsewhere. The entry gate is judged as for everybody.
    """
    window, enrolment = _held(entry.window_id, entry.enrolment_id)
    held = LateEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    state = "approved" if approve else "refused"
    if (held.state, held.decided_by_id, held.decision_reason) == (state, by.pk, reason.strip()):
        return held
    if held.decided_by is not None:
        raise decided_meanwhile(
            f"{held.state} this",
            by=by,
            who=held.decided_by,
            at=held.decided_at or at,
            code="late_entry.decided",
        )
    rules.check_waits(held.state)
    rules.check_not_own(by=by.pk, participant=enrolment.user_id)
    rules.check_second(by=by.pk, asked_by=held.asked_by_id)
    rules.check_reason(reason, what="you decide so")
    held.state, held.decided_by, held.decided_at, held.decision_reason = state, by, at, reason.strip()
    held.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    _record(state, held, by=by, at=at, asked_by=held.asked_by_id, reason=held.decision_reason)
    if approve:
        _check(window, enrolment, at=at)
        schedule.put_in(enrolment, window, reason=held.reason, by=by, at=at)
    return held


@transaction.atomic
def take_back_late_entry(*, entry: LateEntry, by: Any, at: datetime) -> LateEntry:
    """Take back what one asked for while nobody has decided it. Twice is harmless."""
    _held(entry.window_id, entry.enrolment_id)
    held = LateEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if held.state == "taken_back":
        return held
    rules.check_waits(held.state)
    rules.check_asked_it(by=by.pk, asked_by=held.asked_by_id)
    held.state = "taken_back"
    held.save(update_fields=["state"])
    _record("taken_back", held, by=by, at=at)
    return held


def _held(window_id: int, enrolment_id: int) -> tuple[Window, Enrolment]:
    """Window and enrolment, locked in the order of every other entry."""
    window = schedule.locked(window_id)
    people = Enrolment.objects.select_for_update(of=("self",)).select_related("user", "version__programme")
    return window, people.get(pk=enrolment_id)


def _check(window: Window, enrolment: Enrolment, *, at: datetime) -> str:
    """Everything that is asked of an entry, but that it lies within the months or the attempts; and that it lies beyond
    them. Gives beyond which.
    """
    schedule.check_can_enter(enrolment, window, first=True, at=at)
    last_day = attempts.last_day_of(window)
    deferred = entering.deferral_to_follow(enrolment)
    standing = attempts.standing_now(enrolment, attempts.tried_by(enrolment), window)
    beyond = "attempts" if standing is not None and standing.why_not(last_day) else "months"
    if beyond == "months":
        rules.check_beyond(last_day, entering.follows_until(enrolment))
        over = late_entries.months_are_over(enrolment, at=at)
        rules.check_no_own_window(over=over, deferred=deferred is not None)
    rules.check_may_follow(window.opens_on, deferred.from_day if deferred else None)
    rules.check_pass_in_time(enrolment.starts_on, last_day, late_entries.pass_within(enrolment))
    return beyond


def _record(what: str, entry: LateEntry, *, by: Any, at: datetime, **details: Any) -> None:
    subject = f"enrolment:{entry.enrolment_id}"
    audit.record(
        f"late_entry.{what}",
        subject,
        by=by,
        at=at,
        entry=entry.pk,
        window=entry.window_id,
        beyond=entry.beyond,
        **details,
    )
