"""Moderators' pages of batches, and the record of who looked at a decided script."""

from typing import Any

import pytest

from goldenthread.common.models import AuditEvent
from goldenthread.marking.models import Marking, SetAside
from goldenthread.moderation import actions, batches
from goldenthread.moderation.models import Batch, Round
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
    for _ in range(2):
        make.sitting(window)
    make.mark_all(window, [make.FAIR, make.POOR])
    made = actions.open_round(window=window, by=chidi, at=make.CLOSED, seed="seed", share_percent=0)
    for sampled in made.sample.order_by("pk"):
        actions.mark_blind(sampled=sampled, marks=make.FAIR, by=chidi, at=make.CLOSED)
        actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=make.CLOSED)
    return made


def page(opened: Round) -> str:
    return f"/moderate/rounds/{opened.pk}/batches/"


def said(**fields: Any) -> dict[str, Any]:
    return {"marker": "", "point": "", "most": "", "reason": "Point 2 is one too low throughout.", **fields}


def test_a_moderator_compares_by_letter_and_the_office_by_name(opened: Round, chidi: User) -> None:
    for client, named in ((client_of(chidi), False), (client_of(factories.member(Role.OFFICE)), True)):
        answer = client.get(page(opened))
        found = text_of(answer)
        assert ("Ben Marker" in found) is named
        assert [line for _, line in answer.context["compared"]] == ["10.0 marks below"] * 2


def test_a_batch_is_proposed_and_agreed_by_the_office(opened: Round, chidi: User) -> None:
    factories.member(Role.MARKER, "Bo Marker")
    ben = User.objects.get(name="Ben Marker")
    client = client_of(chidi)
    values = dict(client.get(page(opened)).context["form"].fields["marker"].choices)
    assert set(values) == {"", "A", "B"}  # nothing by which a marker is known elsewhere
    points = dict(client.get(page(opened)).context["form"].fields["point"].choices)
    stated = {one.number: one.statement.text for one in opened.window.case_study.scheme.points.all()}
    assert all(points[number].startswith(f"Point {number}: {text[:40]}") for number, text in stated.items())
    letter = next(one.letter for one in batches.compared_in(opened) if one.marker == ben.pk)
    assert client.post(page(opened), said(marker=ben.pk)).status_code == 422
    answer = client.post(page(opened), said(marker=letter))
    batch = Batch.objects.get()
    assert batch.marker_id == ben.pk
    assert answer.url == f"/moderate/batches/{batch.pk}/"
    found = text_of(client.get(answer.url))
    assert "You proposed this" in found
    assert "Ben Marker" not in found
    assert client.post(answer.url, {"step": "decide", "agree": "1"}).status_code == 422
    office = client_of(factories.member(Role.OFFICE, "Olu Office"))
    assert "Ben Marker" in text_of(office.get(answer.url))
    assert office.post(page(opened), said()).status_code == 404  # the office proposes nothing
    assert office.post(answer.url, {"step": "decide"}).status_code == 422
    assert office.post(answer.url, {"step": "decide", "agree": "1", "reason": ""}).status_code == 302
    assert SetAside.objects.count() == 2
    early = client.post(answer.url, {"step": "sample"}, follow=True)
    assert "being marked anew" in text_of(early)
    factories.member(Role.MARKER, "Bim Marker")  # a third, where two are far apart now
    while waiting := Marking.objects.filter(state="allocated").select_related("marker").first():
        make.submit(waiting)
    assert "Drawn" in text_of(client.post(answer.url, {"step": "sample"}, follow=True))


@pytest.mark.parametrize(("fields", "fault"), [
    ({"reason": ""}, "Say why"), ({"marker": "9999999"}, "Select a valid choice"),
    ({"point": "6"}, "Select a valid choice"),
    ({"point": "2", "most": "-1"}, "whole number"), ({"point": "2", "most": "0"}, "No submitted marks are meant"),
])  # fmt: skip
def test_faulty_proposals_come_back(opened: Round, chidi: User, fields: dict[str, str], fault: str) -> None:
    answer = client_of(chidi).post(page(opened), said(**fields))
    assert (answer.status_code, fault in text_of(answer)) == (422, True)
    assert not Batch.objects.exists()


