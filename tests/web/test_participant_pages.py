"""The participant's pages: one next step, the figure explained, work that nobody overwrites."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client

from goldenthread.engagement.models import LedgerEntry
from goldenthread.events import actions as events
from goldenthread.events.rules import Entry
from goldenthread.learning import actions as learning
from goldenthread.learning.models import ModuleCompletion, TaskResponse
from goldenthread.learning.rules import Work
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT
from tests.factories_teaching import WORK

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2024, 11, 27, 12, 0, tzinfo=UTC)
PAGES = ["", "schedule/", "learning/", "engagement/", "coaching/", "assessment/"]


@pytest.fixture
def amara():
    return teaching.placed(factories.enrolment(), teaching.group())


@pytest.fixture
def femi(amara):
    return teaching.staffed(amara.group_places.get().group)


@pytest.fixture
def browser_of(client: Client):
    def sign_in(user) -> Client:
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def mine(browser_of, amara) -> Client:
    return browser_of(amara.user)


@pytest.fixture(autouse=True)
def _in_november():
    with time_machine.travel(NOVEMBER, tick=False):
        yield


def text_of(client: Client, address: str, **options) -> str:
    response = client.get(f"/my/{address}", **options)
    assert response.status_code == 200
    return unescape(" ".join(response.content.decode().split()))


def post_work(client: Client, key: str = "tasks-1", revision: int = 0, **fields):
    return client.post(f"/my/learning/tasks/{key}/", {**WORK.__dict__, "revision": revision, **fields})


# --- who ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES)
def test_somebody_without_enrolment_gets_a_friendly_page(browser_of, page: str) -> None:
    assert "You are not on a programme yet" in text_of(browser_of(factories.user()), page)


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_these_pages_without_signing_in(client: Client, page: str) -> None:
    assert client.get(f"/my/{page}").status_code == 302


def test_several_enrolments_can_be_switched_between_and_only_ones_own(mine, amara) -> None:
    second = factories.enrolment("Amara Again", to=factories.intake("npqsl-reformed-international"))
    second.user = amara.user
    second.save(update_fields=["user"])
    stranger = factories.enrolment("Dot Stranger")

    mine.post("/my/switch/", {"enrolment": second.reference})
    assert "Senior Leadership" in text_of(mine, "")
    mine.post("/my/switch/", {"enrolment": stranger.reference})
    assert second.reference in text_of(mine, "")
    assert "NPQLT ·" in text_of(mine, f"engagement/?enrolment={amara.reference}")
    assert amara.reference in text_of(mine, f"?enrolment={stranger.reference}")


# --- home ---------------------------------------------------------------------------------------
def test_the_first_step_is_induction_with_its_date(mine) -> None:
    home = text_of(mine, "")
    assert '<span class="gt-next-date">Mon 30 Sep 2024</span>' in home
    assert "/my/learning/modules/induction/" in home
    assert "66 h 36 min" in home  # what is missing to 90 %


def test_returned_work_comes_before_everything_else(mine, amara) -> None:
    tara = teaching.staffed(amara.group_places.get().group, "tutor", "Tara Tutor")
    learning.decide(
        response=teaching.handed_in(amara), accept=False, strength="Clear", next_step="Name your evidence",
        revision=1, by=tara, at=AT,
    )  # fmt: skip
    home = text_of(mine, "")
    assert "Improve “Formative task 1”" in home
    assert "Name your evidence" in home


def test_an_event_within_a_week_is_the_next_step(mine, amara) -> None:
    teaching.days(amara.group_places.get().group)
    assert "Your next event is near." in text_of(mine, "")


def test_with_everything_done_the_next_step_is_the_assessment(mine, amara) -> None:
    factories.credit_minutes(amara, 74 * 60)
    home = text_of(mine, "")
    assert "Prepare for your assessment" in home
    assert "You have reached the 90 %" in home


def test_an_enrolment_that_ended_says_so(mine, amara) -> None:
    amara.withdrawn_at = AT
    amara.save(update_fields=["withdrawn_at"])
    assert "This enrolment has ended" in text_of(mine, "")


# --- schedule -----------------------------------------------------------------------------------
@pytest.mark.requirement("S1-15")
def test_the_schedule_has_two_lanes_and_the_times_of_the_viewer(mine, amara) -> None:
    teaching.days(amara.group_places.get().group)
    amara.user.zone = "Asia/Dubai"
    amara.user.save(update_fields=["zone"])

    everything = text_of(mine, "schedule/")
    assert "2 Dec 2024, 13:00 (Dubai time)" in everything
    assert "Hillside School, Bristol" in everything
    assert "Event day 1" not in text_of(mine, "schedule/?lane=self-directed")
    assert "Event day 1" in text_of(mine, "schedule/?lane=facilitated")
    assert "Everything" in text_of(mine, "schedule/?lane=nonsense")


@pytest.mark.requirement("S1-15")
def test_the_calendar_file_holds_what_is_dated(mine, amara) -> None:
    teaching.days(amara.group_places.get().group)
    response = mine.get("/my/schedule/calendar.ics")
    lines = response.content.decode().split("\r\n")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert lines.count("BEGIN:VEVENT") == 21
    assert "DTSTART:20241202T090000Z" in lines
    assert "LOCATION:Hillside School\\, Bristol" in lines
    assert all(len(line.encode()) <= 75 for line in lines)


def test_a_version_of_unknown_length_has_a_schedule_without_dates(browser_of) -> None:
    england = factories.enrolment("Elsa England", to=factories.intake("npqlt-reformed-england"))
    client = browser_of(england.user)
    assert "Without a date" in text_of(client, "schedule/")
    assert "hours not stated" in text_of(client, "learning/")
    assert "can't be measured yet" in text_of(client, "engagement/")
    assert "can't be worked out" in text_of(client, "")


# --- engagement ---------------------------------------------------------------------------------
@pytest.mark.requirement("S0-43")
def test_the_figure_is_exact_and_unfolds_to_its_entries(mine, amara, femi) -> None:
    day = teaching.days(amara.group_places.get().group)[0]
    teaching.attended(day, amara, femi)
    events.take_register(day=day, entries=[Entry(amara.pk, "part", 300, 1)], by=femi, at=day.ends_at)

    page = text_of(mine, "engagement/")

    assert "6.75 %" in page
    assert "Exactly 300 of 4440 minutes, which is 5/74." in page
    assert "61 h 36 min are missing to 90 %" in page
    assert "Tue 2 Sep 2025" in page  # by when
    assert "Correction: <strong>−1 h</strong>, Event register" in page
    assert "Recorded by Femi Facilitator" in page


def ways(page: str) -> list[tuple[str, str]]:
    """The rows of the ways to close the gap: when, and what they add together so far."""
    part = page.partition('id="ways"')[2].partition("</section>")[0]
    row = r'gt-task-hint">([^<]+)</span></th>.*?<td.*?</td> <td data-label="Together" class="gt-number">([^<]+)</td>'
    return re.findall(row, part)


@pytest.mark.requirement("S0-43")
def test_the_ways_to_close_the_gap_come_by_date_and_sum_to_it(mine, amara) -> None:
    factories.credit_minutes(amara, 3600)  # 396 minutes are missing
    page = text_of(mine, "engagement/")
    assert "You miss 6 h 36 min." in page
    rows = ways(page)
    days = [
        datetime.strptime(when.removeprefix("by ").removeprefix("on "), "%a %d %b %Y") for when, _ in rows
    ]
    assert days == sorted(days)
    together = [total for _, total in rows]
    assert len(set(together)) == len(rows)
    assert "doesn't close the gap" not in page


def test_ways_that_do_not_reach_the_gap_say_so_and_name_whom_to_speak_to(mine, amara) -> None:
    teaching.content(amara)
    for module in amara.version.modules.all():  # finished, and the credits taken away since
        ModuleCompletion.objects.create(module=module, enrolment=amara, completed_at=AT)
    amara.plan.filter(kind="event", title__endswith="1").update(due_on=date(2024, 11, 1))
    amara.plan.filter(kind="formative_task").update(minutes=0)

    page = text_of(mine, "engagement/")

    rows = ways(page)
    assert "What is left of your plan doesn't close the gap" in page
    assert "Speak to your facilitator and" in page
    assert "write to the programme office" in page
    assert "was around Fri 1 Nov 2024: ask your facilitator" in rows[-1][0]
    assert f"Everything that is open adds {rows[-1][1]};" in page


def test_a_module_called_assessment_is_called_a_module_where_kinds_are_mixed(mine, amara) -> None:
    amara.plan.filter(key="study-1").update(title="Assessment", due_on=NOVEMBER.date())
    for page in ("", "schedule/", "engagement/"):
        assert ">Module: Assessment</a>" in text_of(mine, page)
    assert '/my/learning/modules/study-1/">Assessment</a>' in text_of(mine, "learning/")
    assert "SUMMARY:Module: Assessment" in mine.get("/my/schedule/calendar.ics").content.decode()


def test_89_99_per_cent_is_never_shown_as_90(mine, amara) -> None:
    factories.credit_minutes(amara, 3995)
    page = text_of(mine, "engagement/")
    assert "89.97 %" in page
    assert "1 min are missing to 90 %" in page or "1 min is missing to 90 %" in page


def test_reaching_the_threshold_is_said(mine, amara) -> None:
    factories.credit_minutes(amara, 3996)
    assert "You have reached 90 %" in text_of(mine, "engagement/")


# --- learning -----------------------------------------------------------------------------------
def test_a_module_is_finished_with_a_reflection_and_counts(mine, amara) -> None:
    teaching.content(amara)
    assert "See it" in text_of(mine, "learning/modules/study-1/")

    refused = mine.post("/my/learning/modules/study-1/", {"reflection": " "})
    assert refused.status_code == 422
    for _ in range(2):
        sent = mine.post("/my/learning/modules/study-1/", {"reflection": "I begin with the timetable."})
        assert sent.status_code == 302

    assert [entry.minutes for entry in LedgerEntry.objects.all()] == [215]
    page = text_of(mine, "learning/modules/study-1/")
    assert "I begin with the timetable." in page
    assert "Next: School Culture" in page


def test_a_task_is_drafted_handed_in_and_then_read_only(mine, amara) -> None:
    teaching.content(amara)
    assert post_work(mine, application="").status_code == 302
    assert "Saved" in text_of(mine, "learning/tasks/tasks-1/")

    assert post_work(mine, revision=1, hand_in="1").status_code == 302

    page = text_of(mine, "learning/tasks/tasks-1/")
    assert "With your tutor since" in page
    assert "<textarea" not in page
    assert TaskResponse.objects.get().state == "handed_in"


def test_saving_from_a_tab_that_was_open_when_the_work_was_handed_in_loses_no_text(mine, amara) -> None:
    teaching.content(amara)
    post_work(mine, hand_in="1")
    late = post_work(mine, context="written in the other tab")
    assert late.status_code == 422
    assert "waits for your tutor" in late.content.decode()
    assert "written in the other tab" in late.content.decode()


@pytest.mark.requirement("S0-13")
def test_handing_in_without_application_is_refused_and_the_page_comes_back_filled(mine, amara) -> None:
    teaching.content(amara)
    response = post_work(mine, application="", hand_in="1")
    assert response.status_code == 422
    page = response.content.decode()
    assert "Say what you applied in your school" in page
    assert WORK.evidence in page
    assert LedgerEntry.objects.count() == 0


@pytest.mark.requirement("S0-13")
def test_everything_that_is_missing_is_named_at_its_field_and_the_rest_is_kept(mine, amara) -> None:
    teaching.content(amara)
    response = post_work(mine, application=" ", evidence="", hand_in="1")
    page = response.content.decode()
    assert response.status_code == 422
    for field, advice in [("application", "Say what you applied"), ("evidence", "Name the evidence")]:
        assert f'href="#id_{field}"' in page
        assert page.count(advice) == 2  # in the summary and at the field
    assert 'href="#id_context"' not in page
    assert TaskResponse.objects.get().context == WORK.context
    assert post_work(mine, revision=1, hand_in="1").status_code == 302  # the page knows its own revision
    assert 'name="revision" value="1"' in page


def save_draft(client: Client, revision: int = 0, **texts):
    body = {"revision": revision, "texts": {**WORK.__dict__, **texts}}
    return client.post("/my/learning/tasks/tasks-1/draft/", body, content_type="application/json")


def test_the_editor_of_a_task_saves_by_itself_and_two_tabs_do_not_overwrite_each_other(mine, amara) -> None:
    teaching.content(amara)
    assert mine.get("/my/learning/tasks/tasks-1/draft/").json()["revision"] == 0
    assert save_draft(mine, context="from the phone").json()["revision"] == 1
    assert save_draft(mine, context="from the phone").json()["revision"] == 1  # sent twice, saved once
    clash = save_draft(mine, context="from the laptop")
    assert clash.status_code == 409
    assert clash.json()["texts"]["context"] == "from the phone"
    assert "saved elsewhere" in clash.json()["message"]
    assert TaskResponse.objects.get().context == "from the phone"


def test_what_the_editor_can_not_keep_is_answered_with_a_reason(mine, amara) -> None:
    teaching.content(amara)
    long = save_draft(mine, context="x" * 20_001)
    assert (long.status_code, TaskResponse.objects.count()) == (422, 0)
    assert "Context: Shorten this text to 20000 characters; it has 20001." in long.json()["message"]
    for body in (b"", b"[]", b'{"revision": -1, "texts": {}}', b'{"revision": 0, "texts": {"other": ""}}'):
        odd = mine.post("/my/learning/tasks/tasks-1/draft/", body, content_type="application/json")
        assert (odd.status_code, "load it again" in odd.json()["message"]) == (400, True)
    half = b'{"revision": 0, "texts": {"context": "a\\u0000b\\ud800"}}'
    kept = mine.post("/my/learning/tasks/tasks-1/draft/", half, content_type="application/json")
    assert kept.status_code == 200
    assert TaskResponse.objects.get().context == "ab?"
    post_work(mine, revision=1, hand_in="1")
    refused = save_draft(mine, 2, context="more")
    assert refused.status_code == 422
    assert "waits for your tutor" in refused.json()["message"]
    assert mine.post("/my/learning/tasks/none-1/draft/").status_code == 404


def test_work_sent_after_the_session_ended_is_in_the_editor_after_signing_in(amara) -> None:
    teaching.content(amara)
    client, page = Client(), "/my/learning/tasks/tasks-1/"
    whose = {"enrolment": amara.reference, "person": str(amara.user_id)}
    sent = {**WORK.__dict__, "revision": 0, "hand_in": "1", **whose}
    answer = client.post(page, sent)
    assert answer["Location"] == f"/accounts/login/?next={page}"
    signed_in = client.post(answer["Location"], {"login": amara.user.email, "password": factories.PASSWORD})
    assert signed_in.status_code == 302
    shown = client.get(page).content.decode()
    assert WORK.evidence in shown
    assert "It is saved, with the time at which it arrived" in shown
    assert WORK.evidence in client.get(page).content.decode()
    saved = TaskResponse.objects.get()
    assert (saved.evidence, saved.context, saved.state) == (WORK.evidence, WORK.context, "draft")


def test_a_reflection_sent_after_the_session_ended_is_there_for_its_writer_alone(amara) -> None:
    teaching.content(amara)
    other = factories.enrolment("Bilal Next")
    page, sent = (
        "/my/learning/modules/study-1/",
        {"reflection": "The timetable.", "enrolment": amara.reference, "person": str(amara.user_id)},
    )
    for person, seen in ((other, False), (amara, True)):
        client = Client()
        assert client.post(page, sent).status_code == 302
        client.force_login(person.user)
        assert ("The timetable." in client.get(page).content.decode()) is seen
    assert not ModuleCompletion.objects.exists()


def test_work_kept_for_one_person_is_never_shown_to_another(amara) -> None:
    teaching.content(amara)
    other = factories.enrolment("Bilal Next")
    client, page = Client(), "/my/learning/tasks/tasks-1/"
    sent = {**WORK.__dict__, "revision": 0, "enrolment": amara.reference, "person": str(amara.user_id)}
    client.post(page, sent)
    client.force_login(other.user)
    assert WORK.evidence not in client.get(page).content.decode()


def test_work_under_an_outdated_key_comes_back_filled_and_a_forged_one_is_refused(amara) -> None:
    teaching.content(amara)
    client, page = Client(enforce_csrf_checks=True), "/my/learning/tasks/tasks-1/"
    client.force_login(amara.user)
    sent = {**WORK.__dict__, "revision": 0, "person": str(amara.user_id)}
    own = client.post(page, sent, headers={"origin": "http://testserver"})
    assert own.status_code == 422
    assert WORK.evidence in own.content.decode()
    assert "press the button again" in own.content.decode()
    assert client.post(page, sent, headers={"origin": "https://evil.example"}).status_code == 403
    assert not TaskResponse.objects.exists()


def test_a_page_that_was_open_before_another_programme_was_chosen_saves_where_it_belongs(mine, amara) -> None:
    teaching.content(amara)
    second = factories.enrolment("Amara Again", to=factories.intake("npqsl-reformed-international"))
    second.user = amara.user
    second.save(update_fields=["user"])
    teaching.content(second)
    mine.post("/my/switch/", {"enrolment": second.reference})
    sent = post_work(mine, enrolment=amara.reference)
    assert sent["Location"] == f"/my/learning/tasks/tasks-1/?enrolment={amara.reference}"
    assert TaskResponse.objects.get().enrolment == amara


def test_a_stale_tab_sees_both_texts_and_may_then_decide(mine, amara) -> None:
    task = teaching.task(amara)
    learning.save_response(
        task=task, enrolment=amara, work=Work(context="from the phone"), revision=0, by=amara.user, at=AT
    )
    response = post_work(mine, context="from the laptop")
    page = response.content.decode()
    assert response.status_code == 422
    assert "from the phone" in page
    assert "from the laptop" in page
    assert 'name="revision" value="1"' in page

    assert post_work(mine, revision=1, context="both").status_code == 302
    assert TaskResponse.objects.get().context == "both"


@pytest.mark.parametrize(
    "fields",
    [
        {"context": "x" * 20_001},
        {"context": "x" * 10_000_000},
        {"revision": "soon"},
        {"revision": "-1"},
        {"revision": "99999999999999999999"},
    ],
)
def test_hostile_input_is_answered_with_a_message(mine, amara, fields) -> None:
    teaching.content(amara)
    assert post_work(mine, **fields).status_code == 422
    assert TaskResponse.objects.count() == 0


def test_line_ends_of_browsers_make_no_difference(mine, amara) -> None:
    teaching.content(amara)
    post_work(mine, context="one\r\ntwo")
    assert TaskResponse.objects.get().context == "one\ntwo"
    assert post_work(mine, context="one\r\ntwo").status_code == 302


@pytest.mark.parametrize(
    "address", ["learning/modules/study-99/", "learning/tasks/study-1/", "learning/tasks/none/"]
)
def test_what_is_not_in_the_programme_is_not_there(mine, amara, address: str) -> None:
    teaching.content(amara)
    assert mine.get(f"/my/{address}").status_code == 404


# --- coaching -----------------------------------------------------------------------------------
def test_coaching_shows_hours_feedback_and_what_was_agreed(mine, amara) -> None:
    assert "You have no coach yet" in text_of(mine, "coaching/")
    teaching.session(teaching.pairing(amara), 45)
    page = text_of(mine, "coaching/")
    assert "45 min of 5 h" in page
    assert "Write the three decisions on the board." in page
    assert "You listened well." in text_of(mine, "")


# --- how much is asked of the database -------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES)
def test_pages_take_at_most_twelve_queries_however_much_there_is(
    mine, amara, femi, page: str, django_assert_max_num_queries
) -> None:
    teaching.content(amara)
    tara = teaching.staffed(amara.group_places.get().group, "tutor", "Tara Tutor")
    days = teaching.days(amara.group_places.get().group)
    pairing = teaching.pairing(amara)
    for number in (1, 2, 3):
        teaching.attended(days[number - 1], amara, femi)
        response = teaching.handed_in(amara, f"tasks-{number}", at=AT + timedelta(days=number))
        learning.decide(
            response=response, accept=number > 1, strength="a", next_step="b", revision=1, by=tara, at=AT
        )
        teaching.session(pairing, 60, at=AT + timedelta(days=number))
    mine.get("/my/")
    with django_assert_max_num_queries(12):
        text_of(mine, page)


def test_the_schedule_follows_the_group_into_another_month(mine, amara) -> None:
    teaching.days(amara.group_places.get().group)
    other = teaching.group("B")
    teaching.days(other, (date(2025, 1, 13), date(2025, 3, 3), date(2025, 6, 2)))
    events.place_in_group(enrolment=amara, group=other, by=None, at=AT)
    assert "13 Jan 2025, 09:00 (UK time)" in text_of(mine, "schedule/")
