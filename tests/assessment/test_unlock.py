"""When a case study is unlocked, for whom, by whom; that nobody has it twice; that it can be taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions, jobs, queries
from goldenthread.assessment.models import CaseAccess, CaseStudy, Sitting, Window
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_assessment as made
from tests import factories_teaching as teaching

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
AUCKLAND = datetime(2025, 10, 5, 11, 0, tzinfo=UTC)  # midnight of 6 October there


def two_zones() -> tuple[Sitting, Sitting]:
    """Aroha in Auckland and Lucy in London, in one window by everybody's own days."""
    aroha = made.ready("Aroha Auckland", zone="Pacific/Auckland")
    lucy = made.ready("Lucy London", to=aroha.intake)
    window = made.window(aroha.intake, zone_rule="participant")
    return tuple(window.sittings.get(enrolment=one) for one in (aroha, lucy))  # type: ignore[return-value]


@pytest.mark.requirement("S0-38")
def test_the_first_zone_unlocks_and_the_others_still_wait_for_their_own_midnight() -> None:
    early, late = two_zones()
    assert early.opens_at == AUCKLAND
    assert jobs.release_due(at=AUCKLAND - SECOND) == 0
    case = CaseStudy.objects.get()
    assert case.unlocked_at is None
    assert jobs.release_due(at=AUCKLAND) == 1
    case.refresh_from_db()
    assert case.unlocked_at == AUCKLAND
    assert actions.get_case_for(user=early.enrolment.user, sitting=early, at=AUCKLAND).body == made.BODY
    for at in (AUCKLAND, made.OPENS_AT - SECOND):
        with pytest.raises(Refused, match="Nothing can be seen before"):
            actions.get_case_for(user=late.enrolment.user, sitting=late, at=at)
    assert actions.get_case_for(user=late.enrolment.user, sitting=late, at=made.OPENS_AT).body == made.BODY
    case.refresh_from_db()
    assert case.unlocked_at == AUCKLAND


@pytest.mark.requirement("S0-38")
def test_a_lost_job_leaves_nobody_without_a_case() -> None:
    early, _ = two_zones()
    assert actions.get_case_for(user=early.enrolment.user, sitting=early, at=AUCKLAND).body == made.BODY
    assert CaseStudy.objects.get().unlocked_at == AUCKLAND
    assert jobs.release_due(at=AUCKLAND + SECOND) == 0


def test_a_job_that_comes_late_writes_down_when_the_window_opened() -> None:
    two_zones()
    late = AUCKLAND + timedelta(minutes=50)
    assert jobs.release_due(at=late) == 1
    assert CaseStudy.objects.get().unlocked_at == AUCKLAND
    assert AuditEvent.objects.get(verb="case_study.unlocked").at == late


def test_unlocking_is_one_event_however_many_are_let_in() -> None:
    two_zones()
    jobs.release_due(at=made.OPENS_AT)
    jobs.release_due(at=made.INSIDE)
    events = AuditEvent.objects.filter(verb="case_study.unlocked")
    assert [event.subject for event in events] == [f"casestudy:{CaseStudy.objects.get().pk}"]


def test_whoever_is_held_back_unlocks_nothing() -> None:
    intake = factories.intake("npqsl-reformed-international", starts_on=date(2024, 2, 5))
    actions.choose_word_limit(intake=intake, value=1500, reason="The slide", by=made.office(), at=made.BEFORE)
    one = made.sitting(made.ready("Lena Leader", to=intake, minutes=4854))
    jobs.release_due(at=made.OPENS_AT)
    assert one.window.case_study is not None
    assert CaseStudy.objects.get().unlocked_at is None


def test_reading_again_asks_no_more_than_before_and_derives_no_key() -> None:
    one = made.sitting()
    person = one.enrolment.user
    actions.get_case_for(user=person, sitting=one, at=made.OPENS_AT)
    one = queries.get_sitting_for(person, one.pk)
    with CaptureQueriesContext(connection) as asked:
        actions.get_case_for(user=person, sitting=one, at=made.INSIDE)
    assert (
        len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]) == 2
    )  # the case, and that it was read


