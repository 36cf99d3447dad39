"""A document counts: it is shown to be read, and a text from the editor takes its place only by a deliberate word."""

import io
import uuid
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.assessment import actions
from goldenthread.assessment.models import Script, Sitting
from tests import documents
from tests import factories_assessment as made
from tests.factories_assessment import NO_AI
from tests.web.test_participant_assessment import at, signed_in
from tests.web.test_participant_pieces import begin, finish

pytestmark = pytest.mark.django_db


def hand_in_document(one: Sitting, words: int = 364, name: str = "good.docx") -> Script:
    file = io.BytesIO(documents.docx(words))
    response = actions.prepare_upload(sitting=one, file=file, name=name, size_limit=10**7, at=made.INSIDE)
    return actions.submit_script(
        sitting=one,
        response=response,
        key=uuid.uuid4().hex,
        own_work=True,
        ai=NO_AI,
        by=one.enrolment.user,
        at=made.INSIDE,
    )


def press(client: Client, one: Sitting, page: Any, text: str, **more: Any) -> Any:
    """Send the editor's form as a browser without JavaScript does, "Hand in" pressed."""
    context = page.context
    sent = {
        "revision": context["revision"],
        "form_key": context["form_key"],
        "text_1": text,
        "own_work": "on",
        "ai_use": "none",
        "hand_in": "1",
        "person": one.enrolment.user_id,
    }
    if context["document"]:
        sent["counts"] = context["document"].number
    return client.post(reverse("participant:sitting", args=[one.pk]), {**sent, **more})


def current(one: Sitting) -> Script:
    return one.scripts.get(current=True)


def test_the_page_says_that_a_document_counts_and_would_be_replaced() -> None:
    one = made.sitting()
    hand_in_document(one)
    with at(made.INSIDE):
        page = (
            signed_in(one.enrolment.user).get(reverse("participant:sitting", args=[one.pk])).content.decode()
        )
    assert "You have handed in script 1: good.docx" in page
    assert "handing that in would replace your document" in page
    assert "This would replace good.docx, 364 words, handed in at" in page
    assert "The text in the editor replaces my document good.docx." in page


def test_without_the_word_nothing_is_replaced_and_the_text_is_kept() -> None:
    one = made.sitting()
    hand_in_document(one)
    client, url = signed_in(one.enrolment.user), reverse("participant:sitting", args=[one.pk])
    with at(made.INSIDE):
        answer = press(client, one, client.get(url), "Another text of mine.")
        said = answer.content.decode()
        assert answer.status_code == 422
        assert (
            "Your document good.docx counts: 364 words, handed in at Wed 8 Oct 2025, 13:00 (UK time)" in said
        )
        assert "tick the box that says so" in said
        assert current(one).file_name == "good.docx"
        one.refresh_from_db()
        assert one.draft == {"": "Another text of mine."}
        twice = [press(client, one, answer, "Another text of mine.", replace="on") for _ in range(2)]
    assert {done.url for done in twice} == {reverse("participant:receipt", args=[one.pk, 2])}
    assert (current(one).number, current(one).text) == (2, "Another text of mine.")
    assert one.scripts.count() == 2


def test_a_form_from_before_the_document_and_a_word_about_another_document_replace_nothing() -> None:
    one = made.sitting()
    client, url = signed_in(one.enrolment.user), reverse("participant:sitting", args=[one.pk])
    with at(made.INSIDE):
        before = client.get(url)
        hand_in_document(one)
        assert press(client, one, before, "Written meanwhile.").status_code == 422
        assert press(client, one, before, "Written meanwhile.", replace="on").status_code == 422
        page = client.get(url)
        hand_in_document(one, 400, "better.docx")
        answer = press(client, one, page, "Written meanwhile.", replace="on")
    assert answer.status_code == 422
    assert "Your document better.docx counts" in answer.content.decode()
    assert not answer.context["form"]["replace"].value()  # what was said of good.docx
    assert current(one).file_name == "better.docx"


