"""Set a window for an intake, choose its case study, and give everybody a sitting with its own instants."""

import secrets
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from goldenthread.applications.models import HAD_AWARD, Enrolment, Stage
from goldenthread.assessment import (
    adjusting,
    attempts,
    dated_policies,
    entering,
    limit_queries,
    queries,
    reuse,
    rules,
)
from goldenthread.assessment.again import NEXT_SAID
from goldenthread.assessment.models import CaseStudy, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.practice_models import PracticeScenario
from goldenthread.assessment.rules import apart as part_rules
from goldenthread.assessment.rules import attempts as attempt_rules
from goldenthread.assessment.rules import deferring, practice
from goldenthread.assessment.rules.policies import counting_in, stated
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, mail
from goldenthread.common.models import AuditEvent
from goldenthread.groups.models import Group
from goldenthread.intakes import actions as intakes
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.people.rules import check_zone

_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that can be taken for something else


def new_code() -> str:
    """What markers see instead of a name: ten signs by chance."""
    return "".join(secrets.choice(_CODE_SIGNS) for _ in range(10))


@transaction.atomic
def choose_word_limit(*, intake: Intake, value: int, reason: str, by: Any, at: datetime) -> Ruling:
    """Settle the word limit of an intake whose sources disagree; participants see value, source and chooser.

    Refused once a window of the intake stands, since people have been told its limit; a window that is being set
    at this moment is waited for.
    """
    intake = Intake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
    told = Window.objects.filter(intake=intake).exclude(state=WindowState.CANCELLED).exists()
    rules.check_limit_not_told(told)
    return intakes.rule(
        intake=intake, rule=limit_queries.WORD_LIMIT, value=value, reason=reason, by=by, at=at
    )


@transaction.atomic
def schedule_window(
    *,
    intake: Intake,
    opens_on: date,
    zone_rule: str = "window",
    zone: str = "",
    for_zone: str = "",
    for_group: Group | None = None,
    by: Any,
    at: datetime,
) -> Window:
    """Set the days in which an intake sits its case study (S0-33, S0-39).

    `zone_rule` is "window" for one zone for everybody or "participant" for each person's own. With `for_zone` or
    `for_group` it is for this part of the intake alone; a zone's window goes by the days of that zone. Refuses a date
    outside the version's months or in the past, an intake whose word limit nobody has chosen, and a window for
    everybody where the intake's parts sit different case studies. The same window asked for twice is given back.
    """
    intake = Intake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
    # Read after the lock and not with it: what was decided while we waited counts (`decide_policy` holds it too).
    intake.version = ProgrammeVersion.objects.select_related("programme").get(pk=intake.version_id)
    terms = queries.window_terms(intake)
    word_limit = limit_queries.settled_word_limit(intake)
    policies = stated(dated_policies.assessment_on(intake.version, opens_on))
    part_rules.check_part(queries.apart_in(intake), zone=for_zone, grouped=for_group is not None)
    part_rules.check_group_of_intake(for_group is None or for_group.intake_id == intake.pk)
    if for_zone:
        zone, zone_rule = for_zone, "window"
    zone = zone or intake.zone
    check_zone(zone)
    rules.check_window(intake.starts_on, opens_on, terms.days, terms.months, zone)
    rules.check_not_begun(rules.window_instants(opens_on, terms.days, zone)[0], at)
    part = {"for_zone": for_zone, "for_group": for_group}
    same = Window.objects.filter(intake=intake, opens_on=opens_on, task="", **part)
    there = same.exclude(state=WindowState.CANCELLED).first()
    if there:
        rules.check_same_window((there.zone_rule, there.zone), (zone_rule, zone))
        return there
    window = Window.objects.create(
        intake=intake,
        opens_on=opens_on,
        days=terms.days,
        zone_rule=zone_rule,
        zone=zone,
        **part,
        word_limit=word_limit,
        parts=[{"key": p.key, "title": p.title} for p in intake.version.specification.assessment.parts],
        word_rule=counting_in(policies).rule,
        policies=policies,
        created_at=at,
        created_by=by,
    )
    audit.record(
        "window.scheduled", window, by=by, at=at, opens_on=opens_on, zone_rule=zone_rule, zone=zone, words=word_limit,
        **({"part": window.part} if window.part else {}),
    )  # fmt: skip
    return window


