"""What the office sees of windows: where each stands, who was held back by what, and what comes after."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions
from goldenthread.assessment.models import CaseStudy, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.stages import WindowStage
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions as moderation
from goldenthread.outcomes import actions as outcomes
from goldenthread.outcomes.windows import stage_of, with_facts
from goldenthread.people.models import Role, User
from tests import factories, factories_assessment, factories_marking
from tests.factories_web import client_of, page, queries_of
from tests.kept_scenes import kept

pytestmark = pytest.mark.django_db
SHORT = {"code": "engagement.short", "counted": 4854, "planned": 5400, "missing": 6, "message": "Short."}
NO_INDUCTION = {"code": "stage.induction", "message": "Development not complete: induction is not finished."}


@pytest.fixture
def office(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def stages_of(office: User) -> dict[str, str]:
    """The word for the stage of each window, on the list of windows, its own page, its intake's and the desk."""
    window = Window.objects.get()
    listed = page(office, reverse("office:windows")).context["rows"]
    desk = page(office, reverse("office:desk")).context["desk"].windows
    intake = page(office, reverse("office:intake", args=[window.intake_id])).context["windows"]
    return {
        "list": listed[0].label,
        "window": page(office, reverse("office:window", args=[window.pk])).context["stage"].label,
        "marking": page(office, reverse("office:marking", args=[window.pk])).context["stage"].label,
        "results": page(office, reverse("office:outcomes", args=[window.pk])).context["stage"].label,
        "intake": intake[0].label,
        "desk": desk[0][1].label if desk else "Released",
    }


def test_the_stage_of_a_window_is_told_wherever_it_is_shown_from_booking_to_release(office: User) -> None:
    window = factories_marking.window()
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, 4440)
    sitting = factories_marking.sitting(window, person)
    moments = [
        (sitting.opens_at - timedelta(days=1), "Scheduled"),
        (sitting.opens_at, "Open"),
        (sitting.closes_at, "Open"),
        (sitting.closes_at + timedelta(seconds=1), "Closed"),
    ]
    for at, word in moments:
        with time_machine.travel(at, tick=False):
            assert set(stages_of(office).values()) == {word}
    factories_marking.markers(2)
    marking.allocate_window(window=window, by=window.created_by, at=factories_marking.CLOSED)
    assert set(stages_of(office).values()) == {"Marking"}
    for one in Marking.objects.select_related("marker", "script__sitting"):
        factories_marking.submit(one)
    assert set(stages_of(office).values()) == {"Moderation"}
    moderator = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=window, by=moderator, at=factories_marking.CLOSED, seed="seed")
    assert set(stages_of(office).values()) == {"Moderation"}
    for sampled in opened.sample.all():
        given = {"sampled": sampled, "by": moderator, "at": factories_marking.CLOSED}
        moderation.mark_blind(marks=factories_marking.FAIR, **given)
        moderation.decide(decision="confirmed", note="It holds.", **given)
    moderation.sign_off(round=opened, by=moderator, at=factories_marking.CLOSED)
    assert set(stages_of(office).values()) == {"Signed off"}
    factories_marking.uncompared(window)
    assert set(stages_of(office).values()) == {"Ready to release"}
    outcomes.release(window=window, by=window.created_by, at=factories_marking.CLOSED)
    assert set(stages_of(office).values()) == {"Released"}


def stage_at(window: Window, at: datetime) -> WindowStage:
    return stage_of(with_facts(Window.objects.filter(pk=window.pk)).get(), at=at)


def test_a_window_is_open_from_the_first_zone_to_the_last(office: User) -> None:
    factories.enrolment("Dana Dubai", zone="Asia/Dubai")
    factories.enrolment("Lou London")
    window = factories_assessment.window(zone_rule="participant")
    dubai_opens = factories_assessment.OPENS_AT - timedelta(hours=3)
    assert stage_at(window, dubai_opens).value == "open"
    assert stage_at(window, dubai_opens - timedelta(seconds=1)).value == "scheduled"
    assert stage_at(window, factories_assessment.CLOSES_AT).value == "open"


