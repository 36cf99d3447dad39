"""The participant's way through the assessment, page by page."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment import actions
from goldenthread.assessment.models import CaseAccess, Sitting
from goldenthread.web.participant.views.home import next_dated
from tests import factories
from tests import factories_assessment as made
from tests.assessment.test_submit import leadership, words

SECOND = timedelta(seconds=1)


def at(moment: datetime) -> Any:
    """The clock of the server, standing still."""
    return time_machine.travel(moment, tick=False)


def signed_in(person: Any, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(person)
    return client


def page(one: Sitting) -> str:
    return reverse("participant:sitting", args=[one.pk])


def fields(
    text: str = "We read aloud.", *, revision: int = 0, key: str = "key-1", **more: str
) -> dict[str, Any]:
    return {"text_1": text, "revision": revision, "form_key": key, **more}


def hand_in(client: Client, one: Sitting, text: str = "We read aloud.", **more: Any) -> Any:
    return client.post(
        page(one), fields(text, **{"own_work": "on", "ai_use": "none", "hand_in": "1", **more})
    )


# --- unseen --------------------
@pytest.mark.django_db
@pytest.mark.requirement("S0-38")
def test_a_second_before_the_window_no_answer_holds_anything_of_the_case() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.OPENS_AT - SECOND):
        answers = [
            client.get(page(one)),
            client.post(page(one), fields(save="1")),
            hand_in(client, one),
            client.get(reverse("participant:assessment")),
            client.get(reverse("participant:sitting_draft", args=[one.pk])),
            client.post(
                reverse("participant:sitting_draft", args=[one.pk]),
                json.dumps({"revision": 0, "texts": {"": "x"}}),
                content_type="application/json",
            ),
            client.get(reverse("participant:script_upload", args=[one.pk])),
        ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 200, 200, 422, 200]
    for answer in answers:
        for secret in ("Saltmarsh", made.QUESTION):
            assert secret not in answer.content.decode()
    assert not CaseAccess.objects.filter(user=one.enrolment.user).exists()
    with at(made.OPENS_AT):
        answer = client.get(page(one))
    assert answer.status_code == 200
    assert made.BODY in answer.content.decode()
    assert CaseAccess.objects.get(user=one.enrolment.user).at == made.OPENS_AT


@pytest.mark.django_db
def test_a_sitting_is_its_own_persons_alone() -> None:
    one = made.sitting()
    script = made.script(one)
    addresses = [
        page(one),
        reverse("participant:sitting_draft", args=[one.pk]),
        reverse("participant:script_upload", args=[one.pk]),
        *(
            reverse(f"participant:{name}", args=[one.pk, script.number])
            for name in ("receipt", "receipt_text", "script_file")
        ),
    ]
    for person in (factories.user(), made.office(), made.author()):
        client = signed_in(person)
        with at(made.INSIDE):
            assert [client.get(address).status_code for address in addresses] == [404] * len(addresses)


# --- writing --------------------
@pytest.mark.django_db
def test_a_draft_is_saved_and_shown_again() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        assert client.post(page(one), fields("First thoughts", save="1")).status_code == 302
        assert "First thoughts" in client.get(page(one)).content.decode()


@pytest.mark.django_db
def test_the_editor_saves_by_itself_and_two_tabs_do_not_overwrite_each_other() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    address = reverse("participant:sitting_draft", args=[one.pk])

    def save(text: str, revision: int) -> Any:
        body = json.dumps({"revision": revision, "texts": {"": text}})
        return client.post(address, body, content_type="application/json")

    with at(made.INSIDE):
        assert save("Tab one", 0).json()["revision"] == 1
        stale = save("Tab two", 0)
        assert (stale.status_code, stale.json()["texts"], stale.json()["revision"]) == (
            409,
            {"": "Tab one"},
            1,
        )
        assert save("Tab one", 0).json()["revision"] == 1
        assert client.get(address).json()["texts"] == {"": "Tab one"}
        refused = client.post(page(one), fields("Tab two", save="1"))
    assert refused.status_code == 409
    content = refused.content.decode()
    assert "Tab one" in content
    assert "Tab two" in content
    assert 'name="revision" value="1"' in content


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"revision": "x", "texts": {}}', b'{"revision": 0, "texts": {"odd": "x"}}',
     b'{"revision": 0, "texts": {"": 5}}', b'{"revision": true, "texts": {}}', b"[" * 100_000, b"\xff\xfe"],
)  # fmt: skip
def test_what_is_not_a_draft_is_answered_and_not_an_error(body: bytes) -> None:
    one = made.sitting()
    with at(made.INSIDE):
        answer = signed_in(one.enrolment.user).post(
            reverse("participant:sitting_draft", args=[one.pk]), body, content_type="application/json"
        )
    assert answer.status_code == 400
    assert "load it again" in answer.json()["message"]


@pytest.mark.django_db
def test_ten_megabytes_are_answered_with_a_message_and_come_back() -> None:
    one = made.sitting()
    with at(made.INSIDE):
        answer = hand_in(signed_in(one.enrolment.user), one, "x" * 10_000_000)
    assert answer.status_code == 422
    assert "10000000 characters" in answer.content.decode()


@pytest.mark.django_db
def test_odd_fields_are_refused_and_the_text_comes_back() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        for odd in ({"revision": "x"}, {"revision": 10**30}, {"form_key": ""}, {"form_key": "k" * 100}):
            answer = client.post(
                page(one),
                {**fields("Kept \x00 text"), **odd, "hand_in": "1", "own_work": "on", "ai_use": "none"},
            )
            assert answer.status_code == 422
            assert "Kept  text" in answer.content.decode()
    assert not one.scripts.exists()


# --- handing in --------------------
@pytest.mark.django_db
@pytest.mark.requirement("S0-39")
def test_handing_in_leads_to_the_receipt_and_its_downloads() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        answer = hand_in(client, one, "Naïve – but ours.")
        assert answer.status_code == 302
        content = client.get(answer["Location"]).content.decode()
        text = client.get(reverse("participant:receipt_text", args=[one.pk, 1]))
        file = client.get(reverse("participant:script_file", args=[one.pk, 1]))
    script = one.scripts.get()
    assert script.sha256 in content
    assert "Wed 8 Oct 2025, 13:00:00 (UK time)" in content
    assert script.sha256 in text.content.decode()
    assert file.content.decode() == "Naïve – but ours."
    for download in (text, file):
        assert download["Content-Disposition"].startswith("attachment")


@pytest.mark.django_db
def test_handing_in_what_the_editor_has_kept_takes_nine_queries() -> None:
    """In the last hour before a deadline these are what the server does: the person, the sitting, the transaction."""
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        hand_in(client, one, "First.")  # what is worded once is worded
        other = made.sitting()
        another = signed_in(other.enrolment.user)
        actions.save_draft(
            sitting=other, texts={"": "Kept."}, revision=0, by=other.enrolment.user, at=made.INSIDE
        )
        with CaptureQueriesContext(connection) as asked:
            assert hand_in(another, other, "Kept.", revision="1").status_code == 302
    own = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    assert len(own) == 9, own


@pytest.mark.django_db
def test_a_double_click_and_the_back_button_make_one_script() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        places = {hand_in(client, one)["Location"] for _ in range(3)}
    assert len(places) == 1
    assert one.scripts.count() == 1


@pytest.mark.django_db
@pytest.mark.requirement("S0-30")
def test_1501_words_come_back_with_both_numbers_and_are_kept_as_the_draft() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        answer = hand_in(client, one, words(1501))
    assert answer.status_code == 422
    assert "1,501 of 1,500 words: cut 1 word" in answer.content.decode()
    one.refresh_from_db()
    assert one.draft == {"": words(1501)}
    with at(made.INSIDE):
        assert hand_in(client, one, words(1500), revision=1, key="again").status_code == 302


@pytest.mark.django_db
@pytest.mark.requirement("S2-20")
def test_without_the_declaration_the_page_comes_back_filled() -> None:
    one = made.sitting()
    with at(made.INSIDE):
        answer = signed_in(one.enrolment.user).post(page(one), fields("All of it", hand_in="1"))
    assert answer.status_code == 422
    content = answer.content.decode()
    assert "Confirm that this is your own work" in content
    assert "All of it" in content


@pytest.mark.django_db
@pytest.mark.requirement("S0-39")
def test_after_the_last_instant_the_text_is_kept_and_the_page_says_what_to_do() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT + SECOND):
        answer = hand_in(client, one, "A minute too late")
        again = client.get(page(one)).content.decode()
    assert answer.status_code == 422
    assert "midnight at the end of Mon 13 Oct 2025" in answer.content.decode()
    for content in (answer.content.decode(), again):
        assert "A minute too late" in content
        assert "programme office today" in content
    one.refresh_from_db()
    assert (one.draft, one.scripts.count()) == ({"": "A minute too late"}, 0)


@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
def test_leadership_has_four_areas_and_a_missing_one_is_named() -> None:
    one = leadership()
    client = signed_in(one.enrolment.user)
    texts = {f"text_{number}": "Something" for number in (1, 2, 3)}
    with at(made.INSIDE):
        answer = client.post(
            page(one),
            {
                **texts,
                "text_4": "",
                "revision": 0,
                "form_key": "k",
                "own_work": "on",
                "ai_use": "none",
                "hand_in": "1",
            },
        )
    assert answer.status_code == 422
    assert "4 Implementation steps missing" in answer.content.decode()


# --- sessions that end --------------------
@pytest.mark.django_db
def test_text_sent_after_the_session_ended_is_in_the_editor_after_signing_in() -> None:
    one = made.sitting()
    client = Client()
    with at(made.INSIDE):
        answer = client.post(
            page(one),
            fields(
                "Long thoughts", hand_in="1", own_work="on", ai_use="none", person=str(one.enrolment.user_id)
            ),
        )
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))
        assert (
            client.post(
                answer["Location"], {"login": one.enrolment.user.email, "password": factories.PASSWORD}
            ).status_code
            == 302
        )
        content = client.get(page(one)).content.decode()
        assert "Long thoughts" in content
        assert "A text of yours arrived" in content
        assert "Long thoughts" in client.get(page(one)).content.decode()
    assert not one.scripts.exists()


@pytest.mark.django_db
def test_a_form_with_an_outdated_key_comes_back_filled_and_changes_nothing() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user, enforce_csrf_checks=True)
    with at(made.INSIDE):
        answer = client.post(
            page(one), fields("Still here", save="1"), headers={"origin": "http://testserver"}
        )
        assert answer.status_code == 422
        assert "Still here" in answer.content.decode()
        assert "press the button again" in answer.content.decode()
        forged = client.post(
            page(one), fields("Forged", save="1"), headers={"origin": "https://evil.example"}
        )
    assert forged.status_code == 403
    assert "Forged" not in forged.content.decode()
    one.refresh_from_db()
    assert one.draft == {}


@pytest.mark.django_db
def test_the_editor_is_told_when_nobody_is_signed_in() -> None:
    one = made.sitting()
    with at(made.INSIDE):
        answer = Client().post(
            reverse("participant:sitting_draft", args=[one.pk]), "{}", content_type="application/json"
        )
    assert answer.status_code == 302


# --- the overview --------------------
def overview(client: Client) -> str:
    return client.get(reverse("participant:assessment")).content.decode()


@pytest.mark.django_db
def test_the_overview_follows_the_sitting() -> None:
    enrolment = made.ready()
    client = signed_in(enrolment.user)
    with at(made.BEFORE):
        content = overview(client)
        assert "Tue 2 Sep 2025 and Tue 25 Nov 2025" in content
        assert "What counts as a word" in content
    one = made.sitting(enrolment)
    with at(made.BEFORE):
        content = overview(client)
        assert "Nothing would keep you out as things stand" in content
        assert "at most 1,500 words" in content
    with at(made.INSIDE):
        assert "Read the case study and write" in overview(client)
        hand_in(client, one)
        assert "You have handed in 3 words" in overview(client)
    with at(made.CLOSES_AT + SECOND):
        content = overview(client)
        assert "Your script is with the markers" in content
        assert f'href="{reverse("participant:result", args=[one.pk])}"' in content


@pytest.mark.django_db
@pytest.mark.requirement("S0-31")
def test_the_chosen_limit_is_shown_with_its_sources_and_who_chose() -> None:
    one = leadership()
    with at(made.BEFORE):
        content = overview(signed_in(one.enrolment.user))
    slides = "International NPQs: introduction to six reformed programmes (slides)"
    assert f"2,500 words ({slides}, line 82" in content  # the title of the document, not our number of it
    assert "000:" not in content
    assert "Olu Office chose 2,500 words" in content


@pytest.mark.django_db
@pytest.mark.requirement("S0-41")
def test_somebody_below_the_gate_is_told_before_and_after() -> None:
    from tests.assessment.test_release import leader

    one = made.sitting(leader(4854))
    client = signed_in(one.enrolment.user)
    with at(made.BEFORE):
        assert "would not be released to you" in overview(client)
    with at(made.OPENS_AT + SECOND):
        told = overview(client)
        assert "As things stand now, the case study is not released to you" in told
        home = client.get(reverse("participant:home")).content.decode()
        assert "Open the case study" not in told + home
        assert "Your case study window is open" in home
        assert page(one) not in client.get(reverse("participant:schedule")).content.decode()
        one.refresh_from_db()
        assert (one.released_at, one.state) == (None, "booked")  # reading about it judges nothing
    with at(made.INSIDE):
        answer = client.get(page(one))
        assert answer.status_code == 403
        assert made.BODY not in answer.content.decode()
        assert "was not released to you" in overview(client)


@pytest.mark.django_db
def test_home_leads_straight_to_the_case_study_once_it_is_released() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        actions.release(sitting=one, at=made.INSIDE)
        home = client.get(reverse("participant:home")).content.decode()
    assert "Write your response to the case study" in home
    assert f'href="{page(one)}"' in home


@pytest.mark.django_db
def test_somebody_who_wrote_and_did_not_hand_in_finds_the_text() -> None:
    one = made.sitting()
    actions.save_draft(sitting=one, texts={"": "Unsent"}, revision=0, by=one.enrolment.user, at=made.INSIDE)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT + SECOND):
        assert "nothing was handed in" in overview(client)
        content = client.get(page(one)).content.decode()
    assert "Unsent" in content
    assert "readonly" in content


@pytest.mark.django_db
def test_an_unknown_sitting_or_script_is_not_found() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    assert client.get(reverse("participant:sitting", args=[10**17])).status_code == 404
    assert client.get(reverse("participant:receipt", args=[one.pk, 9])).status_code == 404


@pytest.mark.django_db
def test_what_is_dated_next_is_named_where_nothing_is_dated_in_this_month() -> None:
    one = made.sitting()
    ahead = next_dated([], one, date(2025, 9, 30), at=made.BEFORE)
    opened = next_dated([], one, date(2025, 10, 8), at=made.INSIDE)
    assert ahead is not None
    assert opened is not None
    assert (ahead["label"], ahead["when"]) == ("Your case study opens", "on Mon 6 Oct 2025")
    assert not ahead["this_month"]
    assert opened["when"] == "until midnight at the end of Mon 13 Oct 2025 (UK time)"
    assert opened["this_month"]
    assert next_dated([], one, date(2025, 10, 30), at=made.CLOSES_AT + SECOND) is None


@pytest.mark.django_db
def test_what_is_written_after_handing_in_is_told_until_it_is_handed_in() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    actions.release(sitting=one, at=made.INSIDE)

    def pages() -> tuple[str, str]:
        return overview(client), client.get(reverse("participant:home")).content.decode()

    def since(text: str, minutes: int) -> None:
        fresh = Sitting.objects.get(pk=one.pk)
        actions.save_draft(
            sitting=fresh, texts={"": text}, revision=fresh.draft_revision, by=one.enrolment.user,
            at=made.INSIDE + timedelta(minutes=minutes),
        )  # fmt: skip

    with at(made.INSIDE):
        hand_in(client, one)
        handed_in, home = pages()
    assert "have changed your text since" not in handed_in
    assert "written on since you handed in" not in home
    since("We read aloud, daily.", 1)
    with at(made.INSIDE + timedelta(minutes=2)):
        handed_in, home = pages()
    assert "You have changed your text since: that isn’t handed in." in handed_in
    assert "You have written on since you handed in" in home
    since("We read aloud.", 3)
    with at(made.INSIDE + timedelta(minutes=4)):
        assert "have changed your text since" not in overview(client)
    since("We read aloud every day.", 5)
    with at(made.CLOSES_AT + SECOND):
        handed_in, home = pages()
    assert "have changed your text since" not in handed_in
    assert "written on since you handed in" not in home
