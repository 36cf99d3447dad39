"""Who else has a case study, has had it or is to have it: what is asked before a window uses it (S0-38)."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment import rules
from goldenthread.assessment.models import CaseAccess, CaseStudy, Sitting, SittingState, Window, WindowState
from goldenthread.catalogue.models import ProgrammeVersion


def other_parts_with(case: CaseStudy, window: Window) -> list[str]:
    """Whom else of the window's intake a case study is for. One query."""
    others = Window.objects.filter(case_study=case, intake=window.intake_id).exclude(pk=window.pk)
    found = others.exclude(state=WindowState.CANCELLED).select_related("for_group").order_by("pk")
    return [one.part or "the whole intake" for one in found]


def others_with(case: CaseStudy, window: Window, *, at: datetime) -> list[rules.Readers]:
    """Who else has this case study or is to have it, and from when to when. Of a window that is over only those count
    who looked. One query.
    """
    others = Window.objects.filter(case_study=case).exclude(pk=window.pk).exclude(state=WindowState.CANCELLED)
    seen = Q(sittings__first_seen_at__isnull=False)
    takes_part = seen | ~Q(sittings__state=SittingState.DEFERRED)
    counted = others.annotate(
        seen=Count("sittings", filter=seen),
        booked=Count("sittings", filter=takes_part),
        first=Min("sittings__opens_at", filter=takes_part),
        last=Max("sittings__closes_at", filter=takes_part),
    )
    found = []
    for one in counted.select_related("intake__version__programme").order_by("opens_on", "pk"):
        first, last = rules.window_instants(one.opens_on, one.days, one.zone)
        opens_at, closes_at = one.first or first, one.last or last
        over = closes_at < at or one.state == WindowState.RELEASED
        people = one.seen if over else one.booked
        if people or not over:
            name = (
                f"{one.intake.version.programme.code} {one.intake.name}, from {rules.day_text(one.opens_on)}"
            )
            name = f"{name}, {one.part}" if one.part else name
            found.append(rules.Readers(people, name, opens_at, closes_at))
    return found


def instants_of(window: Window) -> tuple[datetime, datetime]:
    """When a window opens for the first and closes for the last of its people, or would, while nobody is booked. One
    query.
    """
    first, last = rules.window_instants(window.opens_on, window.days, window.zone)
    known = window.sittings.aggregate(first=Min("opens_at"), last=Max("closes_at"))
    return known["first"] or first, known["last"] or last


def used_cases(window: Window) -> list[int]:
    """The case studies that the people of a window have had before, one entry for each person and time.

    Also those that they wrote, or were shown in any other capacity: whoever wrote or marked a case study can't sit it.
    Two queries.
    """
    people = window.sittings.values("enrolment__user")
    had = _cases_of(Sitting.everything.filter(enrolment__user__in=people).exclude(window=window))
    return had + _cases_shown(people)


def cases_had_by(user: Any) -> list[int]:
    """The case studies of all windows that a person was booked for, and those that they wrote or were shown otherwise;
    of a deferred sitting only one that they had opened. Two queries.
    """
    return _cases_of(Sitting.everything.filter(enrolment__user=user)) + _cases_shown([user.pk])


def takes(user: Any, version: ProgrammeVersion) -> bool:
    """Whether somebody takes the programme of a version, by any version of it, and could still sit its case study. One
    query.
    """
    own = Enrolment.objects.filter(user=user, version__programme=version.programme_id)
    return own.filter(withdrawn_at__isnull=True).exclude(stage__in=HAD_AWARD).exists()


def _cases_of(sittings: QuerySet[Sitting]) -> list[int]:
    had = sittings.exclude(window__state=WindowState.CANCELLED).exclude(window__case_study=None)
    had = had.exclude(state=SittingState.DEFERRED, first_seen_at__isnull=True)
    return list(had.order_by().values_list("window__case_study", flat=True))


def _cases_shown(people: Any) -> list[int]:
    """One entry for each person and case study that they wrote or saw in another capacity than as who sits it."""
    looks = CaseAccess.objects.filter(user__in=people).exclude(capacity="participant").order_by()
    written = CaseStudy.objects.filter(author__in=people).order_by()
    both = looks.values_list("case_study", "user").union(written.values_list("pk", "author"))
    return [case for case, _ in both]
