"""Notes at passages in a moderator's own marks: written blind, shown beside the markers', with and without a script."""

import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Script
from goldenthread.common.refused import Refused
from goldenthread.marking.actions import Noted
from goldenthread.marking.models import Marking, MarkingState, SetAside
from goldenthread.marking.passage_rules import Passage
from goldenthread.moderation import actions
from goldenthread.moderation.models import EarlierLook, Sampled
from goldenthread.people.models import Role, User
from tests import by_hand, documents, factories
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests import factories_projects as projects
from tests.factories_web import client_of, text_of
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
AT = make.CLOSED
OWN = {f"point_{n}": "3" for n in range(1, 6)}
TEXT = "First they plan.\n\nThen they check."
LISTED = re.compile(r'name="passage" value="([^"]*)".*?<textarea[^>]*name="passage_note"[^>]*>([^<]*)<')


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def sampled(chidi: User) -> Sampled:
    window = make.window()
    make.markers(2)
    make.sitting(window, name="Amara Applicant")
    make.mark_all(window)
    Script.objects.update(text=TEXT)
    return actions.open_round(window=window, by=chidi, at=AT, share_percent=100, seed="s").sample.get()


def page(one: Sampled) -> str:
    return f"/moderate/scripts/{one.pk}/"


def send(who: User, one: Sampled, notes: Any = (), **more: str) -> Any:
    form = {
        **OWN, "with_passages": "1", "passage": [place for place, _ in notes],
        "passage_note": [note for _, note in notes], **more,
    }  # fmt: skip
    return client_of(who).post(page(one), form)


def place_of(answer: Any, paragraph: int) -> str:
    """What the choice of a paragraph by its number sends."""
    return re.findall(r'<option value="([^"]+)"', answer.content.decode())[paragraph - 1]


def listed(answer: Any) -> list[tuple[str, str]]:
    html = re.sub(r"<template.*?</template>", "", answer.content.decode(), flags=re.DOTALL)
    return LISTED.findall(html.replace("\n", " "))


def kept(one: Sampled) -> list[tuple[int, int, str]]:
    one.refresh_from_db()
    return [(row["start"], row["end"], row["note"]) for row in one.passages]


def test_notes_are_written_blind_and_read_beside_the_markers(sampled: Sampled, chidi: User) -> None:
    marking = Marking.objects.order_by("position")[0]
    theirs = [{
        "part": "", "start": 6, "end": 10, "note": "Who are they?", "quote": "they", "order": 0,
        "sha256": "0" * 64,
    }]  # fmt: skip
    by_hand.alter(Marking.objects.filter(pk=marking.pk), passages=theirs)
    blind = text_of(client_of(chidi).get(page(sampled)))
    assert "Notes at passages" in blind
    assert "Who are they?" not in blind
    assert send(chidi, sampled, [("18:22:", "Later than the plan."), ("0:5:", "A start.")]).status_code == 302
    assert kept(sampled) == [(0, 5, "A start."), (18, 22, "Later than the plan.")]
    assert [one["quote"] for one in sampled.passages] == ["First", "Then"]
    decide = client_of(chidi).get(page(sampled)).content.decode()
    notes = re.findall(r'<li id="passage-(\d)">“([^”]*)”: ([^<]*) <span class="gt-quiet">([^<,]*)', decide)
    assert [row[:1] + row[2:] for row in notes] == [
        ("1", "Who are they?", "First marker"), ("2", "A start.", "moderator"),
        ("3", "Later than the plan.", "moderator"),
    ]  # fmt: skip
    assert 'id="text-2" href="#passage-2"' in decide  # marked in the text that is read again
    assert 'id="text-1"' not in decide  # the marker's stands in a text that read otherwise


