"""The pages of a discussion: for its two markers, for the office, and for the moderator afterwards."""

import re
import uuid
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.common import clock
from goldenthread.marking import discussing, discussion_queries
from goldenthread.marking.discussion_models import Discussion, DiscussionAnswer, DiscussionMessage
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import MarkingPolicy, Stop
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_discussions as talks
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture(autouse=True)
def _now(monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, talk: Discussion) -> str:
    response = as_(user).get(f"/mark/discussions/{talk.pk}/")
    assert response.status_code == 200
    return str(response.content.decode())


def say(user: User, talk: Discussion, text: str, key: str = "") -> Any:
    posted = {"step": "say", "text": text, "form_key": key or str(uuid.uuid4())}
    return as_(user).post(f"/mark/discussions/{talk.pk}/", posted)


def answer(user: User, talk: Discussion, how: str = "stand", *, seen: str = "0:0", **changed: Any) -> Any:
    position = talk.position_of(user.pk)
    own = Marking.objects.get(pk=talk.markings[position or 0]).marks
    boxes = {f"point_{number}": mark for number, mark in own.items()}
    posted = {"step": "answer", "answer": how, "seen": seen, **boxes, **changed}
    return as_(user).post(f"/mark/discussions/{talk.pk}/", posted)


def test_both_sides_are_shown_by_letter_and_never_by_name() -> None:
    talk = talks.discussion()
    for user, other in ((talk.first_marker, talk.second_marker), (talk.second_marker, talk.first_marker)):
        text = page(user, talk)
        assert "Marker A" in text
        assert "Marker B" in text
        assert "3 marks apart" in text
        assert other.name not in text.split("<main", 1)[1]
        assert other.email not in text
        assert talk.script.sitting.enrolment.application.name not in text
    mine = page(talk.first_marker, talk)
    assert "You are Marker A" in mine
    assert "Marker A (you)" in mine
    assert "Teachers in the department check understanding" in mine
    assert "they agree." not in mine


def test_a_message_is_seen_by_the_other_as_plain_text() -> None:
    talk = talks.discussion()
    assert say(talk.first_marker, talk, "<b>Where?</b>\nIn part two?").status_code == 302
    text = page(talk.second_marker, talk)
    assert "&lt;b&gt;Where?&lt;/b&gt;<br>In part two?" in text
    assert "<b>Where?" not in text


def test_an_empty_or_long_message_is_refused_with_what_was_typed() -> None:
    talk = talks.discussion()
    assert "Write something first." in say(talk.first_marker, talk, " ").content.decode()
    refused = say(talk.first_marker, talk, "x" * 2001)
    assert refused.status_code == 422
    assert "Shorten this to 2,000 characters." in refused.content.decode()
    assert "x" * 2001 in refused.content.decode()
    assert not DiscussionMessage.objects.exists()


def test_a_message_sent_twice_stands_once() -> None:
    talk, key = talks.discussion(), str(uuid.uuid4())
    for _ in range(2):
        assert say(talk.first_marker, talk, "Once.", key).status_code == 302
    assert DiscussionMessage.objects.count() == 1


def test_a_change_without_a_reason_is_named_at_its_point() -> None:
    talk = talks.discussion()
    refused = answer(talk.first_marker, talk, "change", point_1=4, point_2=9)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "Say why you mark point 1 otherwise now." in text
    assert "Point 2 can be given 0 to 4 marks, not 9." in text
    assert not DiscussionAnswer.objects.exists()


def test_to_stand_by_marks_with_others_in_the_boxes_is_refused() -> None:
    talk = talks.discussion()
    refused = answer(talk.first_marker, talk, "stand", point_1=4, why_1="Read again.")
    assert "You have other marks in the boxes (1)" in refused.content.decode()
    refused = answer(talk.first_marker, talk, "change")
    assert "No mark is changed" in refused.content.decode()


def test_an_answer_is_asked_about_once_as_submitting_is() -> None:
    talk = talks.discussion()
    text = page(talk.first_marker, talk)
    for asked, value in (("Stand by my marks", "stand"), ("Change my marks", "change")):
        question = re.search(
            rf"<details[^>]*>\s*<summary[^>]*>{asked}</summary>(.*?)</details>", text, re.DOTALL
        )
        assert question is not None
        assert f'name="answer" value="{value}"' in question[1]
        assert "afterwards" in question[1]
    assert text.count('name="answer"') == 2


