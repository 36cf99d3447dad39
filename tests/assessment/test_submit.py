"""Handing in: the receipt, replacing, doing it twice, being late, and that nothing is ever lost."""

import hashlib
import io
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outgoing
from django.db import connection, connections
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment import actions, queries, rules
from goldenthread.assessment.models import Script, Sitting, SittingState, Window, WindowState
from goldenthread.common import outbox
from goldenthread.common.files import read
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from tests import documents, factories
from tests import factories_assessment as made
from tests.factories_assessment import NO_AI

MEGABYTE = 1024 * 1024


def words(count: int) -> str:
    return " ".join(f"word{number}" for number in range(count))


def upload(one: Sitting, content: bytes, name: str) -> Any:
    return actions.prepare_upload(
        sitting=one, file=io.BytesIO(content), name=name, size_limit=20 * MEGABYTE, at=made.INSIDE
    )


def hand_in_file(
    one: Sitting, content: bytes, name: str = "mine.docx", *, key: str = "k", **fields: Any
) -> Script:
    return actions.submit_script(
        sitting=one,
        response=upload(one, content, name),
        key=key,
        own_work=True,
        ai=NO_AI,
        by=one.enrolment.user,
        at=fields.pop("at", made.INSIDE),
    )


@pytest.mark.django_db
def test_handing_in_gives_a_receipt_with_time_checksum_and_count() -> None:
    one = made.sitting()
    script = made.script(one, "We read aloud – daily.\r\nEverybody does.")
    text = "We read aloud – daily.\nEverybody does."
    assert script.receipt == {
        "number": 1,
        "received_at": made.INSIDE,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "words": 6,
    }
    assert (script.text, script.word_rule, script.current) == (text, "words-2", True)
    one.refresh_from_db()
    assert (one.state, one.draft) == (SittingState.HANDED_IN, {"": text})
    event = AuditEvent.objects.filter(subject=f"sitting:{one.pk}").latest("sequence")
    assert event.verb == "script.handed_in"
    declared = {"declared_own_work": "own-work-1", "declared_ai": "ai-1", "declared_ai_use": "none"}
    assert event.details == {"number": 1, "sha256": script.sha256, "words": 6, **declared}


@pytest.mark.django_db
@pytest.mark.requirement("S0-30")
def test_1500_words_are_accepted_and_1501_refused_and_the_earlier_script_stays() -> None:
    one = made.sitting()
    first = made.script(one, words(1500))
    assert first.words == 1500
    with pytest.raises(Refused, match=r"1,501 of 1,500"):
        made.script(one, words(1501))
    assert list(one.scripts.values_list("number", "current")) == [(1, True)]


@pytest.mark.django_db
def test_the_last_version_counts_and_earlier_ones_are_kept() -> None:
    one = made.sitting()
    for number in (1, 2, 3):
        made.script(one, f"Version {number}")
    assert list(one.scripts.values_list("number", "current", "text")) == [
        (1, False, "Version 1"),
        (2, False, "Version 2"),
        (3, True, "Version 3"),
    ]


@pytest.mark.django_db
def test_a_double_click_gives_the_same_receipt_and_one_mail() -> None:
    one = made.sitting()
    first, second = made.script(one, "Mine", key="form-1"), made.script(one, "Mine", key="form-1")
    assert first.pk == second.pk
    assert OutboxMessage.objects.filter(key__startswith="mail:script_received").count() == 1


@pytest.mark.django_db
def test_a_double_click_over_midnight_still_gives_the_receipt() -> None:
    one = made.sitting()
    first = made.script(one, "Mine", key="form-1", at=made.CLOSES_AT)
    assert made.script(one, "Mine", key="form-1", at=made.CLOSES_AT + timedelta(seconds=2)).pk == first.pk


@pytest.mark.django_db
def test_the_back_button_with_another_text_is_a_new_version_and_not_the_old_receipt() -> None:
    one = made.sitting()
    first, second = made.script(one, "First", key="form-1"), made.script(one, "Second", key="form-1")
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(Refused, match="another text since"):
        made.script(one, "First", key="form-1")
    assert one.scripts.get(current=True).text == "Second"


