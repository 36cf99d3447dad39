"""Policy of a window's marking, known scripts in sets, practice with them, and the office's word on a marker."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from goldenthread.assessment.models import CaseStudy, Script, Window
from goldenthread.assessment.words import count_parts, count_text
from goldenthread.common import audit
from goldenthread.common.refused import Refused, refuse
from goldenthread.marking import identity, quality_queries, quality_rules, queries, rules
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import (
    Attempt,
    Clearance,
    KnownScript,
    KnownSet,
    MarkingPolicy,
    PracticeMarks,
)
from goldenthread.people.models import User


@transaction.atomic
def set_policy(
    *, window: Window, policy: quality_rules.Policy, reason: str, by: Any, at: datetime
) -> MarkingPolicy:
    """Record how the marking of a window is run; the same figures again give the row that is there.

    Refuses figures out of range, a window without a mark scheme, seeds or practice for a project task, and any change
    once scripts are allocated: who has begun is measured as they were told.
    """
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    if window.mark_scheme is None:
        raise Refused("Choose the window's case study first.", code="policy.no_scheme")
    refuse(quality_rules.policy_faults(policy, maximum=queries.scheme_of(window).total))
    quality_rules.check_reason(reason)
    if window.task and (policy.standardised or policy.seed_percent):
        raise Refused(
            "Practice sets and seeds are for case studies; a project task has none.", code="policy.task"
        )
    known = quality_queries.policies_of(window).first()
    if known is not None and quality_queries.as_policy(known) == policy:
        return known
    if Marking.objects.filter(script__sitting__window=window).exists():
        raise Refused(
            "Scripts of this window are with markers already, so its policy stays as it is.",
            code="policy.allocated",
        )
    figures = {**asdict(policy), **{name: str(getattr(policy, name)) for name in quality_rules.CHOICES}}
    made = MarkingPolicy.objects.create(window=window, **figures, reason=reason.strip(), set_by=by, set_at=at)
    audit.record("marking_policy.set", window, by=by, at=at, **figures, reason=made.reason)
    return made


# --- known scripts -------------------------------------------------------------------------------------------
@transaction.atomic
def start_set(*, window: Window, use: str, by: Any, at: datetime) -> KnownSet:
    """Begin a set of known scripts for a window's case study: "practice" or "seeds".

    One's own empty set that nobody agreed yet is given again. Refuses until the case study may be read by markers,
    since its scripts would tell what is in it.
    """
    if use not in ("practice", "seeds"):
        raise Refused("Choose what the set is for.", code="known.use", field="use")
    _check_readable(window, at=at)
    case = CaseStudy.objects.select_for_update(of=("self",)).get(windows=window)
    sets = KnownSet.objects.filter(case_study=case, use=use)
    begun = sets.filter(made_by=by, agreed_at__isnull=True, scripts__isnull=True).order_by("number").first()
    if begun is not None:
        return begun
    number = (sets.aggregate(last=Max("number"))["last"] or 0) + 1
    made = KnownSet.objects.create(case_study=case, use=use, number=number, made_by=by, made_at=at)
    audit.record("known_set.started", case, by=by, at=at, set=made.pk, use=use, number=number)
    return made


def _check_readable(window: Window, *, at: datetime) -> None:
    if queries.case_for(window, at=at) is None:
        raise Refused(
            "Known scripts would tell what is in the case, so they are written once the window has closed for "
            "everybody.",
            code="known.unseen",
        )


@transaction.atomic
def add_known(
    *,
    set: KnownSet,
    window: Window,
    texts: Mapping[str, str],
    marks: rules.Marks,
    reasons: Mapping[int, str],
    reason: str,
    form_key: str,
    by: Any,
    at: datetime,
    taken_from: Script | None = None,
) -> KnownScript:
    """Add a script with its marks, point by point, and why they are right. The same form is one script.

    `texts` is by part key, "" for an undivided response; of a former script whatever names its author is covered.
    Refuses a set that is agreed or that somebody else made, who would agree their own marks otherwise, marks that are
    incomplete or out of range, no text and no reason.
    """
    held = KnownSet.objects.select_for_update(of=("self",)).get(pk=set.pk)
    known = KnownScript.objects.filter(form_key=form_key).first()
    if known is not None:
        return known
    _check_open(held)
    if held.made_by_id != by.pk:
        raise Refused(
            "Somebody else made this set: you can agree its marks. Begin a set of your own to add a script.",
            code="known.not_yours",
        )
    scheme = queries.scheme_of(window)
    shown = {key: text.strip() for key, text in texts.items()}
    whole = "\n\n".join(text for text in shown.values() if text)
    faults = rules.mark_faults(scheme, marks, complete=True)
    refuse(faults + quality_rules.known_faults(scheme, text=whole, reasons=reason))
    if taken_from is not None:
        names = identity.identity_of(taken_from)
        shown = {key: rules.covered(text, names)[0] for key, text in shown.items()}
        whole = rules.covered(whole, names)[0]
    totals = rules.totals(scheme, marks)
    divided = [key for key in shown if key]
    number = (held.scripts.aggregate(last=Max("number"))["last"] or 0) + 1
    made = KnownScript.objects.create(
        set=held, number=number, text=whole, parts=shown if divided else {},
        words=(count_parts(list(shown.values())) if divided else count_text(whole)).total,
        marks={str(point): mark for point, mark in sorted(marks.items())},
        learn_that=totals.learn_that, learn_how_to=totals.learn_how_to,
        reasons={str(point): said.strip() for point, said in sorted(reasons.items()) if said.strip()},
        reason=reason.strip(), taken_from=taken_from, form_key=form_key,
    )  # fmt: skip
    audit.record(
        "known_script.added", f"casestudy:{held.case_study_id}", by=by, at=at, set=held.pk, number=number,
        learn_that=made.learn_that, learn_how_to=made.learn_how_to,
    )  # fmt: skip
    return made


def _check_open(held: KnownSet) -> None:
    if held.agreed_at is not None:
        raise Refused(
            "The marks of this set are agreed, so it stays as it is. Begin another set.", code="known.agreed"
        )


@transaction.atomic
def remove_known(*, script: KnownScript, by: Any, at: datetime) -> None:
    """Take a script out of a set that isn't agreed; twice is once."""
    held = KnownSet.objects.select_for_update(of=("self",)).get(pk=script.set_id)
    _check_open(held)
    gone, _ = KnownScript.objects.filter(pk=script.pk).delete()
    if gone:
        audit.record(
            "known_script.removed", f"casestudy:{held.case_study_id}", by=by, at=at, set=held.pk,
            number=script.number, learn_that=script.learn_that, learn_how_to=script.learn_how_to,
        )  # fmt: skip


