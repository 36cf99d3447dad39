"""A document that was refused: its owner reads why and has it back, the office sees it, malware stays apart."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.assessment import upload_queries
from goldenthread.assessment.actions import pieces, safety
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.upload_models import CheckState, DocumentCheck, UploadState
from tests import documents, factories
from tests import factories_assessment as made
from tests.assessment.test_safety import EICAR, clamd
from tests.web.test_participant_assessment import at, signed_in
from tests.web.test_participant_pieces import begin, finish

pytestmark = pytest.mark.django_db


def send(client: Client, one: Sitting, content: bytes, name: str = "Mine – 1.docx") -> Any:
    url = reverse("participant:script_upload", args=[one.pk])
    return client.post(url, {"file": SimpleUploadedFile(name, content)})


def listed(client: Client, one: Sitting) -> str:
    page = client.get(reverse("participant:script_upload", args=[one.pk])).content.decode()
    return unescape(page.partition('id="refused"')[2].partition("</section>")[0])


@pytest.mark.parametrize(("words", "says"), [(1501, "cut 1 word and hand in again"), (2000, "cut 500 words")])
def test_an_over_long_document_is_listed_with_why_and_can_be_had_back(words: int, says: str) -> None:
    one, content = made.sitting(), documents.docx(words)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT):
        assert send(client, one, content).status_code == 422
        said = listed(client, one)
        kept = one.uploads.get()
        assert "Mine – 1.docx" in said
        assert says in said
        assert "Nothing is handed in by them." in said
        assert "14 Oct 2025, 00:00" in said
        file = client.get(reverse("participant:upload_file", args=[kept.ticket]))
    assert b"".join(file) == content
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Content-Type"] == "application/octet-stream"
    with at(made.CLOSES_AT + timedelta(hours=5)):
        late = listed(client, one)
        assert says in late
        assert "write to the programme office today" in late
        assert client.get(reverse("participant:upload_file", args=[kept.ticket])).status_code == 200


def test_what_counts_is_named_beside_what_was_refused_and_it_can_be_removed() -> None:
    one = made.sitting()
    made.script(one, "What counts")
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        send(client, one, documents.scanned_pdf(), "scan.pdf")
        said = listed(client, one)
        assert "scan.pdf" in said
        assert "Script 1 still counts." in said
        assert "it goes on from there" not in said
        client.post(reverse("participant:upload_discard", args=[one.uploads.get().ticket]))
        assert listed(client, one) == ""


def test_in_pieces_it_is_refused_each_time_and_listed_once() -> None:
    one, content = made.sitting(), documents.docx(1600)
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        for _ in range(2):
            stands = begin(client, one, content).json()
            answer = finish(client, stands, content)
            assert (answer.status_code, answer.json()["code"]) == (422, "script.too_long")
        page = client.get(f"{reverse('participant:script_upload', args=[one.pk])}?document={stands['id']}")
    assert "1,600 of 1,500 words" in unescape(page.content.decode())
    assert one.uploads.get().state == UploadState.REFUSED


def test_nobody_else_gets_it_and_what_is_under_way_is_no_file() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    with at(made.INSIDE):
        send(client, one, documents.docx(1600))
        url = reverse("participant:upload_file", args=[one.uploads.get().ticket])
        assert signed_in(factories.user("Somebody Else")).get(url).status_code == 404
        assert signed_in(made.office()).get(url).status_code == 404
        half = begin(client, one, documents.docx(20)).json()
        assert client.get(reverse("participant:upload_file", args=[half["id"]])).status_code == 404


def test_the_office_sees_it_on_the_sitting_and_among_the_documents() -> None:
    one = made.sitting()
    with at(made.INSIDE):
        send(signed_in(one.enrolment.user), one, documents.docx(1600))
        office = signed_in(made.office())
        person = office.get(reverse("office:person", args=[one.enrolment.reference])).content.decode()
        shown = office.get(f"{reverse('office:documents')}?show=refused").content.decode()
    for page in (person, shown):
        assert "Mine – 1.docx" in page
        assert "1,600 of 1,500 words" in page
    assert "refused; its first byte came" in person
    assert "Nothing of these is handed in" in shown
    assert one.enrolment.user.name in shown


def test_malware_in_a_refused_document_is_set_apart_from_everybody(settings: Any) -> None:
    one, content = made.sitting(), b"MZ" + EICAR
    client = signed_in(one.enrolment.user)
    with clamd() as fake, at(made.INSIDE):
        settings.CLAMD = fake.address
        send(client, one, content)
        url = reverse("participant:upload_file", args=[one.uploads.get().ticket])
        assert client.get(url).status_code == 200  # their own, until something is known
        assert safety.scan_due(at=made.INSIDE) == {"clean": 0, "found": 1, "failed": 0}
        refused = client.get(url, follow=True)
        assert "Malware was found in this document" in refused.content.decode()
        assert refused["Content-Type"].startswith("text/html")
        said = listed(client, one)
        assert "nobody can open it" in said
        assert "Download" not in said
        again = send(client, one, content)
        assert "Malware was found in this document" in unescape(again.content.decode())
        office = signed_in(made.office())
        held = office.get(reverse("office:documents")).content.decode()
    assert DocumentCheck.objects.get().state == CheckState.FOUND
    assert "Nothing is here" in held  # markers never get it, so nobody has to let it through


def test_without_a_scanner_a_refused_document_is_not_trusted(settings: Any) -> None:
    settings.CLAMD = ""
    one = made.sitting()
    with at(made.INSIDE):
        send(signed_in(one.enrolment.user), one, documents.docx(1600))
    assert not DocumentCheck.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_the_list_and_the_question_are_readable_on_phone_and_desktop(
    visit: Any, live_server: Any
) -> None:
    from playwright.sync_api import expect

    from tests.browser import PHONE, looks_right

    one = made.sitting()
    url = reverse("participant:script_upload", args=[one.pk])
    with at(made.INSIDE):
        client = signed_in(one.enrolment.user)
        send(
            client, one, documents.docx(1600), "A long name of a document about reading in Year 4, final.docx"
        )
        send(client, one, documents.scanned_pdf(), "scan.pdf")
        looked = begin(client, one, documents.docx(300)).json()
        ticket = finish(client, looked, documents.docx(300)).json()["next"]
        for name, options in (("phone", {"viewport": PHONE}), ("desktop", {})):
            opened = visit(**options)
            cookie = client.cookies["sessionid"].value
            opened.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
            page = opened.page
            page.goto(url)
            page.locator("#refused").scroll_into_view_if_needed()
            looks_right(page, f"refused-{name}")
            page.goto(ticket)
            made.script(one, f"Written meanwhile, on the {name}")
            page.check("[name=own_work]")
            page.check("[name=ai_use][value=none]")
            page.click("text=Hand in this document")
            expect(page.locator("[name=replace]")).to_be_visible()
            looks_right(page, f"newer-{name}")
        page.check("[name=replace]")
        page.click("text=Hand in this document")
        expect(page.locator("h1")).to_have_text("We have your script")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_the_office_reads_what_was_refused(visit: Any, live_server: Any) -> None:
    from tests.browser import PHONE, looks_right

    one = made.sitting()
    with at(made.INSIDE):
        send(signed_in(one.enrolment.user), one, documents.docx(1600))
        cookie = signed_in(made.office()).cookies["sessionid"].value
        opened = visit(viewport=PHONE)
        opened.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        opened.page.goto(f"{reverse('office:documents')}?show=refused")
        looks_right(opened.page, "office-refused")
        opened.page.goto(reverse("office:person", args=[one.enrolment.reference]))
        opened.page.locator("text=Not handed in").scroll_into_view_if_needed()
        looks_right(opened.page, "office-person")


# --- after the deadline ------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize("after", [timedelta(microseconds=1), timedelta(days=2)])
def test_what_begins_after_the_deadline_is_kept_and_its_owner_and_the_office_see_it(
    in_pieces: bool, after: timedelta
) -> None:
    one, content = made.sitting(), documents.docx(20)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT + after):
        page = client.get(reverse("participant:sitting", args=[one.pk])).content.decode()
        assert reverse("participant:script_upload", args=[one.pk]) in page
        form = client.get(reverse("participant:script_upload", args=[one.pk])).content.decode()
        assert "The deadline has passed" in form
        assert "Hand it in now" not in form
        if in_pieces:
            answer = finish(client, begin(client, one, content).json(), content)
            assert (answer.status_code, answer.json()["code"]) == (422, "upload.after_deadline")
        else:
            answer = send(client, one, content, "mine.docx")
            assert answer.status_code == 422
            assert "arrived after the deadline" in unescape(answer.content.decode())
        said = listed(client, one)
        assert one.uploads.get().name in said
        assert "does not count by itself" in said
        assert "a late policy or an appeal may admit it" in said
        kept = one.uploads.get()
        own = client.get(reverse("participant:upload_file", args=[kept.ticket]))
        assert b"".join(own) == content
        shown = signed_in(made.office()).get(f"{reverse('office:documents')}?show=refused").content.decode()
        assert "arrived after the deadline" in unescape(shown)
    assert not one.scripts.exists()


def test_with_more_days_the_page_offers_what_came_after_the_first_deadline() -> None:
    one, content = made.sitting(), documents.docx(20)
    client = signed_in(one.enrolment.user)
    with at(made.CLOSES_AT + timedelta(hours=1)):
        send(client, one, content)
        Sitting.objects.filter(pk=one.pk).update(closes_at=made.CLOSES_AT + timedelta(days=1))
        link = f"?document={one.uploads.get().ticket}"
        said = listed(client, one)
        assert link in said
        assert "more time was granted" in said
        page = client.get(reverse("participant:script_upload", args=[one.pk]) + link)
        declared = {**page.context["final"].initial, "own_work": "on", "ai_use": "none"}
        assert client.post(reverse("participant:script_upload", args=[one.pk]), declared).status_code == 302
    assert one.scripts.get().received_at == made.CLOSES_AT + timedelta(hours=1)


# --- a deferral meanwhile ----------------------------------------------------------------------------------------
def defer(one: Sitting) -> None:
    """Once the person had been let in."""
    Sitting.everything.filter(pk=one.pk).update(state=SittingState.DEFERRED, released_at=made.OPENS_AT)


def told(client: Client, one: Sitting) -> str:
    answer = client.get(reverse("participant:sitting", args=[one.pk]))
    assert answer.status_code == 403
    assert made.BODY not in answer.content.decode()
    return unescape(answer.content.decode())


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize("way", ["form", "at_once", "pieces"])
@pytest.mark.parametrize("moment", [made.INSIDE, made.CLOSES_AT + timedelta(hours=1)])
def test_what_is_sent_while_a_sitting_is_being_deferred_is_kept(way: str, moment: Any) -> None:
    one, content = made.sitting(), documents.docx(20)
    client = signed_in(one.enrolment.user)
    with at(moment):
        if way == "pieces":
            begun = begin(client, one, content).json()
            defer(one)
            answer = finish(client, begun, content)
            assert (answer.status_code, answer.json()["code"]) == (422, "upload.of_deferred")
        else:
            defer(one)
            url = reverse("participant:script_upload", args=[one.pk])
            extra = {"at_once": "on", "own_work": "on", "ai_use": "none", "form_key": "k"}
            sent = {"file": SimpleUploadedFile("mine.docx", content), **(extra if way == "at_once" else {})}
            answer = client.post(url, sent, follow=True)
            assert "so this document was not handed in" in unescape(answer.content.decode())
            assert client.get(url).status_code == 302
        kept = one.uploads.get()
        assert (kept.state, kept.refusal_code) == (UploadState.REFUSED, "upload.of_deferred")
        read = told(client, one)
        assert kept.name in read
        own = reverse("participant:upload_file", args=[kept.ticket])
        assert f'href="{own}"' in read
        assert b"".join(client.get(own)) == content
        shown = signed_in(made.office()).get(f"{reverse('office:documents')}?show=refused").content.decode()
        assert "This sitting was deferred" in shown
        gone = client.post(reverse("participant:upload_discard", args=[kept.ticket]), follow=True)
        assert "not handed in</h2>" not in gone.content.decode()
    assert not one.scripts.exists()
    assert not one.uploads.exists()


def test_a_document_that_was_looked_at_before_the_deferral_is_kept_and_no_marker_waits_for_it() -> None:
    one, content = made.sitting(), documents.docx(20)
    client = signed_in(one.enrolment.user)
    upload = reverse("participant:script_upload", args=[one.pk])
    with at(made.CLOSES_AT):
        page = send(client, one, content)
        declared = {**page.context["final"].initial, "own_work": "on", "ai_use": "none"}
        assert upload_queries.still_coming(one.window, at=made.CLOSES_AT) is not None
        defer(one)
        answer = client.post(upload, declared, follow=True)
        assert answer.redirect_chain[-1][0] == reverse("participant:sitting", args=[one.pk])
        assert one.uploads.get().name in told(client, one)
        assert upload_queries.still_coming(one.window, at=made.CLOSES_AT) is None
    assert not one.scripts.exists()


def test_of_a_deferred_sitting_a_few_are_kept_and_none_of_whoever_was_not_let_in() -> None:
    one = made.sitting()
    client = signed_in(one.enrolment.user)
    defer(one)
    with at(made.OPENS_AT - timedelta(hours=1)):
        send(client, one, documents.docx(9))
        Sitting.everything.filter(pk=one.pk).update(released_at=None)
    with at(made.INSIDE):
        send(client, one, documents.docx(9))  # nobody was let in
        Sitting.everything.filter(pk=one.pk).update(released_at=made.OPENS_AT)
        Window.objects.filter(pk=one.window_id).update(state=WindowState.RELEASED)
        send(client, one, documents.docx(9))
        Window.objects.filter(pk=one.window_id).update(state=WindowState.SCHEDULED)
    assert not one.uploads.exists()
    with at(made.INSIDE):
        for words in range(10, 15):
            send(client, one, documents.docx(words))
        url = reverse("participant:script_upload", args=[one.pk])
        more = client.post(url, {"file": SimpleUploadedFile("6.docx", documents.docx(15))}, follow=True)
        assert "5 documents that came after the deferral are kept for you already" in unescape(
            more.content.decode()
        )
    assert one.uploads.count() == 5
    other = signed_in(factories.user("Somebody Else"))
    with at(made.INSIDE):
        assert send(other, one, documents.docx(9)).status_code == 404


def test_what_came_for_a_deferred_sitting_goes_once_everything_is_over() -> None:
    one = made.sitting()
    defer(one)
    with at(made.INSIDE):
        send(signed_in(one.enrolment.user), one, documents.docx(20))
    found = Sitting.everything.get(pk=one.pk)
    over = made.CLOSES_AT + timedelta(days=400)
    assert pieces.remove_left(sitting=found, settled_at=made.CLOSES_AT, days=30, at=over) == 1
