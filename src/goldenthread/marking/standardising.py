"""Policy of a window's marking, known scripts in sets, practice with them, and the office's word on a marker."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from goldenthread.assessment.models import MarkScheme, Script, Window
from goldenthread.assessment.rules.policies import counting_in
from goldenthread.assessment.upload_queries import is_held
from goldenthread.assessment.words import count_parts, count_text
from goldenthread.common import audit, clock, mail
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused, refuse
from goldenthread.marking import identity, quality_queries, quality_rules, queries, rules
from goldenthread.marking.entering import kept_marks
from goldenthread.marking.known_evidence import check_none_held, check_open, copy_evidence, locked_set
from goldenthread.marking.models import Marking
from goldenthread.marking.of_scheme import is_open, locked_scheme, trail_of
from goldenthread.marking.practice_drafts import SUBMITTED, end_draft, locked_attempt
from goldenthread.marking.quality_models import (
    Attempt,
    Clearance,
    KnownFile,
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

    Refuses figures out of range, a window without a mark scheme, and any change once scripts are allocated: who has
    begun is measured as they were told.
    """
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    if window.mark_scheme is None:
        raise Refused("Choose the window's case study first.", code="policy.no_scheme")
    refuse(quality_rules.policy_faults(policy, maximum=queries.scheme_of(window).total))
    quality_rules.check_reason(reason)
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
    """Begin a set of known scripts for a window's mark scheme: "practice" or "seeds".

    One's own empty set that nobody agreed yet is given again. Refuses until the case study may be read by markers,
    since its scripts would tell what is in it; what a project task asks is no secret.
    """
    if use not in ("practice", "seeds"):
        raise Refused("Choose what the set is for.", code="known.use", field="use")
    _check_readable(window, at=at)
    scheme = locked_scheme(window)
    if scheme is None:
        raise Refused("This window has no mark scheme yet.", code="known.no_scheme")
    sets = KnownSet.objects.filter(scheme=scheme, use=use)
    begun = sets.filter(made_by=by, agreed_at__isnull=True, scripts__isnull=True).order_by("number").first()
    if begun is not None:
        return begun
    number = (sets.aggregate(last=Max("number"))["last"] or 0) + 1
    made = KnownSet.objects.create(scheme=scheme, use=use, number=number, made_by=by, made_at=at)
    audit.record("known_set.started", made.trail, by=by, at=at, set=made.pk, use=use, number=number)
    return made


def _check_readable(window: Window, *, at: datetime) -> None:
    if not is_open(window) and queries.case_for(window, at=at) is None:
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

    `texts` is by part key, "" for an undivided response; of a former script whatever names its author is covered, and
    the evidence of a project comes with it. Refuses a set that is agreed or that somebody else made, who would agree
    their own marks otherwise, marks that are incomplete or out of range, no text and no reason, and a former script
    that is held, or in a set of this scheme already.
    """
    held = locked_set(set.pk)
    known = KnownScript.objects.filter(form_key=form_key).first()
    if known is not None:
        return known
    check_open(held, by=by)
    scheme = queries.scheme_of(window)
    shown = {key: text.strip() for key, text in texts.items()}
    whole = "\n\n".join(text for text in shown.values() if text)
    faults = rules.mark_faults(scheme, marks, complete=True)
    refuse(faults + quality_rules.known_faults(scheme, text=whole, reasons=reason))
    if taken_from is not None:
        rules.check_readable(held=is_held(taken_from))
        _check_once(held, taken_from)
        names = identity.identity_of(taken_from)
        shown = {key: rules.covered(text, names)[0] for key, text in shown.items()}
        whole = rules.covered(whole, names)[0]
    totals = rules.totals(scheme, marks)
    divided = [key for key in shown if key]
    counted = count_parts(list(shown.values())) if divided else count_text(whole)
    number = (held.scripts.aggregate(last=Max("number"))["last"] or 0) + 1
    made = KnownScript.objects.create(
        set=held, number=number, text=whole, parts=shown if divided else {},
        words=counted.leaving_out(counting_in(window.policies).not_counted).total,
        marks={str(point): mark for point, mark in sorted(marks.items())},
        learn_that=totals.learn_that, learn_how_to=totals.learn_how_to,
        reasons={str(point): said.strip() for point, said in sorted(reasons.items()) if said.strip()},
        reason=reason.strip(), taken_from=taken_from, form_key=form_key,
    )  # fmt: skip
    files = copy_evidence(taken_from, made) if taken_from is not None and window.task else 0
    audit.record(
        "known_script.added", held.trail, by=by, at=at, set=held.pk, number=number, files=files,
        learn_that=made.learn_that, learn_how_to=made.learn_how_to,
    )  # fmt: skip
    return made


def _check_once(held: KnownSet, former: Script) -> None:
    """Whoever practised with a script knows its marks: so it is in no other set, where it would measure nothing."""
    there = KnownScript.objects.filter(taken_from=former, set__scheme=held.scheme_id, set__withdrawn_at=None)
    known = there.select_related("set").first()
    if known is not None:
        raise Refused(
            f"This script is in {known.set} already, and whoever has seen it there knows its marks. Take another one.",
            code="known.there",
            field="former",
        )


@transaction.atomic
def remove_known(*, script: KnownScript, by: Any, at: datetime) -> None:
    """Take a script out of a set that isn't agreed, with its evidence; twice is once."""
    held = locked_set(script.set_id)
    check_open(held)
    KnownFile.objects.filter(script=script.pk).delete()
    gone, _ = KnownScript.objects.filter(pk=script.pk).delete()
    if gone:
        audit.record(
            "known_script.removed", held.trail, by=by, at=at, set=held.pk,
            number=script.number, learn_that=script.learn_that, learn_how_to=script.learn_how_to,
        )  # fmt: skip