@transaction.atomic
def agree_set(*, set: KnownSet, by: Any, at: datetime) -> KnownSet:
    """Agree the marks of a set, as a second person: from then on it is used and never changes. Twice is once.

    Refuses who made it, and a set without scripts.
    """
    held = KnownSet.objects.select_for_update(of=("self",)).get(pk=set.pk)
    if held.agreed_at is not None:
        return held
    if held.made_by_id == by.pk:
        raise Refused(
            "You made this set, so somebody else of the office reads it and agrees its marks.",
            code="known.own",
        )
    if not held.scripts.exists():
        raise Refused("Add a script first.", code="known.empty")
    held.agreed_by, held.agreed_at = by, at
    held.save(update_fields=["agreed_by", "agreed_at"])
    audit.record(
        "known_set.agreed", f"casestudy:{held.case_study_id}", by=by, at=at, set=held.pk, use=held.use,
        scripts=held.scripts.count(),
    )  # fmt: skip
    return held


# --- practice --------------------------------------------------------------------------------------------------
@transaction.atomic
def begin_attempt(*, window: Window, marker: User, at: datetime) -> Attempt:
    """Begin the next practice set of a window's case study; one that is under way is given again.

    A set that they wrote or agreed is passed over, since it can't measure them. Refuses who is qualified, who has no
    attempt left, and where there is no further set.
    """
    User.objects.select_for_update(of=("self",)).get(pk=marker.pk)
    if queries.case_for(window, at=at) is None:
        raise Refused(
            "This window is still open for somebody, and practice would tell what is in the case. Your queue offers it "
            "once the window has closed for everybody.",
            code="practice.unseen",
        )
    now = quality_queries.practice_of(marker, window)
    if now.open is not None:
        return now.open
    following = now.untried
    quality_rules.check_attempt(
        own=now.own, number=len(now.attempts) + 1, policy=now.policy, qualified=now.qualified
    )
    if following is None:
        raise Refused(
            "There is no further set to try. The programme office decides whether you mark in this window: write to "
            "them.",
            code="practice.no_set",
        )
    made = Attempt.objects.create(marker=marker, set=following, window=window, begun_at=at)
    audit.record("practice.begun", made, by=marker, at=at, set=following.pk, window=window.pk)
    return made


