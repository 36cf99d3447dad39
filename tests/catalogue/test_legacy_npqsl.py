"""Legacy NPQSL as its acceptance cases walk it: three events, three courses of four modules, briefings."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pytest

from goldenthread.catalogue.content_rules import check_courses
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import Kind
from goldenthread.engagement import actions, queries
from goldenthread.engagement.models import PlannedActivity
from goldenthread.engagement.outline import PlanItem, outline
from tests import factories
from tests.factories import AT

Find = Callable[[str], Specification]
NPQSL, NPQH = "npqsl-legacy-international", "npqh-legacy-england"


def plan(spec: Specification, kind: Kind) -> list[PlanItem]:
    items = outline(
        spec, delivery_model="regional-centre", starts_on=date(2019, 1, 7), ends_on=date(2020, 1, 7)
    )
    return [item for item in items if item.kind == kind]


@pytest.mark.requirement("S1-11")
def test_a_cohort_gets_three_events_whose_hours_sum_to_24(spec: Find) -> None:
    events = plan(spec(NPQSL), Kind.EVENT)
    assert [item.minutes for item in events] == [8 * 60] * 3
    assert [item.title.partition(": ")[2] for item in events] == [
        "Strategy & Improvement",
        "Teaching & Curriculum Excellence",
        "Managing Resources & Risk",
    ]
    (component,) = spec(NPQSL).components_of(Kind.EVENT)
    assert (component.minutes, component.event_days.value, len(component.parts)) == (24 * 60, 3, 3)
    assert all(event.days == 1 and len(event.agenda) == 5 for event in spec(NPQSL).events)


@pytest.mark.requirement("S1-12")
def test_three_facilitated_courses_of_four_modules_take_60_hours(spec: Find) -> None:
    modules = plan(spec(NPQSL), Kind.STUDY)
    assert [len(course.modules) for course in spec(NPQSL).courses] == [4, 4, 4]
    assert sum(item.minutes or 0 for item in modules) == 60 * 60
    by_course = [sum(item.minutes or 0 for item in modules[at : at + 4]) for at in (0, 4, 8)]
    assert by_course == [20 * 60] * 3


@pytest.mark.requirement("S1-12")
@pytest.mark.parametrize("gap", range(12))
def test_with_eleven_of_twelve_modules_the_courses_are_not_met_and_the_gap_is_named(
    spec: Find, gap: int
) -> None:
    titles = [item.title for item in plan(spec(NPQSL), Kind.STUDY)]
    done = check_courses(spec(NPQSL), titles[:gap] + titles[gap + 1 :])
    course = spec(NPQSL).courses[gap // 4].title
    assert (done.asked, done.complete, done.met) == (3, 2, False)
    assert done.missing == ((course, titles[gap]),)
    assert done.text == f"3 online courses: not met. Missing: {titles[gap]} ({course})"


@pytest.mark.requirement("S1-12")
def test_with_all_twelve_modules_the_courses_are_met(spec: Find) -> None:
    titles = [item.title for item in plan(spec(NPQSL), Kind.STUDY)]
    assert len(set(titles)) == 12
    done = check_courses(spec(NPQSL), titles)
    assert (done.met, done.missing, done.text) == (True, (), "3 online courses: met")


def test_a_version_that_asks_for_no_course_is_always_met(spec: Find) -> None:
    assert check_courses(spec("npqlt"), ()).met


def test_the_courses_of_legacy_npqh_are_checked_alike(spec: Find) -> None:
    done = check_courses(spec(NPQH), ())
    assert (done.asked, done.met, len(done.missing)) == (3, False, 12)


def credited(activities: Iterable[tuple[PlannedActivity, str]]) -> None:
    for number, (activity, evidence) in enumerate(activities):
        actions.credit(
            activity=activity, minutes=90, evidence=evidence, key=f"briefing:{number}", by=None, at=AT
        )


@pytest.mark.requirement("S1-13")
@pytest.mark.django_db
def test_three_briefings_attended_and_one_recording_watched_are_six_hours() -> None:
    declared = {"passed": True, "on": "2018-11-20", "note": "", "by": "Olu Office"}
    legacy = factories.intake(NPQSL, starts_on=date(2019, 1, 7))
    checks = {check.key: declared for check in legacy.version.specification.entry_checks}
    enrolment = factories.enrolment(
        to=legacy,
        at=AT + timedelta(days=1),
        delivery_model="regional-centre",
        details={"entry_checks": checks},
    )
    briefings = list(enrolment.plan.filter(kind="briefing"))
    assert [(one.minutes, one.lane) for one in briefings] == [(90, "facilitated")] * 4
    credited(zip(briefings, ["attendance:1", "attendance:2", "attendance:3", "recording:4"], strict=True))
    standing = queries.standing_of(enrolment)
    (part,) = [part for part in standing.components if part.component == "briefings"]
    assert part.credited == 6 * 60


@pytest.mark.requirement("S1-13")
def test_briefings_are_about_four_things(spec: Find) -> None:
    (component,) = spec(NPQSL).components_of(Kind.BRIEFING)
    assert component.parts == ("information", "support", "guidance", "insight into the assessment")
    assert component.minutes == 6 * 60
