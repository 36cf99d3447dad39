"""The pages of facilitators, tutors and coaches: each sees their own, and registers work on a phone."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client

from goldenthread.coaching.models import Pairing
from goldenthread.common.days import day_text
from goldenthread.engagement.models import LedgerEntry
from goldenthread.events import actions as events
from goldenthread.events.models import Attendance
from goldenthread.events.rules import Entry
from goldenthread.learning.models import TaskFeedback
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT
from tests.factories_teaching import ON_FIRST_DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_first_day():
    with time_machine.travel(ON_FIRST_DAY, tick=False):
        yield


@pytest.fixture
def group():
    return teaching.group()


@pytest.fixture
def day(group):
    return teaching.days(group)[0]


@pytest.fixture
def people(group):
    return [teaching.placed(factories.enrolment(name), group) for name in ("Amara A", "Bo B", "Cy C")]


@pytest.fixture
def femi(group):
    return teaching.staffed(group)


@pytest.fixture
def tara(group):
    return teaching.staffed(group, "tutor", "Tara Tutor")


@pytest.fixture
def as_(client: Client):
    def sign_in(user) -> Client:
        client.force_login(user)
        return client

    return sign_in


def text_of(client: Client, address: str) -> str:
    response = client.get(f"/teach/{address}")
    assert response.status_code == 200
    return unescape(" ".join(response.content.decode().split()))


def register(client: Client, day, *rows: tuple, **extra):
    """Send a register: (enrolment, status[, minutes[, revision[, was]]]) each."""
    data = dict(extra)
    for enrolment, status, minutes, revision, was in (
        tuple(row) + ("", 0, "")[len(row) - 2 :] for row in rows
    ):
        prefix = f"p{enrolment.pk}"
        data |= {f"{prefix}-status": status, f"{prefix}-minutes": minutes}
        data |= {f"{prefix}-revision": revision, f"{prefix}-was": was}
    return client.post(f"/teach/events/{day.pk}/register/", data)


# --- today --------------------------------------------------------------------------------------
def test_today_shows_events_registers_work_and_people(as_, day, people, femi, tara) -> None:
    teaching.handed_in(people[0])
    teaching.pairing(people[1], femi)
    page = text_of(as_(femi), "")
    assert "Take the register" in page
    assert "0 of 3 recorded" in page
    assert "Register: Event day 1, Bristol A" in page
    assert "Everybody you coach (1)" in page
    assert "Amara A: Formative task 1" in text_of(as_(tara), "")
    assert "All work to read (1)" in text_of(as_(tara), "")


def test_a_register_already_taken_is_reached_from_today_from_the_past_and_from_the_event(
    as_, group, day, people, femi
) -> None:
    events.take_register(
        day=day, entries=[Entry(one.pk, "present") for one in people], by=femi, at=ON_FIRST_DAY
    )
    link = f'href="/teach/events/{day.pk}/register/"'
    assert "See or change the register" in text_of(as_(femi), "")
    with time_machine.travel(ON_FIRST_DAY + timedelta(days=30), tick=False):
        for address in ("", "events/", f"events/{day.pk}/", f"events/{group.days.last().pk}/"):
            page = text_of(as_(femi), address)
            assert link in page, address
        assert "3 recorded" in text_of(as_(femi), "")
        assert "All past days" not in text_of(as_(femi), "")
        assert link not in text_of(as_(teaching.staffed(teaching.group("B"), name="Gus Other")), "events/")


def test_more_past_days_than_fit_have_a_page_of_their_own(as_, day, people, femi) -> None:
    for name in ("B", "C", "D"):
        other = teaching.group(name)
        teaching.days(other)
        teaching.joins(other, femi, "facilitator")
    with time_machine.travel(ON_FIRST_DAY + timedelta(days=365), tick=False):
        assert "All past days" in text_of(as_(femi), "")
        assert text_of(as_(femi), "events/").count("recorded") == 12


@pytest.mark.requirement("S0-28")
def test_what_waits_stands_first_and_in_order_of_date(as_, day, people, femi, tara, group) -> None:
    _, bo, cy = people
    for role in ("tutor", "coach"):
        teaching.joins(group, femi, role)
    teaching.handed_in(bo, at=AT + timedelta(days=60))
    teaching.pairing(cy, femi)
    late, later = ON_FIRST_DAY.date() - timedelta(days=30), ON_FIRST_DAY.date() + timedelta(days=10)
    cy.plan.filter(key="coaching-1").update(due_on=late)

    page = text_of(as_(femi), "")
    titles = re.findall(r'gt-task-label" href="[^"]+">([^<]+)</a>', page.partition("Coming events")[0])
    due = {"Cy C: Coaching session 1": late, "Register: Event day 1, Bristol A": ON_FIRST_DAY.date()}
    work = next(title for title in titles if title.startswith("Bo B: Formative task 1"))
    due[work] = (AT + timedelta(days=60)).date()
    assert titles == sorted(due, key=due.get)
    assert f"NPQLT · was planned for {day_text(late)}" in page
    assert "NPQLT · since Mon 2 Dec 2024" in page
    assert "Not held yet" in page
    assert "verdue" not in page

    teaching.session(Pairing.objects.get(enrolment=cy), 60)  # the next one is not due yet
    cy.plan.filter(key="coaching-2").update(due_on=later + timedelta(days=30))
    assert "Cy C: Coaching" not in text_of(as_(femi), "")
    cy.plan.filter(key="coaching-2").update(due_on=later)
    assert "Cy C: Coaching session 2" in text_of(as_(femi), "")


def test_work_that_came_after_midnight_bears_the_day_of_its_reader(as_, people, tara) -> None:
    midsummer = AT.replace(
        year=AT.year + 1, month=6, day=30, hour=23, minute=30
    )  # UTC: British time is ahead
    teaching.handed_in(people[0], at=midsummer)
    assert f"handed in {day_text(midsummer.date() + timedelta(days=1))}" in text_of(as_(tara), "")


def test_a_coach_without_groups_is_not_told_about_events(as_, people) -> None:
    cora = teaching.pairing(people[0]).coach
    page = text_of(as_(cora), "")
    assert "Waiting for you" in page
    assert "event today" not in page
    assert "Coming events" not in page


def test_people_coached_are_in_order_of_their_next_session(as_, people) -> None:
    cora = factories.member("coach", "Cora Coach")
    for person, days in zip(people, (40, 10, 20), strict=True):
        teaching.pairing(person, cora)
        person.plan.filter(kind="coaching").update(due_on=ON_FIRST_DAY.date() + timedelta(days=days))
    page = text_of(as_(cora), "coaching/")
    assert page.index("Bo B") < page.index("Cy C") < page.index("Amara A")
    assert "Thu 12 Dec 2024" in page


def test_somebody_with_nothing_to_do_reads_what_will_be_here(as_) -> None:
    page = text_of(as_(factories.user()), "")
    assert "You have no event today." in page
    assert "Events appear here when the office schedules your groups." in page


def test_another_group_s_facilitator_tutor_and_coach_find_nothing(as_, day, people) -> None:
    other = teaching.group("B")
    response = teaching.handed_in(people[0])
    pairing = teaching.pairing(people[0])
    addresses = [
        f"events/{day.pk}/",
        f"events/{day.pk}/register/",
        f"responses/{response.pk}/",
        f"coaching/{pairing.pk}/",
    ]  # fmt: skip
    strangers = [teaching.staffed(other), teaching.staffed(other, "tutor", "Tim T"), people[0].user]
    for stranger in strangers:
        for address in addresses:
            assert as_(stranger).get(f"/teach/{address}").status_code == 404
            assert as_(stranger).post(f"/teach/{address}", {}).status_code in (404, 405)


# --- register -----------------------------------------------------------------------------------
def test_the_register_is_saved_and_shows_who_is_recorded(as_, day, people, femi) -> None:
    amara, bo, cy = people
    sent = register(as_(femi), day, (amara, "present"), (bo, "part", "200"), (cy, ""))
    assert sent.status_code == 302
    page = text_of(as_(femi), f"events/{day.pk}/register/")
    assert "Recorded: part of the day (3 h 20 min), by Femi Facilitator" in page
    assert "<strong>1</strong> not recorded" in page
    assert LedgerEntry.objects.count() == 2


def test_everybody_is_present_in_one_tap_and_exceptions_come_after(as_, day, people, femi) -> None:
    client, address = as_(femi), f"/teach/events/{day.pk}/register/"
    assert "Everybody is present: save" in text_of(client, f"events/{day.pk}/register/")
    told = client.post(address, {"all_present": "1"}, follow=True).content.decode()
    assert "The register is saved. Present 3. 18 h of guided learning are credited by this register." in told
    assert "Everybody is present: save" not in told
    day.refresh_from_db()
    assert day.register_closed_at is not None

    told = (
        register(client, day, (people[1], "part", "200", 1, "present:0")).client.get(address).content.decode()
    )
    assert "Present 2, part 1. 15 h 20 min of guided learning are credited by this register." in told
    assert "Save the register and credit hours" in told


def test_one_tap_for_everybody_does_not_overwrite_what_a_colleague_recorded(as_, day, people, femi) -> None:
    gus = teaching.staffed(day.group, name="Gus Guest")
    events.take_register(day=day, entries=[Entry(people[0].pk, "absent")], by=gus, at=ON_FIRST_DAY)
    sent = as_(femi).post(f"/teach/events/{day.pk}/register/", {"all_present": "1"})
    assert sent.status_code == 422
    assert "Gus Guest recorded Amara A as absent" in sent.content.decode()
    assert people[0].attendances.get().status == "absent"


def test_who_changed_group_after_the_event_is_on_its_register_and_marked_by_hand(
    as_, day, people, femi
) -> None:
    amara = people[0]
    events.place_in_group(
        enrolment=amara, group=teaching.group("B"), by=None, at=day.ends_at + timedelta(minutes=1)
    )
    with time_machine.travel(day.ends_at + timedelta(hours=1), tick=False):
        page = text_of(as_(femi), f"events/{day.pk}/register/")
        assert 'Amara A <span class="gt-quiet">(has left the group)</span>' in page
        register(as_(femi), day, all_present="1")
        assert sorted(Attendance.objects.values_list("enrolment__user__name", flat=True)) == ["Bo B", "Cy C"]
        assert register(as_(femi), day, (amara, "present")).status_code == 302
    assert sum(amara.ledger.values_list("minutes", flat=True)) == 360


def test_the_rest_are_present_with_one_button(as_, day, people, femi) -> None:
    amara, bo, cy = people
    register(as_(femi), day, (amara, "absent"), (bo, ""), (cy, ""), all_present="1")
    states = Attendance.objects.order_by("enrolment__user__name").values_list("status", flat=True)
    assert list(states) == ["absent", "present", "present"]


def test_lines_that_were_not_touched_are_left_to_whoever_changed_them(as_, day, people, femi) -> None:
    amara, bo, _ = people
    events.take_register(day=day, entries=[Entry(amara.pk, "present")], by=femi, at=ON_FIRST_DAY)
    gus = teaching.staffed(day.group, name="Gus Guest")
    events.take_register(day=day, entries=[Entry(amara.pk, "absent", 0, 1)], by=gus, at=ON_FIRST_DAY)

    sent = register(as_(femi), day, (amara, "present", "", 1, "present:0"), (bo, "present"))

    assert sent.status_code == 302
    assert amara.attendances.get().status == "absent"
    assert bo.attendances.get().status == "present"


def test_a_conflict_is_shown_with_names_and_can_then_be_settled(as_, day, people, femi) -> None:
    amara, bo, _ = people
    gus = teaching.staffed(day.group, name="Gus Guest")
    events.take_register(day=day, entries=[Entry(amara.pk, "absent")], by=gus, at=ON_FIRST_DAY)

    sent = register(as_(femi), day, (amara, "present"), (bo, "present"))

    page = " ".join(sent.content.decode().split())
    assert sent.status_code == 422
    assert "Gus Guest recorded Amara A as absent" in page
    assert f'name="p{amara.pk}-status" id="p{amara.pk}-present" value="present" checked' in page
    assert f'name="p{amara.pk}-revision" value="1"' in page
    assert Attendance.objects.count() == 1
    assert register(as_(femi), day, (amara, "present", "", 1, "absent:0"), (bo, "present")).status_code == 302
    assert amara.attendances.get().status == "present"


def test_a_part_without_minutes_comes_back_with_what_was_entered(as_, day, people, femi) -> None:
    amara, bo, _ = people
    sent = register(as_(femi), day, (amara, "part"), (bo, "absent"))
    page = sent.content.decode()
    assert sent.status_code == 422
    assert "Amara A was there for a part of the day" in page
    assert f'id="p{bo.pk}-absent" value="absent" checked' in page


@pytest.mark.parametrize(
    "row",
    [("asleep",), ("part", "many"), ("part", "9" * 40), ("present", "", "x"), ("present", "", 0, "x" * 500)],
)
def test_hostile_registers_are_answered_with_a_message(as_, day, people, femi, row: tuple) -> None:
    sent = register(as_(femi), day, (people[0], *row))
    assert sent.status_code == 422
    assert Attendance.objects.count() == 0


def test_before_its_day_the_register_says_when_it_opens(as_, day, people, femi) -> None:
    with time_machine.travel(ON_FIRST_DAY - timedelta(days=2), tick=False):
        assert "This register opens on Mon 2 Dec 2024" in text_of(as_(femi), f"events/{day.pk}/register/")
        assert register(as_(femi), day, (people[0], "present")).status_code == 422
    assert LedgerEntry.objects.count() == 0


def test_an_event_shows_its_people_and_its_place_on_its_own_clock(as_, people, femi, day) -> None:
    femi.zone = "Asia/Dubai"
    femi.save(update_fields=["zone"])
    page = text_of(as_(femi), f"events/{day.pk}/")
    assert "2 Dec 2024, 09:00 (UK time)</time> to 16:00" in page
    assert "Hillside School, Bristol" in page
    assert people[2].user.email in page


def test_an_event_without_people_says_who_places_them(as_, femi, day) -> None:
    for address in (f"events/{day.pk}/", f"events/{day.pk}/register/"):
        assert "Nobody is in this group yet" in text_of(as_(femi), address)


# --- responses ----------------------------------------------------------------------------------
def test_the_queue_is_filtered_and_the_oldest_comes_first(as_, people, tara) -> None:
    amara, bo, _ = people
    teaching.handed_in(bo, at=AT + timedelta(days=2))
    teaching.handed_in(amara, at=AT + timedelta(days=1))
    page = text_of(as_(tara), "responses/")
    assert page.index("Amara A") < page.index("Bo B")
    assert "Bo B" not in text_of(as_(tara), "responses/?q=amara")
    assert "No work fits this filter" in text_of(as_(tara), "responses/?show=accepted")
    assert "No work fits" in text_of(as_(tara), "responses/?q=nobody&page=99999999999999")
    assert "Amara A" in text_of(as_(tara), "responses/?show=nonsense")


def test_without_any_work_the_queue_says_what_will_be_here(as_, tara) -> None:
    assert "Nobody's work waits for you" in text_of(as_(tara), "responses/")


@pytest.mark.requirement("S2-35")
def test_work_is_accepted_with_strength_and_next_step(as_, people, tara) -> None:
    response = teaching.handed_in(people[0])
    address = f"/teach/responses/{response.pk}/"
    fields = {"strength": "Clear aims", "next_step": "", "decision": "accept", "revision": 1}

    refused = as_(tara).post(address, fields)
    assert refused.status_code == 422
    assert "Clear aims" in refused.content.decode()
    for _ in range(2):
        assert as_(tara).post(address, {**fields, "next_step": "Share it"}).status_code == 302

    assert [(one.decision, one.next_step) for one in TaskFeedback.objects.all()] == [("accepted", "Share it")]
    assert [entry.minutes for entry in people[0].ledger.all()] == [360]
    assert "Share it" in text_of(as_(tara), f"responses/{response.pk}/")


def test_the_second_tutor_reads_who_has_decided(as_, people, tara, group) -> None:
    response = teaching.handed_in(people[0])
    fields = {"strength": "a", "next_step": "b", "revision": 1}
    as_(tara).post(f"/teach/responses/{response.pk}/", {**fields, "decision": "return"})
    tom = teaching.staffed(group, "tutor", "Tom Tutor")
    late = as_(tom).post(
        f"/teach/responses/{response.pk}/",
        {**fields, "strength": "What I wrote meanwhile", "decision": "accept"},
    )
    assert late.status_code == 422
    page = late.content.decode()
    assert "Tara Tutor has returned this work already." in page
    assert "What I wrote meanwhile" in page


def test_what_a_participant_writes_after_the_return_stays_theirs(as_, people, tara) -> None:
    response = teaching.handed_in(people[0])
    as_(tara).post(
        f"/teach/responses/{response.pk}/",
        {"strength": "a", "next_step": "b", "revision": 1, "decision": "return"},
    )
    page = text_of(as_(tara), f"responses/{response.pk}/")
    assert response.context not in page
    assert "<textarea" not in page


# --- what goes wrong on the way ------------------------------------------------------------------------
def sign_in_again(client: Client, answer, user) -> None:
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    client.post(answer["Location"], {"login": user.email, "password": factories.PASSWORD})


def test_feedback_sent_after_the_session_ended_is_there_for_its_writer_alone(client, people, tara) -> None:
    response = teaching.handed_in(people[0])
    address, sent = (
        f"/teach/responses/{response.pk}/",
        {"revision": 1, "strength": "You name the two teachers.", "person": str(tara.pk)},
    )
    answer = client.post(address, sent)
    client.force_login(teaching.staffed(teaching.group("B"), "tutor", "Tim T"))
    assert client.get(address).status_code == 404
    client.logout()
    sign_in_again(client, client.post(address, sent), tara)
    assert answer["Location"] == f"/accounts/login/?next={address}"
    assert "You name the two teachers." in client.get(address).content.decode()
    assert not TaskFeedback.objects.exists()


def test_feedback_under_an_outdated_key_comes_back_and_a_forged_one_is_refused(people, tara) -> None:
    response = teaching.handed_in(people[0])
    address, sent = (
        f"/teach/responses/{response.pk}/",
        {"revision": 1, "strength": "Clear", "decision": "accept", "person": str(tara.pk)},
    )
    client = Client(enforce_csrf_checks=True)
    client.force_login(tara)
    assert client.post(address, sent, headers={"origin": "https://evil.example"}).status_code == 403
    own = client.post(address, sent, headers={"origin": "http://testserver"}, follow=True).content.decode()
    assert "press the button again" in own
    assert ">\nClear</textarea>" in own or ">Clear</textarea>" in own
    assert 'value="accept" checked' in own or "checked" in own
    assert not TaskFeedback.objects.exists()


def test_a_decision_sent_twice_or_from_the_page_before_is_one_decision(as_, people, tara) -> None:
    response = teaching.handed_in(people[0])
    sent = {"revision": 1, "strength": "Clear aims", "next_step": "Measure earlier", "decision": "accept"}
    for _ in range(2):
        assert as_(tara).post(f"/teach/responses/{response.pk}/", sent).status_code == 302
    assert TaskFeedback.objects.count() == 1
    assert LedgerEntry.objects.count() == 1
    turned = as_(tara).post(f"/teach/responses/{response.pk}/", {**sent, "decision": "return"})
    assert turned.status_code == 422
    assert "Tara Tutor has accepted this work already." in turned.content.decode()


@pytest.mark.parametrize("name", ["strength", "next_step"])
def test_ten_megabytes_of_feedback_are_answered_with_a_message(as_, people, tara, name: str) -> None:
    response = teaching.handed_in(people[0])
    sent = {"revision": 1, "strength": "a", "next_step": "b", "decision": "accept", name: "x" * 10_000_000}
    answer = as_(tara).post(f"/teach/responses/{response.pk}/", sent)
    assert answer.status_code == 422
    assert "Shorten this text" in answer.content.decode()
    assert not TaskFeedback.objects.exists()


# --- how much is asked of the database -------------------------------------------------------------
@pytest.mark.parametrize("number", [1, 3])
def test_lists_take_the_same_queries_for_one_row_and_for_three(
    as_, group, day, people, tara, number: int, django_assert_num_queries
) -> None:
    for role in ("facilitator", "coach"):
        teaching.joins(group, tara, role)
    for enrolment in people[:number]:
        teaching.handed_in(enrolment)
        teaching.session(teaching.pairing(enrolment, tara), 30)
    for enrolment in people[number:]:
        events.place_in_group(enrolment=enrolment, group=teaching.group(str(enrolment.pk)), by=None, at=AT)
    client = as_(tara)
    expected = {
        "": 12, "responses/": 7, "coaching/": 6,
        f"events/{day.pk}/": 9, f"events/{day.pk}/register/": 8,
    }  # fmt: skip
    for address, queries in expected.items():
        with django_assert_num_queries(queries):
            text_of(client, address)


def test_the_rest_stay_present_when_the_register_comes_back_with_an_error(as_, day, people, femi) -> None:
    amara, bo, cy = people
    sent = register(as_(femi), day, (amara, "part"), (bo, "absent"), (cy, ""), all_present="1")
    page = sent.content.decode()
    assert sent.status_code == 422
    assert f'id="p{cy.pk}-present" value="present" checked' in page
    assert f'id="p{bo.pk}-absent" value="absent" checked' in page
    assert not Attendance.objects.exists()


def test_a_register_says_what_it_credited_itself(as_, day, people, femi) -> None:
    amara = people[0]
    other = teaching.group("B")
    elsewhere = teaching.days(other)[0]
    events.place_in_group(enrolment=amara, group=other, by=None, at=AT)
    events.take_register(day=elsewhere, entries=[Entry(amara.pk, "part", 200)], by=femi, at=ON_FIRST_DAY)
    events.place_in_group(enrolment=amara, group=day.group, by=None, at=AT + timedelta(days=1))
    told = (
        as_(femi)
        .post(f"/teach/events/{day.pk}/register/", {"all_present": "1"}, follow=True)
        .content.decode()
    )
    assert "14 h 40 min of guided learning are credited by this register." in told
    assert "3 h 20 min more were credited before, by another register of this event" in told
    assert sum(LedgerEntry.objects.values_list("minutes", flat=True)) == 3 * 360
