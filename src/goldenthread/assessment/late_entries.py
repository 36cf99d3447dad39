"""Who may be entered beyond the months of their version, or once more than its policy allows, for which windows, and
what was asked and decided of it.
"""

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import access, attempts, entering, reuse, rules
from goldenthread.assessment.late_entry_models import LateEntry
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.assessment.rules import late_entries
from goldenthread.groups.models import GroupPlace
from goldenthread.people.access import Viewer

_ALL = LateEntry.objects.select_related(
    "enrolment__user", "enrolment__version__programme", "window__intake", "asked_by", "decided_by"
).defer("enrolment__version__document")


def late_entries_for(viewer: Viewer, *, decided: bool = False) -> QuerySet[LateEntry]:
    """What waits for a second person, the oldest first, or what was decided, for the office; never about oneself."""
    if not access.may_schedule(viewer):
        raise Http404
    found = _ALL.exclude(enrolment__user=viewer.user)
    if decided:
        return found.exclude(state="asked").order_by("-asked_at", "-pk")
    return found.filter(state="asked").order_by("asked_at", "pk")


def get_late_entry_for(viewer: Viewer, number: int) -> LateEntry:
    """One exception, for the office; 404 for everybody else, and for whom it is about."""
    found = _ALL.filter(pk=number).first()
    if found is None or not access.may_schedule(viewer) or found.enrolment.user_id == viewer.user.pk:
        raise Http404
    return found


def waiting_of(enrolment: Enrolment) -> LateEntry | None:
    """What was asked about somebody and is not decided. One query."""
    return _ALL.filter(enrolment=enrolment, state="asked").first()


def waiting(user_id: int) -> QuerySet[LateEntry]:
    """What waits for this person's decision as a second one: not what they asked for, and nothing about themselves."""
    others = LateEntry.objects.filter(state="asked").exclude(asked_by=user_id)
    return others.exclude(enrolment__user=user_id)


def with_entries(sittings: QuerySet[Sitting]) -> QuerySet[Sitting]:
    """The sittings, each with the number of the exception by which the person is there, and the names of who asked for
    it and who approved it, where there is one: `late`, `late_asked_by`, `late_approved_by`, and
    beyond what, `late_beyond`. No query.
    """
    own = LateEntry.objects.filter(
        enrolment=OuterRef("enrolment"), window=OuterRef("window"), state="approved"
    ).order_by("-pk")
    return sittings.annotate(
        late=Subquery(own.values("pk")[:1]),
        late_asked_by=Subquery(own.values("asked_by__name")[:1]),
        late_approved_by=Subquery(own.values("decided_by__name")[:1]),
        late_beyond=Subquery(own.values("beyond")[:1]),
    )


def windows_beyond(enrolment: Enrolment, *, at: datetime) -> list[Window]:
    """The windows that have not opened and are theirs but for the months of their version or its policy of attempts,
    the next first: before an attempt none as long as a window of their own intake can be set; none that ends after the
    qualification is passed at the latest, and none with a case study that they had. Eight queries at most.
    """
    tried, allowed = attempts.tried_by(enrolment), entering.follows_until(enrolment)
    deferred = entering.deferral_to_follow(enrolment)
    if not tried.times and (allowed is None or (deferred is None and own_can_be_set(enrolment, at=at))):
        return []
    passed_by = late_entries.passed_by(enrolment.starts_on, pass_within(enrolment))
    had = set(reuse.cases_had_by(enrolment.user))
    own = GroupPlace.objects.filter(enrolment=enrolment, until__isnull=True)
    ahead = Window.objects.filter(intake__version=enrolment.version_id, state=WindowState.SCHEDULED, task="")
    ahead = ahead.exclude(sittings__enrolment=enrolment).select_related("intake", "for_group")
    found = ahead.annotate(own_group=Subquery(own.values("group")[:1])).order_by("opens_on", "pk")
    return [
        one
        for one in found
        if rules.day_begins(one.opens_on, one.zone) > at
        and (
            attempts.is_beyond(enrolment, tried, one)
            if tried.times
            else late_entries.is_beyond(attempts.last_day_of(one), allowed)
        )
        and not late_entries.is_beyond(attempts.last_day_of(one), passed_by)
        and (one.case_study_id is None or one.case_study_id not in had)
        and entering.is_part_of(one, enrolment, group=one.own_group)
        and (deferred is None or one.opens_on > deferred.from_day)
    ]


def months_are_over(enrolment: Enrolment, *, at: datetime) -> bool:
    """Whether no window can open within the months of somebody's version any more. No query beside the version."""
    stated = enrolment.version.specification.assessment
    months, days = stated.window_months.value, stated.window_days.value
    if months is None or days is None:
        return False
    latest = rules.allowed_first_days(enrolment.starts_on, days, months, enrolment.zone)[1]
    return rules.day_begins(latest, enrolment.zone) <= at


def own_can_be_set(enrolment: Enrolment, *, at: datetime) -> bool:
    """Whether a window of somebody's own intake can still be set within the months of their version, so that who was
    never entered needs no exception. No query beside the version.
    """
    return not months_are_over(enrolment, at=at)


def pass_within(enrolment: Enrolment) -> int | None:
    """Within how many months somebody's version is passed, where it says so. No query beside the version."""
    achievement = enrolment.version.specification.achievement
    return achievement.pass_within_months.value if achievement else None