@transaction.atomic
def agree_set(*, set: KnownSet, by: Any, at: datetime) -> KnownSet:
    """Agree the marks of a set, as a second person: from then on it is used and never changes. Twice is once.

    Refuses who made it, a set without scripts, and one of whose evidence a file is held: nobody could open it.
    """
    held = locked_set(set.pk)
    if held.agreed_at is not None:
        return held
    if held.made_by_id == by.pk:
        raise Refused(
            "You made this set, so somebody else of the office reads it and agrees its marks.",
            code="known.own",
        )
    if not held.scripts.exists():
        raise Refused("Add a script first.", code="known.empty")
    check_none_held(held)
    held.agreed_by, held.agreed_at = by, at
    held.save(update_fields=["agreed_by", "agreed_at"])
    audit.record(
        "known_set.agreed", held.trail, by=by, at=at, set=held.pk, use=held.use,
        scripts=held.scripts.count(),
    )  # fmt: skip
    return held


@transaction.atomic
def withdraw_set(*, set: KnownSet, reason: str, by: Any, at: datetime) -> KnownSet:
    """Take a set whose marks turned out to be wrong out of use, with a reason; the same form twice is
    once, and whoever comes second is told who was first.

    It stays as it is, and what was done in it counts for nothing, either way: nobody is qualified or has used an
    attempt by it, it is offered and drawn no more, and seeds of it stop nobody. Stops that stand are for the office to
    end. Whoever had qualified by it and marks is told, once, and whether they still are.
    Refuses a set that isn't agreed, which can be changed, and to do it without a reason.
    """
    held = locked_set(set.pk)
    if held.withdrawn_at is not None:
        if (held.withdrawn_by_id, held.withdrawn_because) == (by.pk, reason.strip()):
            return held
        raise decided_meanwhile(
            "withdrew this set", by=by, who=held.withdrawn_by, at=held.withdrawn_at, code="known.withdrawn"
        )
    if held.agreed_at is None:
        raise Refused(
            "The marks of this set aren't agreed, so it is not in use: take its scripts out instead.",
            code="known.not_agreed",
        )
    quality_rules.check_reason(reason)
    held.withdrawn_by, held.withdrawn_at, held.withdrawn_because = by, at, reason.strip()
    held.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_because"])
    audit.record(
        "known_set.withdrawn", held.trail, by=by, at=at, set=held.pk, use=held.use, reason=held.withdrawn_because,
        attempts=held.attempts.count(),
    )  # fmt: skip
    if held.use == "practice":
        _tell_qualified(held, at=at)
    return held


