"""Waive or lessen what too many words cost one person, before their result: one of the office asks, another decides."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from goldenthread.assessment import penalties
from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.penalty_models import PenaltyWaiver
from goldenthread.assessment.rules import penalties as rules
from goldenthread.common import audit
from goldenthread.outcomes import access
from goldenthread.outcomes.models import Outcome
from goldenthread.people.access import Viewer

_ALL = PenaltyWaiver.objects.select_related(
    "script__sitting__enrolment__user",
    "script__sitting__window__intake__version__programme",
    "asked_by",
    "decided_by",
).defer(
    "script__text",
    "script__parts",
    "script__sitting__draft",
    "script__sitting__window__intake__version__document",
)


# --- what there is ---------------------------------------------------------------------------------------
def waivers_for(viewer: Viewer, *, decided: bool = False) -> QuerySet[PenaltyWaiver]:
    """What waits for a second person, the oldest first, or what was decided, for the office; never about oneself."""
    if not access.releases(viewer):
        raise Http404
    found = _ALL.exclude(script__sitting__enrolment__user=viewer.user)
    if decided:
        return found.exclude(state="asked").order_by("-asked_at", "-pk")
    return found.filter(state="asked").order_by("asked_at", "pk")


def waiting(user_id: int) -> QuerySet[PenaltyWaiver]:
    """What waits for this person's decision as a second one: not what they asked for, and nothing about themselves."""
    others = PenaltyWaiver.objects.filter(state="asked").exclude(asked_by=user_id)
    return others.exclude(script__sitting__enrolment__user=user_id)


def get_script_for(viewer: Viewer, sitting_id: int) -> Script:
    """The script that counts of a sitting, with its window, for the office; 404 for everybody else, about oneself, and
    where nothing is handed in.
    """
    found = (
        Script.objects.filter(sitting=sitting_id, current=True)
        .select_related("sitting__enrolment__user", "sitting__window__intake__version__programme")
        .defer("text", "parts", "sitting__draft")
        .first()
    )
    if found is None or not access.releases(viewer) or found.sitting.enrolment.user_id == viewer.user.pk:
        raise Http404
    return found


def waivers_of(script: Script) -> list[PenaltyWaiver]:
    """Everything that was asked and decided about a script, the latest first. One query."""
    return list(_ALL.filter(script=script).order_by("-asked_at", "-pk"))


def is_told(script: Script) -> bool:
    """Whether the result that rests on a script is released. One query."""
    sitting = script.sitting
    told = Outcome.objects.filter(window=sitting.window_id, enrolment=sitting.enrolment_id)
    return told.filter(released_at__isnull=False).exists()


def standing_in(window: Window) -> int:
    """Of how many scripts of a window the penalty is waived or lessened. One query, and none where nothing costs."""
    if not penalties.costs_marks(window):
        return 0
    known = vars(window)  # a page has loaded it by `with_waived`
    if "waived" in known:
        return int(known["waived"])
    return _approved_in(window).values("script").distinct().count()


