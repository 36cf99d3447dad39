"""The last useful day of people whose pass must be there by a day, and whose hand-in days end after it (S1-34)."""

from datetime import date

from django.db.models import Max, OuterRef, QuerySet, Subquery

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.actions.places import needing
from goldenthread.assessment.models import SittingState, Window
from goldenthread.intakes.models import Intake
from goldenthread.outcomes import achievement
from goldenthread.outcomes.achievement import Facts, UsefulDay
from goldenthread.outcomes.achieving import asked_of
from goldenthread.outcomes.models import Extension


def longer_until() -> Subquery:
    """Until when a decision lets somebody's pass come, for a query of enrolments; of several the latest."""
    return Subquery(Extension.objects.filter(enrolment=OuterRef("pk")).order_by("-until").values("until")[:1])


def useful_day_of(enrolment: Enrolment) -> UsefulDay | None:
    """Somebody's last useful day; None where their version sets no last day for a pass. No query for those, nor where
    the enrolment was loaded with `longer_until`; else one.
    """
    asked = asked_of(enrolment.version.specification)
    if asked is None or asked.months is None:
        return None
    known = vars(enrolment)
    longer: date | None = (
        known["longer_until"]
        if "longer_until" in known
        else Extension.objects.filter(enrolment=enrolment).aggregate(day=Max("until"))["day"]
    )
    return achievement.useful_day(asked, Facts(enrolment.starts_on, (), extended_to=longer))


def useful_day_in(intake: Intake) -> UsefulDay | None:
    """The last useful day of whoever began with an intake and has no longer by a decision. No query."""
    asked = asked_of(intake.version.specification)
    return achievement.useful_day(asked, Facts(intake.starts_on, ())) if asked else None


def beyond_useful(window: Window, closes_on: date) -> list[tuple[Enrolment, date]]:
    """Who has a place in a task's hand-in days and whose last useful day lies before `closes_on`: with that day, the
    earliest first. Who has handed in is among them: nothing is marked before the days are over. Two queries.
    """
    held = window.sittings.filter(state__in=[SittingState.BOOKED, SittingState.HANDED_IN])
    people = Enrolment.objects.filter(pk__in=held.order_by().values("enrolment"), withdrawn_at__isnull=True)
    return _beyond(people, closes_on)


def would_be_beyond(intake: Intake, task: str, closes_on: date) -> list[tuple[Enrolment, date]]:
    """The same of whoever would get a place, if an intake got hand-in days for a task that end then. Two queries."""
    return _beyond(needing(intake, task), closes_on)


def _beyond(people: QuerySet[Enrolment], closes_on: date) -> list[tuple[Enrolment, date]]:
    loaded = people.select_related(None).select_related("user").prefetch_related("version")
    loaded = loaded.annotate(longer_until=longer_until()).order_by("user__name", "pk")
    days = ((one, useful_day_of(one)) for one in loaded)
    found = [(one, useful.day) for one, useful in days if useful and useful.day < closes_on]
    return sorted(found, key=lambda row: row[1])
