"""A document on its way to the markers: looked at with its count, then handed in."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.assessment.models import Sitting
from goldenthread.assessment.upload_models import UploadState
from goldenthread.common.models import StoredFile
from goldenthread.people.models import Role
from goldenthread.web.assessor.presenting import reading_of
from tests import documents
from tests import factories_assessment as made
from tests.assessment.test_submit import leadership
from tests.web.test_participant_assessment import SECOND, at, signed_in


def look_at(client: Client, one: Sitting, content: bytes, name: str) -> Any:
    return client.post(
        reverse("participant:script_upload", args=[one.pk]), {"file": SimpleUploadedFile(name, content)}
    )


def declare(client: Client, one: Sitting, looked: Any, **more: Any) -> Any:
    final = looked.context["final"]
    sent = {**final.initial, "own_work": "on", "ai_use": "none", **more}
    return client.post(reverse("participant:script_upload", args=[one.pk]), sent)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (documents.docx(1490), "Wörter – 試験.docx"),
        (documents.odt(1490), "mine.odt"),
        (documents.txt(1490), "mine.txt"),
        (documents.pdf(1490), "mine.pdf"),
    ],
)
def test_a_document_shows_its_count_and_is_handed_in(content: bytes, name: str) -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        looked = look_at(client, one, content, name)
        assert looked.status_code == 200
        assert "1,490 words of 1,500 words" in looked.content.decode()
        assert "What the markers will see" in looked.content.decode()
        assert not one.scripts.exists()
        answer = declare(client, one, looked)
        assert answer.status_code == 302
        file = client.get(reverse("participant:script_file", args=[one.pk, 1]))
    assert one.scripts.get().words == 1490
    assert file.content == content
    assert file["Content-Disposition"].startswith("attachment")
    assert file["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_before_handing_in_the_participant_reads_what_the_markers_will_read() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    changed = documents.inserted("Tracked and there.") + documents.deleted("Gone and not shown.")
    content = documents.docx(
        paragraphs=["We began with two teachers."],
        xml=documents.table(["Before", "After <b>"]) + documents.paragraph(xml=changed),
    )
    with at(made.INSIDE):
        looked = look_at(client, one, content, "mine.docx")
        shown = looked.content.decode().partition('class="gt-written"')[2].partition("</div>")[0]
        declare(client, one, looked)
    for part in ("We began with two teachers.", "Before", "After &lt;b&gt;", "Tracked and there."):
        assert part in shown
    assert "Gone and not shown." not in shown
    assert unescape(shown.partition(">")[2]) == one.scripts.get().text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(documents.zip_bomb, "mine.docx", id="zip bomb"),
        pytest.param(documents.program, "mine.docx", id="program"),
        pytest.param(documents.program, "mine.pdf", id="program as PDF"),
        pytest.param(documents.program, "mine.txt", id="program as text"),
        pytest.param(documents.zip_bomb, "mine.odt", id="zip bomb as OpenDocument"),
        pytest.param(lambda: documents.truncated(documents.pdf(500)), "mine.pdf", id="truncated PDF"),
        pytest.param(lambda: documents.docx(20), "mine.exe", id="wrong ending"),
        pytest.param(documents.encrypted_pdf, "mine.pdf", id="password"),
        pytest.param(documents.entity_docx, "mine.docx", id="external entities"),
        pytest.param(lambda: documents.truncated(documents.docx(500)), "mine.docx", id="truncated"),
        pytest.param(lambda: b"", "mine.docx", id="empty"),
        pytest.param(lambda: documents.txt(1501), "mine.txt", id="too long"),
    ],
)
def test_a_bad_document_is_refused_with_a_message_and_nothing_is_lost(content: Any, name: str) -> None:
    one = made.sitting()
    made.script(one, "What counts")
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        answer = look_at(client, one, content(), name)
    assert answer.status_code == 422
    assert "gt-error" in answer.content.decode()
    assert one.scripts.get(current=True).text == "What counts"


@pytest.mark.django_db
def test_a_token_of_somebody_else_or_none_is_refused() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        looked = look_at(client, one, documents.txt(20), "mine.txt")
        for odd in ({"token": "x"}, {"token": ""}, {"own_work": ""}):
            assert declare(client, one, looked, **odd).status_code == 422
    assert not one.scripts.exists()
    assert sorted(StoredFile.objects.values_list("kind", flat=True)) == ["reading", "txt"]


@pytest.mark.django_db
def test_over_midnight_a_double_click_gives_the_receipt_and_what_began_in_time_has_an_hour() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT - SECOND):
        looked, other, last = (
            look_at(client, one, text, "mine.txt") for text in (b"Mine.", b"Other.", b"Last.")
        )
        first = declare(client, one, looked)
    with at(made.CLOSES_AT + SECOND):
        assert declare(client, one, looked)["Location"] == first["Location"]
        assert declare(client, one, other).status_code == 422  # its page is older than what counts
        assert declare(client, one, other, counts="1", replace="on").status_code == 302
    with at(made.CLOSES_AT + timedelta(minutes=61)):
        answer = declare(client, one, last)
        assert answer.status_code == 422
        assert "It is kept here" in answer.content.decode()
        assert "It came too late" in answer.content.decode()
    assert one.scripts.get(current=True).text == "Other."


@pytest.mark.django_db
def test_text_before_the_first_part_is_shown_with_a_warning_and_first_to_the_markers() -> None:
    one = leadership()
    client = signed_in(one.enrolment.user)
    titles = [part["title"] for part in one.window.parts]
    parts = "\n".join(line for title in titles for line in (title, "Some text."))
    with at(made.INSIDE):
        clean = look_at(client, one, parts.encode(), "mine.txt")
        looked = look_at(client, one, f"Four hundred words of context.\n{parts}".encode(), "mine.txt")
        declare(client, one, looked)
    assert "belongs to no part" not in clean.content.decode()
    shown = looked.content.decode()
    assert "Your document begins with text that belongs to no part" in shown
    assert "<h4>Before the first part</h4>" in shown
    reading = reading_of(
        one.scripts.get(),
        one.window,
        by=made.someone(Role.MARKER, "Mo Marker"),
        capacity="marker",
        at=made.INSIDE,
    )
    assert reading.sections[0] == ("Before the first part", "Four hundred words of context.")
    assert [title for title, _ in reading.sections[1:]] == titles


@pytest.mark.django_db
def test_who_names_themselves_is_told_what_markers_will_not_see() -> None:
    one = made.sitting()
    person = one.enrolment.user
    client, name = signed_in(person), person.name
    text = f"By {name}, {person.email}.\n\nWe read aloud; {name.upper()} wrote it down."
    with at(made.INSIDE):
        looked = unescape(look_at(client, one, text.encode(), "mine.txt").content.decode())
        plain = unescape(look_at(client, one, b"We read aloud.", "mine.txt").content.decode())
    assert "this is covered in 3 places" in looked
    assert f"“{name}”" in looked
    assert f"“{person.email}”" in looked
    assert "By [covered], [covered]." in looked
    assert "[covered] wrote it down" in looked
    assert "says who you are" not in plain


# --- handed in at once ---------------------------------------------------------------------------------
def at_once(client: Client, one: Sitting, content: bytes, *, key: str = "a form", **more: str) -> Any:
    url = reverse("participant:script_upload", args=[one.pk])
    counts = one.scripts.filter(current=True).first()  # as the page shows that was loaded just now
    shown = {"form_key": key, "seen": str(counts.number if counts else 0)}
    file = SimpleUploadedFile("mine.docx", content)
    return client.post(url, {"file": file, "at_once": "on", **shown, **more})


@pytest.mark.django_db
def test_a_document_can_be_handed_in_without_looking_at_it_first() -> None:
    one, content = made.sitting(), documents.docx(1490)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT):
        answer = at_once(client, one, content, own_work="on", ai_use="none")
    assert answer.url == reverse("participant:receipt", args=[one.pk, 1])
    script = one.scripts.get()
    assert (script.words, script.received_at, script.own_work) == (1490, made.CLOSES_AT, True)
    assert script.upload.state == UploadState.HANDED_IN


@pytest.mark.django_db
def test_the_same_form_sent_twice_is_one_script_and_leaves_nothing_on_the_list() -> None:
    one, content = made.sitting(), documents.docx(1490)
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        answers = [at_once(client, one, content, own_work="on", ai_use="none") for _ in range(2)]
    with at(made.CLOSES_AT + timedelta(hours=3)):  # pressed again, since the answer was lost
        answers.append(at_once(client, one, content, own_work="on", ai_use="none"))
    with at(made.INSIDE):
        other = at_once(client, one, documents.docx(1480), own_work="on", ai_use="none")
        stale = at_once(client, one, content, own_work="on", ai_use="none")
    assert {answer.url for answer in answers} == {reverse("participant:receipt", args=[one.pk, 1])}
    assert other.url == reverse("participant:receipt", args=[one.pk, 2])
    assert stale.status_code == 422
    assert "You have handed in another text since" in stale.content.decode()
    assert [script.number for script in one.scripts.filter(current=True)] == [2]
    assert not one.uploads.exclude(state=UploadState.HANDED_IN).exists()


@pytest.mark.django_db
def test_a_document_that_another_replaced_counts_again_when_it_is_handed_in_from_that_page() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        first = look_at(client, one, documents.docx(1490), "mine.docx")
        declare(client, one, first)
        declare(client, one, look_at(client, one, documents.docx(1480), "other.docx"))
        again = look_at(client, one, documents.docx(1490), "mine.docx")
        stale = declare(client, one, again, form_key=first.context["final"].initial["form_key"])
        assert "You have handed in another text since" in stale.content.decode()
        final = stale.context["final"]
        sent = {name: final[name].value() for name in ("token", "form_key", "seen")}
        url = reverse("participant:script_upload", args=[one.pk])
        assert client.post(url, {**sent, "own_work": "on", "ai_use": "none"}).status_code == 302
    assert [script.words for script in one.scripts.filter(current=True)] == [1490]
    assert one.scripts.count() == 3


@pytest.mark.django_db
def test_without_the_declaration_it_is_kept_and_shown_with_what_is_missing() -> None:
    one, content = made.sitting(), documents.docx(1490)
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        answer = at_once(client, one, content)
        assert answer.status_code == 422
        assert not one.scripts.exists()
        page = answer.content.decode()
        assert "1,490 words of 1,500 words" in page
        assert "own work" in str(answer.context["final"].errors)
        final = answer.context["final"]
        sent = {
            "token": final["token"].value(),
            "form_key": final["form_key"].value(),
            "own_work": "on",
            "ai_use": "none",
        }
        assert client.post(reverse("participant:script_upload", args=[one.pk]), sent).status_code == 302
    assert one.scripts.get().words == 1490


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "moment", "says"),
    [
        (documents.docx(1800), made.INSIDE, "1,800 of 1,500 words"),
        (b"MZ program", made.INSIDE, "its name says otherwise"),
        (documents.docx(20), made.CLOSES_AT + timedelta(microseconds=1), "The window closed"),
    ],
)
def test_what_could_not_be_handed_in_after_a_look_can_not_be_at_once(
    content: bytes, moment: Any, says: str
) -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(moment):
        answer = at_once(client, one, content, own_work="on", ai_use="none")
    assert answer.status_code == 422
    assert says in unescape(answer.content.decode())
    assert not one.scripts.exists()


@pytest.mark.django_db
def test_nobody_hands_in_at_once_for_somebody_else() -> None:
    one, other = made.sitting(), made.sitting()
    with at(made.INSIDE):
        answer = at_once(
            signed_in(other.enrolment.user), one, documents.docx(20), own_work="on", ai_use="none"
        )
    assert answer.status_code == 404
    assert not one.scripts.exists()


@pytest.mark.django_db
def test_a_form_without_its_own_key_is_looked_at_and_not_handed_in() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        answer = at_once(client, one, documents.docx(1490), key="", own_work="on", ai_use="none")
    assert "1,490 words of 1,500 words" in answer.content.decode()
    assert answer.context["final"].initial["form_key"]
    assert one.uploads.get().state == UploadState.COMPLETE
    assert not one.scripts.exists()


@pytest.mark.django_db
def test_a_document_without_words_is_said_to_be_the_wrong_file_perhaps() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        answer = unescape(look_at(client, one, documents.docx(0), "empty.docx").content.decode())
    assert "empty.docx has no words" in answer
    assert "choose the one that holds it" in answer
    assert "write your response first" not in answer


@pytest.mark.django_db
def test_the_page_about_a_document_does_not_list_it_as_another_one() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        look_at(client, one, documents.docx(300), "first.docx")
        second = look_at(client, one, documents.docx(400), "second.docx")
        url = reverse("participant:script_upload", args=[one.pk])
        tickets = {row.name: row.ticket for row in second.context["uploads"]}
        again = client.get(url, {"document": tickets["first.docx"]})
        listed = client.get(url)
    assert set(tickets) == {"first.docx"}
    assert [row.name for row in again.context["uploads"]] == ["second.docx"]
    assert {row.name for row in listed.context["uploads"]} == {"first.docx", "second.docx"}