def test_an_old_page_shows_what_came_meanwhile_and_then_takes_the_answer() -> None:
    talk = talks.discussion()
    say(talk.second_marker, talk, "Look at part two.")
    refused = answer(talk.first_marker, talk, "change", point_1=4, why_1="It is there.")
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "Look at part two." in text
    assert 'value="It is there."' in text
    seen = re.search(r'name="seen" value="([^"]+)"', text)
    assert seen is not None
    done = answer(talk.first_marker, talk, "change", seen=seen[1], point_1=4, why_1="It is there.")
    assert done.status_code == 302


def test_another_fault_does_not_pass_for_having_read_what_came_meanwhile() -> None:
    talk = talks.discussion()
    say(talk.second_marker, talk, "Look at part two.")
    for changed in ({"point_1": 4}, {"point_1": "many", "why_1": "It is there."}):
        refused = answer(talk.first_marker, talk, "change", **changed)
        assert refused.status_code == 422
        seen = re.search(r'name="seen" value="([^"]+)"', refused.content.decode())
        told = "Your colleague has written" in refused.content.decode()
        assert seen is not None
        assert told == (seen[1] != "0:0")
    assert not DiscussionAnswer.objects.exists()


def test_the_page_says_what_it_came_to() -> None:
    talk = talks.discussion()
    answer(talk.first_marker, talk, "change", point_1=4, why_1="It is there.")
    waiting = page(talk.first_marker, talk)
    assert "You have answered" in waiting
    assert "Change my marks" not in waiting
    theirs = page(talk.second_marker, talk)
    assert "Point 1: 3 becomes 4. It is there." in theirs
    assert "2 marks apart" in theirs
    assert "As both sets of marks are now, they agree." in theirs
    answer(talk.second_marker, talk, seen="0:1")
    for user in (talk.first_marker, talk.second_marker):
        text = page(user, talk)
        assert "Your marks agree" in text
        assert "17 of 20 marks" in text
        assert "Teachers in the department" not in text
        assert "<textarea" not in text


def test_after_two_who_stand_the_page_says_that_a_third_decides_and_what_comes_late_is_not_kept() -> None:
    talk = talks.discussion()
    answer(talk.first_marker, talk)
    answer(talk.second_marker, talk, seen="0:1")
    assert "A third marker decides" in page(talk.first_marker, talk)
    late = as_(talk.first_marker).post(
        f"/mark/discussions/{talk.pk}/",
        {"step": "say", "text": "But", "form_key": str(uuid.uuid4())},
        follow=True,
    )
    assert "was over before this arrived" in late.content.decode()
    assert not DiscussionMessage.objects.exists()


def test_where_marks_were_set_aside_nothing_of_the_other_is_shown() -> None:
    talk = talks.discussion(markers=4)
    say(talk.second_marker, talk, "Secret words.")
    second = Marking.objects.select_related("script__sitting__window").get(position=2)
    moderation.set_aside(marking=second, reason="They met.", by=factories.member(Role.OFFICE, "O"), at=AT)
    text = page(talk.first_marker, talk)
    assert "This discussion is over" in text
    assert "Secret words." not in text
    assert "Marker B" not in text


def test_nobody_else_gets_the_page() -> None:
    talk = talks.discussion()
    for user in (
        User.objects.get(name="Bo Marker"), factories.member(Role.OFFICE, "Olu Office"),
        factories.member(Role.MODERATOR, "Chidi Moderator"),
    ):  # fmt: skip
        assert as_(user).get(f"/mark/discussions/{talk.pk}/").status_code == 404
        assert say(user, talk, "Hello").status_code == 404


def test_who_is_paused_reads_that_alone() -> None:
    talk = talks.discussion()
    Stop.objects.create(window=talk.script.sitting.window, marker=talk.first_marker, at=AT)
    text = page(talk.first_marker, talk)
    assert "Your marking is paused" in text
    assert "Marker B" not in text
    assert say(talk.first_marker, talk, "Hello").status_code == 200
    assert not DiscussionMessage.objects.exists()


