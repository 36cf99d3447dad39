"""A school at which an author was placed before another is a conflict by what they left on record there."""

import uuid
from typing import Any

import pytest

from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.project_models import BoardRecord, Challenge, ProjectLink
from goldenthread.marking import conflicts
from goldenthread.marking.arising_rules import Cause
from goldenthread.marking.causes import causes_of
from goldenthread.marking.models import Marking
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.marking import test_arising as arising
from tests.marking.test_arising import AT, LATER

pytestmark = pytest.mark.django_db
LISTED = pytest.mark.parametrize("listed", [True, False])


@pytest.fixture
def marking() -> Marking:
    """A marking of somebody who is placed at Hillside School by now."""
    window: Window = make.window()
    make.markers(2)
    make.sitting(window)
    arising.actions.allocate_window(window=window, by=window.created_by, at=AT)
    mine = Marking.objects.select_related("marker").order_by("position").first()
    assert mine is not None
    arising.placed_at(mine, school=factories.school("Hillside School"))
    return mine


def left(marking: Marking, what: str, *, listed: bool) -> None:
    """Something of before, made for Lakeside School, whose head teacher the marker is."""
    organisation = factories.organisation("Lakeside School")
    at: dict[str, Any] = {"at_text": " lakeside SCHOOL"}
    if listed:
        organisation.school = factories.school("Lakeside School")
        organisation.save(update_fields=["school"])
        at = {"at_school": organisation.school}
    arising.role_at(marking, organisation, Role.HEAD_TEACHER)
    project = arising.person_of(marking).projects.get()
    if what == "board":
        BoardRecord.objects.create(
            project=project,
            school="placement",
            presented_on=AT.date(),
            board="Governors",
            recorded_at=AT,
            **at,
        )
    elif what == "challenge":
        Challenge.objects.create(
            placement=project.placement, kind="resources", horizon="now", text="Too few books.",
            form_key=uuid.uuid4(), recorded_at=AT, **at,
        )  # fmt: skip
    elif what:
        ProjectLink.objects.create(
            project=project, purpose=what, name="Sam Host", email="sam@example.org", sent_at=AT,
            expires_at=LATER, of_placement=True, **at,
        )  # fmt: skip


def found() -> dict[tuple[int, int], Any]:
    pairs = conflicts.conflicts_of(Script.objects.all(), Marking.objects.values_list("marker", flat=True))
    return causes_of(pairs)


@LISTED
@pytest.mark.parametrize("what", ["board", "challenge", "host"])
def test_who_heads_a_former_placement_school_does_not_mark_who_left_something_there(
    marking: Marking, what: str, listed: bool
) -> None:
    left(marking, what, listed=listed)
    assert found() == {(marking.script_id, marking.marker_id): {Cause.PLACEMENT: LATER.date()}}
    assert not conflicts.knowing(arising.person_of(marking).pk)


@LISTED
def test_a_school_of_which_nothing_was_made_is_none(marking: Marking, listed: bool) -> None:
    left(marking, "", listed=listed)
    assert found() == {}


def test_a_former_placement_takes_a_script_from_who_comes_to_head_the_school(marking: Marking) -> None:
    bo = factories.member(Role.MARKER, "Bo Marker")
    arising.save(marking, 4, 3)
    left(marking, "board", listed=True)
    with pytest.raises(arising.Refused) as refused:
        arising.save(marking, 4, 4, 4, revision=1)
    assert refused.value.code == "marking.not_yours"
    assert Marking.objects.get(position=1).marker == bo
