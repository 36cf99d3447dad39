"""The office's desk names what keeps the marking from going on, and leads to where that is decided."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.assessment.models import Window
from goldenthread.coaching.models import Pairing
from goldenthread.common import clock
from goldenthread.marking import acquainting, actions, arising, jobs
from goldenthread.marking.conflict_models import Acquaintance, ArisenConflict
from goldenthread.marking.models import Marking
from goldenthread.people.models import User
from goldenthread.web.office.desk_parts import Decision
from tests import factories
from tests import factories_marking as make
from tests.factories_web import page, queries_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture(autouse=True)
def _now(monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def window() -> Window:
    return make.window()


def desk(window: Window) -> list[Decision]:
    return list(page(window.created_by, reverse("office:desk")).context["desk"].decisions)


def lines(window: Window, words: str) -> list[Decision]:
    return [one for one in desk(window) if words in one.text]


def named(user: User, name: str = "Nora Nobody") -> Acquaintance:
    return acquainting.name_somebody(
        user=user, name=name, organisation="", tie="close", note="", form_key=str(uuid.uuid4()), at=AT
    )


def in_doubt(window: Window, count: int) -> list[Marking]:
    """So many submitted markings of whose marker a conflict is known that may be older."""
    make.markers(2)
    for _ in range(count):
        make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    found = list(Marking.objects.filter(position=1).select_related("marker", "script__sitting"))
    for one in found:
        make.submit(one)
        since = AT - timedelta(days=9)
        Pairing.objects.create(enrolment=one.script.sitting.enrolment, coach=one.marker, since=since)
    jobs.end_conflicts(AT)
    return found


@pytest.mark.parametrize(("count", "text"), [(1, "1 marking of"), (3, "3 markings of")])
def test_marks_of_whom_a_conflict_arose_for_stand_on_the_desk_until_somebody_has_said_whether_they_count(
    window: Window, count: int, text: str
) -> None:
    words = "by somebody who came to have a conflict"
    assert lines(window, words) == []
    in_doubt(window, count)
    (line,) = lines(window, words)
    assert (line.desk, line.count, line.late) == ("Marking", count, True)
    assert line.text.startswith(text)
    shown = page(window.created_by, line.url.removesuffix("#markings"))
    assert shown.content.decode().count("To decide") == count
    for number, held in enumerate(ArisenConflict.objects.order_by("pk"), start=1):
        arising.let_count(arisen=held, reason="Known late.", by=window.created_by, at=AT)
        assert [one.count for one in lines(window, words)] == [count - number] * (number < count)


def test_marks_that_count_by_themselves_or_were_set_aside_are_not_on_the_desk(window: Window) -> None:
    first, second = in_doubt(window, 2)
    actions.set_aside(marking=first, reason="Knows the author.", by=window.created_by, at=AT)
    assert [one.count for one in lines(window, "came to have a conflict")] == [1]
    actions.set_aside(marking=second, reason="Knows the author.", by=window.created_by, at=AT)
    assert lines(window, "came to have a conflict") == []


def test_declarations_beforehand_stand_on_the_desk_until_the_office_has_said_who_is_meant(
    window: Window,
) -> None:
    ben, bea = make.markers(2)
    person = make.sitting(window, name="Rosa Relative").enrolment.user
    words = "of a conflict waits"
    assert lines(window, words) == []
    first, second = named(ben), named(bea, "Rosa Relative")
    (line,) = lines(window, "of conflicts wait")
    assert (line.desk, line.count, line.url) == ("Marking", 2, reverse("office:acquaintances"))
    acquainting.say_nobody(acquaintance=first, by=window.created_by, at=AT)
    assert [one.count for one in lines(window, words)] == [1]
    acquainting.say_who(acquaintance=second, person=person, by=window.created_by, at=AT)
    third = named(ben, "Sol Stranger")
    acquainting.take_back(user=ben, number=third.pk, at=AT)
    assert lines(window, words) == []


def test_desk_asks_no_more_of_the_database_for_what_waits_in_the_marking(window: Window) -> None:
    before = queries_of(window.created_by, reverse("office:desk"))
    in_doubt(window, 2)
    named(factories.user("Nia Namer"))
    assert before <= 12
    assert queries_of(window.created_by, reverse("office:desk")) == before