def _tell_qualified(held: KnownSet, *, at: datetime) -> None:
    """A mail to every marker who had qualified by a set that is withdrawn now: whether they still are. No script, no
    mark and not the reason, which may tell what is in the scheme.
    """
    passed = held.attempts.filter(qualified=True, finished_at__isnull=False).order_by()
    markers = set(passed.values_list("marker_id", flat=True)) & set(queries.markers_on(clock.day_of(at)))
    if not markers:
        return
    still = quality_queries.qualified_by(held.scheme_id, markers)
    scheme = MarkScheme.objects.select_related("case_study__version__programme", "of__programme").defer(
        "case_study__sealed", "case_study__sealed_needs", "case_study__version__document", "of__document"
    )
    found = scheme.get(pk=held.scheme_id)
    version = found.case_study.version if found.case_study else found.of
    programme = version.programme.code if version else ""
    letters = {
        f"practice_set_withdrawn:{held.pk}:{one.pk}": (
            one.email,
            {
                "name": one.get_short_name(),
                "programme": programme,
                "number": held.number,
                "still": one.pk in still,
            },
        )
        for one in User.objects.filter(pk__in=markers, is_active=True).order_by("pk")
    }
    mail.send_many("practice_set_withdrawn", letters, at=at)


# --- practice --------------------------------------------------------------------------------------------------
@transaction.atomic
def begin_attempt(*, window: Window, marker: User, at: datetime) -> Attempt:
    """Begin the next practice set of a window's mark scheme; one that is under way is given again.

    A set that they wrote or agreed is passed over, since it can't measure them. Refuses who is qualified, who has no
    attempt left, and where there is no further set.
    """
    User.objects.select_for_update(of=("self",)).get(pk=marker.pk)
    if not is_open(window) and queries.case_for(window, at=at) is None:
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
        own=now.own, number=len(now.attempts) + 1, allowed=now.allowed, qualified=now.qualified
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
def practise(
    *,
    attempt: Attempt,
    script: KnownScript,
    marks: rules.Marks,
    by: User,
    at: datetime,
    revision: int | None = None,
) -> Attempt:
    """Submit the marks of one script of a set; with the last one the attempt is judged.

    Refuses somebody else's attempt, a script of another set, marks that are incomplete or out of range, and those of a
    page that started from another `revision` than the one that is saved. What was submitted stays: the same again is
    harmless, others are refused.
    """
    held = locked_attempt(attempt, script, by=by)
    scheme = queries.scheme_of(held.window)
    rules.check_marks(scheme, marks, complete=True)
    kept = kept_marks(marks)
    known = held.given.filter(script=script).first()
    if known is not None:
        if known.marks == kept:
            return held
        raise Refused(SUBMITTED, code="practice.submitted")
    end_draft(held, script, kept, revision=revision)
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
def clear(
    *,
    window: Window,
    marker: User,
    qualified: bool,
    reason: str,
    by: Any,
    at: datetime,
    again: bool = False,
) -> Clearance:
    """Say that a marker may, or may not, mark by the mark scheme of a window, whatever a set said, with a reason; or
    that they don't yet and may try one set more than the policy says (`again`).

    The latest word counts, also against a set finished before. Refuses saying it of oneself, and another set for who is
    qualified; the same word again gives the first one.
    """
    if marker.pk == by.pk:
        raise Refused("Somebody else has to decide about your own marking.", code="clear.own")
    quality_rules.check_reason(reason)
    scheme = locked_scheme(window)
    if scheme is None:
        raise Refused("This window has no mark scheme.", code="clear.no_scheme")
    last = Clearance.objects.filter(marker=marker, scheme=scheme).order_by("-at", "-pk").first()
    tried = (
        Attempt.objects.filter(marker=marker, set__scheme=scheme, finished_at__gt=last.at) if last else None
    )
    if again and (qualified or marker.pk in quality_queries.qualified_for(window, [marker.pk])):
        raise Refused("They are qualified, so there is nothing to try again.", code="clear.qualified")
    same = last is not None and (last.qualified, last.again) == (qualified, again)
    if last is not None and same and tried is not None and not tried.exists():
        return last
    made = Clearance.objects.create(
        marker=marker, scheme=scheme, qualified=qualified, again=again, reason=reason.strip(), by=by, at=at
    )
    verb = "cleared" if qualified else "try_again" if again else "not_cleared"
    audit.record(
        f"marker.{verb}", trail_of(scheme.case_study_id, scheme.pk), by=by, at=at, marker=marker.pk,
        reason=made.reason,
    )  # fmt: skip
    return made
