"""The office's side of projects: open a plan, set hand-in days and limits, decide placements, keep calendars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import dated_policies, rules
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment.actions.places import give_place, who_needs
from goldenthread.assessment.models import MarkPoint, MarkScheme, Window, WindowState
from goldenthread.assessment.project_models import Placement, Project, SchoolCalendar
from goldenthread.assessment.rules import calendars, projects, schemes
from goldenthread.assessment.rules import hand_in_days as day_rules
from goldenthread.assessment.rules.policies import counting_in, stated
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, mail
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.intakes.models import Intake
from goldenthread.people.models import School


@transaction.atomic
def open_plan(*, enrolment: Enrolment, task: str, reason: str, by: Any, at: datetime) -> Project:
    """Open somebody's plan before their first event, with a reason (S1-22). An open one stays as it is; one's own is
    for a colleague.
    """
    rules.check_not_about_oneself(rules.is_about_oneself(enrolment.user_id, by))
    queries.task_of(enrolment.version.specification, task)
    projects.check_opening_reason(reason)
    project, made = Project.objects.get_or_create(
        enrolment=enrolment,
        task=task,
        defaults={"opened_at": at, "opened_by": by, "opened_because": reason.strip()[:300]},
    )
    if made:
        audit.record("project.opened", project, by=by, at=at, because=project.opened_because)
    return project


# --- mark schemes of tasks (S1-31) -----------------------------------------------------------------------
@dataclass(frozen=True)
class Criterion:
    """One thing that a task's mark scheme gives marks for."""

    text: str
    maximum: int
    levels: str = ""  # for the whole response, a line each, as `rules.levels` reads them


@transaction.atomic
def add_scheme(
    *,
    version: ProgrammeVersion,
    task: str,
    label: str,
    criteria: Sequence[Criterion],
    pass_mark: int,
    total: int,
    by: Any,
    at: datetime,
) -> MarkScheme:
    """Enter one version of a task's mark scheme, as its issuer hands it out; it never changes afterwards.

    The issuer is the one that the specification names. The same content under the same label is there already;
    other content needs another label. Refuses criteria without marks, criteria that don't come to the `total` that the
    scheme states as printed, levels that don't give each mark of their criterion once, a pass mark beyond the total,
    and, where the version has one task, another pass mark or total than it states.
    """
    specification = version.specification
    queries.task_of(specification, task)
    given, label = [(one.text.strip()[:400], one.maximum) for one in criteria], label.strip()
    levels = ["\n".join(filter(None, map(str.strip, one.levels.splitlines()))) for one in criteria]
    day_rules.check_scheme(label, given, pass_mark)
    summed = sum(most for _, most in given)
    for number, (text, (_, most)) in enumerate(zip(levels, given, strict=True), start=1):
        rules.check_levels(number, text, most)
    schemes.check_printed(schemes.Printed(total), schemes.Printed(summed))
    known = MarkScheme.objects.filter(of=version, task=task, label=label).first()
    if known:
        return _same_scheme(known, given, levels, pass_mark)
    marking, assessment = specification.marking, specification.assessment
    if len(assessment.tasks) == 1:
        stated = schemes.Stated(assessment.pass_mark.value, assessment.total_marks.value, None)
        schemes.check_stated(stated, pass_mark=pass_mark, total=summed, tolerance=marking.tolerance_marks)
    scheme = MarkScheme.objects.create(
        of=version,
        task=task,
        label=label,
        issuer=specification.assessment.mark_scheme_by or "lead provider",
        pass_mark=pass_mark,
        tolerance=marking.tolerance_marks,
        printed_total=total,
    )
    MarkPoint.objects.bulk_create(
        MarkPoint(
            scheme=scheme,
            number=number,
            kind="criterion",
            criterion=text,
            maximum=most,
            criterion_levels=levels[number - 1],
        )
        for number, (text, most) in enumerate(given, start=1)
    )
    audit.record(
        "scheme.added", f"markscheme:{scheme.pk}", by=by, at=at, task=task, label=label, pass_mark=pass_mark,
        total=summed, issuer=scheme.issuer,
        with_levels=sum(map(bool, levels)),
    )  # fmt: skip
    return scheme