def test_every_reading_is_kept_with_capacity_and_revision_and_can_not_be_changed() -> None:
    one = made.sitting()
    case = one.window.case_study
    written = [("author", "Ada Author", 0)] * 2  # the text, then the mark scheme
    actions.look_at(case_study=case, by=made.author(), at=made.BEFORE)
    actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.OPENS_AT)
    kept = CaseAccess.objects.order_by("pk").values_list("capacity", "user__name", "revision")
    assert list(kept) == [*written, ("author", "Ada Author", 0), ("participant", "Amara Applicant", 0)]
    (event,) = AuditEvent.objects.filter(verb="case_study.read")
    assert (event.actor_name, event.details) == (str(made.author()), {"revision": 0})
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        CaseAccess.objects.all().delete()
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        CaseAccess.objects.update(at=made.INSIDE)


# --- never twice --------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-38")
@pytest.mark.parametrize("capacity", ["author", "marker", "moderator"])
def test_whoever_was_shown_a_case_in_another_capacity_does_not_sit_it(capacity: str) -> None:
    case = made.case_study()
    person = made.ready("Mira Marker")
    actions.record_look(case_study=case, by=person.user, at=made.BEFORE, capacity=capacity)
    with pytest.raises(Refused, match="1 person of this window has already"):
        made.window(person.intake, case=case)
    window = Window.objects.create(
        intake=person.intake, case_study=case, opens_on=made.OPENS_ON + timedelta(days=1), word_limit=1500,
        word_rule="1", created_at=made.BEFORE, created_by=made.office(),
    )  # fmt: skip
    with pytest.raises(Refused, match="already had this case study"), transaction.atomic():
        actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    assert made.window(person.intake, case=made.case_study(title="Another")).sittings.count() == 1


# --- taking it back -----------------------------------------------------------------------------------------
def withdraw(case: CaseStudy, at: datetime = made.BEFORE, reason: str = "Leaked in a chat") -> list[Window]:
    return actions.withdraw_case(case_study=case, reason=reason, by=made.office(), at=at)


@pytest.mark.requirement("S0-38")
def test_a_withdrawn_case_leaves_windows_that_open_for_nobody_yet_and_is_never_chosen_again() -> None:
    one = made.sitting()
    case = one.window.case_study
    assert case is not None
    with pytest.raises(Refused, match="Say why"):
        withdraw(case, reason=" ")
    assert withdraw(case) == [one.window]
    assert withdraw(case) == []
    one.window.refresh_from_db()
    assert one.window.case_study is None
    assert not queries.assignable_cases(one.window.intake).exists()
    with pytest.raises(Refused, match="was withdrawn"):
        actions.assign_case(window=one.window, case_study=case, by=made.office(), at=made.BEFORE)
    other = made.case_study(title="The second")
    actions.assign_case(window=one.window, case_study=other, by=made.office(), at=made.BEFORE)
    one = Sitting.objects.select_related("window", "enrolment__user").get()
    shown = actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.OPENS_AT)
    assert shown.title == "The second"
    (event,) = AuditEvent.objects.filter(verb="case_study.withdrawn")
    assert event.details == {"reason": "Leaked in a chat"}


@pytest.mark.parametrize(("at", "kept"), [(AUCKLAND - SECOND, False), (AUCKLAND, True)])
def test_a_window_that_has_opened_for_somebody_keeps_its_case(at: datetime, kept: bool) -> None:
    early, _ = two_zones()
    withdraw(CaseStudy.objects.get(), at=at)
    early.window.refresh_from_db()
    assert (early.window.case_study is not None) is kept


# --- a case for each zone or group ---------------------------------------------------------------------------
def apart(enrolment: Enrolment, policy: str) -> None:
    actions.keep_apart(
        intake=enrolment.intake,
        apart=policy,
        reason="Auckland begins first",
        by=made.office(),
        at=made.BEFORE,
    )


def part_window(enrolment: Enrolment, case: CaseStudy, **part: object) -> Window:
    return made.window(enrolment.intake, case=case, **part)


@pytest.mark.requirement("S0-38")
def test_with_the_policy_each_zone_has_a_window_and_a_case_of_its_own() -> None:
    aroha = made.ready("Aroha Auckland", zone="Pacific/Auckland")
    lucy = made.ready("Lucy London", to=aroha.intake)
    apart(aroha, "zone")
    with pytest.raises(Refused, match="each time zone has a case study of its own"):
        made.window(aroha.intake)
    one, other = made.case_study(title="South"), made.case_study(title="North")
    south = part_window(aroha, one, for_zone="Pacific/Auckland")
    with pytest.raises(Refused, match="is for Pacific/Auckland already"):
        part_window(lucy, one, for_zone="Europe/London")
    Window.objects.filter(for_zone="Europe/London").delete()
    north = part_window(lucy, other, for_zone="Europe/London")
    assert [sitting.enrolment for sitting in south.sittings.all()] == [aroha]
    assert [sitting.enrolment for sitting in north.sittings.all()] == [lucy]
    assert (south.sittings.get().opens_at, north.sittings.get().opens_at) == (AUCKLAND, made.OPENS_AT)


