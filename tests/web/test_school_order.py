"""Who needs something stands first on a school's list over all its pages; and what a window is at, without marks."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, SittingState, WindowState
from goldenthread.people.models import Role
from goldenthread.web.school.queries import staff_for
from goldenthread.web.shared.accompany import line_of, needing_first, windows_of
from goldenthread.web.shared.versions import versions
from tests import factories, factories_assessment
from tests import factories_teaching as teaching
from tests.factories_web import Cast, cast, page, school_organisation

pytestmark = pytest.mark.django_db
NOW = factories_assessment.INSIDE


@pytest.fixture(autouse=True)
def _inside_the_window() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def rows(head: object, at: datetime) -> list[tuple[str, int, bool]]:
    known = versions()
    found = list(needing_first(staff_for(factories.seen(head, on=at.date()), at=at), known, at=at))  # type: ignore[arg-type]
    windows = windows_of(found)
    return [
        (one.user.name, one.needs_first, bool(line_of(one, known[one.version_id], windows, at=at).needs))
        for one in found
    ]


def test_the_database_orders_by_what_the_lines_say(catalogue: None) -> None:
    school = factories.school("Riverside School")
    people = {
        name: factories.enrolment(name, school=school)
        for name in ("Zoe Behind", "Ann Withdrawn", "Bo Passed", "Cy Fine", "Yan Event", "Xi Sits")
    }
    head = factories.member(Role.HEAD_TEACHER, "Hana Head", of=school_organisation(school))
    for name in ("Cy Fine", "Yan Event", "Xi Sits"):
        factories.credit_minutes(people[name], 4440)
    Enrolment.objects.filter(pk=people["Ann Withdrawn"].pk).update(withdrawn_at=NOW)
    Enrolment.objects.filter(pk=people["Bo Passed"].pk).update(stage=Stage.AWARDED)
    group = teaching.group()
    teaching.placed(people["Yan Event"], group)
    near = (NOW + timedelta(days=21)).date()
    teaching.days(group, (near - timedelta(days=200), near - timedelta(days=100), near))
    factories_assessment.sitting(people["Xi Sits"])
    Sitting.objects.exclude(enrolment=people["Xi Sits"]).delete()  # the window books its whole intake
    Sitting.objects.filter(enrolment=people["Xi Sits"]).update(state=SittingState.BOOKED)

    found = rows(head, NOW)

    assert [name for name, *_ in found] == [
        "Xi Sits", "Yan Event", "Zoe Behind", "Ann Withdrawn", "Bo Passed", "Cy Fine",
    ]  # fmt: skip
    assert all((first == 0) is needs for _, first, needs in found)
    told = page(head, reverse("school:home")).content.decode()
    assert "3 people need something from you now." in told


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def test_a_school_and_a_partner_see_what_a_window_is_at(people: Cast) -> None:
    one = factories_assessment.sitting(people.amara)
    person = reverse("school:person", args=[people.amara.reference])
    told = page(people.head, person).content.decode()
    assert "Assessment window: open" in page(people.head, reverse("school:home")).content.decode()
    assert "<dt>Where it stands</dt><dd>Open</dd>" in told
    assert "Midnight at the end of Mon 13 Oct 2025 (UK time)" in told

    with time_machine.travel(one.closes_at + timedelta(days=1), tick=False):
        assert (
            "Assessment window: closed, results come next"  # nobody has handed in
            in page(people.head, reverse("school:home")).content.decode()
        )
    type(one.window).objects.filter(pk=one.window_id).update(state=WindowState.CANCELLED)
    assert "Assessment window" not in page(people.head, person).content.decode()