def test_queue_and_submitted_script_lead_to_the_discussion() -> None:
    talk = talks.discussion()
    queue = as_(talk.first_marker).get("/mark/").content.decode()
    assert f"/mark/discussions/{talk.pk}/" in queue
    assert "Your answer is awaited" in queue
    script = as_(talk.first_marker).get(f"/mark/{talk.first_marking}/").content.decode()
    assert "answer by Sun 19 Oct 2025" in script
    answer(talk.second_marker, talk)
    assert "Your colleague has answered" in as_(talk.first_marker).get("/mark/").content.decode()


def test_what_waits_for_an_answer_comes_before_what_is_answered_and_a_long_list_says_so(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(discussion_queries, "SHOWN_AT_ONCE", 1)
    answered, waiting = talks.disagree(talks.window(scripts=2, markers=2))
    mine = answered.first_marker  # of both scripts, since there are two markers
    answer(mine, answered)
    queue = as_(mine).get("/mark/").content.decode()
    assert f"/mark/discussions/{waiting.pk}/" in queue
    assert f"/mark/discussions/{answered.pk}/" not in queue
    assert "others come after them" in queue
    monkeypatch.setattr(discussion_queries, "SHOWN_AT_ONCE", 2)
    queue = as_(mine).get("/mark/").content.decode()
    assert queue.index(f"/mark/discussions/{waiting.pk}/") < queue.index(f"/mark/discussions/{answered.pk}/")
    assert "others come after them" not in queue


def test_nobody_sees_the_others_marks_on_the_script_while_it_is_discussed() -> None:
    talk = talks.discussion()
    text = as_(talk.first_marker).get(f"/mark/{talk.first_marking}/").content.decode()
    assert "Other" not in text.split('id="marks"', 1)[1].split("</section>", 1)[0]


# --- the office --------------------------------------------------------------------------------------
def test_the_office_sees_who_and_until_when_and_no_marks_and_no_words() -> None:
    talk = talks.discussion()
    say(talk.first_marker, talk, "Secret words.")
    answer(talk.first_marker, talk, "change", point_1=4, why_1="Secret reason.")
    office = as_(talk.script.sitting.window.created_by)
    listed = office.get(f"/office/windows/{talk.script.sitting.window_id}/marking/?show=discussed")
    shown = office.get(f"/office/discussions/{talk.pk}/")
    for response in (listed, shown):
        text = response.content.decode()
        assert talk.code in text
        assert talk.first_marker.name in text
        assert "Secret" not in text
    assert "has answered" in shown.content.decode()
    assert "answer awaited" in shown.content.decode()


def test_the_office_ends_a_discussion_with_a_reason() -> None:
    talk = talks.discussion()
    office, address = as_(talk.script.sitting.window.created_by), f"/office/discussions/{talk.pk}/"
    assert "Say why it ends." in office.post(address, {"reason": ""}).content.decode()
    assert office.post(address, {"reason": "The board meets."}).status_code == 302
    assert Discussion.objects.get().ending == "third"
    assert "The board meets." in office.get(address).content.decode()
    again = office.post(address, {"reason": "The board meets."})
    assert again.status_code == 302


def test_a_discussion_past_its_last_day_is_late_on_the_desk(monkeypatch: Any) -> None:
    talk = talks.discussion()
    office = as_(talk.script.sitting.window.created_by)
    assert "1 script of" in (text := office.get("/office/").content.decode())
    assert "discussed by two markers" in text
    assert "past the last day" not in text
    Discussion.objects.update(until_on=date(2025, 10, 13))
    assert "1 past the last day" in office.get("/office/").content.decode()
    marking = office.get(f"/office/windows/{talk.script.sitting.window_id}/marking/?show=discussed")
    assert "Late" in marking.content.decode()


def test_the_office_is_told_what_ending_a_late_discussion_comes_to() -> None:
    talk = talks.discussion()
    answer(talk.first_marker, talk, "change", point_1=4, why_1="It is there.")
    Discussion.objects.update(until_on=date(2025, 10, 13))
    office, address = as_(talk.script.sitting.window.created_by), f"/office/discussions/{talk.pk}/"
    page_ = office.get(address).content.decode()
    assert "What was answered by its last day counts" in page_
    assert "counts for nothing" not in page_
    done = office.post(address, {"reason": "It is late."}, follow=True).content.decode()
    assert "is over: with what they changed, the marks agree." in done
    assert Discussion.objects.get().ending == "agreed"


def test_the_policy_takes_what_follows_when_two_do_not_agree() -> None:
    made = make.window()
    office, address = as_(made.created_by), f"/office/windows/{made.pk}/marking/policy/"
    form = office.get(address).context["form"]
    said = {name: value for name, value in form.initial.items() if value is not None and value is not False}
    posted = {**said, "apart": "discussion", "discussion_days": "7", "reason": "They learn from it."}
    assert office.post(address, posted).status_code == 302
    kept = MarkingPolicy.objects.get()
    assert (kept.apart, kept.discussion_days) == ("discussion", 7)
    assert "discuss it for 7 days" in office.get(address).content.decode()
    refused = office.post(address, {**posted, "discussion_days": "0"})
    assert "Enter a whole number from 1 to 30." in refused.content.decode()


# --- the moderator -----------------------------------------------------------------------------------
def test_a_moderator_reads_it_after_their_own_marks() -> None:
    talk = talks.discussion()
    talks.say(talk, "A", "It is in part two.")
    talks.answer(talk, "A", (1, 4))
    talks.answer(talk, "B")
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=talk.script.sitting.window, by=chidi, at=AT, seed="s")
    sampled = opened.sample.get()
    before = as_(chidi).get(f"/moderate/scripts/{sampled.pk}/").content.decode()
    assert "part two" not in before
    moderation.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=AT)
    after = as_(chidi).get(f"/moderate/scripts/{sampled.pk}/").content.decode()
    assert "It is in part two." in after
    assert "Point 1: 3 becomes 4. I read point 1 again." in after
    assert "They gave 15 and 18 marks before." in after
    assert "after discussion" in after
    for user in (talk.first_marker, talk.second_marker):
        assert user.name not in after