def test_a_window_without_a_case_study_is_a_draft(office: User) -> None:
    window = factories_marking.window(case_study=None)
    with time_machine.travel(factories_marking.OPENS_AT - timedelta(days=9), tick=False):
        listed = text_of(page(office, reverse("office:windows")))
        assert stage_at(window, factories_marking.OPENS_AT - timedelta(days=9)).value == "draft"
    assert "no case study yet; opens Mon 6 Oct 2025, 00:00 (UK time)" in listed


def test_the_list_of_windows_takes_the_same_queries_for_one_and_three(office: User) -> None:
    factories_marking.window(opens_on=factories_marking.OPENS)
    one = queries_of(office, reverse("office:windows"))
    for days in (10, 20):
        factories_marking.sitting(
            factories_marking.window(opens_on=factories_marking.OPENS + timedelta(days=days))
        )
    assert queries_of(office, reverse("office:windows")) == one <= 12


# --- held back -----------------------------------------------------------------------------------------
@kept
def held_back(window: Window, name: str, gate: dict[str, Any]) -> Enrolment:
    person = factories.enrolment(name, to=window.intake)
    sitting = factories_marking.sitting(window, person, state=SittingState.HELD_BACK)
    Sitting.objects.filter(pk=sitting.pk).update(gate=gate)
    return person


@pytest.mark.requirement("S0-41")
def test_held_back_names_its_condition_wherever_it_is_shown(office: User) -> None:
    window = factories_marking.window()
    short = held_back(window, "Lena Short", SHORT)
    held_back(window, "Ira Induction", NO_INDUCTION)
    factories_marking.script(window, name="Cat Sends")
    figures = "Engagement was 80 h 54 min of 90 h when the window opened: 6 min missing."
    shown = page(office, reverse("office:window", args=[window.pk]), show="held_back")
    text = text_of(shown)
    assert [row["sitting"].enrolment.user.name for row in shown.context["rows"]] == [
        "Ira Induction",
        "Lena Short",
    ]
    assert figures in text
    assert "induction is not finished" in text
    person = text_of(page(office, reverse("office:person", args=[short.reference])))
    assert "Held back: engagement too low" in person
    assert figures in person
    counts = text_of(page(office, reverse("office:marking", args=[window.pk])))
    assert (
        "2 of 3 were held back when the window opened: 1 engagement too low, 1 induction not finished"
        in counts
    )


def released_with(gate: dict[str, Any]) -> tuple[Window, Enrolment]:
    """A released window in which one person was held back and one did not pass."""
    window = factories_marking.window()
    factories_marking.markers(2)
    person = held_back(window, "Lena Short", gate)
    Enrolment.objects.filter(pk=person.pk).update(stage=Stage.DEVELOPMENT)
    factories_marking.sitting(window, factories.enrolment("Ned Not", to=window.intake))
    factories_marking.mark_all(window)
    factories_marking.moderated(window)
    outcomes.release(window=window, by=window.created_by, at=factories_marking.CLOSED)
    return window, person


def test_the_result_of_somebody_held_back_names_what_held_them_back(office: User) -> None:
    window, person = released_with(NO_INDUCTION)
    outcome = person.outcomes.get(window=window)
    said = next(c["text"] for c in outcome.conditions if c["key"] == "task")
    assert said.endswith("Development not complete: induction is not finished.")
    listed = text_of(page(office, reverse("office:outcomes", args=[window.pk])))
    assert "induction is not finished" in listed


# --- after a release -----------------------------------------------------------------------------------
def test_after_a_release_the_desk_says_who_was_held_back_and_not_that_a_window_is_missing(
    office: User,
) -> None:
    window, person = released_with(SHORT)
    desk = page(office, reverse("office:desk")).context["desk"]
    found = [one for one in desk.decisions if one.desk == "Assessment"]
    assert [one.text for one in found] == [
        "1 person of NPQLT September 2024 held back when the window opened"
    ]
    assert found[0].url == f"{reverse('office:window', args=[window.pk])}?show=held_back"
    row = page(office, found[0].url).context["rows"][0]
    assert (row["sitting"].enrolment, row["again"]) == (person, True)