def test_by_group_those_with_a_place_are_booked_and_others_wait() -> None:
    first = made.ready("Gita Group")
    other = made.ready("Otto Other", to=first.intake)
    group = teaching.group(of=first.intake)
    teaching.placed(first, group)
    apart(first, "group")
    window = part_window(first, made.case_study(), for_group=group)
    assert [sitting.enrolment for sitting in window.sittings.all()] == [first]
    assert window.part == f"group {group.name}"
    assert other.sittings.count() == 0


def test_a_policy_has_a_reason_and_is_not_changed_under_a_window_that_stands() -> None:
    one = made.sitting()
    intake = one.window.intake
    with pytest.raises(Refused, match="Cancel them first"):
        actions.keep_apart(intake=intake, apart="zone", reason="Late", by=made.office(), at=made.BEFORE)
    with pytest.raises(Refused, match="Say why"):
        actions.keep_apart(intake=intake, apart="together", reason="", by=made.office(), at=made.BEFORE)
    with pytest.raises(Refused, match="one of the three"):
        actions.keep_apart(intake=intake, apart="moon", reason="x", by=made.office(), at=made.BEFORE)
    assert queries.apart_in(intake) == "together"
    kept = actions.keep_apart(intake=intake, apart="together", reason="So", by=made.office(), at=made.BEFORE)
    again = actions.keep_apart(intake=intake, apart="together", reason="So", by=made.office(), at=made.INSIDE)
    assert kept == again


@pytest.mark.requirement("S0-38")
def test_the_policy_is_not_set_over_windows_that_share_a_case() -> None:
    aroha = made.ready("Aroha Auckland", zone="Pacific/Auckland")
    lucy = made.ready("Lucy London", to=aroha.intake)
    case, other = made.case_study(), made.case_study(title="North")
    part_window(aroha, case, for_zone="Pacific/Auckland")
    north = actions.schedule_window(
        intake=lucy.intake, opens_on=made.OPENS_ON, for_zone="Europe/London", by=made.office(), at=made.BEFORE
    )
    give = {"window": north, "by": made.office(), "at": made.BEFORE}
    actions.assign_case(**give, case_study=case, reason="So far one text for all")
    with pytest.raises(Refused, match=r"share a case study.*Pacific/Auckland and .*Europe/London") as no:
        apart(aroha, "zone")
    assert no.value.code == "apart.shared"
    actions.assign_case(**give, case_study=other)
    apart(aroha, "zone")
    assert queries.apart_in(aroha.intake) == "zone"


def test_without_a_policy_a_window_for_a_part_may_share_its_case() -> None:
    aroha = made.ready("Aroha Auckland", zone="Pacific/Auckland")
    lucy = made.ready("Lucy London", to=aroha.intake)
    case = made.case_study()
    part_window(lucy, case, for_zone="Europe/London")
    rest = actions.schedule_window(
        intake=aroha.intake, opens_on=made.OPENS_ON, by=made.office(), at=made.BEFORE
    )
    rest = actions.assign_case(
        window=rest, case_study=case, by=made.office(), at=made.BEFORE, reason="One text for all"
    )
    actions.book_sittings(window=rest, by=made.office(), at=made.BEFORE)
    assert [sitting.enrolment for sitting in rest.sittings.all()] == [aroha]


def test_a_window_is_for_a_zone_or_a_group_of_its_own_intake() -> None:
    one = made.ready()
    elsewhere = factories.intake("npqsl-reformed-international", starts_on=date(2024, 2, 5))
    group = teaching.group("Theirs", of=elsewhere)
    terms = {"intake": one.intake, "opens_on": made.OPENS_ON, "by": made.office(), "at": made.BEFORE}
    with pytest.raises(Refused, match="group of this intake"):
        actions.schedule_window(**terms, for_group=group)
    with pytest.raises(Refused, match="not for both"):
        actions.schedule_window(**terms, for_group=group, for_zone="Europe/London")
    with pytest.raises(Refused):
        actions.schedule_window(**terms, for_zone="Mars/Olympus")
