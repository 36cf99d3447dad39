"""Setting a window: its months, its word limit, its case study, and who is booked."""

from datetime import UTC, date, datetime, timedelta

import pytest

from goldenthread.assessment import actions, queries
from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from tests import factories
from tests import factories_assessment as made

LEADERSHIP = "npqh-reformed-international"


def schedule(opens_on: date = made.OPENS_ON, key: str = factories.NPQLT, **terms: str) -> Window:
    return actions.schedule_window(
        intake=factories.intake(key), opens_on=opens_on, by=made.office(), at=made.BEFORE, **terms
    )


@pytest.mark.django_db
@pytest.mark.requirement("S0-33")
def test_a_window_in_the_allowed_months_is_set_with_the_terms_of_the_version() -> None:
    window = schedule()
    assert (window.days, window.word_limit, window.parts, window.zone) == (8, 1500, [], "Europe/London")
    assert AuditEvent.objects.filter(subject=f"window:{window.pk}", verb="window.scheduled").exists()


@pytest.mark.django_db
@pytest.mark.requirement("S0-33")
@pytest.mark.parametrize(
    ("opens_on", "code"),
    [(date(2025, 8, 25), "window.too_early"), (date(2025, 11, 28), "window.too_late")],
)
def test_a_window_outside_the_months_is_refused(opens_on: date, code: str) -> None:
    with pytest.raises(Refused) as caught:
        schedule(opens_on)
    assert caught.value.code == code
    assert not Window.objects.exists()


@pytest.mark.django_db
@pytest.mark.requirement("S0-31")
def test_leadership_needs_a_chosen_limit_first() -> None:
    with pytest.raises(Refused) as caught:
        schedule(date(2026, 3, 2), LEADERSHIP)
    assert "2,500 (000:82" in caught.value.message
    assert "1,500 (000:162" in caught.value.message
    intake = factories.intake(LEADERSHIP)
    actions.choose_word_limit(
        intake=intake, value=2500, reason="Three tables", by=made.office(), at=made.BEFORE
    )
    window = schedule(date(2026, 3, 2), LEADERSHIP)
    assert (window.word_limit, [part["key"] for part in window.parts]) == (2500, list(made.PARTS))
    with pytest.raises(Refused, match="know the limit"):
        actions.choose_word_limit(
            intake=intake, value=1500, reason="Changed", by=made.office(), at=made.BEFORE
        )


@pytest.mark.django_db
def test_a_version_without_a_window_is_refused() -> None:
    with pytest.raises(Refused, match="no case study window"):
        schedule(date(2026, 3, 2), "npqsl-legacy-international")


@pytest.mark.django_db
def test_asking_twice_gives_the_same_window_and_another_zone_is_refused() -> None:
    assert schedule().pk == schedule().pk
    with pytest.raises(Refused, match="another zone"):
        schedule(zone="Asia/Dubai")


@pytest.mark.django_db
def test_a_window_in_the_past_is_refused() -> None:
    with pytest.raises(Refused, match="opened"):
        actions.schedule_window(
            intake=factories.intake(), opens_on=made.OPENS_ON, by=made.office(), at=made.OPENS_AT
        )


@pytest.mark.django_db
def test_everybody_is_booked_once_with_instants_of_their_own_zone() -> None:
    london, dubai = factories.enrolment("Amara"), factories.enrolment("Dana", zone="Asia/Dubai")
    window = made.window(zone_rule="participant")
    sittings = {sitting.enrolment_id: sitting for sitting in Sitting.objects.all()}
    assert sittings[london.pk].closes_at == made.CLOSES_AT
    assert sittings[dubai.pk].closes_at.isoformat() == "2025-10-13T20:00:00+00:00"
    assert len({sitting.code for sitting in sittings.values()}) == 2
    factories.enrolment("Late Comer")
    assert len(actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)) == 1
    assert actions.book_sittings(window=window, by=made.office(), at=made.BEFORE) == []
    assert OutboxMessage.objects.filter(key__startswith="mail:window_set:").count() == 3


@pytest.mark.django_db
@pytest.mark.requirement("S0-38")
def test_a_case_study_that_somebody_has_had_is_not_used_for_them_again() -> None:
    first = made.ready()
    used = made.window(first.intake).case_study
    assert used is not None
    later = factories.intake(starts_on=date(2025, 1, 13))
    again = factories.enrolment("Second Chance", to=later)
    again.user = first.user
    again.save()
    window = actions.schedule_window(
        intake=later, opens_on=date(2026, 2, 2), by=made.office(), at=made.BEFORE
    )
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    with pytest.raises(Refused, match="already had this case study"):
        actions.assign_case(window=window, case_study=used, by=made.office(), at=made.BEFORE)
    other = made.case_study(title="Another one")
    assert (
        actions.assign_case(window=window, case_study=other, by=made.office(), at=made.BEFORE).case_study
        == other
    )


@pytest.mark.django_db
def test_only_a_published_case_study_of_the_same_version_is_taken() -> None:
    window = schedule()
    for case in (made.case_study(published=False), made.case_study("npqltd-reformed-international")):
        with pytest.raises(Refused, match="published case study"):
            actions.assign_case(window=window, case_study=case, by=made.office(), at=made.BEFORE)