@pytest.mark.django_db
@pytest.mark.requirement("S0-39")
def test_in_time_is_until_exactly_midnight_of_the_eighth_day() -> None:
    one = made.sitting()
    made.script(one, "In time", at=made.CLOSES_AT)
    with pytest.raises(Refused, match="midnight at the end of Mon 13 Oct 2025"):
        made.script(one, "Late", at=made.CLOSES_AT + timedelta(microseconds=1))
    with pytest.raises(Refused, match="released on"):
        made.script(one, "Early", at=made.OPENS_AT - timedelta(seconds=1))
    assert one.scripts.get().text == "In time"


@pytest.mark.django_db
@pytest.mark.requirement("S0-39")
def test_a_participant_in_dubai_has_the_days_of_dubai() -> None:
    one = made.sitting(made.ready("Dana Dubai", zone="Asia/Dubai"), zone_rule="participant")
    assert one.zone == "Asia/Dubai"
    assert one.closes_at.isoformat() == "2025-10-13T20:00:00+00:00"
    made.script(one, "In time", at=one.closes_at)
    with pytest.raises(Refused, match="Dubai time"):
        made.script(one, "Late", at=one.closes_at + timedelta(seconds=1))


@pytest.mark.django_db
@pytest.mark.requirement("S2-20")
def test_own_work_must_be_declared() -> None:
    with pytest.raises(Refused, match="own work"):
        made.script(own_work=False)


@pytest.mark.django_db
@pytest.mark.requirement("S0-42")
def test_a_leadership_response_has_four_parts() -> None:
    one = leadership()
    texts = dict.fromkeys(made.PARTS, "Something")
    with pytest.raises(Refused, match="4 Implementation steps missing"):
        made.script(one, texts={**texts, "implementation": ""})
    script = made.script(one, texts=texts)
    assert script.words == 4
    assert script.parts == texts
    assert script.text.startswith("1 The problem or problems\n\nSomething\n\n2 The solution")
    assert script.sha256 == hashlib.sha256(script.text.encode()).hexdigest()


@pytest.mark.django_db
@pytest.mark.requirement("S0-31")
@pytest.mark.parametrize(("limit", "accepted"), [(2500, True), (1500, False)])
def test_the_chosen_limit_decides_about_2000_words(limit: int, accepted: bool) -> None:
    one = leadership(limit=limit)
    texts = dict.fromkeys(made.PARTS, words(500))
    if accepted:
        assert made.script(one, texts=texts).words == 2000
    else:
        with pytest.raises(Refused, match=r"2,000 of 1,500"):
            made.script(one, texts=texts)


def leadership(limit: int = 2500) -> Sitting:
    """A sitting of NPQH, started so that its months allow the usual window."""
    from datetime import date

    intake = factories.intake("npqh-reformed-international", starts_on=date(2024, 2, 5))
    actions.choose_word_limit(
        intake=intake, value=limit, reason="Stage tables", by=made.office(), at=made.BEFORE
    )
    return made.sitting(made.ready("Lena Leader", to=intake, minutes=104 * 60))


@pytest.mark.django_db
def test_a_document_is_counted_kept_and_handed_in() -> None:
    one = made.sitting()
    content = documents.docx(1480)
    script = hand_in_file(one, content, "Wörter – 試験.docx")
    assert (script.words, script.file_name) == (1480, "Wörter – 試験.docx")
    assert script.sha256 == hashlib.sha256(content).hexdigest()
    assert script.file is not None
    assert read(script.file) == content
    assert len(script.text.split()) >= 1480


@pytest.mark.django_db
def test_a_leadership_document_is_taken_apart_at_its_headings() -> None:
    one = leadership()
    titles = [f"{part.number}. {part.title}" for part in rules_parts(one)]
    lines = [line for title in titles for line in (title, "Some text of ours.")]
    script = hand_in_file(one, "\n".join(lines).encode(), "mine.txt")
    assert script.parts == dict.fromkeys(made.PARTS, "Some text of ours.")
    with pytest.raises(Refused, match="4 Implementation steps missing"):
        hand_in_file(one, "\n".join(lines[:-2]).encode(), "mine.txt")


