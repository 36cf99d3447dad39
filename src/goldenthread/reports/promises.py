"""The benefits that a version names, each with the feature that keeps the promise and its live measure (S2-38)."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from django.db.models import Exists, Max, OuterRef, Q

from goldenthread.applications.models import HAD_AWARD
from goldenthread.assessment.models import Sitting, WindowState
from goldenthread.catalogue.models import ProgrammeVersion, Statement, Variant
from goldenthread.catalogue.specification import Specification
from goldenthread.groups.models import GroupStaff
from goldenthread.learning.models import TaskFeedback
from goldenthread.outcomes.attempts import last_attempts
from goldenthread.people.access import role_held
from goldenthread.people.models import Role
from goldenthread.reports.models import PromiseLink
from goldenthread.reports.places import WITHIN_KM, local_delivery
from goldenthread.reports.rules import Share
from goldenthread.support import queries as support

HERE = Path(__file__).with_name("promises.toml")
FEEDBACK_DAYS = 14  # ours: no document says how soon
Measure = Callable[[date], Share]


@dataclass(frozen=True)
class Feature:
    """What of this system keeps a promise, what of it is counted, and the page where it stands."""

    name: str
    counted: str
    page: str
    measure: Measure | None = None


def _updates(on: date) -> Share:
    found = support.on_time(on=on)
    return Share(found.on_time, found.due)


def _local(on: date) -> Share:
    return local_delivery().share


def _leaders(on: date) -> Share:
    staff = GroupStaff.objects.filter(role="facilitator").order_by()
    people = staff.annotate(leads=role_held(Role.HEAD_TEACHER, on=on)).values_list("user", "leads").distinct()
    found = dict(people)
    return Share(sum(found.values()), len(found))


def _support(on: date) -> Share:
    """Of those whose result that counts is no pass: to how many a further window was given since."""
    failed = last_attempts().filter(enrolment__withdrawn_at__isnull=True)
    failed = failed.exclude(enrolment__stage__in=HAD_AWARD)
    since = Q(window__opens_on__gt=OuterRef("window__opens_on"), window__task=OuterRef("task"))
    again = Sitting.objects.filter(
        since | Q(opens_at__gt=OuterRef("released_at")), enrolment=OuterRef("enrolment")
    )
    again = again.exclude(window__state=WindowState.CANCELLED).order_by()
    given: dict[int, bool] = {}
    for enrolment, further in (
        failed.annotate(again=Exists(again)).order_by().values_list("enrolment", "again")
    ):
        given[enrolment] = given.get(enrolment, True) and further
    return Share(sum(given.values()), len(given))


def _content(on: date) -> Share:
    """Of what has a day by which it is to be reviewed: how much is not past it."""
    statements = Statement.objects.filter(review_by__isnull=False).values_list("review_by", flat=True)
    days = [*statements.order_by(), *Variant.objects.order_by().values_list("review_by", flat=True)]
    return Share(sum(day >= on for day in days if day), len(days))


def _feedback(on: date) -> Share:
    """Of the work on formative tasks that was read: how much within two weeks of being handed in."""
    first = (
        TaskFeedback.objects.order_by()
        .values("response")
        .annotate(read=Max("at"), sent=Max("response__handed_in_at"))
    )
    pairs = first.filter(sent__isnull=False).values_list("read", "sent")
    limit = timedelta(days=FEEDBACK_DAYS)
    rows = [(read, sent) for read, sent in pairs if read >= sent]
    return Share(sum(read - sent <= limit for read, sent in rows), len(rows))


FEATURES: dict[str, Feature] = {
    "updates": Feature(
        "Regular progress updates", "updates sent on the day they were due, or the next", "office:updates", _updates
    ),
    "local": Feature(
        "Local venues", f"people within {WITHIN_KM} km of where their group meets", "office:local_delivery", _local
    ),
    "leaders": Feature(
        "Serving leaders as facilitators", "facilitators of groups who are headteachers today", "office:staff", _leaders
    ),
    "support": Feature(
        "Support to pass", "people who did not pass and have a further window since", "office:windows", _support
    ),
    "content": Feature(
        "Content under review", "statements and variants that are not past their review", "office:framework_review",
        _content,
    ),
    "feedback": Feature(
        "Formative feedback", f"work that was read within {FEEDBACK_DAYS} days", "office:engagement", _feedback
    ),
    "anywhere": Feature(
        "Pages for every device",
        "not counted: no device is recorded. Every page is tested at the width of a phone",
        "public:accessibility",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Promise:
    """One benefit of a version with the feature that keeps it; None while nobody has linked one."""

    benefit: str
    audience: str  # candidate or school
    key: str
    feature: Feature | None
    share: Share | None

    @property
    def text(self) -> str:
        """Its measure in words: "92.3 % (12/13)", "no data", "" where nothing is counted."""
        return self.share.text if self.share else ""


@cache
def shipped() -> dict[str, str]:
    """Which feature keeps which benefit, by the benefit's words, as the file says it."""
    document = tomllib.loads(HERE.read_text(encoding="utf-8"))
    return {text: one["feature"] for one in document["promise"] for text in one["benefits"]}


def benefits_of(specification: Specification) -> list[tuple[str, str]]:
    """Every benefit of a version with whose it is, in the specification's order."""
    benefits = specification.benefits
    return [(text, "candidate") for text in benefits.candidate] + [
        (text, "school") for text in benefits.school
    ]


def promises_of(version: ProgrammeVersion, *, on: date | None) -> list[Promise]:
    """The benefits of a version with their measures, each counted now over everybody (S2-38); without a day to count
    on, without measures.
    """
    chosen = dict(PromiseLink.objects.filter(version=version).values_list("benefit", "feature"))
    keys = {text: chosen.get(text, shipped().get(text, "")) for text, _ in benefits_of(version.specification)}
    features = {key: FEATURES[key] for key in keys.values() if key in FEATURES}
    measured = {key: one.measure(on) for key, one in features.items() if on and one.measure}
    return [
        Promise(text, whose, keys[text], FEATURES.get(keys[text]), measured.get(keys[text]))
        for text, whose in benefits_of(version.specification)
    ]
