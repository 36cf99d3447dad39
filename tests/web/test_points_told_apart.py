"""A mark point is called by the statement it cites wherever points are shown; what the scheme asks for stands below."""

from html import unescape
from typing import Any

import pytest

from goldenthread.assessment.models import MarkPoint, Window
from goldenthread.catalogue.models import Statement
from goldenthread.common import clock
from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role, User
from goldenthread.web.participant.forms_practice import SelfAssessmentForm
from tests import factories
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
ASKS = "Says what statement {} asks for, with a reason from the case"
LONG = "Pupils " + "remember what they have thought about more than once, and " * 6 + "forget the rest."


@pytest.fixture(autouse=True)
def _now(monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: make.CLOSED)


def read(person: User, address: str) -> str:
    response = client_of(person).get(address)
    assert response.status_code == 200
    return unescape(response.content.decode())


def assert_told_apart(page: str, window: Window, times: int = 1) -> None:
    """Each statement stands on the page so many times, each time before what the scheme asks for."""
    assert window.mark_scheme is not None
    for point in window.mark_scheme.points.select_related("statement").order_by("number"):
        assert point.statement is not None
        parts = page.split(point.statement.text)[1:]
        assert len(parts) == times, point
        assert all(ASKS.format(point.number) in part for part in parts), point


def allocated() -> Marking:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return Marking.objects.get(position=1)


def test_while_marking_the_statement_is_the_label_and_what_is_asked_describes_it() -> None:
    marking = allocated()
    page = read(marking.marker, f"/mark/{marking.pk}/")
    assert_told_apart(page, marking.window)
    statement = Statement.objects.get(mark_points__number=2)
    label = f'<label for="id_point_2"><span class="gt-point-number">2</span> {statement.text}</label>'
    assert label in page
    assert 'aria-describedby="of-2 asks-2 fault-2"' in page
    assert f'id="asks-2">{ASKS.format(2)} ({statement.code})</p>' in page


def test_after_submitting() -> None:
    marking = allocated()
    make.submit(marking, make.FAIR)
    assert_told_apart(read(marking.marker, f"/mark/{marking.pk}/"), marking.window)


def test_in_a_discussion_in_the_table_and_in_the_answer() -> None:
    talk = talks.discussion()
    page = read(talk.first_marker, f"/mark/discussions/{talk.pk}/")
    assert_told_apart(page, talk.script.sitting.window, times=2)


def test_to_a_moderator_before_and_after_their_own_marks() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window, [make.POOR])
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    opened = moderation.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=0)
    sampled = opened.sample.get()
    address = f"/moderate/scripts/{sampled.pk}/"
    assert_told_apart(read(chidi, address), window)
    moderation.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
    assert_told_apart(read(chidi, address), window)


def test_in_practice_before_and_after() -> None:
    window = make.window()
    make.sitting(window)
    quality.policy(window, standardised=True)
    quality.known_set(window)
    (ben,) = make.markers(1)
    client_of(ben).post(f"/mark/practice/{window.pk}/")
    address = f"/mark/practice/{window.pk}/1/1/"
    assert_told_apart(read(ben, address), window)
    client_of(ben).post(address, {f"point_{number}": "2" for number in range(1, 6)})
    assert_told_apart(read(ben, address), window)


def test_a_participant_who_practises_compares_with_the_statement() -> None:
    marking = allocated()
    scheme = marking.window.mark_scheme
    assert scheme is not None
    points = list(scheme.points.select_related("statement").order_by("number"))
    for point in points:
        point.opened_text = ASKS.format(point.number)
    form = SelfAssessmentForm(None, points=points)
    statement = points[0].statement
    assert statement is not None
    assert form.fields["point_1"].label == f"1 {statement.text} (understanding)"
    assert form.fields["point_1"].help_text == ASKS.format(1)


def test_a_long_statement_is_cut_in_a_table_with_the_whole_behind_a_fold() -> None:
    marking = allocated()
    Statement.objects.filter(pk=MarkPoint.objects.get(number=1).statement_id).update(text=LONG)
    assert f"</span> {LONG}</label>" in read(marking.marker, f"/mark/{marking.pk}/")
    make.submit(marking, make.FAIR)
    page = read(marking.marker, f"/mark/{marking.pk}/")
    assert "…<details" in page.split(LONG[:100])[1]
    assert 'The whole statement<span class="visually-hidden"> of point 1</span>' in page
    assert page.count(LONG) == 1
