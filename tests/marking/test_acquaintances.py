"""Whose work a marker can't judge is said beforehand, by name; the office says who that is."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from goldenthread.common.refused import Refused
from goldenthread.marking import acquaintance_queries, acquainting, actions, queries
from goldenthread.marking.conflict_models import Acquaintance, AcquaintanceMatch, ArisenConflict
from goldenthread.marking.models import Marking
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
AT = make.CLOSED
LATER = AT + timedelta(days=2)


def named(user: User, name: str = "Rosa Relative", **fields: Any) -> Acquaintance:
    said = {
        "organisation": "",
        "tie": "relative",
        "note": "",
        "form_key": str(uuid.uuid4()),
        "at": AT,
        **fields,
    }
    return acquainting.name_somebody(user=user, name=name, **said)


@pytest.fixture
def window() -> Any:
    found = make.window()
    for name in ("Rosa Relative", "Sol Stranger"):
        make.sitting(found, name=name)
    return found


def allot(window: Any) -> int:
    return actions.allocate_window(window=window, by=window.created_by, at=AT)


def scripts_of(user: User) -> set[str]:
    rows = Marking.objects.filter(marker=user).values_list(
        "script__sitting__enrolment__user__name", flat=True
    )
    return set(rows)


def rosa() -> User:
    return User.objects.get(name="Rosa Relative")


@pytest.mark.requirement("S1-31")
def test_allocation_waits_for_the_office_and_then_keeps_the_two_apart(window: Any) -> None:
    ben, *_ = make.markers(3)
    made = named(ben)
    with pytest.raises(Refused, match="1 declaration of a conflict waits") as refused:
        allot(window)
    assert refused.value.code == "allocation.named"
    acquainting.say_who(acquaintance=made, person=rosa(), by=window.created_by, at=AT)
    assert allot(window) == 4
    assert "Rosa Relative" not in scripts_of(ben)
    assert scripts_of(ben) == {"Sol Stranger"}


def test_school_keeps_everybody_of_it_away(window: Any) -> None:
    ben, *_ = make.markers(3)
    person = rosa().enrolments.get()
    person.school = factories.school()
    person.save(update_fields=["school"])
    made = named(ben, "Hillside", tie="school")
    acquainting.say_who(acquaintance=made, school=person.school, by=window.created_by, at=AT)
    allot(window)
    assert scripts_of(ben) == {"Sol Stranger"}


def test_said_afterwards_it_takes_what_is_open(window: Any) -> None:
    ben, *_ = make.markers(3)
    allot(window)
    mine = Marking.objects.filter(script__sitting__enrolment__user=rosa()).select_related("marker").first()
    assert mine is not None
    made = named(mine.marker)
    acquainting.say_who(acquaintance=made, person=rosa(), by=window.created_by, at=LATER)
    assert "Rosa Relative" not in scripts_of(mine.marker)
    assert ArisenConflict.objects.get().causes == ["named"]
    assert not queries.unfinished_in(window)[0].endswith("needs a first marker")
    assert ben.name


def test_nobody_of_ours_is_asked_about_again_when_somebody_of_the_name_sits(window: Any) -> None:
    ben, *_ = make.markers(3)
    other, same = named(ben, "Nora Nobody"), named(ben, "rosa  RELATIVE")
    for one in (other, same):
        acquainting.say_nobody(acquaintance=one, by=window.created_by, at=AT)
    with pytest.raises(Refused, match="1 declaration"):
        allot(window)
    acquainting.say_who(acquaintance=same, person=rosa(), by=window.created_by, at=AT)
    assert allot(window) == 4


def test_declaration_of_who_is_no_marker_holds_nobody_up(window: Any) -> None:
    make.markers(3)
    named(factories.member(Role.TUTOR, "Tom Tutor"))
    assert allot(window) == 4


def test_same_form_is_one_declaration_and_a_taken_back_one_holds_nothing_up(window: Any) -> None:
    ben, *_ = make.markers(3)
    key = str(uuid.uuid4())
    first, again = named(ben, form_key=key), named(ben, form_key=key)
    assert first == again
    for _ in range(2):
        acquainting.take_back(user=ben, number=first.pk, at=AT)
    with pytest.raises(Refused) as refused:
        acquainting.say_who(acquaintance=first, person=rosa(), by=window.created_by, at=AT)
    assert refused.value.code == "named.taken_back"
    assert allot(window) == 4


def test_saying_it_twice_is_once_and_it_may_mean_two(window: Any) -> None:
    ben, *_ = make.markers(3)
    made, sol = named(ben), User.objects.get(name="Sol Stranger")
    for person in (rosa(), rosa(), sol):
        acquainting.say_who(acquaintance=made, person=person, by=window.created_by, at=AT)
    assert set(AcquaintanceMatch.objects.values_list("person", flat=True)) == {rosa().pk, sol.pk}
    with pytest.raises(Refused) as refused:
        acquainting.say_nobody(acquaintance=made, by=window.created_by, at=AT)
    assert refused.value.code == "named.found"


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"name": " "}, "named.name"), ({"tie": "foe"}, "named.tie"), ({"note": "x" * 1001}, "named.long")],
)
def test_declaration_without_what_it_needs_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        named(factories.member(Role.MARKER, "Ben Marker"), **fields)
    assert refused.value.code == code


def test_own_declaration_is_looked_at_by_somebody_else(window: Any) -> None:
    both = factories.member(Role.OFFICE, "Olu Both")
    factories.member(Role.MARKER, "Olu Both")
    made = named(both)
    with pytest.raises(Refused) as refused:
        acquainting.say_nobody(acquaintance=made, by=both, at=AT)
    assert refused.value.code == "named.own"


def test_who_may_be_meant_is_found_by_every_word(window: Any) -> None:
    people, schools = acquaintance_queries.who_may_be_meant("relative ROSA")
    assert (people, schools) == ([rosa()], [])
    assert acquaintance_queries.who_may_be_meant("Rosa Stranger") == ([], [])
    assert acquaintance_queries.who_may_be_meant(" ") == ([], [])