def test_whoever_came_after_the_window_was_set_is_named_apart(office: User) -> None:
    intake = factories.intake()
    factories.enrolment("Early Bird", to=intake)
    factories_assessment.window(intake)
    factories.enrolment("Late Comer", to=intake)
    with time_machine.travel(factories_assessment.BEFORE, tick=False):
        desk = page(office, reverse("office:desk")).context["desk"]
    assert "1 person of NPQLT September 2024 not booked in its window" in [one.text for one in desk.decisions]


def test_people_who_did_not_pass_have_a_station_that_says_what_comes_next(office: User) -> None:
    released_with(SHORT)
    stations = page(office, reverse("office:desk")).context["desk"].stages
    last = stations[-1]
    assert (last["label"], last["count"]) == ("Not achieved", 1)
    assert "your decision" in last["note"]
    assert [row["enrolment"].user.name for row in page(office, last["url"]).context["rows"]] == ["Ned Not"]


def test_somebody_who_did_not_pass_is_entered_for_a_further_window_by_the_page(office: User) -> None:
    released_with(SHORT)
    person = Enrolment.objects.get(user__name="Ned Not")
    url = reverse("office:person", args=[person.reference])
    assert "No window of NPQLT reformed, international lies ahead" in text_of(page(office, url))
    ahead = factories_marking.window(
        factories.intake(starts_on=factories.intake().starts_on + timedelta(days=140)),
        opens_on=page(office, url).wsgi_request.received_at.date() + timedelta(days=30),
        case_study=None,
    )
    assert "What comes next" in text_of(page(office, url))
    client, address = client_of(office), reverse("office:enter_again", args=[person.reference])
    refused = client.post(address, {"window_id": ahead.pk, "reason": ""})
    assert refused.status_code == 422
    assert "There is a problem" in text_of(refused)
    for odd in ({"window_id": "x"}, {"window_id": 10**12, "reason": "a"}, {}):
        assert client.post(address, odd).status_code == 422
    fields = {"window_id": ahead.pk, "reason": "The programme lead agreed on 3 March"}
    assert client.post(address, fields).status_code == 302
    assert person.sittings.filter(window=ahead).count() == 1
    assert AuditEvent.objects.get(verb="enrolment.entered_again").details["reason"] == fields["reason"]
    after = text_of(page(office, url))
    assert "What comes next" not in after
    assert "Entered for a further window: The programme lead agreed on 3 March" in after


def test_what_comes_next_instead_is_kept_and_settles_the_line_of_the_desk(office: User) -> None:
    _, person = released_with(SHORT)
    url, address = (reverse(f"office:{name}", args=[person.reference]) for name in ("person", "say_next"))

    def asked() -> list[str]:
        desk = page(office, reverse("office:desk")).context["desk"]
        return [one.text for one in desk.decisions if "held back when the window opened" in one.text]

    assert len(asked()) == 1
    assert "Say what comes next instead" in text_of(page(office, url))
    client = client_of(office)
    assert client.post(address, {"text": " "}).status_code == 422
    said = {"text": "She takes a break until June and calls us."}
    for _ in range(2):
        assert client.post(address, said).status_code == 302
    event = AuditEvent.objects.get(verb="sitting.next_said")
    assert (event.details["reason"], event.actor_name) == (said["text"], office.name)
    assert asked() == []
    shown = text_of(page(office, url))
    assert "What was said comes next" in shown
    assert f"Said what comes next, instead of a further window: {said['text']}" in shown
    client.post(address, {"text": "She stops here."})
    assert "She stops here." in text_of(page(office, url))


