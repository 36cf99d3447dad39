"""The counts behind the desk, worded once: right on every day, for everybody, after every change."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Application, ApplicationState, Enrolment, Stage
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.assessment.queries import windows_for
from goldenthread.common import clock
from goldenthread.engagement.models import Standing
from goldenthread.enquiries.models import Enquiry
from goldenthread.intakes.models import Intake
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.windows import with_facts
from goldenthread.people.models import Membership, Role, User
from goldenthread.reports.models import Claim
from goldenthread.support.models import SupportPlan
from goldenthread.web.office import queries, situation, waiting
from goldenthread.web.office.desk_parts import People
from goldenthread.web.office.situation import Situation, Thread
from tests import factories
from tests import factories_marking as marked
from tests.enquiries import factories as enquiries
from tests.factories_web import client_of, page, queries_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def office(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def stages_shown(user: User, name: str) -> Any:
    context = page(user, reverse(name)).context
    if name == "office:desk":
        return {one["label"]: one["count"] for one in context["desk"].stages if one["count"]}
    return {
        line.intake.pk: {one["label"]: one["count"] for one in line.stages if one["count"]}
        for line in context["lines"]
    }


# --- every statement, by its own words and by the ORM's ----------------------------------------------------
def as_asked_anew(at: datetime) -> dict[str, tuple[Any, Any]]:
    """Of each kept statement what it gives at an instant, and what the ORM gives that words it there and then."""
    on, since = clock.day_of(at), at - timedelta(days=queries.STILL_DAYS)
    asked: dict[str, tuple[Any, Any]] = {
        "intakes": (situation._INTAKES.all(), situation.intakes_with_waiting()),
        "windows": (situation._WINDOWS.all(on), situation.windows_with_counts(on)),
        "stopped": (situation._STOPPED.all(since, on), situation._stopped(since, on)),
        "by stage": (situation._BY_STAGE.all(), situation._by_stage()),
        "by window": (situation._BY_WINDOW.all(), situation._by_window()),
        "left": (situation._LEFT.all(), situation._left()),
        "waiting": (waiting._COUNTS.all(at, on, since, 0), waiting._counts(at, on, since, 0)),
    }
    return {name: (_plain(kept), _plain(anew)) for name, (kept, anew) in asked.items()}


def _plain(rows: Any) -> list[Any]:
    """Objects in their order with all their values, and rows of counts, whose order is nobody's, sorted."""
    found = list(rows)
    if found and isinstance(found[0], (Intake, Window, Enrolment)):
        return [{name: value for name, value in vars(one).items() if name != "_state"} for one in found]
    return sorted((tuple(row) for row in found), key=str)


def test_every_kept_statement_gives_what_the_orm_gives_on_any_day_and_after_any_change(office: User) -> None:
    at = clock.now()
    days = [at, at - 400 * DAY, at + 400 * DAY, marked.CLOSED, factories.AT]
    window = marked.window(created_by=office)

    def nothing() -> None: ...

    def people() -> None:
        marked.script(window, name="Amara Applicant")
        marked.script(window, name="Bilal Baker")
        factories.application("Carla Candidate")
        factories.enrolment("Lea Leader", to=factories.intake("npqsl-reformed-international"), by=office)

    def marks() -> None:
        marked.markers(2)
        marking.allocate_window(window=window, by=office, at=marked.CLOSED)

    def markers_leave() -> None:
        Membership.objects.filter(role=Role.MARKER).update(ends_on=clock.day_of(at) - 30 * DAY)

    def messages() -> None:
        enquiries.programme()
        enquiries.ask("When?", email="p1@example.org", at=at - 30 * DAY)

    def released() -> None:
        Window.objects.update(state=WindowState.RELEASED)

    differed: set[str] = set()
    before: dict[datetime, Any] = {}
    for change in (nothing, people, marks, markers_leave, messages, released):
        change()
        for instant in days:
            found = as_asked_anew(instant)
            for name, (kept, anew) in found.items():
                assert kept == anew, (change.__name__, instant, name)
                if kept != before.get(instant, {}).get(name, (kept,))[0]:
                    differed.add(name)
            before[instant] = found
    assert differed == {"intakes", "windows", "stopped", "by stage", "by window", "waiting"}  # all but "left"


