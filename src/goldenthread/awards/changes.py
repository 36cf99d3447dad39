"""Changes of what was released take two people: one proposes a correction, a revocation or another name of an award,
another decides it.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from goldenthread.awards import actions, name_rules, reissuing, rules
from goldenthread.awards.models import Award, Change
from goldenthread.common import audit
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import actions as outcome_actions
from goldenthread.outcomes import queries as outcomes
from goldenthread.outcomes.access import releases
from goldenthread.outcomes.models import Outcome
from goldenthread.people.access import Viewer

CORRECTION, REVOCATION, REISSUE = "correction", "revocation", "reissue"


# --- what there is ---------------------------------------------------------------------------------------
def changes_for(viewer: Viewer, *, decided: bool = False) -> QuerySet[Change]:
    """The changes that wait for a second person, the oldest first, or those that are decided: for the office, and never
    about one's own results. One query.
    """
    if not releases(viewer):
        raise Http404
    found = _CHANGES.exclude(outcome__enrolment__user=viewer.user)
    if decided:
        return found.exclude(state="proposed").order_by("-proposed_at", "-pk")
    return found.filter(state="proposed").order_by("proposed_at", "pk")


def get_change_for(viewer: Viewer, change_id: int) -> Change:
    """One change for the office; 404 for everybody else, and for whose result it is."""
    found = _CHANGES.filter(pk=change_id).first()
    if found is None or not releases(viewer) or found.outcome.enrolment.user_id == viewer.user.pk:
        raise Http404("No such change.")
    return found


_CHANGES = Change.objects.select_related(
    "outcome__enrolment__user",
    "outcome__window__intake__version__programme",
    "outcome__window__case_study__scheme",
    "outcome__window__scheme",
    "award",
    "proposed_by",
    "decided_by",
).defer(
    "outcome__window__case_study__sealed",
    "outcome__window__case_study__scheme__sealed",
    "outcome__window__intake__version__document",
)


def half_marks_of(change: Change) -> Totals | None:
    """The half marks that a correction proposes; None where the marks stay, or there are none."""
    if change.half_marks_learn_that is None or change.half_marks_learn_how_to is None:
        return None
    return Totals(change.half_marks_learn_that, change.half_marks_learn_how_to)


# --- propose ---------------------------------------------------------------------------------------------
@transaction.atomic
def propose_correction(
    *,
    outcome: Outcome,
    reason: str,
    by: Any,
    at: datetime,
    half_marks: Totals | None = None,
    seen: str = "",
) -> Change:
    """Propose that a released result is corrected; nothing changes until a second person decides (`decide`).

    Refuses what a correction refuses: no reason, a result that isn't the latest, marks beyond the scheme, and a
    headline that has changed since it was `seen`. The same proposal again gives the one that is there; another one
    while it waits is refused.
    """
    rules.check_reason(reason, what="this result is corrected", code="correction.reason")
    outcome_actions.hold_enrolments([outcome.enrolment_id])
    outcome_actions.latest(outcome)
    marks = outcomes.half_marks_of(outcome) if half_marks is None else half_marks
    evaluation = outcomes.evaluation_of(outcome.enrolment, outcome.window, marks)
    rules.check_seen(seen, evaluation.headline)
    change = Change(
        kind=CORRECTION,
        outcome=outcome,
        half_marks_learn_that=half_marks.learn_that if half_marks else None,
        half_marks_learn_how_to=half_marks.learn_how_to if half_marks else None,
    )
    return _proposed(change, reason, by=by, at=at)


@transaction.atomic
def propose_revocation(*, award: Award, reason: str, by: Any, at: datetime) -> Change:
    """Propose that an award is taken back; it stands until a second person decides (`decide`).

    Refuses without a reason and for an award that is revoked. The same proposal again gives the one that is there.
    """
    rules.check_reason(reason, what="this award is revoked", code="award.reason")
    outcome_actions.hold_enrolments([award.outcome.enrolment_id])
    if Award.objects.filter(pk=award.pk, revoked_at__isnull=False).exists():
        raise Refused("This award is revoked already.", code="award.revoked")
    return _proposed(Change(kind=REVOCATION, outcome=award.outcome, award=award), reason, by=by, at=at)


@transaction.atomic
def propose_reissue(
    *, award: Award, name: str, reason: str, by: Any, at: datetime, linked: bool = True
) -> Change:
    """Propose that an award is issued again with another name, for a request of its holder or by the office itself;
    it stays as it is until a second person decides (`decide`). An open request goes with the proposal.

    `linked` says whether the page of the former code may lead to the new one. Refuses whose award it is, without a
    reason, and what `reissuing.check_can_propose` does. The same proposal again gives the one that is there.
    """
    rules.check_reason(reason, what="this award is issued again", code="award.reason")
    name_rules.check_length(reason, field="reason")
    clean = reissuing.check_can_propose(award, name, by=by)
    change = Change(kind=REISSUE, outcome=award.outcome, award=award, holder_name=clean, linked=linked)
    made = _proposed(change, reason, by=by, at=at)
    reissuing.take_up(made)
    return made


def _proposed(change: Change, reason: str, *, by: Any, at: datetime) -> Change:
    """Keep a proposal, under the lock of its enrolment."""
    known = Change.objects.filter(outcome=change.outcome, kind=change.kind, state="proposed").first()
    change.reason = reason.strip()
    if known is not None:
        fields = (
            "proposed_by_id", "half_marks_learn_that", "half_marks_learn_how_to", "award_id", "holder_name",
            "linked", "reason",
        )  # fmt: skip
        change.proposed_by = by
        if all(getattr(known, name) == getattr(change, name) for name in fields):
            return known
        raise Refused(
            "A change of this is proposed already and waits for a second person: decide that one first.",
            code="change.waits",
        )
    change.proposed_by, change.proposed_at = by, at
    change.save()
    audit.record(
        f"{change.kind}.proposed", f"enrolment:{change.outcome.enrolment_id}", by=by, at=at, change=change.pk,
        outcome=change.outcome_id, award=change.award_id, reason=change.reason,
        half_marks=[change.half_marks_learn_that, change.half_marks_learn_how_to],
        **({"name": change.holder_name, "linked": change.linked} if change.holder_name else {}),
    )  # fmt: skip
    return change


# --- decide ----------------------------------------------------------------------------------------------
@transaction.atomic
def decide(*, change: Change, approve: bool, reason: str, by: Any, at: datetime, seen: str = "") -> Change:
    """Do what was proposed, or refuse it, with what the second person looked at. Deciding the same twice is harmless.

    Refuses who proposed it and whose result it is, a change that somebody decided meanwhile, and, where a correction
    would come to something else than was `seen` by now, until it is looked at again.
    """
    held = _held(change)
    state = "done" if approve else "refused"
    if (held.state, held.decided_by_id, held.decision_reason) == (state, by.pk, reason.strip()):
        return held
    if held.decided_by is not None:
        raise decided_meanwhile(
            "had this done" if held.state == "done" else "refused this", by=by, who=held.decided_by,
            at=held.decided_at or at, code="change.decided",
        )  # fmt: skip
    rules.check_second(
        held.state, by=by.pk, proposer=held.proposed_by_id, participant=held.outcome.enrolment.user_id
    )
    rules.check_reason(reason, what="you decide so", code="change.reason")
    held.state, held.decided_by, held.decided_at, held.decision_reason = state, by, at, reason.strip()
    held.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    audit.record(
        f"{held.kind}.{'approved' if approve else 'refused'}", f"enrolment:{held.outcome.enrolment_id}", by=by,
        at=at, change=held.pk, proposed_by=held.proposed_by_id, reason=held.decision_reason,
    )  # fmt: skip
    reissuing.answer_with(held, by=by, at=at)
    if approve and held.kind == REISSUE and held.award is not None:
        reissuing.reissue(award=held.award, name=held.holder_name, linked=held.linked, by=by, at=at)
    elif approve and held.award is not None:
        actions.revoke(award=held.award, reason=held.reason, by=by, at=at)
    elif approve:
        actions.correct(
            outcome=held.outcome, reason=held.reason, by=by, at=at, half_marks=half_marks_of(held), seen=seen
        )
    return held


@transaction.atomic
def take_back(*, change: Change, by: Any, at: datetime) -> Change:
    """Take one's own proposal back while nobody has decided it. Twice is harmless."""
    held = _held(change)
    if held.proposed_by_id != by.pk:
        raise Refused("Whoever proposed it takes it back; you can refuse it.", code="change.not_yours")
    if held.state == "taken_back":
        return held
    rules.check_waits(held.state)
    held.state = "taken_back"
    held.save(update_fields=["state"])
    reissuing.give_back(held)
    audit.record(
        f"{held.kind}.taken_back", f"enrolment:{held.outcome.enrolment_id}", by=by, at=at, change=held.pk
    )
    return held


def _held(change: Change) -> Change:
    """The change, locked after its enrolment: two who decide at once come one after the other."""
    outcome_actions.hold_enrolments([change.outcome.enrolment_id])
    found = Change.objects.select_for_update(of=("self",)).select_related(
        "outcome__enrolment", "award__outcome"
    )
    return found.get(pk=change.pk)