@pytest.mark.django_db
def test_nothing_is_changed_once_the_window_is_open_for_somebody() -> None:
    factories.enrolment("Dana", zone="Asia/Dubai")
    window = made.window(zone_rule="participant")
    dubai_opens = made.OPENS_AT - timedelta(hours=3)
    for verb in (actions.book_sittings, actions.cancel_window, actions.assign_case):
        more = {"reason": "x"} if verb is actions.cancel_window else {}
        more |= {"case_study": window.case_study} if verb is actions.assign_case else {}  # type: ignore[dict-item]
        with pytest.raises(Refused, match="has opened"):
            verb(window=window, by=made.office(), at=dubai_opens, **more)  # type: ignore[operator]


AUCKLAND = datetime(2025, 10, 5, 15, 0, tzinfo=UTC)  # 04:00 on the 6th there, still the 5th in London


@pytest.mark.django_db
@pytest.mark.requirement("S0-39")
def test_nobody_is_booked_into_a_sitting_that_has_begun_where_they_are() -> None:
    factories.enrolment("Amara")
    factories.enrolment("Kiri", zone="Pacific/Auckland")
    window = actions.schedule_window(
        intake=factories.intake(),
        opens_on=made.OPENS_ON,
        zone_rule="participant",
        by=made.office(),
        at=AUCKLAND,
    )
    with pytest.raises(Refused, match="begun in Auckland time already") as no:
        actions.book_sittings(window=window, by=made.office(), at=AUCKLAND)
    assert (no.value.code, no.value.field) == ("window.open", "opens_on")
    assert not Sitting.objects.exists()
    assert not OutboxMessage.objects.filter(key__startswith="mail:window_set:").exists()
    # Nothing is jammed: the case study can be chosen, and the window taken back.
    actions.assign_case(window=window, case_study=made.case_study(), by=made.office(), at=AUCKLAND)
    actions.cancel_window(window=window, reason="Later", by=made.office(), at=AUCKLAND)
    with pytest.raises(Refused, match="cancelled"):
        actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)


@pytest.mark.django_db
def test_one_second_before_the_first_day_begins_in_auckland_everybody_is_booked() -> None:
    factories.enrolment("Kiri", zone="Pacific/Auckland")
    begins = datetime(2025, 10, 5, 11, 0, tzinfo=UTC)
    window = made.window(zone_rule="participant", book=False)
    with pytest.raises(Refused):
        actions.book_sittings(window=window, by=made.office(), at=begins)
    before = begins - timedelta(seconds=1)
    assert len(actions.book_sittings(window=window, by=made.office(), at=before)) == 1


@pytest.mark.django_db
def test_a_cancelled_window_is_told_and_another_one_can_be_set() -> None:
    factories.enrolment()
    window = made.window()
    with pytest.raises(Refused, match="Say why"):
        actions.cancel_window(window=window, reason=" ", by=made.office(), at=made.BEFORE)
    actions.cancel_window(window=window, reason="Clash with exams", by=made.office(), at=made.BEFORE)
    assert OutboxMessage.objects.filter(key__startswith="mail:window_cancelled:").count() == 1
    again = schedule()
    assert again.pk != window.pk
    assert list(queries.not_booked(again))


# --- a window that opened without a case study -------------------------------------------------------
def opened_without_case() -> Window:
    """Amara's window, set and booked, without a case study."""
    made.ready()
    window = schedule()
    actions.book_sittings(window=window, by=made.office(), at=made.BEFORE)
    return window


@pytest.mark.django_db
@pytest.mark.requirement("S0-33")
def test_a_window_that_opened_without_a_case_study_is_cancelled_and_its_people_sit_another() -> None:
    window = opened_without_case()
    Sitting.objects.update(draft="Begun in good faith")
    cancel = {"window": window, "by": made.office(), "at": made.INSIDE}
    with pytest.raises(Refused, match="has opened"):  # no late one: the days would be fewer than eight
        actions.assign_case(case_study=made.case_study(), **cancel)
    with pytest.raises(Refused, match="Say why"):
        actions.cancel_window(reason=" ", **cancel)
    assert actions.cancel_window(reason="No case study was ready", **cancel).state == "cancelled"
    assert actions.cancel_window(reason="Again", **cancel).state == "cancelled"
    assert OutboxMessage.objects.filter(key__startswith="mail:window_cancelled:").count() == 1
    [event] = AuditEvent.objects.filter(verb="window.cancelled")
    assert event.details["reason"] == "No case study was ready"
    assert Sitting.everything.get(window=window).draft == "Begun in good faith"
    again = made.window(window.intake, opens_on=date(2025, 11, 3))
    assert [one.enrolment.user.name for one in again.sittings.all()] == ["Amara Applicant"]


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["a case study", "a script", "a look", "released"])
def test_a_window_in_which_somebody_could_see_or_do_something_stays_once_it_is_open(how: str) -> None:
    window = opened_without_case()
    if how == "a case study":
        actions.assign_case(window=window, case_study=made.case_study(), by=made.office(), at=made.BEFORE)
    elif how == "a script":
        Script.objects.create(
            sitting=window.sittings.get(), number=1, key="k", text="T", words=1, word_rule="1", own_work=True,
            sha256="0" * 64, received_at=made.OPENS_AT,
        )  # fmt: skip
    elif how == "a look":
        window.sittings.update(first_seen_at=made.OPENS_AT)
    else:
        Window.objects.update(state="released")
    with pytest.raises(Refused, match="has opened"):
        actions.cancel_window(window=window, reason="Late", by=made.office(), at=made.INSIDE)
    assert Window.objects.get().state != "cancelled"