# --- days and instants -------------------------------------------------------------------------------------
def test_what_is_late_is_late_by_the_day_that_is_asked_about_and_by_no_earlier_one(office: User) -> None:
    at = factories.AT
    on = clock.day_of(at)
    Claim.objects.create(
        key="past", text="x", about="us", source="000:1", as_of=on, period="2025", owner=office,
        review_on=on + 3 * DAY, published_at=at, published_by=office,
    )  # fmt: skip
    enquiries.programme()
    enquiries.ask("When?", email="p1@example.org", at=at)
    due = Enquiry.objects.get().due_at
    Standing.objects.all().delete()
    factories.enrolment("Amara Applicant", by=office, at=at)
    Standing.objects.update(updated_at=at, counted_minutes=0, measurable=True)
    quiet = at + timedelta(days=queries.STILL_DAYS)
    step = timedelta(microseconds=1)

    def seen(instant: datetime) -> tuple[int, int, int]:
        found = waiting.waiting(user_id=office.pk, at=instant)
        return found.claims, found.late, found.still

    expected = {
        at: (0, 0, 0),
        at + 3 * DAY: (0, int(due < at + 3 * DAY), 0),
        at + 4 * DAY: (1, int(due < at + 4 * DAY), 0),
        due: (int(clock.day_of(due) > on + 3 * DAY), 0, int(quiet < due)),
        due + step: (int(clock.day_of(due + step) > on + 3 * DAY), 1, int(quiet < due + step)),
        quiet: (1, int(due < quiet), 0),
        quiet + step: (1, int(due < quiet + step), 1),
    }
    for instants in (sorted(expected), sorted(expected, reverse=True)):
        assert {instant: seen(instant) for instant in instants} == expected


def test_a_marking_is_overdue_and_a_marker_gone_by_the_day_that_is_asked_about(office: User) -> None:
    window = marked.window(created_by=office)
    marked.script(window, name="Amara Applicant")
    marked.markers(2)
    marking.allocate_window(window=window, by=office, at=marked.CLOSED)
    due = Marking.objects.values_list("due_on", flat=True)[0]
    first = Marking.objects.order_by("position").values_list("marker", flat=True)[0]
    Membership.objects.filter(user=first).update(ends_on=due + DAY)

    def seen(on: date) -> tuple[int, int]:
        (one,) = situation._WINDOWS.all(on)
        return vars(one)["late"], vars(one)["gone"]

    for days in ((0, 1, 2), (2, 0, 1)):
        assert [seen(due + number * DAY) for number in days] == [((0, 0), (2, 0), (2, 1))[n] for n in days]


# --- people and intakes ------------------------------------------------------------------------------------
def by_hand() -> dict[int, People]:
    """Where people stand, person by person."""
    found: dict[int, People] = {}
    for intake in Intake.objects.order_by("pk"):
        stages: Counter[str] = Counter()
        without, left = 0, 0
        windows: list[int] = []
        for one in Enrolment.objects.filter(intake=intake, withdrawn_at__isnull=True).order_by("pk"):
            stages[one.stage] += 1
            sat = list(one.sittings.order_by("pk").values_list("window__state", "window"))
            released = [window for state, window in sat if state == WindowState.RELEASED]
            ahead = any(state == WindowState.SCHEDULED for state, _ in sat)
            if one.stage not in queries.ACTIVE_STAGES or ahead:
                continue
            if not released:
                without += 1
            elif Outcome.objects.filter(enrolment=one, released_at__isnull=False).exists():
                left += 1
                windows += released
        if stages:
            found[intake.pk] = People(dict(stages), without, left, max(windows, default=None))
    return found


def test_people_are_counted_as_if_by_hand_whatever_windows_and_results_they_have(office: User) -> None:
    first = marked.window(created_by=office)
    other = marked.window(factories.intake("npqsl-reformed-international"), created_by=office)
    later = marked.window(first.intake, created_by=office, opens_on=marked.OPENS + 200 * DAY)
    assert situation.people_with_windows() == by_hand() == {}
    made = [marked.sitting(window, name=f"Person {n}") for window in (first, other) for n in range(5)]
    alone = factories.enrolment("Alone", by=office)
    gone = factories.enrolment("Gone", by=office)

    def told(sitting: Sitting, *, released: bool = True) -> None:
        Outcome.objects.create(
            enrolment=sitting.enrolment, window=sitting.window, number=1, result="not_passed", conditions=[],
            computed_at=marked.CLOSED, released_at=marked.CLOSED if released else None,
            released_by=office if released else None,
        )  # fmt: skip

    changes = [
        lambda: Window.objects.filter(pk=first.pk).update(state=WindowState.RELEASED),
        lambda: told(made[0]),
        lambda: told(made[1]),
        lambda: told(made[2], released=False),
        lambda: marked.sitting(later, made[1].enrolment),
        lambda: Enrolment.objects.filter(pk=made[3].enrolment_id).update(stage=Stage.AWARDED),
        lambda: Enrolment.objects.filter(pk=gone.pk).update(withdrawn_at=marked.CLOSED),
        lambda: told(made[5]),  # whose window is not released
        lambda: Window.objects.filter(pk=later.pk).update(state=WindowState.RELEASED),
        lambda: Window.objects.filter(pk=first.pk).update(state=WindowState.CANCELLED),
        lambda: Enrolment.objects.filter(pk=alone.pk).update(intake=other.intake),
    ]
    seen = []
    for change in changes:
        change()
        people = situation.people_with_windows()
        assert people == by_hand()
        assert {pk: one.stages for pk, one in people.items()} == {
            pk: one.stages for pk, one in situation.people_by_stage().items()
        }
        seen.append(people.get(first.intake_id))
    assert (seen[1].left, seen[1].window) == (1, first.pk)  # type: ignore[union-attr]
    assert len({str(one) for one in seen}) > 5