@pytest.mark.parametrize("button", ["save", "note"])  # the second on pages from before an upgrade
def test_without_a_script_notes_are_added_one_by_one_and_nothing_is_given_before(
    sampled: Sampled, chidi: User, button: str
) -> None:
    answer = client_of(chidi).get(page(sampled))
    notes: list[tuple[str, str]] = []
    for before, (paragraph, said) in enumerate(((2, "Thin."), (1, "The plan."))):
        chosen = {"new_passage": place_of(answer, paragraph), "new_note": said, button: "1"}
        chosen["revision"] = str(before)
        sent = send(chidi, sampled, notes, **chosen)
        assert (sent.status_code, sent["Location"]) == (302, page(sampled))
        answer = client_of(chidi).get(page(sampled))
        notes = listed(answer)
        assert kept(sampled) == []
        assert Sampled.objects.get().marked_by is None
        assert 'value="3"' in answer.content.decode()  # the marks stay in their boxes
    assert [note for _, note in notes] == ["The plan.", "Thin."]
    assert send(chidi, sampled, [notes[0], (notes[1][0], "")]).status_code == 302  # an emptied one goes
    assert kept(sampled) == [(0, 16, "The plan.")]


@pytest.mark.parametrize(("place", "note", "said"), [
    ("0:999:", "Far.", "fit the script"), ("nonsense", "What?", "fit the script"),
    ("0123456789ab@0:5:", "Old.", "has changed since you opened it"), ("16:18:", "Empty.", "with words in it"),
    ("0:5:", "x" * 1001, "Shorten the note"), ("0:5:other", "Part.", "fit the script"),
])  # fmt: skip
def test_a_note_that_cant_be_kept_is_refused_with_the_marks_and_stays_on_the_page(
    sampled: Sampled, chidi: User, place: str, note: str, said: str
) -> None:
    answer = send(chidi, sampled, [(place, note)])
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert listed(answer) == [(place, note)]
    assert (kept(sampled), Sampled.objects.get().marked_by) == ([], None)


def test_missing_marks_keep_the_notes_on_the_page(sampled: Sampled, chidi: User) -> None:
    answer = send(chidi, sampled, [("0:5:", "A start.")], point_2="")
    assert answer.status_code == 422
    assert [note for _, note in listed(answer)] == ["A start."]
    note_alone = send(chidi, sampled, new_note="Where?")
    assert "Choose the paragraph that this note belongs to" in text_of(note_alone)


def noted(*rows: tuple[int, int, str]) -> Noted:
    return Noted([Passage("", start, end, note) for start, end, note in rows], {"": TEXT})


def test_notes_stay_with_the_marks_that_they_were_written_with(sampled: Sampled, chidi: User) -> None:
    mo = factories.member(Role.MODERATOR, "Mo Moderator")
    with pytest.raises(Refused, match="fit the script"):
        actions.mark_blind(sampled=sampled, marks=make.FAIR, noted=noted((9, 999, "x")), by=chidi, at=AT)
    first = noted((0, 5, "A start."))
    actions.mark_blind(sampled=sampled, marks=make.FAIR, noted=first, by=chidi, at=AT)
    actions.mark_blind(sampled=sampled, marks=make.GOOD, noted=noted((6, 10, "Other.")), by=chidi, at=AT)
    assert kept(sampled) == [(0, 5, "A start.")]  # a second time changes nothing
    User.objects.filter(pk=chidi.pk).update(is_active=False)
    actions.mark_blind(sampled=sampled, marks=make.GOOD, noted=noted((6, 10, "Who?")), by=mo, at=AT)
    assert kept(sampled) == [(6, 10, "Who?")]
    assert [one["note"] for one in EarlierLook.objects.get().passages] == ["A start."]
    decide = text_of(client_of(mo).get(page(sampled)))
    for said in ("Who?", "A start.", "moderator before"):
        assert said in decide


def test_a_declared_conflict_takes_notes_out_with_the_marks(sampled: Sampled, chidi: User) -> None:
    actions.mark_blind(sampled=sampled, marks=make.FAIR, noted=noted((0, 5, "A start.")), by=chidi, at=AT)
    said = actions.marking_rules.Declaration("other", "We met.")
    actions.declare_conflict(sampled=sampled, declaration=said, by=chidi, at=AT)
    assert kept(sampled) == []


