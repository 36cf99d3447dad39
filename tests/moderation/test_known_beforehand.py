"""A moderator says beforehand whom they know, as markers do; what these wrote is never theirs to moderate."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from goldenthread.coaching.models import Pairing
from goldenthread.common.refused import Refused
from goldenthread.marking import acquainting
from goldenthread.marking.conflict_models import Acquaintance
from goldenthread.moderation import actions, look_drafts, queries
from goldenthread.moderation.models import Round, Sampled
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, queries_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
PAGE = "/moderate/known/"
NAMES = ("Rosa Relative", "Sol Stranger", "Tia Third")


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def mo() -> User:
    return factories.member(Role.MODERATOR, "Mo Moderator")


@pytest.fixture
def opened(chidi: User) -> Round:
    """The scripts of three people, all sampled."""
    window = make.window()
    make.markers(2)
    for name in NAMES:
        make.sitting(window, name=name)
    make.mark_all(window, [make.POOR] * 3)
    return actions.open_round(window=window, by=chidi, at=AT, seed="seed")


def named(user: User, name: str) -> Acquaintance:
    return acquainting.name_somebody(
        user=user, name=name, organisation="", tie="close", note="", form_key=str(uuid.uuid4()), at=AT
    )


def means(made: Acquaintance, name: str, round_: Round) -> None:
    person = User.objects.get(name=name)
    acquainting.say_who(acquaintance=made, person=person, by=round_.window.created_by, at=AT)


def script_of(name: str) -> Sampled:
    return Sampled.objects.get(script__sitting__enrolment__user__name=name)


def following(user: User, round_: Round) -> str:
    found = queries.next_for(viewer_of(user, on=AT.date()), round_, day=AT.date())
    return found.script.sitting.enrolment.user.name if found else ""


def offered(user: User, round_: Round) -> list[str]:
    """Whose scripts a moderator gets, one after the other, until there are none."""
    names = []
    while name := following(user, round_):
        names.append(name)
        one = actions.mark_blind(sampled=script_of(name), marks=make.POOR, by=user, at=AT)
        actions.decide(sampled=one, decision="confirmed", note="It holds.", by=user, at=AT)
    return names


@pytest.mark.requirement("S1-31")
@pytest.mark.parametrize("known", [NAMES[:1], NAMES[1:], NAMES])
def test_what_known_people_wrote_is_never_offered_and_never_taken(
    known: tuple[str, ...], opened: Round, chidi: User, mo: User
) -> None:
    for name in known:
        means(named(chidi, name), name, opened)
    assert offered(chidi, opened) == [name for name in NAMES if name not in known]
    for name in known:
        with pytest.raises(Refused) as refused:
            actions.mark_blind(sampled=script_of(name), marks=make.POOR, by=chidi, at=AT)
        assert refused.value.code == "moderation.conflict"
    assert offered(mo, opened) == list(known)


def test_everybody_of_a_school_that_was_named_is_left_out(opened: Round, chidi: User) -> None:
    person = script_of(NAMES[1]).script.sitting.enrolment
    person.school = factories.school()
    person.save(update_fields=["school"])
    made = named(chidi, "Hillside")
    acquainting.say_who(acquaintance=made, school=person.school, by=opened.window.created_by, at=AT)
    assert offered(chidi, opened) == [NAMES[0], NAMES[2]]


def test_nobody_begins_before_the_office_has_said_whom_they_named(
    opened: Round, chidi: User, mo: User
) -> None:
    made = named(chidi, "Nora Nobody")
    first = script_of(NAMES[0])
    with pytest.raises(Refused) as refused:
        actions.mark_blind(sampled=first, marks=make.POOR, by=chidi, at=AT)
    assert refused.value.code == "moderation.named"
    actions.mark_blind(sampled=first, marks=make.POOR, by=mo, at=AT)
    acquainting.say_nobody(acquaintance=made, by=opened.window.created_by, at=AT)
    assert offered(chidi, opened) == list(NAMES[1:])


def test_nobody_of_ours_is_asked_about_again_where_somebody_of_the_name_sits(
    opened: Round, chidi: User
) -> None:
    made = named(chidi, "sol  STRANGER")
    acquainting.say_nobody(acquaintance=made, by=opened.window.created_by, at=AT)
    with pytest.raises(Refused) as refused:
        actions.mark_blind(sampled=script_of(NAMES[0]), marks=make.POOR, by=chidi, at=AT)
    assert refused.value.code == "moderation.named"
    means(made, NAMES[1], opened)
    assert offered(chidi, opened) == [NAMES[0], NAMES[2]]


def test_who_began_before_it_was_said_goes_on_no_more_and_another_is_offered_it(
    opened: Round, chidi: User, mo: User
) -> None:
    first = actions.mark_blind(sampled=script_of(NAMES[0]), marks=make.FAIR, by=chidi, at=AT)
    assert following(mo, opened) == NAMES[1]
    assert following(chidi, opened) == NAMES[0]
    means(named(chidi, NAMES[0]), NAMES[0], opened)
    assert following(chidi, opened) == NAMES[1]
    assert following(mo, opened) == NAMES[0]
    with pytest.raises(Refused) as refused:
        actions.decide(sampled=first, decision="confirmed", note="It holds.", by=chidi, at=AT)
    assert refused.value.code == "moderation.conflict"
    with time_machine.travel(AT, tick=False):
        shown = text_of(client_of(chidi).get(f"/moderate/scripts/{first.pk}/"))
    assert "another moderator must look at it" in shown
    assert make.TEXT[:40] not in shown


def test_what_arose_otherwise_is_not_offered_either(opened: Round, chidi: User) -> None:
    """The next script was one that its page then refused."""
    Pairing.objects.create(
        enrolment=script_of(NAMES[0]).script.sitting.enrolment, coach=chidi, since=AT - timedelta(days=9)
    )
    assert following(chidi, opened) == NAMES[1]


def test_among_many_that_they_may_not_the_one_that_they_may_is_found(
    monkeypatch: Any, opened: Round, chidi: User
) -> None:
    monkeypatch.setattr(queries, "_LOOKED_AT", 1)
    for name in NAMES[:2]:
        means(named(chidi, name), name, opened)
    assert following(chidi, opened) == NAMES[2]


# --- pages -----------------------------------------------------------------------------------------------
def test_moderator_names_somebody_and_takes_it_back(opened: Round, chidi: User) -> None:
    client, said = client_of(chidi), {"step": "named", "organisation": "", "tie": "relative", "note": ""}
    key = str(uuid.uuid4())
    with time_machine.travel(AT, tick=False):
        assert PAGE in client.get("/moderate/").content.decode()
        for _ in range(2):
            assert client.post(PAGE, {**said, "name": NAMES[0], "form_key": key}).status_code == 302
        made = Acquaintance.objects.get()
        assert NAMES[0] in text_of(client.get(PAGE))
        assert client.post(PAGE, {**said, "name": "", "form_key": key}).status_code == 422
        round_page = text_of(client.get(f"/moderate/rounds/{opened.pk}/"))
        assert "You named somebody whose work" in round_page
        assert f"Moderate {script_of(NAMES[0]).script.sitting.code}" not in round_page
        shown = text_of(client.get(f"/moderate/scripts/{script_of(NAMES[1]).pk}/"))
        assert "said yet who is meant" in shown
        for found in (round_page, shown):  # why every window, what can be done meanwhile, and how it ends
            for words in (
                "the author of any script",
                "scripts that you gave your marks for",
                f'href="{PAGE}"',
            ):
                assert words in found
        assert "waits for the programme office" in shown
        assert "Somebody else looks at this script" not in shown
        office = client_of(opened.window.created_by)
        assert "1 declaration of a conflict waits" in text_of(office.get("/office/"))
        client.post(PAGE, {"step": "unname", "number": str(made.pk)})
        made.refresh_from_db()
        assert made.ending == "taken_back"
        assert "You named somebody" not in text_of(client.get(f"/moderate/rounds/{opened.pk}/"))


def test_what_is_saved_waits_while_a_declaration_does_and_is_there_again(opened: Round, chidi: User) -> None:
    one, other = script_of(NAMES[1]), script_of(NAMES[2])
    look_drafts.save_look(sampled=one, marks={1: 4}, by=chidi, at=AT, revision=0)
    actions.mark_blind(sampled=other, marks=make.POOR, by=chidi, at=AT)
    made = named(chidi, NAMES[0])
    with pytest.raises(Refused) as refused:
        look_drafts.save_look(sampled=one, marks={1: 3}, by=chidi, at=AT, revision=1)
    assert refused.value.code == "moderation.named"
    assert look_drafts.sweep(day=AT.date()) == 0
    actions.decide(sampled=other, decision="confirmed", note="It holds.", by=chidi, at=AT)
    means(made, NAMES[0], opened)
    again = look_drafts.save_look(sampled=one, marks={1: 3}, by=chidi, at=AT, revision=1)
    assert (again.marks, again.revision) == ({"1": 3}, 2)


def test_page_is_for_moderators_alone_and_says_nothing_of_what_markers_take(
    opened: Round, chidi: User
) -> None:
    with time_machine.travel(AT, tick=False):
        for user in (opened.window.created_by, make.markers(1)[0]):
            assert client_of(user).get(PAGE).status_code == 404
            assert client_of(user).post(PAGE, {"step": "most", "most": "3"}).status_code == 404
        client_of(chidi).post(PAGE, {"step": "most", "most": "3"})
        assert not chidi.marking_capacities.exists()


def test_pages_of_a_round_ask_no_more_of_the_database_with_whom_one_knows(opened: Round, chidi: User) -> None:
    pages = [f"/moderate/rounds/{opened.pk}/", f"/moderate/scripts/{script_of(NAMES[2]).pk}/", PAGE]
    with time_machine.travel(AT, tick=False):
        means(named(chidi, NAMES[0]), NAMES[0], opened)
        before = [queries_of(chidi, page) for page in pages]
        means(named(chidi, NAMES[1]), NAMES[1], opened)
        assert [queries_of(chidi, page) for page in pages] == before
        assert max(before) <= 12, before
