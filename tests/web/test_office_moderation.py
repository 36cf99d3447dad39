"""The office's pages of sample rules, national moderation and the board meeting."""

import io
import re
import uuid
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from goldenthread.assessment.models import Window
from goldenthread.assessment.upload_models import DocumentCheck
from goldenthread.awards import actions as awards
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Agreement
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.models import NationalAnswer, Round, SampleTerms
from goldenthread.outcomes import board
from goldenthread.outcomes.models import BoardMeeting
from goldenthread.people.models import Role
from tests import by_hand, factories
from tests import factories_marking as make
from tests import factories_projects as projects
from tests.factories_web import client_of, text_of
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
RULES = {"share_percent": 20, "below": 3, "above": 2, "every_fail": "on", "each_least": 2, "each_percent": 10}


@pytest.fixture
def office() -> Client:
    return client_of(factories.member(Role.OFFICE, "Olu Office"))


@pytest.fixture
def window() -> Any:
    made = make.window()
    make.markers(2)
    for _ in range(6):
        make.sitting(made)
    return made


def page(window: Any, name: str) -> str:
    return f"/office/windows/{window.pk}/{name}/"


# --- sample rules ------------------------------------------------------------------------------------------
def test_rules_are_set_and_what_they_would_draw_is_shown(office: Client, window: Any) -> None:
    first = text_of(office.get(page(window, "sample")))
    assert "Every script within 2 marks of the pass mark." in first
    assert "Nobody has set rules" in first
    assert office.post(page(window, "sample"), RULES).status_code == 302
    office.post(page(window, "sample"), RULES)
    kept = SampleTerms.objects.get()
    assert (kept.below, kept.each_percent, kept.set_by.name) == (3, 10, "Olu Office")
    event = AuditEvent.objects.get(verb="sample.rules_set")
    assert (event.details["was"]["share_percent"], event.details["now"]["share_percent"]) == (10, 20)
    marking.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    one = window.sittings.order_by("code").first().scripts.get()
    for given in one.markings.order_by("position"):
        make.submit(given, make.POOR)
    found = office.get(page(window, "sample"))
    assert "1 of 1 script" in text_of(found)
    assert dict(found.context["counts"])["Below the pass mark"] == 1
    assert found.context["overlaps"] == [("below the pass mark and drawn by lot", 1)]
    assert [wanted for _, has, wanted in found.context["short"]] == [2, 2]


@pytest.mark.parametrize(("field", "value", "said"), [
    ("share_percent", "101", "from 0 to 100 per cent"), ("below", "1", "always looked at again"),
    ("above", "x", "Enter a whole number"), ("each_least", "", "Enter a whole number"),
    ("each_percent", "-1", "Enter a whole number"),
])  # fmt: skip
def test_faulty_rules_come_back_filled(
    office: Client, window: Any, field: str, value: str, said: str
) -> None:
    answer = office.post(page(window, "sample"), {**RULES, field: value})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not SampleTerms.objects.exists()


def test_rules_are_frozen_once_marking_ends_and_the_draw_can_be_repeated(office: Client, window: Any) -> None:
    office.post(page(window, "sample"), RULES)
    make.mark_all(window, [make.POOR, make.FAIR])
    assert "could be fitted to the marks" in text_of(office.get(page(window, "sample")))
    changed = office.post(page(window, "sample"), {**RULES, "share_percent": 0})
    assert changed.status_code == 422
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=window, by=chidi, at=make.CLOSED)
    assert opened.terms["share_percent"] == 20
    found = text_of(office.get(page(window, "sample")))
    assert "it is the same sample" in found
    assert opened.seed in found
    assert office.post(page(window, "sample"), {**RULES, "share_percent": 0}).status_code == 422
    by_hand.remove(opened.sample.filter(pk=opened.sample.order_by("pk")[0].pk))
    assert "it differs" in text_of(office.get(page(window, "sample")))


@pytest.mark.parametrize("role", [None, Role.MARKER, Role.MODERATOR, Role.PARTNER_MANAGER])
def test_only_the_office_has_these_pages(role: Any, window: Any) -> None:
    client = client_of(factories.member(role) if role else factories.user())
    for name in ("sample", "national", "board"):
        assert client.get(page(window, name)).status_code == 404
        assert client.post(page(window, name), {}).status_code == 404


# --- national moderation -------------------------------------------------------------------------------------
@pytest.fixture
def signed() -> Round:
    amara = projects.candidate()
    window = road.handed_in(amara, "project")
    make.markers(2)
    road.mark(window)
    return road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)