def test_what_comes_next_is_said_of_nobody_whose_window_is_to_come_and_by_the_office_alone(
    office: User,
) -> None:
    one = factories_assessment.sitting()
    address = reverse("office:say_next", args=[one.enrolment.reference])
    refused = client_of(office).post(address, {"text": "Nothing"})
    assert refused.status_code == 422
    assert not AuditEvent.objects.filter(verb="sitting.next_said").exists()
    for user in (factories.user(), factories.member(Role.PARTNER_MANAGER), one.enrolment.user):
        assert client_of(user).post(address, {"text": "x"}).status_code == 404


def test_a_note_is_about_one_result_and_the_desk_asks_again_after_the_next(office: User) -> None:
    _, person = released_with(SHORT)
    client_of(office).post(reverse("office:say_next", args=[person.reference]), {"text": "A break."})
    first = person.sittings.get()
    later = factories_assessment.later_sitting(first, days=40)
    Window.objects.filter(pk=later.window_id).update(state=WindowState.RELEASED)
    desk = page(office, reverse("office:desk")).context["desk"]
    assert any("held back when the window opened" in one.text for one in desk.decisions)


def test_nobody_is_entered_again_by_anybody_else(office: User) -> None:
    person = factories.enrolment("Ned Not")
    address = reverse("office:enter_again", args=[person.reference])
    for user in (factories.user(), factories.member(Role.PARTNER_MANAGER), person.user):
        assert client_of(user).post(address, {}).status_code == 404
    assert page(office, address).status_code == 405


# --- a case study that others have seen ---------------------------------------------------------------
def test_a_case_study_that_others_have_seen_is_warned_of_and_taken_with_a_reason(office: User) -> None:
    first = factories_assessment.sitting()
    case = CaseStudy.objects.get()
    actions.get_case_for(user=first.enrolment.user, sitting=first, at=factories_assessment.INSIDE)
    window = factories_assessment.window(
        case=factories_assessment.case_study(title="Another"),
        opens_on=factories_assessment.OPENS_ON + timedelta(days=20),
        book=False,
    )
    client, address = client_of(office), reverse("office:window_case", args=[window.pk])
    with time_machine.travel(factories_assessment.INSIDE, tick=False):
        page_text = text_of(client.get(reverse("office:window", args=[window.pk])))
        warned = client.post(address, {"case_study": case.pk})
        window.refresh_from_db()
        assert window.case_study != case
        taken = client.post(address, {"case_study": case.pk, "reason": "The other one has a mistake"})
    assert f"{case.name}, by Ada Author (seen by 1)" in page_text
    assert warned.status_code == 422
    assert "1 person of an earlier window will have seen this case study" in text_of(warned)
    assert "Use it all the same" in text_of(warned)
    assert taken.status_code == 302
    window.refresh_from_db()
    assert window.case_study == case
    event = AuditEvent.objects.filter(verb="window.case_assigned").latest("pk")
    assert (event.details["reason"], event.actor) == ("The other one has a mistake", f"user:{office.pk}")


def test_a_new_window_with_a_case_study_that_others_have_seen_is_not_set_without_a_reason(
    office: User,
) -> None:
    first = factories_assessment.sitting()
    case = first.window.case_study
    later = factories.intake(starts_on=factories.START.replace(year=2025, month=1, day=13))
    url = f"{reverse('office:window_new')}?intake={later.pk}"
    fields = {"opens_on": "2026-02-02", "zone_rule": "window", "zone": "Europe/London", "case_study": case.pk}
    with time_machine.travel(factories_assessment.INSIDE, tick=False):
        refused = client_of(office).post(url, fields)
        assert refused.status_code == 422
        assert "Why is it used again?" in text_of(refused)
        assert Window.objects.filter(intake=later).count() == 0
        said = {**fields, "reason": "None other is ready"}
        assert "Nobody would be booked" in text_of(client_of(office).post(url, said))
        assert Window.objects.filter(intake=later).count() == 0
        assert client_of(office).post(url, {**said, "seen": "0"}).status_code == 302
    assert Window.objects.get(intake=later).case_study == case
    assert Window.objects.get(intake=later).state == WindowState.SCHEDULED