def test_a_text_replaces_a_text_and_a_document_replaces_either_as_before() -> None:
    one = made.sitting()
    client, url = signed_in(one.enrolment.user), reverse("participant:sitting", args=[one.pk])
    with at(made.INSIDE):
        for number, text in enumerate(["One.", "Two."], start=1):
            answer = press(client, one, client.get(url), text)
            assert answer.url == reverse("participant:receipt", args=[one.pk, number])
        assert hand_in_document(one).number == 3
        upload = client.get(reverse("participant:script_upload", args=[one.pk])).content.decode()
        assert hand_in_document(one, 400).number == 4
    assert "It counts until you hand in another one" in upload


def test_what_counts_can_be_read_and_downloaded_from_the_assessment_page() -> None:
    one = made.sitting()
    script = hand_in_document(one)
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        overview = client.get(reverse("participant:assessment")).content.decode()
        receipt = client.get(reverse("participant:receipt", args=[one.pk, 1])).content.decode()
    address = reverse("participant:receipt", args=[one.pk, 1])
    assert f'href="{address}#text"' in overview
    assert "Your document good.docx counts" in overview
    assert "What you handed in: good.docx" in receipt
    assert script.text.split("\n", maxsplit=1)[0] in unescape(receipt)
    assert reverse("participant:script_file", args=[one.pk, 1]) in receipt


# --- a document over what came since its page was made ---------------------------------------------------
def look_at(client: Client, one: Sitting, words: int) -> Any:
    file = SimpleUploadedFile("mine.docx", documents.docx(words))
    return client.post(reverse("participant:script_upload", args=[one.pk]), {"file": file})


def drawn(form: Any) -> dict[str, Any]:
    """What a browser sends of a form that it shows: nothing of a box without a tick."""
    return {field.name: field.value() for field in form if field.value() not in (None, False)}


def written(one: Sitting, text: str = "A text of mine.") -> Script:
    return actions.submit_script(
        sitting=one, response=actions.prepare_text(sitting=one, texts={"": text}), key=uuid.uuid4().hex,
        own_work=True, ai=made.NO_AI, by=one.enrolment.user, at=made.INSIDE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("newer", "named"),
    [
        (
            written,
            "Your text from the page, script 1 with 4 words, handed in at Wed 8 Oct 2025, 13:00 (UK time), counts",
        ),
        (hand_in_document, "Your document good.docx, script 1 with 364 words, handed in at"),
    ],
)
def test_a_document_whose_page_is_older_than_what_counts_replaces_it_only_by_a_word(
    newer: Any, named: str
) -> None:
    one = made.sitting()
    client, url = signed_in(one.enrolment.user), reverse("participant:script_upload", args=[one.pk])
    with at(made.INSIDE):
        page = look_at(client, one, 300)
        came = newer(one)
        answer = client.post(url, {**drawn(page.context["final"]), "own_work": "on", "ai_use": "none"})
        assert answer.status_code == 422
        assert named in unescape(answer.content.decode())
        assert "This document replaces what counts now." in answer.content.decode()
        assert current(one) == came
        form = drawn(answer.context["final"])
        assert (
            client.post(url, {**form, "own_work": "on", "ai_use": "none"}).status_code == 422
        )  # the box is still empty
        done = [
            client.post(url, {**form, "own_work": "on", "ai_use": "none", "replace": "on"}) for _ in range(2)
        ]
    assert {each["Location"] for each in done} == {reverse("participant:receipt", args=[one.pk, 2])}
    assert (current(one).number, current(one).words) == (2, 300)


def test_a_word_about_one_script_is_none_about_the_next_and_a_missing_declaration_keeps_the_question() -> (
    None
):
    one = made.sitting()
    client, url = signed_in(one.enrolment.user), reverse("participant:script_upload", args=[one.pk])
    with at(made.INSIDE):
        page = look_at(client, one, 300)
        written(one)
        asked = client.post(url, {**drawn(page.context["final"]), "own_work": "on", "ai_use": "none"})
        unsaid = client.post(
            url, {**drawn(asked.context["final"]), "own_work": "", "ai_use": "none", "replace": "on"}
        )
        assert "own work" in str(unsaid.context["final"].errors)
        assert "This document replaces what counts now." in unsaid.content.decode()
        written(one, "Another text of mine.")
        again = client.post(
            url, {**drawn(unsaid.context["final"]), "own_work": "on", "ai_use": "none", "replace": "on"}
        )
        assert "script 2 with 4 words" in unescape(again.content.decode())
        assert not again.context["final"]["replace"].value()
        done = client.post(
            url, {**drawn(again.context["final"]), "own_work": "on", "ai_use": "none", "replace": "on"}
        )
    assert done["Location"] == reverse("participant:receipt", args=[one.pk, 3])