def _same_scheme(
    known: MarkScheme, given: Sequence[tuple[str, int]], levels: Sequence[str], pass_mark: int
) -> MarkScheme:
    """What is entered under a label already, if it says the same."""
    there = list(known.points.order_by("number").values_list("criterion", "maximum", "criterion_levels"))
    same = [(text, most, levels[place]) for place, (text, most) in enumerate(given)]
    if (there, known.pass_mark) == (same, pass_mark):
        return known
    raise Refused(
        f"{known.label} is entered already, with other content. Scripts may be marked by it: give the new one another "
        "label.",
        code="scheme.there",
        field="label",
    )


# --- hand-in days ------------------------------------------------------------------------------------------
@transaction.atomic
def set_hand_in_days(
    *, intake: Intake, task: str, scheme: MarkScheme, opens_on: date, closes_on: date, by: Any, at: datetime
) -> Window:
    """Set the days in which an intake hands in a project task, and give everybody who needs one a place.

    The word limit is the one that staff have set for the intake, else the specification's; where that knows none, words
    are counted only until staff set one. The same days asked for twice are given back. Refuses days that are over and
    a scheme of another task; whoever has passed the task gets no place in further days.
    """
    intake = Intake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
    # Read after the lock and not with it: what was decided while we waited counts (`decide_policy` holds it too).
    intake.version = ProgrammeVersion.objects.get(pk=intake.version_id)
    limit = limit_for(intake, task)
    ask = queries.ask_of(intake.version.specification, task)
    policies = stated(dated_policies.assessment_on(intake.version, opens_on), task)
    days = day_rules.check_days(opens_on, closes_on, zone=intake.zone, at=at)
    if scheme.of_id != intake.version_id or scheme.task != task:
        raise Refused("Choose a mark scheme of this task.", code="days.scheme", field="scheme")
    same = Window.objects.filter(intake=intake, task=task, opens_on=opens_on)
    known = same.exclude(state=WindowState.CANCELLED).first()
    if known and (known.days, known.scheme_id) == (days, scheme.pk):
        return known
    going = Window.objects.filter(intake=intake, task=task, state=WindowState.SCHEDULED).first()
    if going:
        raise Refused(
            "This task has hand-in days whose results are not released yet: further days can follow after that.",
            code="days.there",
        )
    window = Window.objects.create(
        intake=intake,
        task=task,
        task_title=ask.title[:200],
        scheme=scheme,
        opens_on=opens_on,
        days=days,
        zone=intake.zone,
        word_limit=limit,
        parts=[{"key": part.key, "title": part.title} for part in ask.parts],
        word_rule=counting_in(policies).rule,
        policies=policies,
        created_at=at,
        created_by=by,
    )
    audit.record(
        "hand_in_days.set", window, by=by, at=at, task=task, opens_on=opens_on, closes_on=closes_on,
        scheme=str(scheme), words=limit,
    )  # fmt: skip
    for enrolment in who_needs(window):
        give_place(window=window, enrolment=enrolment, at=at)
    return window


def limit_for(intake: Intake, task: str) -> int | None:
    """The word limit of an intake's next hand-in days: the last that staff have set for it, whatever became of those
    days, else the specification's; None where no limit is known. Two queries. Other intakes decide for themselves.
    """
    days = Window.objects.filter(intake=intake, task=task)
    subjects = [audit.subject_key(one) for one in days.only("pk").order_by("pk")]
    said = AuditEvent.objects.filter(verb="hand_in_days.limit_set", subject__in=subjects)
    last = said.order_by("-at", "-pk").first()
    return (
        int(last.details["limit"]) if last else queries.ask_of(intake.version.specification, task).max_words
    )


