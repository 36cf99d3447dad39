"""Evidence of a sampled project: its file, the page of its script and the decision on it ask one rule who may."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.assessment.models import Script
from goldenthread.assessment.project_models import HandedInFile
from goldenthread.assessment.upload_models import CheckState, DocumentCheck
from goldenthread.coaching.models import Pairing
from goldenthread.common.refused import Refused
from goldenthread.marking import acquainting
from goldenthread.marking.models import Agreement, AgreementState
from goldenthread.marking.quality_models import Stop
from goldenthread.moderation import actions
from goldenthread.moderation.models import Sampled
from goldenthread.people.models import Membership, Role, User
from tests import by_hand, factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.factories_web import client_of, text_of
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db
AT = road.MARKED


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def mo() -> User:
    return factories.member(Role.MODERATOR, "Mo Moderator")


@pytest.fixture
def sampled(chidi: User) -> Sampled:
    """The one script of a round, with two files of evidence, both scanned."""
    amara = make.candidate()
    make.opened(amara, "project")
    for name in ("minutes.txt", "plan.txt"):
        make.add_file(amara, name, f"What {name} says.".encode())
    window = road.handed_in(amara, "project")
    DocumentCheck.objects.update(state=CheckState.CLEAN)
    marked.markers(2)
    road.mark(window)
    return actions.open_round(window=window, by=chidi, at=AT, seed="seed").sample.get()


def opens(user: User, *, number: int = 1) -> tuple[int, str]:
    """What somebody gets who asks for a file of evidence: the status, and the text."""
    file = HandedInFile.objects.get(number=number)
    with time_machine.travel(AT, tick=False):
        given = client_of(user).get(reverse("assessor:evidence", args=[file.pk]))
    return given.status_code, text_of(given)


def page(user: User, sampled: Sampled) -> str:
    with time_machine.travel(AT, tick=False):
        return text_of(client_of(user).get(reverse("assessor:sampled", args=[sampled.pk])))


def begun(sampled: Sampled, chidi: User, mo: User) -> None:
    actions.mark_blind(sampled=sampled, marks=road.ENOUGH, by=chidi, at=AT)


def named(sampled: Sampled, chidi: User, mo: User) -> None:
    acquainting.name_somebody(
        user=mo, name="Nora Nobody", organisation="", tie="close", note="", form_key=str(uuid.uuid4()), at=AT
    )


def anew(sampled: Sampled, chidi: User, mo: User) -> None:
    by_hand.alter(
        Agreement.objects.filter(script=sampled.script), state=AgreementState.REFERRED,
        half_marks_learn_that=None, half_marks_learn_how_to=None,
    )  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [
    (begun, "Chidi Moderator is moderating this script already"),
    (named, "the programme office hasn&#x27;t said yet who is meant"),
    (anew, "is being marked again"),
])  # fmt: skip
def test_whom_the_page_refuses_gets_no_file_and_decides_nothing(
    sampled: Sampled, chidi: User, mo: User, change: Callable[[Sampled, User, User], None], said: str
) -> None:
    assert opens(mo)[0] == 200
    change(sampled, chidi, mo)
    assert said in page(mo, sampled)
    status, text = opens(mo)
    assert status == 409
    assert said in text
    for act in (
        lambda: actions.mark_blind(sampled=sampled, marks=road.ENOUGH, by=mo, at=AT),
        lambda: actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=mo, at=AT),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert said.replace("&#x27;", "'") in refused.value.message


def test_what_is_decided_is_read_on_by_who_decided_it_alone(sampled: Sampled, chidi: User, mo: User) -> None:
    actions.mark_blind(sampled=sampled, marks=road.ENOUGH, by=chidi, at=AT)
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    assert opens(chidi)[0] == 200
    assert "Evidence 1" in page(chidi, sampled)
    assert "Evidence 1" not in page(mo, sampled)
    status, text = opens(mo)
    assert status == 409
    assert "only who decided it reads it on" in text


def test_who_knows_the_author_or_is_no_moderator_gets_no_file(sampled: Sampled, mo: User) -> None:
    Pairing.objects.create(enrolment=sampled.script.sitting.enrolment, coach=mo, since=factories.AT)
    assert "You know the author" in page(mo, sampled)
    assert opens(mo)[0] == 409
    Membership.objects.filter(user=mo).delete()
    assert opens(mo)[0] == 404


def test_while_one_file_is_held_the_script_is(sampled: Sampled, mo: User) -> None:
    held = DocumentCheck.objects.filter(file=HandedInFile.objects.get(number=2).file)
    held.update(state=CheckState.WAITING)
    assert "Evidence 1" not in page(mo, sampled)
    for number in (1, 2):
        status, text = opens(mo, number=number)
        assert status == 409
        assert "This file is held" in text
    with pytest.raises(Refused) as refused:
        actions.mark_blind(sampled=sampled, marks=road.ENOUGH, by=mo, at=AT)
    assert refused.value.code == "marking.held"
    held.update(state=CheckState.CLEAN)
    assert opens(mo)[0] == 200


@pytest.fixture
def marking() -> Any:
    """A marking that isn't submitted, of a project with a file of evidence."""
    amara = make.candidate()
    make.opened(amara, "project")
    make.add_file(amara, "minutes.txt", b"Minutes.")
    window = road.handed_in(amara, "project")
    DocumentCheck.objects.update(state=CheckState.CLEAN)
    marked.markers(2)
    road.marking.allocate_window(window=window, by=make.office(), at=AT)
    return Script.objects.get().markings.get(position=1)


def stopped(marking: Any) -> None:
    Stop.objects.create(window=marking.window, marker=marking.marker, at=AT)


def coaches(marking: Any) -> None:
    Pairing.objects.create(
        enrolment=marking.script.sitting.enrolment, coach=marking.marker, since=factories.AT
    )


@pytest.mark.parametrize("change", [stopped, coaches])
def test_a_marker_whose_page_does_not_show_the_script_gets_no_file(
    marking: Any, change: Callable[[Any], None]
) -> None:
    assert opens(marking.marker)[0] == 200
    change(marking)
    assert opens(marking.marker)[0] == 404