def test_the_page_of_a_window_that_opened_without_a_case_study_says_what_to_do(office: User) -> None:
    window = actions.schedule_window(
        intake=factories_assessment.ready().intake,
        opens_on=factories_assessment.OPENS_ON,
        by=office,
        at=factories_assessment.BEFORE,
    )
    actions.book_sittings(window=window, by=office, at=factories_assessment.BEFORE)
    page, address = (reverse(f"office:{name}", args=[window.pk]) for name in ("window", "window_cancel"))
    with time_machine.travel(factories_assessment.INSIDE, tick=False):
        client = client_of(office)
        with CaptureQueriesContext(connection) as asked:
            content = text_of(client.get(page))
        assert len(asked) <= 12
        assert "Cancel the window below, then set another one. Nobody loses an attempt." in content
        assert "Until it opens" not in content
        assert address in content
        assert client.post(address, {"reason": ""}).status_code == 422
        assert client.post(address, {"reason": "No case study was ready"}).status_code == 302
    window.refresh_from_db()
    assert window.state == "cancelled"


def test_the_page_of_an_open_window_with_a_case_study_offers_no_way_back(office: User) -> None:
    one = factories_assessment.sitting()
    page, address = (reverse(f"office:{name}", args=[one.window_id]) for name in ("window", "window_cancel"))
    with time_machine.travel(factories_assessment.INSIDE, tick=False):
        client = client_of(office)
        assert address not in text_of(client.get(page))
        assert "has opened" in text_of(client.post(address, {"reason": "Late"}, follow=True))


def test_a_new_window_says_who_would_be_booked_before_a_mail_goes_and_which_windows_there_are(
    office: User,
) -> None:
    amara = factories_assessment.ready("Amara Applicant")
    factories_assessment.ready("Bilal Baker", to=amara.intake)
    url = f"{reverse('office:window_new')}?intake={amara.intake_id}"
    fields = {"opens_on": "2025-10-06", "zone_rule": "window", "zone": "Europe/London", "case_study": ""}
    with time_machine.travel(factories_assessment.BEFORE, tick=False):
        client = client_of(office)
        shown = text_of(client.get(url))
        assert "2 people would be booked" in shown
        assert "None yet" in shown
        look = client.post(url, fields)
        assert (look.status_code, "2 people would be booked" in text_of(look)) == (200, True)
        assert (Window.objects.count(), Sitting.objects.count()) == (0, 0)
        assert not OutboxMessage.objects.filter(payload__template="window_set").exists()
        assert client.post(url, {**fields, "seen": "1"}).status_code == 200  # one more came since
        assert client.post(url, {**fields, "seen": "2"}).status_code == 302
        assert Sitting.objects.count() == 2
        again = client.post(url, {**fields, "seen": "2"}, follow=True)
        assert "This window is set already" in text_of(again)
        shown = text_of(client.get(url))
        assert "Everybody has a window already" in shown
        assert "2 booked" in shown
        later = {**fields, "opens_on": "2025-10-13"}
        assert "Nobody would be booked" in text_of(client.post(url, later))
        made = client.post(url, {**later, "seen": "0"}, follow=True)
        assert "Nobody is booked in it, and nobody is told" in text_of(made)
        assert "Nobody of the intake can be booked here" in text_of(made)


def test_cancelled_windows_stand_last_and_say_that_their_people_were_booked(office: User) -> None:
    first = factories_assessment.window()
    later = factories_assessment.sitting().window
    Window.objects.filter(pk=later.pk).update(opens_on=first.opens_on + timedelta(days=7))
    assert page(office, reverse("office:windows")).context["rows"][0].window == later
    Window.objects.filter(pk=later.pk).update(state=WindowState.CANCELLED)
    listed = page(office, reverse("office:windows"))
    assert [row.window for row in listed.context["rows"]][-1] == later
    assert "1 before" in text_of(listed)