# --- how much the page asks --------------------------------------------------------------------------------
def discussed(chidi: User, *changed: tuple[int, int]) -> Sampled:
    """A script whose two markers discussed it: with changes they agreed, without a third marker decided."""
    talk = talks.discussion()
    talks.say(talk, "A", "See paragraph 1")
    talks.say(talk, "B", "I read it otherwise")
    talks.answer(talk, "A", *changed)
    talks.answer(talk, "B")
    for one in Marking.objects.exclude(state=MarkingState.SUBMITTED):
        make.submit(one)
    window = talk.script.sitting.window
    return actions.open_round(window=window, by=chidi, at=AT, share_percent=100, seed="s").sample.get()


def put_aside(one: Sampled, by: User) -> None:
    """Marks of a third person about the script, which count for nothing any more."""
    SetAside.objects.create(
        script=one.script, marker=factories.member(Role.MARKER, "Gil Marker"), marking=10**9, position=1, marks={},
        learn_that=1, learn_how_to=1, submitted_at=AT, feedback="Words that count no more", reason="A mix-up.",
        by=by, at=AT,
    )  # fmt: skip


@pytest.mark.parametrize("changed", [(), ((1, 4), (3, 4), (4, 4))])
@pytest.mark.parametrize("taken_over", [False, True])
@pytest.mark.parametrize("state", ["blind", "own", "decided", "of somebody else"])
def test_the_page_of_a_discussed_script_asks_at_most_twelve_times(
    chidi: User, state: str, taken_over: bool, changed: tuple[tuple[int, int], ...]
) -> None:
    one = discussed(chidi, *changed)
    mo, nia = (factories.member(Role.MODERATOR, f"{name} Moderator") for name in ("Mo", "Nia"))
    put_aside(one, mo)
    if taken_over:
        actions.mark_blind(sampled=one, marks=make.GOOD, by=nia, at=AT)
        User.objects.filter(pk=nia.pk).update(is_active=False)
    if state != "blind":
        actions.mark_blind(sampled=one, marks=make.FAIR, by=chidi, at=AT)
    if state in ("decided", "of somebody else"):
        actions.decide(sampled=one, decision="confirmed", note="It holds.", by=chidi, at=AT)
    client = client_of(mo if state == "of somebody else" else chidi)
    for _ in range(2):  # the second look of a day is not put on record
        with time_machine.travel(AT, tick=False), CaptureQueriesContext(connection) as asked:
            answer = client.get(page(one))
        assert len([row for row in asked.captured_queries if "SAVEPOINT" not in row["sql"]]) <= 12
    shown = text_of(answer)
    assert ("What the two markers discussed" in shown) is (state != "blind")
    assert shown.count("See paragraph 1") == shown.count("I read it otherwise") == int(state != "blind")
    assert ("Words that count no more" in shown) is (state != "blind")
    assert ("Moderator before" in shown) is (taken_over and state != "blind")


@pytest.mark.parametrize("state", ["blind", "own"])
def test_the_page_of_a_project_with_evidence_asks_at_most_twelve_times(chidi: User, state: str) -> None:
    amara = projects.candidate()
    projects.opened(amara, "project")
    for n in range(4):
        projects.add_file(amara, f"{n}.txt", documents.txt(5 + n))
    window = road.handed_in(amara, "project")
    make.markers(2)
    road.mark(window)
    opened = actions.open_round(window=window, by=chidi, at=road.MARKED, share_percent=100, seed="s")
    one = opened.sample.get()
    if state == "own":
        actions.mark_blind(sampled=one, marks=road.ENOUGH, by=chidi, at=road.MARKED)
    client = client_of(chidi)
    with time_machine.travel(road.MARKED, tick=False), CaptureQueriesContext(connection) as asked:
        answer = client.get(page(one))
    assert "Evidence 4" in text_of(answer)
    assert len(asked) <= 12