def rules_parts(one: Sitting) -> tuple[rules.Part, ...]:
    return queries.parts_of(one.window)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(documents.zip_bomb, "mine.docx", id="zip bomb"),
        pytest.param(documents.program, "mine.docx", id="a program with another name"),
        pytest.param(documents.encrypted_pdf, "mine.pdf", id="a PDF with a password"),
        pytest.param(documents.entity_docx, "mine.docx", id="external entities"),
        pytest.param(lambda: documents.truncated(documents.docx(900)), "mine.docx", id="cut off on the way"),
        pytest.param(lambda: b"", "mine.txt", id="nothing"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_earlier_script_stays(content: Any, name: str) -> None:
    one = made.sitting()
    made.script(one, "What counts")
    with pytest.raises(Refused) as caught:
        hand_in_file(one, content(), name)
    assert caught.value.code.startswith("file.")
    assert one.scripts.get(current=True).text == "What counts"


@pytest.mark.django_db
def test_nothing_is_handed_in_once_the_results_are_released_even_by_who_came_in_time() -> None:
    one = made.sitting()
    made.script(one, "What was marked")
    loaded = queries.get_sitting_for(one.enrolment.user, one.pk)
    Window.objects.filter(pk=one.window_id).update(state=WindowState.RELEASED)
    with pytest.raises(Refused) as caught:
        made.script(loaded, "What came from a queue")
    assert caught.value.code == "window.results"
    assert one.scripts.get().text == "What was marked"


@pytest.mark.django_db
def test_nobody_hands_in_for_somebody_else() -> None:
    one = made.sitting()
    with pytest.raises(Http404):
        actions.submit_script(
            sitting=one,
            response=actions.prepare_text(sitting=one, texts={"": "x"}),
            key="k",
            own_work=True,
            ai=NO_AI,
            by=factories.user(),
            at=made.INSIDE,
        )


@pytest.mark.django_db
def test_a_stale_tab_is_shown_both_texts_before_it_hands_in() -> None:
    one = made.sitting()
    actions.save_draft(sitting=one, texts={"": "Newer"}, revision=0, by=one.enrolment.user, at=made.INSIDE)
    with pytest.raises(rules.Stale):
        made.script(one, "Older", revision=0)
    assert made.script(one, "Chosen", revision=1).text == "Chosen"


@pytest.mark.django_db
def test_the_receipt_is_mailed_without_the_code_that_markers_see() -> None:
    one = made.sitting()
    script = made.script(one)
    outbox.deliver_due(at=made.INSIDE + timedelta(seconds=1), limit=100)
    sent = next(message for message in outgoing.outbox if "receipt" in message.subject)
    assert sent.to == [one.enrolment.user.email]
    assert script.sha256 in sent.body
    assert actions.receipt_number(script) == f"{one.enrolment.reference}/1"
    assert one.code not in sent.body


@pytest.mark.django_db
def test_handing_in_takes_few_statements() -> None:
    one = made.sitting()
    made.script(one, "First")
    one = queries.get_sitting_for(one.enrolment.user, one.pk)
    response = actions.prepare_text(sitting=one, texts={"": "Second"})
    with CaptureQueriesContext(connection) as statements:
        actions.submit_script(
            sitting=one,
            response=response,
            key="k",
            own_work=True,
            ai=NO_AI,
            by=one.enrolment.user,
            at=made.INSIDE,
        )
    assert (
        len([s for s in statements if not s["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))])
        <= 9  # one of them the step from the draft to what is handed in
    )


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_leave_one_current_script() -> None:
    one = made.sitting()
    actions.get_case_for(user=one.enrolment.user, sitting=one, at=made.INSIDE)
    faults: list[BaseException] = []

    def hand_in(text: str) -> None:
        try:
            made.script(
                Sitting.objects.select_related("window__intake__version__programme", "enrolment__user").get(),
                text,
            )
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=hand_in, args=(f"Text {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(one.scripts.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert one.scripts.filter(current=True).count() == 1