def test_another_intake_and_another_person_of_the_office_see_their_counts_and_no_older_ones(
    office: User,
) -> None:
    second = factories.member(Role.OFFICE, "Ola Office", of=factories.organisation("Another Provider"))
    first, other = factories.intake(), factories.intake("npqsl-reformed-international")
    one = factories.application("Carla Candidate", to=first)
    for user in (office, second):
        assert stages_shown(user, "office:desk") == {"Application": 1}
        assert stages_shown(user, "office:pipeline") == {first.pk: {"Application": 1}}
    factories.application("Dan Doe", to=other)
    factories.enrolment("Lea Leader", to=other, by=office)
    for user in (second, office):
        assert stages_shown(user, "office:desk") == {"Application": 2, "Induction": 1}
        assert stages_shown(user, "office:pipeline") == {
            first.pk: {"Application": 1},
            other.pk: {"Application": 1, "Induction": 1},
        }
    Application.objects.filter(pk=one.pk).update(state=ApplicationState.WITHDRAWN)
    Enrolment.objects.update(stage=Stage.AWARDED)
    assert stages_shown(office, "office:pipeline") == {other.pk: {"Application": 1, "Award": 1}}
    late = factories.intake("npqh-reformed-international", starts_on=factories.START + 400 * DAY)
    factories.enrolment("Hedy Head", to=late, by=office)
    assert list(stages_shown(second, "office:pipeline")) == [late.pk, other.pk]  # the latest start first


def test_a_plan_that_is_late_tomorrow_is_counted_tomorrow(office: User) -> None:
    window = marked.window(created_by=office)
    sitting = marked.sitting(window)
    outcome = Outcome.objects.create(
        enrolment=sitting.enrolment, window=window, number=1, result="not_passed", conditions=[],
        computed_at=marked.CLOSED, released_at=marked.CLOSED, released_by=office,
    )  # fmt: skip
    at = clock.now()
    on = clock.day_of(at)
    SupportPlan.objects.create(
        enrolment=sitting.enrolment,
        outcome=outcome,
        started_at=at,
        started_on=on,
        due_on=on,
        first_contact_by=on + 9 * DAY,
    )
    for days, late in ((0, 0), (1, 1), (0, 0)):
        assert waiting.waiting(user_id=office.pk, at=at + days * DAY).plans == {
            "nobody": 1,
            "late": late,
            "over": 0,
        }


# --- how many statements -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "most"), [("office:desk", 12), ("office:pipeline", 7)])
def test_the_number_of_statements_is_the_same_with_windows_marks_and_many_people(
    office: User, name: str, most: int
) -> None:
    def more(key: str) -> None:
        window = marked.window(factories.intake(key), created_by=office)
        for _ in range(2):
            marked.script(window)
        factories.application(f"{key} applies", to=window.intake)

    more("npqlt-reformed-international")
    marked.markers(2)
    one = queries_of(office, reverse(name))
    for key in ("npqsl-reformed-international", "npqh-reformed-international"):
        more(key)
    marking.allocate_window(window=Window.objects.order_by("pk")[0], by=office, at=marked.CLOSED)
    assert queries_of(office, reverse(name)) == one <= most


def test_the_pipeline_asks_for_nothing_but_versions_intakes_and_people(office: User) -> None:
    factories.enrolment("Lea Leader", by=office)
    client_of(office).get(reverse("office:pipeline"))
    with CaptureQueriesContext(connection) as asked:
        Thread()
    assert len(asked) == 3
    with CaptureQueriesContext(connection) as asked:
        Situation(clock.now(), user_id=office.pk)
    assert len(asked) <= 8


def test_lists_of_windows_count_without_grouping_what_they_join(office: User) -> None:
    window = marked.window(created_by=office)
    for state in ("handed_in", "handed_in", "held_back", "booked"):
        marked.sitting(window, state=state)
    Sitting.objects.filter(state="booked").update(first_seen_at=marked.CLOSED, draft_saved_at=marked.CLOSED)
    empty = marked.window(created_by=office, opens_on=marked.OPENS + 100 * DAY)
    rows = {one.pk: vars(one) for one in with_facts(windows_for(factories.seen(office)))}
    names = ("booked", "held_back", "seen", "drafting", "handed_in", "scripts", "unallocated")
    assert [rows[window.pk][name] for name in names] == [4, 1, 1, 1, 2, 2, 2]
    assert [rows[empty.pk][name] for name in names] == [0] * 7
    with pytest.raises(ValueError, match="use count_of"):
        with_facts(Window.objects.annotate(number=Count("sittings")))