def code_of(answer: Any) -> str:
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        return re.findall(r"Package (\w+)", archive.read("README.txt").decode())[0]


def upload(client: Client, address: str, data: bytes) -> Any:
    return client.post(address, {"step": "read", "file": SimpleUploadedFile("answer.csv", data)})


def test_the_round_goes_out_and_its_answer_is_applied_by_a_second_person(
    office: Client, signed: Round
) -> None:
    window, sitting = signed.window, signed.window.sittings.get()
    with time_machine.travel(road.MARKED, tick=False):
        waiting = text_of(office.get(page(window, "outcomes")))
        assert "moderated nationally too" in waiting
        assert page(window, "national") in waiting
        desk = text_of(office.get("/office/"))
        assert "in national moderation" in desk
        assert "can be released" not in desk
        zipped = office.post(page(window, "national"), {"step": "export"})
        assert zipped["Content-Type"] == "application/zip"
        faulty = upload(office, page(window, "national"), b"\xff\xfe")
        assert (faulty.status_code, "CSV UTF-8" in text_of(faulty)) == (422, True)
        assert office.post(page(window, "national"), {"step": "read"}).status_code == 422
        data = make.answer_file(code_of(zipped), f"{sitting.code},adjusted,,3.5,Too little")
        read = upload(office, page(window, "national"), data)
        found = text_of(office.get(read.url))
        for part in ("Too little", "Not reached now", "a colleague applies it"):
            assert part in found
        assert office.post(read.url, {"step": "decide", "apply": "1"}).status_code == 422
        osa = client_of(factories.member(Role.OFFICE, "Osa Office"))
        assert "Say whether it is applied" in text_of(osa.post(read.url, {"step": "decide"}))
        osa.post(read.url, {"step": "decide", "apply": "1"})
        assert NationalAnswer.objects.get().state == "applied"
        assert "Ready to release" in text_of(office.get(page(window, "outcomes")))
        assert "final and can be released" in text_of(office.get(page(window, "national")))


@pytest.mark.parametrize(("state", "said"), [
    ("clean", None), ("waiting", "2 files: it waits to be scanned"), ("trusted", "2 files: nobody has scanned it"),
    ("found", "2 files: malware was found in it"),
])  # fmt: skip
def test_the_page_says_beforehand_which_evidence_stays_out(
    office: Client, state: str, said: str | None
) -> None:
    amara = projects.candidate()
    projects.opened(amara, "project")
    for n in (1, 2):
        projects.add_file(amara, f"notes-{n}.txt", f"Minutes {n}".encode())
    window = road.handed_in(amara, "project")
    make.markers(2)
    DocumentCheck.objects.update(state="clean")
    road.mark(window)
    road.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"), national=False)
    DocumentCheck.objects.update(state=state)
    with time_machine.travel(road.MARKED, tick=False):
        found = text_of(office.get(page(window, "national")))
        assert (said or "Evidence of projects is in it") in found
        assert ("Not all evidence can be enclosed" in found) is (said is not None)


def test_an_answer_is_taken_back_by_who_read_it(office: Client, signed: Round) -> None:
    window = signed.window
    with time_machine.travel(road.MARKED, tick=False):
        code = code_of(office.post(page(window, "national"), {"step": "export"}))
        read = upload(office, page(window, "national"), make.answer_file(code, "*,confirmed,,,"))
        assert office.post(read.url, {"step": "take_back"}).url == page(window, "national")
        assert NationalAnswer.objects.get().state == "taken_back"
        again = upload(office, page(window, "national"), make.answer_file(code, "*,confirmed,,,"))
        osa = client_of(factories.member(Role.OFFICE, "Osa Office"))
        refused = osa.post(again.url, {"step": "take_back"}, follow=True)
        assert "Only who read it in takes it back" in text_of(refused)


