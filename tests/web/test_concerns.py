"""Raising a concern from the marking and the moderation screen, and what the office sees of it."""

import re
import uuid
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.integrity import actions as integrity
from goldenthread.integrity.models import Concern, Flag
from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, give, page, text_of
from tests.integrity.test_actions import office

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture(autouse=True)
def still() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def marking() -> Marking:
    """Ben's marking of one script."""
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    return Marking.objects.select_related("marker", "script__sitting__window").get(position=1)


def address(marking: Marking) -> str:
    return reverse("assessor:concern", args=[marking.pk])


def entered(**changes: str) -> dict[str, str]:
    texts = {"strength": "Clear.", "next_step": "", "evidence": "", "comment": "", "revision": "0"}
    return {"point_1": "3", **texts, **changes}


def said(**changes: str) -> dict[str, str]:
    given = {"kind": "collusion", "note": "I have read these lines in another script.", "passage": ""}
    return {**given, "form_key": str(uuid.uuid4()), **changes}


def paragraph(answer: Any, number: int) -> str:
    found = re.search(rf'<option value="([^"]+)">Paragraph {number}:', answer.content.decode())
    assert found
    return found[1]


def test_the_button_keeps_the_marks_and_takes_the_selected_passage_along(marking: Marking) -> None:
    client = client_of(marking.marker)
    place = paragraph(client.get(address(marking)), 2)
    answer = client.post(
        reverse("assessor:script", args=[marking.pk]),
        entered(concern="1", concern_passage=place),
        follow=True,
    )
    marking.refresh_from_db()
    assert (marking.marks, marking.feedback) == ({"1": 3}, "Clear.")
    assert answer.redirect_chain[0][0].startswith(address(marking))
    assert re.search(rf'<option value="{re.escape(place)}" selected>', answer.content.decode())


def test_marks_that_can_t_be_kept_stay_on_the_page_which_leads_to_the_concern_all_the_same(
    marking: Marking,
) -> None:
    answer = client_of(marking.marker).post(
        reverse("assessor:script", args=[marking.pk]), entered(point_1="99", concern="1")
    )
    assert answer.status_code == 422
    assert f'href="{address(marking)}" target="_blank"' in answer.content.decode()
    assert 'value="99"' in answer.content.decode()


def test_the_office_reads_kind_words_and_passage_and_the_marker_learns_that_it_was_answered(
    marking: Marking,
) -> None:
    client, script = client_of(marking.marker), marking.script
    assert script is not None
    place = paragraph(client.get(address(marking)), 2)
    sent = said(passage=place)
    for _ in range(2):  # a double click
        done = client.post(address(marking), sent, follow=True)
    assert f"Your concern about {marking.code} is received" in text_of(done)
    assert "You raised 1 concern about this script: received" in text_of(done)
    flag, author = Flag.objects.get(), script.sitting.enrolment.user.name
    shown = text_of(page(office(), reverse("office:flag", args=[flag.pk])))
    for words in ("Worked on together", "I have read these lines", "practise it together", "Ben Marker"):
        assert words in shown
    assert author not in shown
    assert "Show me who wrote it" not in shown
    listed = text_of(page(office(), reverse("office:integrity", args=[script.sitting.window_id])))
    assert "Concern: Worked on together" in listed
    integrity.answer_flag(flag=flag, reason="They sat together for the first part.", by=office(), at=AT)
    words = {address(marking): "Answered", reverse("assessor:script", args=[marking.pk]): "script: answered"}
    for where, said_there in words.items():
        after = text_of(client.get(where))
        assert said_there in after
        assert author not in after
        assert "sat together" not in after


def test_what_is_missing_is_said_and_what_was_written_stays(marking: Marking) -> None:
    answer = client_of(marking.marker).post(address(marking), said(kind="", note="Half of it."))
    assert answer.status_code == 422
    assert "Choose what your concern is about." in text_of(answer)
    assert "Half of it." in answer.content.decode()
    assert not Concern.objects.exists()


def test_a_passage_that_the_text_has_no_more_is_asked_for_again(marking: Marking) -> None:
    client = client_of(marking.marker)
    shown = client.get(address(marking), {"passage": "000000000000@0:5:"})
    assert "The text you selected can&#x27;t be found" in text_of(shown)
    assert client.post(address(marking), said(passage="000000000000@0:5:")).status_code == 422


def test_a_colleague_of_the_marker_gets_nothing(marking: Marking) -> None:
    assert client_of(factories.member(Role.MARKER, "Bo Marker")).get(address(marking)).status_code == 404


def test_a_submitted_script_can_be_asked_about_too(marking: Marking) -> None:
    make.submit(marking)
    client = client_of(marking.marker)
    assert address(marking) in client.get(reverse("assessor:script", args=[marking.pk])).content.decode()
    client.post(address(marking), said())
    assert Flag.objects.count() == 1


# --- safeguarding -----------------------------------------------------------------------------------------------
def test_safeguarding_stands_first_on_the_desk_and_its_page_tells_who_wrote_it_on_request(
    marking: Marking,
) -> None:
    client_of(marking.marker).post(address(marking), said(kind="safeguarding", note="A child is at risk."))
    flag, olu, script = Flag.objects.get(), office(), marking.script
    assert script is not None
    desk = page(olu, reverse("office:desk"))
    name, rows = desk.context["desk"].desks[0]
    assert (name, rows[0].url) == ("Safeguarding", reverse("office:flag", args=[flag.pk]))
    where, author = reverse("office:flag", args=[flag.pk]), script.sitting.enrolment.user
    assert author.email not in page(olu, where).content.decode()
    ask = reverse("office:flag_author", args=[flag.pk])
    assert client_of(olu).post(ask, {"why": ""}).status_code == 422
    assert author.email in client_of(olu).post(ask, {"why": "The lead calls the school."}).content.decode()
    assert author.email not in page(olu, where).content.decode()
    both = factories.member(Role.OFFICE, "Bo Both")
    give(both, factories.organisation(), Role.MARKER)
    assert "Safeguarding" not in text_of(page(both, reverse("office:desk")))
    integrity.answer_flag(flag=flag, reason="The lead has it.", by=olu, at=AT)
    assert "Safeguarding" not in text_of(page(olu, reverse("office:desk")))


def test_a_concern_about_a_known_script_is_answered_on_the_page_of_own_work(marking: Marking) -> None:
    window = marking.window
    Concern.objects.create(
        window=window, code="K99999", kind="ai", note="It reads like a machine.", raised_by=marking.marker,
        raised_at=AT, form_key=uuid.uuid4(),
    )  # fmt: skip
    olu = office()
    where = reverse("office:integrity", args=[window.pk])
    assert "It reads like a machine." in text_of(page(olu, where))
    answer = reverse("office:concern_answer", args=[Concern.objects.get().pk])
    client_of(olu).post(answer, {"reason": ""})
    assert not Concern.objects.get().answered
    assert "Answered. Who raised it" in text_of(
        client_of(olu).post(answer, {"reason": "An invented script."}, follow=True)
    )
    assert Concern.objects.get().answered
    assert client_of(marking.marker).post(answer, {"reason": "x"}).status_code == 404
