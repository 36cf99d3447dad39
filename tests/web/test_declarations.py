"""What is declared and how words are counted, as participants, markers and the office meet it on their pages."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.assessment import actions
from goldenthread.assessment.models import Script, Sitting
from goldenthread.assessment.words import APART
from goldenthread.integrity import actions as integrity
from goldenthread.people.models import Role
from goldenthread.web.assessor.presenting import reading_of
from tests import documents, factories
from tests import factories_assessment as made
from tests import factories_marking as make
from tests.browser import PHONE, looks_right
from tests.factories_web import client_of

NOTE = "A chat bot, to shorten the second paragraph."
USED = {"own_work": "on", "ai_use": "used", "ai_note": NOTE}


def state(one: Sitting, **kept: Any) -> Sitting:
    """The same sitting in a window that states this besides."""
    one.window.policies = {**one.window.policies, **kept}
    one.window.save(update_fields=["policies"])
    return one


def counting(**other: Any) -> dict[str, Any]:
    return {"not_counted": list(APART), "tolerance_percent": 0, "over": "refuse", "penalty": "", **other}


def send(one: Sitting, text: str = "We read aloud daily.", **said: str) -> Any:
    """The form of the page as a browser without JavaScript sends it."""
    fields = {"text_1": text, "revision": one.draft_revision, "form_key": "k", "hand_in": "1", **said}
    with time_machine.travel(made.INSIDE, tick=False):
        client = client_of(one.enrolment.user)
        return client.post(reverse("participant:sitting", args=[one.pk]), fields)


def seen(person: Any, name: str, *args: Any) -> str:
    with time_machine.travel(made.INSIDE, tick=False):
        answer = client_of(person).get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


# --- handing in --------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"own_work": "on"}, "ai_use"),
        ({"own_work": "on", "ai_use": "odd"}, "ai_use"),
        ({"own_work": "on", "ai_use": "used", "ai_note": " "}, "ai_note"),
        ({"own_work": "on", "ai_use": "used", "ai_note": "x" * 2001}, "ai_note"),
        ({"ai_use": "none"}, "own_work"),
    ],
)
def test_what_is_not_declared_refuses_the_hand_in_and_keeps_the_text(
    said: dict[str, str], field: str
) -> None:
    one = made.sitting()
    answer = send(one, "Every word of mine", **said)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    one.refresh_from_db()
    assert not Script.objects.exists()
    assert "Every word of mine" in answer.content.decode()
    if said.get("ai_use") != "odd":  # which no page sends
        assert one.draft == {"": "Every word of mine"}


@pytest.mark.django_db
def test_who_used_ai_says_so_and_finds_it_on_the_receipt() -> None:
    one = made.sitting()
    answer = send(one, **USED)
    assert answer.status_code == 302
    assert Script.objects.get().declared["ai_note"] == NOTE
    assert f"AI was used: {NOTE}" in seen(one.enrolment.user, "participant:receipt", one.pk, 1)
    assert NOTE in seen(one.enrolment.user, "participant:receipt_text", one.pk, 1)


@pytest.mark.django_db
def test_where_ai_is_forbidden_a_box_is_ticked_that_it_was_not_used() -> None:
    one = state(made.sitting(), ai={"use": "forbidden", "version": "ai-2", "statement": "I used no AI at all.",
                                    "describe": [], "shown_to_markers": False})  # fmt: skip
    assert "I used no AI at all." in seen(one.enrolment.user, "participant:sitting", one.pk)
    assert send(one, own_work="on").status_code == 422
    one.refresh_from_db()
    assert send(one, own_work="on", ai_use="on").status_code == 302
    assert Script.objects.get().declared == {"own_work": "own-work-1", "ai": "ai-2", "ai_use": "none"}


@pytest.mark.django_db
def test_a_document_is_declared_in_both_ways_of_handing_it_in() -> None:
    one = made.sitting()
    client, url = client_of(one.enrolment.user), reverse("participant:script_upload", args=[one.pk])
    with time_machine.travel(made.INSIDE, tick=False):
        looked = client.post(url, {"file": SimpleUploadedFile("a.docx", documents.docx(20))})
        final = looked.context["final"].initial
        bare = client.post(url, {**final, "own_work": "on"})
        assert (bare.status_code, Script.objects.count()) == (422, 0)
        kept = {name: bare.context["final"][name].value() for name in ("token", "form_key", "seen")}
        assert client.post(url, {**kept, **USED}).status_code == 302
        whole = {"at_once": "on", "form_key": "f", "own_work": "on"}
        second = client.post(url, {**whole, "file": SimpleUploadedFile("b.docx", documents.docx(21))})
        assert (second.status_code, Script.objects.count()) == (422, 1)
        third = client.post(
            url, {**whole, **USED, "seen": "1", "file": SimpleUploadedFile("b.docx", documents.docx(22))}
        )
    assert third.status_code == 302
    assert [one.declared["ai_use"] for one in Script.objects.order_by("number")] == ["used", "used"]


# --- beforehand --------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_policy_is_read_before_the_window_and_among_the_rules() -> None:
    one = made.sitting()
    page = seen(one.enrolment.user, "participant:assessment")
    assert "AI may be used, if it is acknowledged" in page
    assert "ai-1" in page
    rules = seen(one.enrolment.user, "participant:rules")
    assert "which tools you used, for what and which parts" in rules
    assert "own-work-1" in rules


# --- counting ----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_receipt_says_what_follows_of_too_many_words() -> None:
    one = state(made.sitting(), counting=counting(over="penalty", penalty="two marks are taken off"))
    assert send(one, "word " * 1502, own_work="on", ai_use="none").status_code == 302
    page = seen(one.enrolment.user, "participant:receipt", one.pk, 1)
    assert "1,502 of 1,500 words, 2 too many: two marks are taken off" in page
    with time_machine.travel(made.INSIDE, tick=False):
        office = client_of(made.office()).get(reverse("office:window", args=[one.window_id]))
    assert "two marks are taken off" in office.content.decode()


# --- markers and the office --------------------------------------------------------------------------
def marked(**kept: Any) -> tuple[Script, Any]:
    window = make.window(policies={"counting": counting(), **kept}, word_limit=10)
    script = make.script(window)
    script.text = (
        "one two three four five six\n\nseven eight nine ten\n\neleven twelve\n\nReferences\n\nthirteen"
    )
    script.words = 14
    script.declared = {"own_work": "own-work-1", "ai": "ai-9", "ai_use": "used", "ai_note": NOTE}
    script.save()
    return script, make.markers(1)[0]


def ai(*, shown: bool) -> dict[str, Any]:
    return {"use": "acknowledged", "version": "ai-9", "statement": "True.", "describe": ["how"],
            "shown_to_markers": shown}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("shown", [True, False])
def test_markers_read_what_was_said_about_ai_only_where_the_policy_shows_it(shown: bool) -> None:
    script, ben = marked(ai=ai(shown=shown))
    reading = reading_of(script, script.sitting.window, by=ben, capacity="marker", at=make.CLOSED)
    assert (NOTE in reading.ai) is shown
    assert bool(reading.ai) is shown


@pytest.mark.django_db
def test_where_only_the_first_words_are_marked_the_marker_is_told_where_they_end() -> None:
    script, ben = marked(counting=counting(over="cut", tolerance_percent=10))
    reading = reading_of(script, script.sitting.window, by=ben, capacity="marker", at=make.CLOSED)
    assert reading.length == "14 of 10 words, 3 too many: only the first 11 are marked"
    assert reading.beyond is not None
    assert (reading.beyond.most, reading.beyond.number) == (11, 3)
    assert reading.beyond.last.endswith("nine ten eleven")


@pytest.mark.django_db
@pytest.mark.parametrize("over", ["warn", "penalty"])
def test_elsewhere_all_is_marked_and_the_length_says_what_follows(over: str) -> None:
    script, ben = marked(counting=counting(over=over, penalty="a mark goes" if over == "penalty" else ""))
    reading = reading_of(script, script.sitting.window, by=ben, capacity="marker", at=make.CLOSED)
    assert reading.beyond is None
    assert reading.length.startswith("14 of 10 words, 4 too many: ")


@pytest.mark.django_db
def test_the_office_reads_it_with_a_question_and_for_the_window_without_a_name() -> None:
    script, _ = marked(ai=ai(shown=False))
    office = factories.member(Role.OFFICE, "Olu Office")
    flag = integrity.raise_concern(script=script, note="Reads oddly.", by=office, at=make.CLOSED)
    for name, number in (("office:flag", flag.pk), ("office:integrity_ai", script.sitting.window_id)):
        page = client_of(office).get(reverse(name, args=[number])).content.decode()
        assert NOTE in page
        assert script.sitting.enrolment.user.name not in page
    assert "1 says that AI was used, 0 that none was" in re.sub(r"\s+", " ", page)


# --- in a browser ------------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("out", "text"),
    [
        (("references",), "One two three\nReferences\nA book\n"),
        (("references", "annexes"), "One\n2. Bibliography:\nA book\nAnnex B — Questions\nWhat is it"),
        (("annexes",), "One two\nReferences\na\nAPPENDIX IV\nReferences\nb c\n"),
        (("references",), "One\nAnnex A. Ours\nfour five\nReferences\nsix"),
        (("annexes",), "Annex A: Data 12\nThis counts\nappendices\nthis doesn't"),
    ],
)
def test_the_editor_counts_as_the_server_does(
    visit: Callable[..., Any], live_server: Any, out: tuple[str, ...], text: str
) -> None:
    one = state(made.sitting(), counting=counting(not_counted=[*APART, *out], tolerance_percent=5))
    expected = actions.prepare_text(sitting=one, texts={"": text}).count.total
    with time_machine.travel(made.INSIDE, tick=True):
        opened = visit()
        opened.sign_in(one.enrolment.user)
        opened.page.goto(reverse("participant:sitting", args=[one.pk]))
        opened.page.fill("textarea[name=text_1]", text)
        expect(opened.page.locator("[data-count]")).to_have_text(f"{expected} of 1,500")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), ({"width": 1280, "height": 900}, "desktop")])
def test_the_pages_fit_and_can_be_read(
    visit: Callable[..., Any], live_server: Any, size: Any, name: str
) -> None:
    one = state(made.sitting(), counting=counting(over="warn"))
    with time_machine.travel(made.INSIDE, tick=True):
        opened = visit(viewport=size)
        opened.sign_in(one.enrolment.user)
        page = opened.page
        for address in ("participant:assessment", "participant:rules"):
            page.goto(reverse(address))
            looks_right(page, f"{address.partition(':')[2]}-{name}")
        page.goto(reverse("participant:script_upload", args=[one.pk]))
        page.locator("summary", has_text="without looking").click()
        page.locator("[name=at_once]").scroll_into_view_if_needed()
        looks_right(page, f"upload-{name}")
        page.goto(reverse("participant:sitting", args=[one.pk]))
        page.fill("textarea[name=text_1]", "word " * 1501)
        page.check("[name=own_work]")
        page.check("[name=ai_use][value=used]")
        page.click("[name=hand_in]")
        expect(page.locator(".gt-errors")).to_contain_text("You used AI: say which tools you used")
        page.locator("button[name=hand_in]").scroll_into_view_if_needed()
        looks_right(page, f"refused-{name}")
        page.fill("[name=ai_note]", NOTE)
        page.check("[name=own_work]")
        page.click("[name=hand_in]")
        expect(page.locator("#receipt")).to_contain_text(NOTE)
        expect(page.locator("#receipt")).to_contain_text("1 too many")
        looks_right(page, f"receipt-{name}")
    assert Script.objects.get().received_at - made.INSIDE < timedelta(hours=1)