def test_a_proposal_is_taken_back(opened: Round, chidi: User) -> None:
    client = client_of(chidi)
    address = client.post(page(opened), said(point="2", most="1")).url
    assert "where point 2 was given 1 or fewer" in text_of(client.get(address))
    other = client_of(factories.member(Role.MODERATOR, "Mo Moderator"))
    assert "Only who proposed it" in text_of(other.post(address, {"step": "take_back"}, follow=True))
    client.post(address, {"step": "take_back"})
    assert Batch.objects.get().state == "taken_back"


@pytest.mark.parametrize("role", [None, Role.MARKER, Role.FACILITATOR])
def test_nobody_else_has_these_pages(role: Any, opened: Round, chidi: User) -> None:
    address = client_of(chidi).post(page(opened), said()).url
    client = client_of(factories.member(role) if role else factories.user())
    for one in (page(opened), address):
        assert client.get(one).status_code == 404
        assert client.post(one, {}).status_code == 404


def test_who_looks_at_what_another_decided_is_on_record_once_a_day(opened: Round, chidi: User) -> None:
    sampled = opened.sample.order_by("pk")[0]
    mo = factories.member(Role.MODERATOR, "Mo Moderator")
    address = f"/moderate/scripts/{sampled.pk}/"
    for _ in range(2):
        assert "is on record" in text_of(client_of(mo).get(address))
    assert "is on record" not in text_of(client_of(chidi).get(address))
    event = AuditEvent.objects.get(verb="moderation.looked")
    assert (event.subject, event.actor) == (f"script:{sampled.script_id}", f"user:{mo.pk}")
    assert event.details["decided_by"] == chidi.pk


def test_batches_take_as_many_queries_for_one_as_for_three(
    opened: Round, chidi: User, django_assert_max_num_queries: Any
) -> None:
    client, counts = client_of(chidi), []
    for number in range(3):
        address = client.post(page(opened), said(point="2", most=str(number + 1))).url
        client.post(address, {"step": "take_back"})
        with django_assert_max_num_queries(12) as queries:
            client.get(page(opened))
        counts.append(len(queries.captured_queries))
    assert counts[0] == counts[2]


def test_so_many_marks_without_their_point_are_refused_and_never_left_out(opened: Round, chidi: User) -> None:
    """Left out, all of a marker's scripts would go back instead of some."""
    client = client_of(chidi)
    answer = client.post(page(opened), said(marker="A", most="2"))
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"point"})
    assert "Choose the point for which so many marks or fewer were given" in text_of(answer)
    high = client.post(page(opened), said(marker="A", point="2", most="101"))
    assert high.context["form"].errors["most"] == ["Enter a whole number of marks, 100 at most."]
    assert not Batch.objects.exists()
    assert client.post(page(opened), said(marker="A", point="2", most="2")).status_code == 302
    kept = Batch.objects.get()
    assert (kept.point, kept.most) == (2, 2)


def test_the_desk_of_the_office_names_a_batch_until_a_second_person_has_decided(
    opened: Round, chidi: User
) -> None:
    office = client_of(factories.member(Role.OFFICE, "Olu Office"))
    told = f"A batch to be marked anew at {opened.window.intake.version.programme.code}"
    assert told not in text_of(office.get("/office/"))
    client_of(chidi).post(page(opened), said(marker="A"))
    line = next(one for one in office.get("/office/").context["desk"].decisions if told in one.text)
    assert line.text.endswith("waits for a second person")
    assert f"/moderate/batches/{Batch.objects.get().pk}/" in text_of(office.get(line.url))
    batches.take_back(batch=Batch.objects.get(), by=chidi, at=make.CLOSED)
    assert "<dt>Scripts</dt>" not in text_of(office.get(f"/moderate/batches/{Batch.objects.get().pk}/"))
    assert told not in text_of(office.get("/office/"))
