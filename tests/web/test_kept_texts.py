"""A text that arrives while nobody is signed in is never lost, and who pressed "Hand in" in time is in time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.assessment import actions, kept_queries, upload_queries
from goldenthread.assessment.models import Script, Sitting, SittingState
from goldenthread.assessment.rules.kept import LONGEST_KEPT
from goldenthread.assessment.writing_models import KeptText, Why
from goldenthread.common.clock import now
from goldenthread.common.models import AuditEvent
from goldenthread.web.participant.shown_to import word_for
from tests import documents, factories
from tests import factories_assessment as made

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
IN_TIME = made.CLOSES_AT - 20 * SECOND
AFTER = made.CLOSES_AT + timedelta(minutes=7)


@pytest.fixture
def one() -> Sitting:
    return made.sitting()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(IN_TIME, tick=False) as moved:
        yield moved


def page(one: Sitting) -> str:
    return reverse("participant:sitting", args=[one.pk])


def shown(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def form_of(one: Sitting, text: str, **fields: str) -> dict[str, str]:
    """A form of the page as its writer loaded it just now."""
    sent = {"text_1": text, "revision": str(one.draft_revision), "form_key": "k", "steps": ""}
    word = word_for(one.pk, one.enrolment.user, at=now())
    return {**sent, "person": str(one.enrolment.user_id), "shown_to": word, **fields}


HANDS_IN = {"hand_in": "1", "own_work": "on", "ai_use": "none"}


def parked(one: Sitting, text: str, **fields: str) -> Client:
    """A browser whose session had ended when it sent this form."""
    client = Client()
    answer = client.post(page(one), form_of(one, text, **fields))
    assert answer["Location"].startswith(reverse("account_login"))
    return client


def sign_in(client: Client, one: Sitting) -> None:
    answer = client.post(
        reverse("account_login"), {"login": one.enrolment.user.email, "password": factories.PASSWORD}
    )
    assert answer.status_code == 302


def waiting(one: Sitting) -> KeptText:
    return KeptText.objects.get(sitting=one, why=Why.WAITS)


def confirm(client: Client, one: Sitting, **fields: str) -> Any:
    sent = {"own_work": "on", "ai_use": "none", **fields}
    return client.post(reverse("participant:kept_text", args=[one.pk, waiting(one).pk]), sent)


# --- signed in again after midnight ------------------------------------------------------------------
def test_what_was_sent_when_signed_out_is_the_draft_with_its_arrival(one: Sitting, clock: Any) -> None:
    client = parked(one, "Sent in time", save="1")
    clock.move_to(AFTER)
    sign_in(client, one)
    first = shown(client.get(page(one)))
    assert "It is saved, with the time at which it arrived: Mon 13 Oct 2025, 23:59:40" in first
    assert "Sent in time" in first
    assert "Nothing was handed in" in first
    assert "after the deadline" not in first
    one.refresh_from_db()
    assert (one.draft, one.draft_saved_at) == ({"": "Sent in time"}, IN_TIME)
    assert one.steps.get().arrived_at == IN_TIME
    assert "Sent in time" in shown(client.get(page(one)))
    assert not KeptText.objects.exists()  # a save is no hand-in


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize("arrived", [IN_TIME, made.CLOSES_AT])
@pytest.mark.parametrize("confirmed", [AFTER, made.CLOSES_AT + timedelta(minutes=60)])
def test_who_pressed_hand_in_in_time_hands_in_what_arrived(
    one: Sitting, clock: Any, arrived: datetime, confirmed: datetime
) -> None:
    clock.move_to(arrived)
    client = parked(one, "Pressed in time", **HANDS_IN)
    clock.move_to(AFTER)
    sign_in(client, one)
    told = shown(client.get(page(one)))
    assert "before the deadline" in told
    assert "Nothing is handed in yet" in told
    assert not one.scripts.exists()
    clock.move_to(confirmed)
    read = client.get(reverse("participant:kept_text", args=[one.pk, waiting(one).pk]))
    assert "Pressed in time" in shown(read)
    answer = confirm(client, one, text_1="Something better")
    assert answer["Location"] == reverse("participant:receipt", args=[one.pk, 1])
    script = one.scripts.get()
    assert (script.text, script.received_at, script.current) == ("Pressed in time", arrived, True)
    assert confirm(client, one)["Location"] == answer["Location"]  # sent twice
    assert one.scripts.count() == 1
    handed_in = AuditEvent.objects.get(verb="script.handed_in")
    assert datetime.fromisoformat(handed_in.details["received_at"]) == arrived
    assert "Script 1 is what counts" in shown(client.get(page(one)))


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize(
    ("arrived", "confirmed", "told"),
    [
        (made.CLOSES_AT + timedelta(microseconds=1), AFTER, "this text arrived Tue 14 Oct 2025, 00:00:00"),
        (IN_TIME, made.CLOSES_AT + timedelta(minutes=60, microseconds=1), "it was not handed in by"),
    ],
)
def test_nobody_gains_time_by_being_signed_out(
    one: Sitting, clock: Any, arrived: datetime, confirmed: datetime, told: str
) -> None:
    clock.move_to(arrived)
    client = parked(one, "Too late", **HANDS_IN)
    clock.move_to(arrived + timedelta(minutes=30))
    sign_in(client, one)
    client.get(page(one))
    clock.move_to(confirmed)
    answer = confirm(client, one)
    assert answer.status_code == 422
    assert told in shown(answer)
    assert "write to the programme office today" in shown(answer)
    assert not one.scripts.exists()
    one.refresh_from_db()
    assert (one.draft, one.draft_saved_at) == ({"": "Too late"}, arrived)


@pytest.mark.parametrize("fields", [{"save": "1"}, {"hand_in": "1"}], ids=["saved", "not declared"])
def test_only_what_was_pressed_and_declared_can_be_handed_in_later(
    one: Sitting, clock: Any, fields: dict[str, str]
) -> None:
    client = parked(one, "Not pressed", **fields)
    clock.move_to(AFTER)
    sign_in(client, one)
    assert "Read it and hand it in" not in shown(client.get(page(one)))
    assert not KeptText.objects.exists()


def test_what_breaks_a_rule_breaks_it_later_too(one: Sitting, clock: Any) -> None:
    client = parked(one, "word " * 1501, **HANDS_IN)
    clock.move_to(AFTER)
    sign_in(client, one)
    client.get(page(one))
    assert "1,501 of 1,500 words" in shown(confirm(client, one))
    assert not one.scripts.exists()


def test_it_is_declared_own_work_once_more(one: Sitting, clock: Any) -> None:
    client = parked(one, "Mine", **HANDS_IN)
    clock.move_to(AFTER)
    sign_in(client, one)
    client.get(page(one))
    assert "Confirm that this is your own work" in shown(confirm(client, one, own_work=""))
    assert not one.scripts.exists()


def test_a_text_belongs_to_the_person_it_names(one: Sitting, clock: Any) -> None:
    other = factories.user()
    client = parked(one, "Planted", person=str(other.pk), **HANDS_IN)
    clock.move_to(AFTER)
    sign_in(client, one)
    assert "Planted" not in shown(client.get(page(one)))
    one.refresh_from_db()
    assert (one.draft, KeptText.objects.count()) == ({}, 0)


def test_nobody_else_reads_or_hands_in_what_waits(one: Sitting, clock: Any) -> None:
    client = parked(one, "Mine alone", **HANDS_IN)
    sign_in(client, one)
    client.get(page(one))
    stranger = Client()
    stranger.force_login(factories.user())
    assert confirm(stranger, one).status_code == 404
    mine = made.later_sitting(one, days=10)
    address = reverse("participant:kept_text", args=[mine.pk, waiting(one).pk])
    assert client.get(address).status_code == 404  # of another sitting


# --- beside what else is there -----------------------------------------------------------------------
def save(one: Sitting, text: str, *, at: datetime) -> None:
    actions.save_draft(sitting=one, texts={"": text}, revision=None, by=one.enrolment.user, at=at)


def test_what_arrives_for_a_sitting_that_is_deferred_meanwhile_is_kept_and_shown(
    one: Sitting, clock: Any
) -> None:
    clock.move_to(made.INSIDE)
    client = parked(one, "Sent while I was deferred", **HANDS_IN)
    Sitting.everything.filter(pk=one.pk).update(state=SittingState.DEFERRED)
    sign_in(client, one)
    answer = client.get(page(one))
    assert answer.status_code == 403
    assert "This sitting was deferred" in shown(answer)
    assert "Sent while I was deferred" in shown(answer)
    kept = KeptText.objects.get()
    assert (list(kept.texts.values()), kept.arrived_at) == (["Sent while I was deferred"], made.INSIDE)


def test_a_text_that_another_page_has_overtaken_is_kept_beside_the_draft(one: Sitting, clock: Any) -> None:
    client = parked(one, "From the old page", save="1")
    save(one, "From the phone", at=IN_TIME + SECOND)
    clock.move_to(AFTER)
    sign_in(client, one)
    told = shown(client.get(page(one)))
    assert "Kept beside your draft" in told
    one.refresh_from_db()
    assert (one.draft, one.draft_saved_at) == ({"": "From the phone"}, IN_TIME + SECOND)
    beside = KeptText.objects.get(why=Why.BESIDE)
    assert (beside.texts, beside.arrived_at) == ({"": "From the old page"}, IN_TIME)
    kept = shown(client.get(reverse("participant:kept_text", args=[one.pk, beside.pk])))
    assert "From the old page" in kept
    assert "This text was kept, not handed in" in kept
    assert 'type="submit">Hand in' not in kept


def test_a_text_never_replaces_one_that_was_saved_after_it_whatever_revision_it_says(
    one: Sitting, clock: Any
) -> None:
    client = parked(one, "Arrived first", save="1", revision="1")
    save(one, "Saved later", at=IN_TIME + SECOND)
    clock.move_to(IN_TIME + 2 * SECOND)
    sign_in(client, one)
    assert "Saved later" in shown(client.get(page(one)))
    one.refresh_from_db()
    assert one.draft == {"": "Saved later"}
    assert KeptText.objects.get().texts == {"": "Arrived first"}


def test_what_was_handed_in_after_it_counts(one: Sitting, clock: Any) -> None:
    client = parked(one, "The first press", **HANDS_IN)
    clock.move_to(IN_TIME + SECOND)
    sign_in(client, one)
    assert "is not handed in" in shown(client.get(page(one)))
    made.script(Sitting.objects.get(pk=one.pk), "The second press", at=IN_TIME + 2 * SECOND)
    clock.move_to(AFTER)
    assert "Read it and hand it in" not in shown(client.get(page(one)))
    assert "You have handed in script 1 since" in shown(confirm(client, one))
    assert one.scripts.get().text == "The second press"


def test_an_earlier_script_gives_way_and_a_document_only_by_a_word(one: Sitting, clock: Any) -> None:
    made.script(one, "Yesterday's", at=IN_TIME - timedelta(days=1))
    one.refresh_from_db()
    client = parked(one, "Today's", **HANDS_IN)
    clock.move_to(AFTER)
    sign_in(client, one)
    client.get(page(one))
    Script.objects.update(file=documents_row(), file_name="mine.docx")
    assert "Your document mine.docx counts" in shown(confirm(client, one))
    assert confirm(client, one, replace="on", counts="1").status_code == 302
    assert list(one.scripts.order_by("number").values_list("text", "current")) == [
        ("Yesterday's", False),
        ("Today's", True),
    ]


def documents_row() -> Any:
    import io

    from goldenthread.common import files

    return files.store(io.BytesIO(documents.docx(20)), kind="docx", at=made.INSIDE, size_limit=10**6)


def test_scripts_wait_for_a_text_that_may_still_be_handed_in(one: Sitting, clock: Any) -> None:
    client = parked(one, "Waits", **HANDS_IN)
    clock.move_to(AFTER)
    assert upload_queries.still_coming(one.window, at=AFTER) == IN_TIME + timedelta(hours=1)
    sign_in(client, one)
    client.get(page(one))
    until = kept_queries.rest_until_of(one)
    assert upload_queries.still_coming(one.window, at=AFTER) == until
    assert upload_queries.still_coming(one.window, at=until + SECOND) is None
    confirm(client, one)
    assert upload_queries.still_coming(one.window, at=AFTER) is None


# --- an outdated key -----------------------------------------------------------------------------------
def outdated(one: Sitting, text: str, **fields: str) -> Any:
    client = Client(enforce_csrf_checks=True)
    client.force_login(one.enrolment.user)
    sent = form_of(one, text, **fields)
    return client.post(page(one), sent, headers={"origin": "http://testserver"})


@pytest.mark.parametrize("at", [IN_TIME, AFTER])
def test_a_form_with_an_outdated_key_is_the_draft_and_nothing_is_handed_in(
    one: Sitting, clock: Any, at: datetime
) -> None:
    clock.move_to(at)
    told = shown(outdated(one, "Under an old key", **HANDS_IN))
    assert "Under an old key" in told
    assert ("press the button again" in told) == (at == IN_TIME)
    one.refresh_from_db()
    assert (one.draft, one.draft_saved_at, one.scripts.count()) == ({"": "Under an old key"}, at, 0)


@pytest.mark.requirement("S0-39")
def test_a_press_under_an_outdated_key_counts_from_its_arrival_when_midnight_comes_between(
    one: Sitting, clock: Any
) -> None:
    outdated(one, "Under an old key", **HANDS_IN)
    clock.move_to(AFTER)
    client = Client()
    client.force_login(one.enrolment.user)
    assert "before the deadline" in shown(client.get(page(one)))
    assert confirm(client, one).status_code == 302
    assert one.scripts.get().received_at == IN_TIME


def test_a_forged_form_is_not_kept(one: Sitting, clock: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(one.enrolment.user)
    for origin in ("https://evil.example", ""):
        headers = {"origin": origin} if origin else {}
        assert client.post(page(one), form_of(one, "Forged", **HANDS_IN), headers=headers).status_code == 403
    one.refresh_from_db()
    assert (one.draft, KeptText.objects.count()) == ({}, 0)


# --- found on a device ---------------------------------------------------------------------------------
def found(client: Client, one: Sitting, text: str, *, revision: int, written_at: datetime) -> Any:
    body = {"revision": revision, "texts": {"": text}, "found": int(written_at.timestamp() * 1000)}
    address = reverse("participant:sitting_draft", args=[one.pk])
    return client.post(address, body, content_type="application/json")


def test_a_text_found_on_a_device_is_kept_with_both_times(one: Sitting, clock: Any) -> None:
    client = Client()
    client.force_login(one.enrolment.user)
    clock.move_to(AFTER)
    assert found(client, one, "On the train", revision=0, written_at=IN_TIME).json()["late"]
    one.refresh_from_db()
    step = one.steps.get()
    assert (one.draft, step.written_at, step.arrived_at) == ({"": "On the train"}, IN_TIME, AFTER)
    assert step.how == "device"
    for _ in range(2):  # a message that comes twice
        answer = found(client, one, "Another device", revision=0, written_at=IN_TIME - SECOND)
        assert answer.status_code == 200
    one.refresh_from_db()
    assert one.draft == {"": "On the train"}
    beside = KeptText.objects.get()
    assert (beside.why, beside.texts) == (Why.BESIDE, {"": "Another device"})
    assert (beside.written_at, beside.arrived_at) == (IN_TIME - SECOND, AFTER)
    assert not one.scripts.exists()


@pytest.mark.parametrize("odd", [True, "1", 0, 10**18, None, [1]])
def test_a_time_that_cant_be_is_none(one: Sitting, clock: Any, odd: Any) -> None:
    client = Client()
    client.force_login(one.enrolment.user)
    body = {"revision": 0, "texts": {"": "x"}, "found": odd}
    address = reverse("participant:sitting_draft", args=[one.pk])
    assert client.post(address, body, content_type="application/json").status_code == 200
    assert one.steps.get().written_at == IN_TIME


# --- too long for a draft ------------------------------------------------------------------------------
def test_a_text_that_is_too_long_for_a_draft_is_kept_and_the_latest_of_them(one: Sitting, clock: Any) -> None:
    client = Client()
    client.force_login(one.enrolment.user)
    client.post(page(one), form_of(one, "Saved before", save="1"))
    long, longer = "y" * 200_001, "z" * 300_000
    answer = client.post(page(one), form_of(one, long, revision="1", **HANDS_IN))
    assert "200001 characters" in shown(answer)
    assert "too long for a draft" in shown(answer)
    assert KeptText.objects.get().texts == {"": long}
    body = {"revision": 1, "texts": {"": longer}}
    address = reverse("participant:sitting_draft", args=[one.pk])
    for _ in range(2):
        said = client.post(address, body, content_type="application/json")
        assert said.status_code == 422
        assert "A copy of it is kept with us too" in said.json()["message"]
    assert KeptText.objects.get().texts == {"": longer}
    one.refresh_from_db()
    assert (one.draft, AuditEvent.objects.filter(verb="text.kept").count()) == ({"": "Saved before"}, 1)


def test_nobody_fills_the_disk(one: Sitting, clock: Any) -> None:
    client = Client()
    client.force_login(one.enrolment.user)
    body = {"revision": 0, "texts": {"": "y" * (LONGEST_KEPT + 1)}}
    address = reverse("participant:sitting_draft", args=[one.pk])
    said = client.post(address, body, content_type="application/json")
    assert said.status_code == 422
    assert "A copy of it" not in said.json()["message"]
    save(one, "Mine", at=IN_TIME)
    for number in range(25):
        answer = found(client, one, f"Text {number}", revision=0, written_at=IN_TIME)
        assert answer.status_code == (200 if number < 20 else 422)
    assert KeptText.objects.count() == 20


def test_the_office_reads_it_with_both_times_and_each_look_is_on_record(one: Sitting, clock: Any) -> None:
    client = Client()
    client.force_login(one.enrolment.user)
    save(one, "Mine", at=IN_TIME)
    clock.move_to(AFTER)
    found(client, one, "Found on the phone", revision=0, written_at=IN_TIME)
    office = Client()
    office.force_login(made.office())
    course = shown(office.get(reverse("office:writing", args=[one.pk])))
    assert "it could not be the draft any more, after the deadline" in course
    address = reverse("office:writing_kept", args=[one.pk, KeptText.objects.get().pk])
    read = shown(office.get(address))
    assert "Found on the phone" in read
    assert one.enrolment.user.name not in read
    assert AuditEvent.objects.filter(verb="writing.looked_at").latest("pk").details["kept"]
    assert client.get(address).status_code == 404
    assert "No: it arrived after the deadline" in read
    assert "It was never sent to be handed in" in read


def test_the_assessment_page_leads_to_what_can_still_be_handed_in(one: Sitting, clock: Any) -> None:
    client = parked(one, "Sent in time", **HANDS_IN)
    clock.move_to(AFTER)
    sign_in(client, one)
    client.get(page(one))
    there = reverse("participant:kept_text", args=[one.pk, waiting(one).pk])
    for moment, can in ((AFTER, True), (made.CLOSES_AT + timedelta(hours=3), False)):
        clock.move_to(moment)
        read = shown(client.get(reverse("participant:assessment")))
        assert (f'href="{there}"' in read) is can
        assert ("your text can still be handed in" in read) is can
        assert ("The window has closed and nothing was handed in" in read) is not can
    clock.move_to(AFTER)
    confirm(client, one)
    assert "can still be handed in" not in shown(client.get(reverse("participant:assessment")))


def test_what_has_to_be_declared_is_not_called_optional(one: Sitting, clock: Any) -> None:
    client = parked(one, "Sent in time", **HANDS_IN)
    sign_in(client, one)
    client.get(page(one))
    read = shown(client.get(reverse("participant:kept_text", args=[one.pk, waiting(one).pk])))
    assert "Use of AI" in read
    assert "(optional)" not in read


def test_the_office_reads_what_can_become_of_it(one: Sitting, clock: Any) -> None:
    client = parked(one, "Sent in time", **HANDS_IN)
    sign_in(client, one)
    client.get(page(one))
    office = Client()
    office.force_login(made.office())
    address = reverse("office:writing_kept", args=[one.pk, waiting(one).pk])
    for moment, said in (
        (AFTER, "Its owner can still hand it in as it came, by"),
        (made.CLOSES_AT + timedelta(hours=3), "It can't be handed in any more"),
    ):
        clock.move_to(moment)
        read = shown(office.get(address))
        assert "Yes: it arrived before the deadline" in read
        assert said in read
    clock.move_to(AFTER)
    confirm(client, one)
    assert "it is the script, and counts from when it arrived" in shown(office.get(address))


def test_what_is_kept_goes_with_the_steps(one: Sitting, clock: Any) -> None:
    client = parked(one, "Kept", **HANDS_IN)
    sign_in(client, one)
    client.get(page(one))
    assert KeptText.objects.count() == 1
    over = made.CLOSES_AT + timedelta(days=400)
    actions.remove_steps(sitting=one, settled_at=None, days=365, at=over)
    assert KeptText.objects.count() == 1
    actions.remove_steps(sitting=one, settled_at=made.CLOSES_AT, days=365, at=over)
    assert not KeptText.objects.exists()