@transaction.atomic
def assign_case(*, window: Window, case_study: CaseStudy, by: Any, at: datetime, reason: str = "") -> Window:
    """Say which case study a window uses. Refuses one that any of its people has had before (S0-38).

    One that another window has too, before, after or beside it, is taken with a reason only, which is kept with who
    gave it.
    """
    case_study = CaseStudy.objects.select_for_update(of=("self",)).get(pk=case_study.pk)
    window = _locked(window)
    rules.check_not_begun(queries.first_opening(window), at)
    rules.check_not_withdrawn(case_study.withdrawn_at is not None)
    practice.check_not_practised(PracticeScenario.objects.filter(case_study=case_study).exists())
    rules.check_assignable(
        published=case_study.state == "published",
        same_version=case_study.version_id == window.intake.version_id,
    )
    part_rules.check_case_apart(queries.apart_in(window.intake), reuse.other_parts_with(case_study, window))
    rules.check_unused(case_study.pk, reuse.used_cases(window))
    if window.case_study_id != case_study.pk:
        opens_at, closes_at = reuse.instants_of(window)
        readers = rules.could_tell(opens_at, closes_at, reuse.others_with(case_study, window, at=at))
        rules.check_unread(opens_at, readers, reason)
        window.case_study = case_study
        window.save(update_fields=["case_study"])
        again = {"reason": reason, "seen_by": sum(one.people for one in readers)} if readers else {}
        audit.record("window.case_assigned", window, by=by, at=at, case_study=case_study.pk, **again)
    return window


@transaction.atomic
def book_sittings(*, window: Window, by: Any, at: datetime) -> list[Sitting]:
    """Give everybody of the intake who has none a sitting, and tell them the dates. Twice is harmless.

    Whoever is being booked or entered elsewhere at this moment is waited for, so that nobody has two sittings. Refused
    once the window is open for somebody, or would be for one of those who are to be booked.
    """
    window = _locked(window)
    rules.check_not_cancelled(window.state == WindowState.CANCELLED)
    rules.check_not_begun(queries.first_opening(window), at)
    people = _held_not_booked(window)
    granted = adjusting.granted_to(people)
    sittings = [_sitting(window, one, granted.get(one.pk, [])) for one in people]
    first = min(sittings, key=lambda one: one.opens_at, default=None)
    if first:
        rules.check_not_begun_in(first.opens_at, first.zone, at)
    made = Sitting.objects.bulk_create(sittings)
    if window.case_study_id:
        rules.check_unused(window.case_study_id, reuse.used_cases(window))
    if made:
        audit.record("window.booked", window, by=by, at=at, enrolments=[s.enrolment_id for s in made])
    for sitting in made:
        _tell(sitting, "window_set", key=f"window_set:{sitting.pk}", at=at)
    return made


def _held_not_booked(window: Window) -> list[Enrolment]:
    """Who of a locked window has no sitting yet, locked in the order of a release; read again after the wait. Two
    queries.
    """
    without = queries.not_booked(window)
    held = set(without.select_for_update(of=("self",)).values_list("pk", flat=True))
    return [one for one in without.all() if one.pk in held]


@transaction.atomic
def enter_again(*, enrolment: Enrolment, window: Window, reason: str, by: Any, at: datetime) -> Sitting:
    """Enter somebody who did not pass, was held back or was deferred, for a further window of their version, and tell
    them.

    Staff decide, with a reason, within the policy of attempts of the version, where it has one: no document states a
    rule for it (G-02). Whoever did not achieve the qualification is back in the assessment stage. A first attempt that
    was deferred stays within the version's months. The entry gate is judged anew. Twice is harmless. Nobody enters
    themselves.
    """
    rules.check_not_about_oneself(rules.is_about_oneself(enrolment.user_id, by))
    window = _locked(window)
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("user").get(pk=enrolment.pk)
    there = window.sittings.filter(enrolment=enrolment).first()
    if there:
        return there
    deferred = check_can_enter(enrolment, window, reason=reason, at=at)
    if deferred is not None:
        deferring.check_follows(
            window.opens_on,
            attempts.last_day_of(window),
            deferred_from=deferred.from_day,
            allowed=deferred.until,
        )
    standing = attempts.standing_now(enrolment, attempts.tried_by(enrolment), window)
    attempt_rules.check_further(standing, attempts.last_day_of(window))
    return put_in(enrolment, window, reason=reason, by=by, at=at)


def check_can_enter(
    enrolment: Enrolment, window: Window, *, at: datetime, reason: str = "asked", first: bool = False
) -> entering.Deferral | None:
    """What holds of every entry of one person, both locked, whatever the months say; gives what they deferred.

    `first`: also somebody who had no sitting yet.
    """
    rules.check_not_begun(queries.first_opening(window), at)
    had = enrolment.sittings.exclude(window__state=WindowState.CANCELLED)
    sat = had.filter(window__state=WindowState.RELEASED).exists()
    deferred = entering.deferral_to_follow(enrolment)
    rules.check_enter_again(
        stage=enrolment.stage,
        withdrawn=enrolment.withdrawn_at is not None,
        sat=first or sat or deferred is not None,
        booked=had.exclude(window__state=WindowState.RELEASED).exists(),
        same=window.intake.version_id == enrolment.version_id
        and window.state == WindowState.SCHEDULED
        and not window.task,
        reason=reason,
    )
    may = entering.is_part_of(window, enrolment, group=entering.group_of(enrolment))
    part_rules.check_enters(may, part=window.part)
    if window.case_study_id:
        rules.check_unused(window.case_study_id, reuse.cases_had_by(enrolment.user))
    return deferred