@transaction.atomic
def set_word_limit(*, window: Window, limit: int, reason: str, by: Any, at: datetime) -> Window:
    """Set the word limit of a task's hand-in days; what is handed in from then on keeps to it (S3-24).

    It holds for further days of the intake too, until staff set another. What was handed in before stays as it is.
    Refuses without a reason, once the days are over, and whoever has a place in them.
    """
    rules.check_not_about_oneself(queries.has_place(window, by))
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    day_rules.check_limit(limit, reason)
    if at > rules.window_instants(window.opens_on, window.days, window.zone)[1]:
        raise Refused("These hand-in days are over: the limit stays.", code="limit.over")
    if window.word_limit == limit:
        return window
    before, window.word_limit = window.word_limit, limit
    window.save(update_fields=["word_limit"])
    audit.record("hand_in_days.limit_set", window, by=by, at=at, before=before, limit=limit, reason=reason)
    return window


# --- placements and calendars ----------------------------------------------------------------------------
@transaction.atomic
def decide_placement(
    *, placement: Placement, approved: bool, reason: str, by: Any, at: datetime
) -> Placement:
    """Approve the contrast of a placement, or decline it with a reason; the candidate is told (S3-26).

    The same form of the same person twice is one decision. Refuses what waits for no decision, so that nobody approves
    what has changed since and whoever comes second knows what stands, and the candidate themselves.
    """
    held = Placement.objects.select_for_update(of=("self",)).select_related("school").get(pk=placement.pk)
    own = Project.objects.filter(pk=held.project_id, enrolment__user=by).exists()
    rules.check_not_about_oneself(own)
    wanted = "approved" if approved else "declined"
    said = (wanted, by.pk, reason.strip())
    if (held.state, held.decided_by_id, held.reason) == said:
        return held
    if held.state in ("approved", "declined") and held.asked_at == placement.asked_at:
        raise decided_meanwhile(
            "approved this" if held.state == "approved" else "declined this", by=by, who=held.decided_by,
            at=held.decided_at or at, code="placement.decided", then="The candidate has been told of what stands.",
        )  # fmt: skip
    if held.state != "asked" or held.asked_at != placement.asked_at:
        raise Refused(
            "This placement has changed, or was decided meanwhile: look at it again.",
            code="placement.changed",
        )
    projects.check_contrast_decision(approved=approved, reason=reason)
    held.state, held.reason, held.decided_by, held.decided_at = wanted, reason.strip(), by, at
    held.save()
    project = Project.objects.select_related("enrolment__user").get(pk=held.project_id)
    audit.record(
        f"project.placement_{wanted}", project, by=by, at=at, school=held.school_name,
        dimensions=held.dimensions, reason=held.reason,
    )  # fmt: skip
    person = project.enrolment.user
    mail.send(
        "placement_decided",
        to=person.email,
        key=f"placement_decided:{held.pk}:{at.timestamp():.0f}",
        at=at,
        name=person.get_short_name(),
        school=held.school_name,
        approved=approved,
        reason=held.reason,
        task=project.task,
    )
    return held


@transaction.atomic
def set_calendar(
    *, school: School | None, region: str, calendar: calendars.Calendar, by: Any, at: datetime
) -> SchoolCalendar:
    """Keep the terms, weekend and holidays of a school, or of a region for schools without their own (G-20)."""
    calendars.check_calendar(calendar)
    region = "" if school else region.strip()
    if school is None and not region:
        raise Refused("Name the school or the region.", code="calendar.whose", field="region")
    kept, _ = SchoolCalendar.objects.update_or_create(
        school=school,
        region=region,
        defaults={
            "terms": [dict(term) for term in calendar.terms],
            "weekend": list(calendar.weekend),
            "holidays": list(calendar.holidays),
            "half_days": calendar.half_days,
            "changed_by": by,
            "changed_at": at,
        },
    )
    audit.record(
        "calendar.set", f"calendar:{kept.pk}", by=by, at=at, school=school.pk if school else None,
        region=region, terms=kept.terms, holidays=kept.holidays, weekend=kept.weekend,
    )  # fmt: skip
    return kept