def test_the_page_asks_no_more_where_more_was_written() -> None:
    talk = talks.discussion()
    discussing.end_if_due(discussion=talk, at=AT)
    client = as_(talk.first_marker)
    answer(talk.second_marker, talk, "change", point_1=3, why_1="It is not there.")
    say(talk.second_marker, talk, "One")
    client.get(f"/mark/discussions/{talk.pk}/")
    counts = []
    for text in ("Two", "Three"):
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/mark/discussions/{talk.pk}/")
        counts.append(len([one for one in asked if "SAVEPOINT" not in one["sql"]]))
        say(talk.second_marker, talk, text)
    assert counts[0] == counts[1] <= 12


# --- what is typed stays -------------------------------------------------------------------------------
def test_answer_that_is_begun_stays_when_a_message_is_sent() -> None:
    talk = talks.discussion()
    ann, key = talk.first_marker, str(uuid.uuid4())
    typed = {"seen": "0:0", "point_1": "2", "why_1": "The routine is named twice.", "point_2": "3"}
    posted = {"step": "say", "text": "Look at paragraph 2.", "form_key": key, **typed}
    for _ in range(2):  # loading the page again sends the same
        found = as_(ann).post(f"/mark/discussions/{talk.pk}/", posted)
        text = found.content.decode()
        assert found.status_code == 200
        assert "The routine is named twice." in text
        assert 'name="point_1" value="2"' in text
        assert text.count("Look at paragraph 2.") == 1
    assert DiscussionMessage.objects.count() == 1
    assert not DiscussionAnswer.objects.exists()


def test_message_that_is_not_sent_holds_an_answer_up_and_both_stay() -> None:
    talk = talks.discussion()
    found = answer(talk.first_marker, talk, "change", text="But see", point_1="4", why_1="Both are there.")
    text = found.content.decode()
    assert found.status_code == 422
    assert "You haven&#x27;t sent this yet" in text
    assert "But see" in text
    assert "Both are there." in text
    assert not DiscussionAnswer.objects.exists()


def test_enter_in_a_box_sends_nothing_and_keeps_everything() -> None:
    talk = talks.discussion()
    posted = {"step": "keep", "text": "Half a", "seen": "0:0", "why_1": "Half a reason"}
    text = as_(talk.first_marker).post(f"/mark/discussions/{talk.pk}/", posted).content.decode()
    assert "Half a</textarea>" in text.replace("\n", "")
    assert "Half a reason" in text
    assert not DiscussionMessage.objects.exists()