def put_in(enrolment: Enrolment, window: Window, *, reason: str, by: Any, at: datetime) -> Sitting:
    """Give a person, locked and checked, their sitting in a locked window, and tell them; whoever did not achieve the
    qualification is back in the assessment stage.
    """
    sitting = _sitting(window, enrolment, adjusting.granted_to([enrolment]).get(enrolment.pk, []))
    rules.check_not_begun_in(sitting.opens_at, sitting.zone, at)
    sitting.save()
    before = enrolment.stage
    if before == Stage.NOT_ACHIEVED:
        enrolment.stage = Stage.ASSESSMENT
        enrolment.save(update_fields=["stage"])
    audit.record(
        "enrolment.entered_again", enrolment, by=by, at=at, window=window.pk, reason=reason, before=before
    )
    _tell(sitting, "window_set", key=f"window_set:{sitting.pk}", at=at)
    return sitting


@transaction.atomic
def say_what_next(*, enrolment: Enrolment, text: str, by: Any, at: datetime) -> Sitting:
    """Say what comes next for somebody who did not pass, was held back or deferred, where it is no further window:
    an intake to come, a break, nothing. It settles the line of the desk until another result of theirs is released, and
    hinders no later decision. The same text twice is kept once. Nobody says it of themselves.
    """
    rules.check_not_about_oneself(rules.is_about_oneself(enrolment.user_id, by))
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    had = enrolment.sittings.exclude(window__state=WindowState.CANCELLED)
    over = Q(window__state=WindowState.RELEASED) | Q(state=SittingState.DEFERRED)
    told = Sitting.everything.filter(over, enrolment=enrolment).exclude(window__state=WindowState.CANCELLED)
    last = told.order_by("-opens_at", "-pk").first()
    rules.check_next_said(
        over=enrolment.stage in HAD_AWARD,
        withdrawn=enrolment.withdrawn_at is not None,
        sat=last is not None,
        booked=had.exclude(window__state=WindowState.RELEASED).exists(),
        text=text,
    )
    assert last is not None
    said = (
        AuditEvent.objects.filter(subject=audit.subject_key(last), verb=NEXT_SAID)
        .order_by("-sequence")
        .first()
    )
    if said is None or said.details["reason"] != text.strip():
        audit.record(NEXT_SAID, last, by=by, at=at, reason=text.strip())
    return last


def _sitting(window: Window, enrolment: Enrolment, granted: list[rules.Grant]) -> Sitting:
    """A sitting that is not stored yet, with what was granted to this person for all of theirs."""
    zone = enrolment.zone if window.zone_rule == "participant" else window.zone
    closes_at, days, words = rules.adjusted(window.opens_on, window.days, zone, granted)
    return Sitting(
        window=window,
        enrolment=enrolment,
        code=new_code(),
        opens_at=rules.day_begins(window.opens_on, zone),
        closes_at=closes_at,
        zone=zone,
        extra_days=days,
        extra_words=words,
    )


@transaction.atomic
def cancel_window(*, window: Window, reason: str, by: Any, at: datetime) -> Window:
    """Take a window back, and tell its people why; it is no attempt, and they can be entered for another one.

    Before it opens for anybody, or later while it was never given a case study that anybody could be shown. What its
    people had written is kept.
    """
    window = _locked(window)
    if window.state == WindowState.CANCELLED:
        return window
    rules.check_may_be_cancelled(queries.first_opening(window), at, used=queries.is_used(window))
    rules.check_cancel(reason)
    window.state = WindowState.CANCELLED
    window.save(update_fields=["state"])
    audit.record("window.cancelled", window, by=by, at=at, reason=reason)
    for sitting in window.sittings.select_related("enrolment__user"):
        sitting.window = window
        _tell(sitting, "window_cancelled", key=f"window_cancelled:{sitting.pk}", at=at, reason=reason)
    return window


def locked(window_id: int) -> Window:
    """The window, locked, with its intake and version."""
    held = Window.objects.select_for_update(of=("self",)).select_related("intake__version__programme")
    return held.get(pk=window_id)


def _locked(window: Window) -> Window:
    return locked(window.pk)


def _tell(sitting: Sitting, template: str, *, key: str, at: datetime, reason: str = "") -> None:
    person = sitting.enrolment.user
    mail.send(
        template,
        to=person.email,
        key=key,
        at=at,
        name=person.get_short_name(),
        programme=sitting.window.intake.version.programme.code,
        opens=rules.instant_text(sitting.opens_at, sitting.zone),
        first_day=rules.day_text(sitting.opens_at.astimezone(ZoneInfo(sitting.zone)).date()),
        deadline=rules.deadline_text(sitting.closes_at, sitting.zone),
        days=sitting.days,
        word_limit=f"{sitting.word_limit or 0:,}",
        reason=reason,
    )