def test_looks_at_marks_by_code_in_an_answer_are_on_record_once_a_day_until_the_release(
    office: Client, signed: Round, django_assert_max_num_queries: Any
) -> None:
    window = signed.window
    sitting = window.sittings.get()
    osa = client_of(factories.member(Role.OFFICE, "Osa Office"))
    day = road.MARKED
    with time_machine.travel(day, tick=False):
        code = code_of(office.post(page(window, "national"), {"step": "export"}))
        rows = make.answer_file(code, f"{sitting.code},adjusted,,3.5,Too little")
        read = upload(office, page(window, "national"), rows)
        for _ in range(2):
            office.get(read.url)
        with django_assert_max_num_queries(20):
            first = text_of(osa.get(read.url))
        with django_assert_max_num_queries(12):
            osa.get(read.url)
    looks = AuditEvent.objects.filter(verb="national.looked_at").order_by("sequence")
    answer = NationalAnswer.objects.get()
    assert [(one.actor_name, one.details["answer"]) for one in looks] == [
        ("Olu Office", answer.pk), ("Osa Office", answer.pk),
    ]  # fmt: skip
    assert "Who looked at these marks" in first
    with time_machine.travel(day + timedelta(days=1), tick=False):
        osa.post(read.url, {"step": "decide", "apply": "1", "reason": ""})
        office.get(read.url)
        assert looks.all().count() == 3
    by_hand.alter(Window.objects.filter(pk=window.pk), state="released")
    with time_machine.travel(day + timedelta(days=2), tick=False):
        assert "Who looked at these marks" not in text_of(office.get(read.url))
    assert looks.all().count() == 3


def test_of_an_answer_that_adjusts_nothing_no_look_is_on_record(office: Client, signed: Round) -> None:
    with time_machine.travel(road.MARKED, tick=False):
        code = code_of(office.post(page(signed.window, "national"), {"step": "export"}))
        rows = make.answer_file(code, "*,confirmed,,,")
        office.get(upload(office, page(signed.window, "national"), rows).url)
    assert not AuditEvent.objects.filter(verb="national.looked_at").exists()


def test_a_round_that_asks_nobody_says_so(office: Client, window: Any) -> None:
    make.mark_all(window)
    make.moderated(window)
    found = text_of(office.get(page(window, "national")))
    assert "asks for no national moderation" in found
    assert "provisional until the national moderator" not in found
    answer = office.post(page(window, "national"), {"step": "export"}, follow=True)
    assert "no national moderation" in text_of(answer)


# --- the board -----------------------------------------------------------------------------------------------
def minutes(**fields: Any) -> dict[str, Any]:
    return {
        "held_on": "2025-10-14", "present": "Olu, office; Chidi, moderator", "decision": "wait",
        "reasons": "Point 3 is looked at again.", "form_key": str(uuid.uuid4()), **fields,
    }  # fmt: skip


def test_the_board_has_counts_and_no_names_or_codes(
    office: Client, window: Any, django_assert_max_num_queries: Any
) -> None:
    make.mark_all(window, [make.POOR, make.GOOD, make.GOOD])
    with django_assert_max_num_queries(20):
        found = office.get(page(window, "board"))
    text = text_of(found)
    assert "Provisional" in text
    for sitting in window.sittings.select_related("enrolment__user"):
        assert sitting.code not in text
        assert sitting.enrolment.user.name not in text
    assert [(row["label"], row["value"]) for row in found.context["bars"] if row["value"]] == [
        ("5", 1), ("15", 3), ("18", 2),
    ]  # fmt: skip
    assert [row["label"] for row in found.context["bars"] if row["state"]] == ["12 (pass mark)"]
    assert "The pass mark is 12." in text
    changes = {one.mark: (one.reached, one.change) for one in found.context["boundaries"]}
    assert (changes[12], changes[16], changes[7]) == ((5, 0), (2, -3), (5, 0))
    assert '<td class="gt-number">−3</td>' in text
    assert "The results can be released" in text


def test_the_board_of_a_window_without_a_case_study_is_empty_and_takes_no_minutes(office: Client) -> None:
    """The window's other pages lead there."""
    draft = make.window(case_study=None)
    assert page(draft, "board") in text_of(office.get(page(draft, "sample")))
    for answer in (office.get(page(draft, "board")), office.post(page(draft, "board"), {})):
        assert "No marks yet" in text_of(answer)
        assert "Record a meeting" not in text_of(answer)
    assert not BoardMeeting.objects.exists()


def test_a_meeting_that_says_wait_stops_the_release_until_the_next(office: Client, window: Any) -> None:
    make.mark_all(window)
    make.moderated(window)
    olu = window.created_by
    with time_machine.travel(make.CLOSED, tick=False):
        said = minutes()
        assert office.post(page(window, "board"), said).status_code == 302
        office.post(page(window, "board"), said)
        assert BoardMeeting.objects.count() == 1
        with pytest.raises(Refused, match="these results wait"):
            awards.release(window=window, by=olu, at=make.CLOSED)
        assert "these results wait" in text_of(office.get(page(window, "outcomes")))
        office.post(page(window, "board"), minutes(decision="release", reasons="Looked at."))
        assert "Point 3 is looked at again." in text_of(office.get(page(window, "board")))
        assert len(awards.release(window=window, by=olu, at=make.CLOSED)) == 6
        late = office.post(page(window, "board"), minutes(), follow=True)
        assert "changes nothing any more" in text_of(late)


