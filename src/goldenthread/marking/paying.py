"""Paying markers: rates and payment runs by two people, corrections, and what marks that were set aside bring."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment.models import Window
from goldenthread.common import audit, clock, mail
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused, refuse
from goldenthread.marking import pay_queries, pay_rules, quality_queries
from goldenthread.marking.models import SetAside
from goldenthread.marking.pay_models import PayDecision, PayEntry, PayRate, PayRun, PayWord
from goldenthread.people.models import User


def _locked(window_id: int) -> Window:
    """A window whose money nobody else moves meanwhile."""
    return Window.objects.select_for_update(of=("self",)).get(pk=window_id)


# --- rates -------------------------------------------------------------------------------------------------------
@transaction.atomic
def propose_rate(
    *, window: Window, rate: pay_rules.Rate, reason: str, form_key: str, by: Any, at: datetime
) -> PayRate:
    """Propose what the work of a window brings from a day on, in pence by kind; nothing is due before another person
    approves it. The same form is one rate.

    Refuses amounts out of range, no reason, and a day that would change what was done already.
    """
    _locked(window.pk)
    known = PayRate.objects.filter(form_key=form_key).first()
    if known is not None:
        return known
    refuse(pay_rules.rate_faults(rate, reason))
    pay_rules.check_begins(rate.from_on, _approved_days(window.pk), clock.day_of(at))
    made = PayRate.objects.create(
        window=window, from_on=rate.from_on, marking=rate.marking, further=rate.further, practice=rate.practice,
        reason=reason.strip(), made_by=by, made_at=at, form_key=form_key,
    )  # fmt: skip
    audit.record("pay_rate.proposed", window, by=by, at=at, **_figures(made), reason=made.reason)
    return made


def _figures(rate: PayRate) -> dict[str, Any]:
    return {
        "rate": rate.pk,
        "from_on": rate.from_on.isoformat(),
        "marking": rate.marking,
        "further": rate.further,
        "practice": rate.practice,
    }


def _approved_days(window_id: int) -> list[date]:
    approved = PayRate.objects.filter(window=window_id, decision__approved=True)
    return list(approved.order_by("from_on").values_list("from_on", flat=True))


@transaction.atomic
def decide_rate(*, rate: PayRate, approve: bool, by: Any, at: datetime) -> PayDecision:
    """Approve a proposed rate as a second person, or take it back, as anybody of the office may. The same word of the
    same person twice is one; any other afterwards is refused and told of the first, and so is approving a day that
    would change what was done already.
    """
    _locked(rate.window_id)
    known = _known_word(PayDecision.objects.filter(rate=rate), approve, by)
    if known:
        return known
    if approve:
        pay_rules.check_second_person(rate.made_by_id, by.pk, "this rate")
        pay_rules.check_begins(rate.from_on, _approved_days(rate.window_id), clock.day_of(at))
    made = PayDecision.objects.create(rate=rate, approved=approve, made_by_id=rate.made_by_id, by=by, at=at)
    verb = "pay_rate.approved" if approve else "pay_rate.taken_back"
    audit.record(verb, rate.window, by=by, at=at, **_figures(rate))
    return made


def _known_word(found: Any, approve: bool, by: Any) -> PayDecision | None:
    known: PayDecision | None = found.select_related("by").first()
    if known is not None and (known.approved, known.by_id) != (approve, by.pk):
        done = "approved this" if known.approved else "took this back"
        raise decided_meanwhile(done, by=by, who=known.by, at=known.at, code="pay.decided")
    return known


# --- payment runs ------------------------------------------------------------------------------------------------
@transaction.atomic
def make_run(*, window: Window, form_key: str, by: Any, at: datetime) -> PayRun:
    """Propose to pay every marker of a window what is due to them and not paid; their own sum is not in the run of
    whoever makes it. Nothing is paid before another person approves. The same form is one run.

    Refuses while another run of the window waits, and where nothing is due.
    """
    _locked(window.pk)
    known = PayRun.objects.filter(form_key=form_key).first()
    if known is not None:
        return known
    runs = PayRun.objects.filter(window=window)
    waiting = runs.filter(decision__isnull=True).order_by("number").first()
    if waiting is not None:
        raise Refused(
            f"Payment run {waiting.number} waits for its second person. Have it approved, or take it back first.",
            code="run.waiting",
        )
    lines = pay_queries.lines_in([window.pk], day=clock.day_of(at))
    to_pay = [[line.marker, line.left] for line in lines if line.left > 0 and line.marker != by.pk]
    if not to_pay:
        raise Refused(
            "Nothing is due that you could pay. Without an approved rate no marking is due, and your own pay is in "
            "somebody else's run.",
            code="run.nothing",
        )
    made = PayRun.objects.create(
        window=window, number=runs.count() + 1, lines=to_pay, made_by=by, made_at=at, form_key=form_key
    )
    audit.record("pay_run.made", window, by=by, at=at, run=made.pk, number=made.number, lines=to_pay)
    return made


@transaction.atomic
def decide_run(*, run: PayRun, approve: bool, by: Any, at: datetime) -> PayDecision:
    """Approve a run as a second person, which pays its lines, or take it back. The same word of the same person twice
    pays once; any other afterwards is refused and told of the first.

    Approving refuses who made the run, who is paid by it, and lines that are more than is still due.
    """
    _locked(run.window_id)
    known = _known_word(PayDecision.objects.filter(run=run), approve, by)
    if known:
        return known
    if approve:
        pay_rules.check_second_person(run.made_by_id, by.pk, "this run")
        pay_rules.check_not_own((marker for marker, _ in run.lines), by.pk)
        lines = {one.marker: one for one in pay_queries.lines_in([run.window_id], day=clock.day_of(at))}
        to_pay = pay_queries.names_of(run)
        for person, pence in to_pay:
            left = lines[person.pk].left if person.pk in lines else 0
            pay_rules.check_still_due(person.name, pence, left)
    made = PayDecision.objects.create(run=run, approved=approve, made_by_id=run.made_by_id, by=by, at=at)
    if approve:
        PayEntry.objects.bulk_create(
            PayEntry(window_id=run.window_id, marker_id=marker, pence=pence, run=run, by=by, at=at)
            for marker, pence in run.lines
        )
        _tell([person for person, _ in to_pay], run, f"run-{run.pk}", at=at)
    verb = "pay_run.paid" if approve else "pay_run.taken_back"
    audit.record(verb, run.window, by=by, at=at, run=run.pk, number=run.number, lines=run.lines)
    return made


def _tell(people: Iterable[User], run: PayRun, about: str, *, at: datetime, corrected: bool = False) -> None:
    """Mail each of them that their statement has changed; the sums are read there alone."""
    intake = quality_queries.intake_of(run.window_id)
    letters = {
        f"marking-paid:{about}:{person.pk}": (
            person.email,
            {"name": person.get_short_name(), "intake": intake, "corrected": corrected},
        )
        for person in people
    }
    mail.send_many("marking_paid", letters, at=at)


@transaction.atomic
def correct_payment(*, entry: PayEntry, reason: str, by: Any, at: datetime) -> PayEntry:
    """Take a payment back by an opposite entry with the reason, so that what is due can be paid anew. The same form
    twice gives the first correction. Refuses one's own pay, a correction of a correction, no reason, and whoever comes
    second.
    """
    _locked(entry.window_id)
    known = PayEntry.objects.filter(corrects=entry).select_related("by").first()
    if known is not None and (known.by_id, known.reason) == (by.pk, reason.strip()):
        return known
    if known is not None:
        raise decided_meanwhile(
            "corrected this payment", by=by, who=known.by, at=known.at, code="entry.corrected"
        )
    if entry.corrects_id is not None:
        raise Refused("A correction stays. Pay what is due in a new run.", code="entry.correction")
    pay_rules.check_not_own([entry.marker_id], by.pk)
    refuse(pay_rules.reason_faults(reason))
    made = PayEntry.objects.create(
        window_id=entry.window_id, marker_id=entry.marker_id, pence=-entry.pence, run_id=entry.run_id, corrects=entry,
        reason=reason.strip(), by=by, at=at,
    )  # fmt: skip
    audit.record(
        "pay.corrected", entry.window, by=by, at=at, entry=entry.pk, marker=entry.marker_id, pence=made.pence,
        reason=made.reason,
    )  # fmt: skip
    _tell([entry.marker], entry.run, f"correction-{made.pk}", at=at, corrected=True)
    return made


# --- marks that were set aside -----------------------------------------------------------------------------------
@transaction.atomic
def say_due(*, aside: SetAside, due: bool, reason: str, by: Any, at: datetime) -> PayWord:
    """Say whether marks that were set aside are paid, with a reason that their marker reads; without a word they are.
    The latest word counts, and the same form again gives the first. Refuses one's own marks, no reason, and what stands
    already by somebody's word.
    """
    window = _locked(aside.script.sitting.window_id)
    known = PayWord.objects.filter(set_aside=aside).select_related("by").order_by("-pk").first()
    if known is not None and (known.due, known.by_id, known.reason) == (due, by.pk, reason.strip()):
        return known
    if known is not None and known.due == due:
        done = "said that these marks are paid" if due else "said that these marks aren't paid"
        raise decided_meanwhile(done, by=by, who=known.by, at=known.at, code="pay.said")
    if known is None and due:
        raise Refused(
            "These marks are paid already unless you say otherwise.", code="pay.due_already", field="due"
        )
    pay_rules.check_not_own([aside.marker_id], by.pk)
    refuse(pay_rules.reason_faults(reason))
    made = PayWord.objects.create(set_aside=aside, due=due, reason=reason.strip(), by=by, at=at)
    audit.record(
        "pay.set_aside", window, by=by, at=at, set_aside=aside.pk, marker=aside.marker_id, due=due,
        reason=made.reason,
    )  # fmt: skip
    return made