def with_waived(windows: QuerySet[Window]) -> QuerySet[Window]:
    """The windows with what `standing_in` says of each; no further query."""
    scripts = _approved_in(OuterRef("pk")).values("script__sitting__window")
    counted = scripts.annotate(n=Count("script", distinct=True)).values("n")
    return windows.annotate(waived=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def _approved_in(window: Window | OuterRef) -> QuerySet[PenaltyWaiver]:
    return PenaltyWaiver.objects.filter(
        script__sitting__window=window, script__current=True, state="approved"
    ).order_by()


# --- asked and decided -----------------------------------------------------------------------------------
@transaction.atomic
def ask(*, script: Script, words: int, reason: str, form_key: str, by: Any, at: datetime) -> PenaltyWaiver:
    """Ask that only so many of a script's words too many cost marks, 0 of them to waive it all (S0-30); nothing changes
    until another person decides.

    Refuses where no marks are taken off by a rule, while the script can be replaced, once the result is released, about
    oneself, and while another request waits. The same form sent twice is one request.
    """
    rules.check_reason(reason, what="this is needed")
    held = _held(script.pk, script.sitting.window_id)
    known = PenaltyWaiver.objects.filter(form_key=uuid.UUID(form_key), script=held).first()
    if known is not None:
        return known
    rules.check_not_own(by=by.pk, participant=held.sitting.enrolment.user_id)
    rules.check_none_waits(PenaltyWaiver.objects.filter(script=held, state="asked").exists())
    _check(held, words, at=at)
    made = PenaltyWaiver.objects.create(
        script=held, words=words, form_key=uuid.UUID(form_key), reason=reason.strip(), asked_by=by, asked_at=at
    )  # fmt: skip
    _record("asked", made, by=by, at=at, reason=made.reason)
    return made


@transaction.atomic
def decide(*, waiver: PenaltyWaiver, approve: bool, reason: str, by: Any, at: datetime) -> PenaltyWaiver:
    """Let only so many words too many cost marks, as was asked; or refuse it. The same decision twice is one.

    Results of the window that are worked out from then on go by it, and a release by an earlier preview is refused.
    Refuses who asked and whom it is about, and what can't be any more: the result is released, or the script replaced.
    """
    held_script = _held(waiver.script_id, waiver.script.sitting.window_id)
    held = PenaltyWaiver.objects.select_for_update(of=("self",)).get(pk=waiver.pk)
    state = "approved" if approve else "refused"
    if held.state == state and held.decided_by_id == by.pk:
        return held
    rules.check_waits(held.state)
    rules.check_not_own(by=by.pk, participant=held_script.sitting.enrolment.user_id)
    rules.check_second(by=by.pk, asked_by=held.asked_by_id)
    rules.check_reason(reason, what="you decide so")
    if approve:
        _check(held_script, held.words, at=at)
    held.state, held.decided_by, held.decided_at, held.decision_reason = state, by, at, reason.strip()
    held.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    _record(state, held, by=by, at=at, asked_by=held.asked_by_id, reason=held.decision_reason)
    return held


@transaction.atomic
def take_back(*, waiver: PenaltyWaiver, by: Any, at: datetime) -> PenaltyWaiver:
    """Take back what one asked for while nobody has decided it. Twice is harmless."""
    _held(waiver.script_id, waiver.script.sitting.window_id)
    held = PenaltyWaiver.objects.select_for_update(of=("self",)).get(pk=waiver.pk)
    if held.state == "taken_back":
        return held
    rules.check_waits(held.state)
    rules.check_asked_it(by=by.pk, asked_by=held.asked_by_id)
    held.state = "taken_back"
    held.save(update_fields=["state"])
    _record("taken_back", held, by=by, at=at)
    return held


def _held(script_id: int, window_id: int) -> Script:
    """A script with its window locked, as a release locks it, so that no result is told meanwhile."""
    window = Window.objects.select_for_update(of=("self",)).get(pk=window_id)
    found = Script.objects.select_related("sitting__enrolment").defer("text", "parts", "sitting__draft")
    script = found.get(pk=script_id)
    script.sitting.window = window
    return script


def _check(script: Script, words: int, *, at: datetime) -> None:
    sitting = script.sitting
    rules.check_current(script.current)
    rules.check_not_told(is_told(script))
    length = penalties.too_long_of(sitting.window, sitting.pk)
    rules.check_costs(length)
    rules.check_handed_in(sitting.closes_at, zone=sitting.zone, at=at)
    assert length is not None
    rules.check_words(words, length)


def _record(what: str, waiver: PenaltyWaiver, *, by: Any, at: datetime, **details: Any) -> None:
    subject = f"sitting:{waiver.script.sitting_id}"
    audit.record(
        f"penalty.{what}", subject, by=by, at=at, waiver=waiver.pk, script=waiver.script_id, words=waiver.words,
        **details,
    )  # fmt: skip