def test_a_page_that_shows_what_counts_replaces_it_and_the_same_content_takes_nothings_place() -> None:
    one = made.sitting()
    client, url = signed_in(one.enrolment.user), reverse("participant:script_upload", args=[one.pk])
    with at(made.INSIDE):
        written(one)
        page = look_at(client, one, 300)
        assert (
            client.post(url, {**drawn(page.context["final"]), "own_work": "on", "ai_use": "none"}).status_code
            == 302
        )
        first, second = look_at(client, one, 310), look_at(client, one, 310)
        for each in (first, second):
            assert (
                client.post(
                    url, {**drawn(each.context["final"]), "own_work": "on", "ai_use": "none"}
                ).status_code
                == 302
            )
    assert current(one).words == 310


def test_at_once_from_an_older_page_asks_too_and_keeps_the_document() -> None:
    one = made.sitting()
    client, url = signed_in(one.enrolment.user), reverse("participant:script_upload", args=[one.pk])
    with at(made.INSIDE):
        form = drawn(client.get(url).context["at_once"])
        written(one)
        file = SimpleUploadedFile("mine.docx", documents.docx(300))
        answer = client.post(url, {**form, "file": file, "at_once": "on", "own_work": "on", "ai_use": "none"})
        assert answer.status_code == 422
        assert current(one).number == 1
        assert one.uploads.get().state == "complete"
        sent = {**drawn(answer.context["final"]), "own_work": "on", "ai_use": "none", "replace": "on"}
        assert client.post(url, sent).status_code == 302
    assert current(one).words == 300


def test_in_pieces_and_at_once_from_an_older_page_the_page_that_asks_is_opened() -> None:
    one, content = made.sitting(), documents.docx(300)
    client, url = signed_in(one.enrolment.user), reverse("participant:script_upload", args=[one.pk])
    with at(made.INSIDE):
        form = drawn(client.get(url).context["at_once"])
        written(one)
        stands = begin(client, one, content).json()
        answer = finish(client, stands, content, **form, at_once="on", own_work="on", ai_use="none")
        page = client.get(answer.json()["next"])
        said = unescape(page.content.decode())
        assert "Your text from the page, script 1 with 4 words" in said
        assert current(one).number == 1
        sent = {**drawn(page.context["final"]), "own_work": "on", "ai_use": "none"}
        assert client.post(url, sent).status_code == 422
        assert client.post(url, {**sent, "replace": "on"}).status_code == 302
    assert current(one).words == 300


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_the_box_decides(visit: Any, live_server: Any) -> None:
    from playwright.sync_api import expect

    from tests.browser import PHONE, looks_right

    one = made.sitting()
    with at(made.INSIDE):
        hand_in_document(one)
        for name, options in (("phone", {"viewport": PHONE}), ("desktop", {})):
            opened = visit(**options)
            cookie = signed_in(one.enrolment.user).cookies["sessionid"].value
            opened.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
            page = opened.page
            page.goto(reverse("participant:assessment"))
            looks_right(page, f"assessment-{name}")
            page.click("text=Read what you handed in")
            looks_right(page, f"receipt-{name}")
            page.goto(reverse("participant:sitting", args=[one.pk]))
            looks_right(page, f"sitting-{name}")
            page.fill("textarea[data-part]", "Another text of mine.")
            page.check("[name=own_work]")
            page.check("[name=ai_use][value=none]")
            page.click("[name=hand_in]")
            expect(page.locator(".gt-errors")).to_contain_text("Your document good.docx counts")
            looks_right(page, f"refused-{name}")
        page.check("[name=replace]")
        page.check("[name=own_work]")
        page.check("[name=ai_use][value=none]")
        page.click("[name=hand_in]")
        expect(page.locator("h1")).to_have_text("We have your script")
    assert current(one).text == "Another text of mine."