def test_minutes_are_never_changed(office: Client, window: Any) -> None:
    make.mark_all(window)
    with time_machine.travel(make.CLOSED, tick=False):
        office.post(page(window, "board"), minutes())
    meeting = BoardMeeting.objects.get()
    assert meeting.figures == {"scripts": 6, "pass_mark": 12, "maximum": 20, "reached": 6, "adjusted": 0}
    with pytest.raises(DatabaseError), transaction.atomic():
        BoardMeeting.objects.update(decision="release")
    with pytest.raises(DatabaseError), transaction.atomic():
        meeting.delete()


@pytest.mark.parametrize(("field", "value", "said"), [
    ("held_on", "2025-10-15", "today or an earlier day"), ("present", " ", "Say who was there"),
    ("reasons", "", "Say what the decision rests on"), ("decision", "maybe", "Select a valid choice"),
    ("held_on", "1900-01-01", "This window opened on Mon 6 Oct 2025"), ("held_on", "2025-10-05", "check the day"),
    ("held_on", "soon", "Enter a date"), ("form_key", "x", "valid UUID"),
])  # fmt: skip
def test_faulty_minutes_come_back(office: Client, window: Any, field: str, value: str, said: str) -> None:
    with time_machine.travel(make.CLOSED, tick=False):
        answer = office.post(page(window, "board"), minutes(**{field: value}))
    assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert not BoardMeeting.objects.exists()


def test_the_meeting_that_was_held_last_counts_whatever_was_recorded_last(
    office: Client, window: Any
) -> None:
    with time_machine.travel(make.CLOSED, tick=False):
        office.post(
            page(window, "board"), minutes(decision="release", reasons="Looked at.", held_on="2025-10-13")
        )
        office.post(
            page(window, "board"), minutes(held_on="2025-10-07", reasons="An earlier one, typed in late.")
        )
        board.check_board(window)
        shown = text_of(office.get(page(window, "board")))
        assert shown.index("Looked at.") < shown.index("An earlier one, typed in late.")
        office.post(page(window, "board"), minutes(held_on="2025-10-13"))  # of one day what was recorded last
        with pytest.raises(Refused, match="these results wait"):
            board.check_board(window)


def test_what_is_shared_says_no_small_number(office: Client, window: Any) -> None:
    make.mark_all(window, [make.POOR])
    address = page(window, "board") + "figures.csv"
    assert office.get(address).status_code == 302  # provisional
    make.moderated(window)
    answer = office.get(address)
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[1] == "all scripts,0 to 20,6"
    assert [line for line in lines if line.startswith("scripts with")].count("scripts with,20,0") == 1
    assert not [line for line in lines if line.split(",")[-1] in {"1", "2", "3", "4"}]


def test_figures_are_shared_once_so_that_two_files_tell_of_nobody(office: Client, window: Any) -> None:
    make.mark_all(window)
    make.moderated(window)
    address = page(window, "board") + "figures.csv"
    first = office.get(address).content
    assert b"all scripts,0 to 20,6" in first
    one = Agreement.objects.order_by("pk")[0]
    assert one.half_marks_learn_that != 24
    by_hand.alter(Agreement.objects.filter(pk=one.pk), half_marks_learn_that=24, half_marks_learn_how_to=16)
    found = office.get(page(window, "board"))
    assert found.context["figures"].scripts == 6
    assert "They were shared first on" in text_of(found)
    assert office.get(address).content == first
    taken = AuditEvent.objects.filter(subject=f"window:{window.pk}", verb="board.shared")
    assert taken.count() == 2


def test_nothing_is_shared_of_very_few(office: Client) -> None:
    made = make.window()
    make.markers(2)
    make.sitting(made)
    make.mark_all(made)
    make.moderated(made)
    assert "fewer than 5 scripts" in text_of(office.get(page(made, "board")))
    followed = office.get(page(made, "board") + "figures.csv", follow=True)
    assert "would tell of one person" in text_of(followed)
