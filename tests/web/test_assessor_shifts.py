"""Moderators' pages of shifts: a proposal with its lists, the second person's word, what has moved."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.moderation import actions, shifting
from goldenthread.moderation.batches import compared_in
from goldenthread.moderation.models import Round, Sampled, Shift, ShiftedMark
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def opened(chidi: User) -> Round:
    window = make.window()
    make.markers(2)
    for _ in range(3):
        make.sitting(window)
    make.mark_all(window, [make.GOOD, make.FAIR, make.POOR])
    return actions.open_round(window=window, by=chidi, at=make.CLOSED, seed="seed", share_percent=0)


def page(opened: Round) -> str:
    return f"/moderate/rounds/{opened.pk}/shifts/"


def letter(opened: Round) -> str:
    ben = User.objects.get(name="Ben Marker")
    return next(one.letter for one in compared_in(opened) if one.marker == ben.pk)


def said(opened: Round, **fields: Any) -> dict[str, Any]:
    return {
        "marker": letter(opened),
        "learn_that": "",
        "learn_how_to": "-1",
        "reason": "One too high.",
        **fields,
    }


def test_a_shift_is_proposed_by_letter_read_in_lists_and_agreed_by_the_office(
    opened: Round, chidi: User
) -> None:
    moderator, office = client_of(chidi), client_of(factories.member(Role.OFFICE, "Olu Office"))
    assert "Shifting a marker’s batch" in text_of(moderator.get(f"/moderate/rounds/{opened.pk}/"))
    found = text_of(moderator.get(page(opened)))
    assert "Ben Marker" not in found
    assert 'name="reason"' in found
    assert 'name="reason"' not in text_of(office.get(page(opened)))
    assert office.post(page(opened), said(opened)).status_code == 404
    answer = moderator.post(page(opened), said(opened))
    shift = Shift.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/moderate/shifts/{shift.pk}/")
    assert (shift.half_marks_learn_that, shift.half_marks_learn_how_to) == (0, -2)
    own = text_of(moderator.get(answer["Location"]))
    assert f"Marker {letter(opened)}" in own
    assert "Ben Marker" not in own
    assert "Take it back" in own
    assert "Of 3 scripts, 1 moves, 1 joins the sample, and 1 stays as it is (1 in the sample" in own
    theirs = office.get(answer["Location"])
    assert "Ben Marker" in text_of(theirs)
    seen = theirs.context["plan"].fingerprint
    assert [row[1:] for row in theirs.context["moves"]] == [("18", "17")]
    assert [row[1:] for row in theirs.context["looks"]] == [("15", "14")]
    stale = {"step": "decide", "agree": "1", "reason": "", "seen": "old"}
    assert "has changed since you opened the page" in text_of(office.post(answer["Location"], stale))
    assert not ShiftedMark.objects.exists()
    done = office.post(answer["Location"], {**stale, "seen": seen}, follow=True)
    assert "The marks have moved. 1 joined the sample." in text_of(done)
    assert [row[1:3] for row in done.context["moved"]] == [("18", "17")]
    assert Sampled.objects.filter(reason__startswith="a shift would bring it near").count() == 1
    assert "Shift proposed" in text_of(moderator.get(f"/moderate/rounds/{opened.pk}/"))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"learn_how_to": "0.3"}, "learn_how_to"), ({"learn_how_to": ""}, "learn_how_to"),
        ({"learn_that": "13"}, "learn_that"), ({"reason": ""}, "reason"), ({"marker": ""}, "marker"),
        ({"marker": "Z"}, "marker"), ({"learn_how_to": "x"}, "learn_how_to"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    opened: Round, chidi: User, fields: dict[str, str], field: str
) -> None:
    answer = client_of(chidi).post(page(opened), said(opened, **fields))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert not Shift.objects.exists()


def test_who_proposed_takes_it_back_and_another_says_no(opened: Round, chidi: User) -> None:
    mine, other = client_of(chidi), client_of(factories.member(Role.MODERATOR, "Mo Moderator"))
    mine.post(page(opened), said(opened))
    address = f"/moderate/shifts/{Shift.objects.get().pk}/"
    assert "Taken back" in text_of(mine.post(address, {"step": "take_back"}, follow=True))
    mine.post(page(opened), said(opened))
    address = f"/moderate/shifts/{Shift.objects.latest('pk').pk}/"
    no = {"step": "decide", "agree": "0", "reason": "", "seen": ""}
    assert "Say why you don&#x27;t agree" in text_of(other.post(address, no))
    assert "Not agreed" in text_of(other.post(address, {**no, "reason": "Only once."}, follow=True))
    assert client_of(factories.user()).get(address).status_code == 404


def test_the_pages_take_at_most_twelve_queries(opened: Round, chidi: User) -> None:
    client = client_of(chidi)
    client.post(page(opened), said(opened))
    shift = Shift.objects.get()
    for address in (page(opened), f"/moderate/shifts/{shift.pk}/", f"/moderate/rounds/{opened.pk}/"):
        client.get(address)
        with CaptureQueriesContext(connection) as made:
            assert client.get(address).status_code == 200
        assert len(made) <= 12, (address, [one["sql"][:160] for one in made])


def test_the_desk_of_the_office_names_a_shift_until_a_second_person_has_decided(
    opened: Round, chidi: User
) -> None:
    office = client_of(factories.member(Role.OFFICE, "Olu Office"))
    assert "to be shifted" not in text_of(office.get("/office/"))
    client_of(chidi).post(page(opened), said(opened))
    line = next(
        one for one in office.get("/office/").context["desk"].decisions if "to be shifted" in one.text
    )
    assert f"/moderate/shifts/{Shift.objects.get().pk}/" in text_of(office.get(line.url))
    no = {"step": "decide", "agree": "0", "reason": "Only once.", "seen": ""}
    assert office.post(f"/moderate/shifts/{Shift.objects.get().pk}/", no).status_code == 302
    assert "to be shifted" not in text_of(office.get("/office/"))


def test_where_the_scale_ends_the_page_says_that_some_move_less_far(opened: Round, chidi: User) -> None:
    client = client_of(chidi)
    for down, told in (("-1", False), ("-8", True)):
        client.post(page(opened), said(opened, learn_how_to=down))
        shift = Shift.objects.latest("pk")
        found = client.get(f"/moderate/shifts/{shift.pk}/")
        assert ("less far than proposed, to the end of the scale" in text_of(found)) is told
        assert (found.context["short"] > 0) is told
        shifting.take_back(shift=shift, by=chidi, at=make.CLOSED)


def test_who_decides_a_shift_second_is_told_that_it_was_not_kept(opened: Round, chidi: User) -> None:
    client_of(chidi).post(page(opened), said(opened))
    address = f"/moderate/shifts/{Shift.objects.get().pk}/"
    no = {"step": "decide", "agree": "0", "reason": "Only once.", "seen": ""}
    first, second = (client_of(factories.member(Role.OFFICE, name)) for name in ("Olu Office", "Oda Office"))
    assert first.post(address, no).status_code == 302
    late = second.post(address, {**no, "reason": "Half a mark would do."})
    assert late.status_code == 422
    shown = text_of(late)
    assert "This was not kept" in shown
    assert "Somebody has decided this already" in shown
    assert "Half a mark would do." in shown