@transaction.atomic
def practise(*, attempt: Attempt, script: KnownScript, marks: rules.Marks, by: User, at: datetime) -> Attempt:
    """Submit the marks of one script of a set; with the last one the attempt is judged.

    Refuses somebody else's attempt, a script of another set, and marks that are incomplete or out of range. What was
    submitted stays: the same again is harmless, others are refused.
    """
    held = Attempt.objects.select_for_update(of=("self",)).select_related("window", "set").get(pk=attempt.pk)
    if held.marker_id != by.pk or script.set_id != held.set_id:
        raise Refused("This is not in your practice set.", code="practice.not_yours")
    scheme = queries.scheme_of(held.window)
    rules.check_marks(scheme, marks, complete=True)
    kept = {str(point): mark for point, mark in sorted(marks.items())}
    known = held.given.filter(script=script).first()
    if known is not None:
        if known.marks == kept:
            return held
        raise Refused("You submitted marks for this script; they stay.", code="practice.submitted")
    totals = rules.totals(scheme, marks)
    PracticeMarks.objects.create(
        attempt=held, script=script, marks=kept, learn_that=totals.learn_that,
        learn_how_to=totals.learn_how_to, at=at,
    )  # fmt: skip
    audit.record(
        "practice.marked", held, by=by, at=at, script=script.pk, learn_that=totals.learn_that,
        learn_how_to=totals.learn_how_to,
    )  # fmt: skip
    if held.given.count() == held.set.scripts.count():
        _judge(held, scheme, at=at)
    return held


def _judge(held: Attempt, scheme: rules.Scheme, *, at: datetime) -> None:
    policy = quality_queries.policy_of(held.window_id)
    results = [
        quality_rules.compared(
            rules.Totals(one.learn_that, one.learn_how_to),
            quality_queries.known_totals(one.script),
            pass_mark=scheme.pass_mark,
        )
        for one in held.given.select_related("script").order_by("script__number")
    ]
    verdict = quality_rules.qualifies(results, policy)
    held.finished_at, held.qualified = at, verdict.qualified
    held.worst, held.altogether, held.reasons = verdict.worst, verdict.altogether, list(verdict.reasons)
    held.save(update_fields=["finished_at", "qualified", "worst", "altogether", "reasons"])
    audit.record(
        "practice.judged", held, by=None, at=at, qualified=verdict.qualified, worst=verdict.worst,
        altogether=verdict.altogether, across=verdict.across,
    )  # fmt: skip


@transaction.atomic
def clear(*, window: Window, marker: User, qualified: bool, reason: str, by: Any, at: datetime) -> Clearance:
    """Say that a marker may, or may not, mark the case study of a window, whatever a set said, with a reason.

    The latest word counts, also against a set finished before. Refuses saying it of oneself; the same word again gives
    the first one.
    """
    if marker.pk == by.pk:
        raise Refused("Somebody else has to decide about your own marking.", code="clear.own")
    quality_rules.check_reason(reason)
    case = CaseStudy.objects.select_for_update(of=("self",)).filter(windows=window).first()
    if case is None:
        raise Refused("This window has no case study.", code="clear.no_case")
    last = Clearance.objects.filter(marker=marker, case_study=case).order_by("-at", "-pk").first()
    tried = (
        Attempt.objects.filter(marker=marker, set__case_study=case, finished_at__gt=last.at) if last else None
    )
    if last is not None and last.qualified == qualified and tried is not None and not tried.exists():
        return last
    made = Clearance.objects.create(
        marker=marker, case_study=case, qualified=qualified, reason=reason.strip(), by=by, at=at
    )
    audit.record(
        "marker.cleared" if qualified else "marker.not_cleared", case, by=by, at=at, marker=marker.pk,
        reason=made.reason,
    )  # fmt: skip
    return made
