"""A wrong name on an award: the holder asks, two people of the office put it right, visitors of the former code."""

import csv
import html
import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from goldenthread.awards.models import Award, Change, NameRequest
from goldenthread.common.models import OutboxMessage
from goldenthread.people.models import User
from tests import factories
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests.awards.test_naming import BEFORE, confirm, release, sat
from tests.awards.test_reissuing import asks, award, propose, reissued
from tests.factories_appeals import NEXT, office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
RIGHT, MINE = "Amara Ŵyn-Applicant", "/my/award/name/"


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> Any:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"
    with travel(NEXT, tick=False):
        yield


def text_of(response: Any) -> str:
    return html.unescape(" ".join(response.content.decode().split()))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address_of(held: Award) -> str:
    return f"/office/people/{held.outcome.enrolment.reference}/awards/{held.code}/name/"


def form_key(page: str) -> str:
    return page.split('name="form_key" value="')[1].split('"')[0]


def test_a_holder_asks_and_two_people_put_it_right() -> None:
    held = award()
    mine = signed_in(held.outcome.enrolment.user)
    assert MINE in text_of(mine.get("/my/award/"))
    page = text_of(mine.get(MINE))
    said = {
        "name": f"  {RIGHT} ",
        "wrong": "My second name is missing.",
        "linked": "1",
        "form_key": form_key(page),
    }
    refused = mine.post(MINE, {**said, "name": "\u202eevil"})
    assert (refused.status_code, "Type it anew" in text_of(refused)) == (422, True)
    for _ in range(2):
        assert mine.post(MINE, said).status_code == 302
    assert NameRequest.objects.get().name == RIGHT
    assert "With the office" in text_of(mine.get(MINE))
    assert "to have the name put right, and the programme office looks at it" in text_of(
        mine.get("/my/award/")
    )

    oda, olga = signed_in(office()), signed_in(office("Olga Other"))
    assert "name on an award that their holders ask to put right" in text_of(oda.get("/office/"))
    assert RIGHT in text_of(oda.get("/office/windows/changes/?show=names"))
    page = text_of(oda.get(address_of(held)))
    assert "My second name is missing." in page
    assert f'value="{RIGHT}"' in page
    oda.post(address_of(held), {"step": "propose", "name": RIGHT, "linked": "1", "reason": "Passport seen."})
    change = Change.objects.get()
    assert "With a second person" in text_of(mine.get(MINE))
    decided = olga.post(f"/office/windows/changes/{change.pk}/", {"approve": "1", "reason": "I saw it."})
    assert decided.status_code == 302
    made = Award.objects.get(replaces=held)
    assert (made.holder_name, "Put right" in text_of(mine.get(MINE))) == (RIGHT, True)
    assert made.code in text_of(mine.get("/my/award/"))
    person = text_of(oda.get(f"/office/people/{held.outcome.enrolment.reference}/"))
    assert f"to <bdi>{RIGHT}</bdi>, in place of" in person
    assert f'<span class="text-nowrap">{held.code}</span>' in person
    assert made.code in person
    assert "Award issued again as" in person


def test_the_office_declines_what_was_asked_with_a_reason() -> None:
    held = award()
    asks(held)
    oda = signed_in(office())
    assert oda.post(address_of(held), {"step": "decline", "reason": " "}).status_code == 422
    assert oda.post(address_of(held), {"step": "decline", "reason": "Show us the deed."}).status_code == 302
    page = text_of(signed_in(held.outcome.enrolment.user).get(MINE))
    assert "Show us the deed." in page
    assert "Ask anew" in page
    assert OutboxMessage.objects.filter(payload__template="name_request_declined").count() == 1


def test_a_holder_withdraws_a_request_and_nobody_elses() -> None:
    held = award()
    asked = asks(held)
    dot = signed_in(factories.enrolment("Dot").user)
    said = {"step": "withdraw", "request": str(asked.pk)}
    dot.post(MINE, said)
    assert NameRequest.objects.get().state == "asked"
    mine = signed_in(held.outcome.enrolment.user)
    assert mine.post(MINE, {**said, "request": "x"}).status_code == 404
    assert mine.post(MINE, said).status_code == 302
    assert NameRequest.objects.get().state == "withdrawn"


# --- confirmed before there is an award ----------------------------------------------------------------------
def test_a_participant_confirms_their_name_from_home_and_assessment_until_the_release() -> None:
    sitting = sat()
    mine = signed_in(sitting.enrolment.user)
    address = f"/my/assessment/name/?enrolment={sitting.enrolment.reference}"
    with travel(BEFORE, tick=False):
        for path in ("/my/", "/my/assessment/"):
            with CaptureQueriesContext(connection) as asked:
                page = text_of(mine.get(path))
            assert "How shall your certificate spell your name?" in page
            assert address in page
            assert len(asked) <= 15
        refused = mine.post("/my/assessment/name/", {"name": "Amara\u202e Bell"})
        assert (refused.status_code, "Type it anew" in text_of(refused)) == (422, True)
        for _ in range(2):
            assert mine.post("/my/assessment/name/", {"name": " Amara  Bell "}).status_code == 302
        for path in ("/my/", "/my/assessment/", "/my/assessment/name/"):
            assert "<bdi>Amara Bell</bdi>" in text_of(mine.get(path))
    release(sitting)
    assert "Amara Bell" in text_of(mine.get("/my/award/"))
    assert "How shall your certificate" not in text_of(mine.get("/my/"))
    late = mine.post("/my/assessment/name/", {"name": "Late Name"})
    assert (late.status_code, "issued already" in text_of(late)) == (422, True)


def test_a_name_without_a_font_is_kept_with_what_to_do_and_stands_on_the_desk_until_it_is_spelt_anew() -> (
    None
):
    sitting = sat("Amara Bell")
    mine, oda = signed_in(sitting.enrolment.user), signed_in(office())
    desk = "1 confirmed name can't be printed: the server lacks a font"
    with travel(BEFORE, tick=False):
        kept = mine.post("/my/assessment/name/", {"name": "\U00014400 Bell"}, follow=True)
        page = text_of(kept)
        assert "Kept. Our server has no font yet for \U00014400" in page
        assert "It can't be printed yet" in page
        assert "Your certificate will say: <strong><bdi>\U00014400 Bell" in page
        found = text_of(oda.get("/office/"))
        assert desk in found
        assert "(anatolian hieroglyph a001)" in found
        mine.post("/my/assessment/name/", {"name": "Amara Bell"})
        assert "no font" not in text_of(mine.get("/my/assessment/name/")).replace("Kept. Our", "")
        assert desk not in text_of(oda.get("/office/"))


def test_holder_and_office_are_warned_of_a_right_name_that_has_no_font() -> None:
    held = award()
    mine, oda = signed_in(held.outcome.enrolment.user), signed_in(office())
    said = {"name": "\U00014400 Bell", "wrong": "It is mine.", "linked": "1"}
    key = form_key(text_of(mine.get(MINE)))
    assert "no font yet for \U00014400" in text_of(mine.post(MINE, {**said, "form_key": key}, follow=True))
    proposed = {"step": "propose", "name": "\U00014400 Bell", "linked": "1", "reason": "Passport seen."}
    page = text_of(oda.post(address_of(held), proposed, follow=True))
    assert "The server has no font for \U00014400" in page


def test_nothing_is_asked_of_whoever_has_no_window_yet() -> None:
    mine = signed_in(factories.enrolment("Dot").user)
    assert "certificate" not in text_of(mine.get("/my/")).lower().replace("certificate that anybody", "")
    early = mine.post("/my/assessment/name/", {"name": "Dot Bell"})
    assert (early.status_code, "once your window is booked" in text_of(early)) == (422, True)


def test_the_office_reads_before_a_release_how_many_have_not_confirmed() -> None:
    sitting = sat()
    make.mark_all(sitting.window)
    make.moderated(sitting.window)
    oda = signed_in(office())
    path = f"/office/windows/{sitting.window_id}/outcomes/"
    said = "1 of 1 hasn’t confirmed how their certificate spells their name"
    assert said in text_of(oda.get(path))
    confirm(sitting, "Amara Bell")
    assert "confirmed how" not in text_of(oda.get(path))


# --- whoever looks up the former code ------------------------------------------------------------------------
@pytest.mark.requirement("S1-08")
def test_the_page_of_the_former_code_leads_to_the_new_one_and_names_nobody(client: Client) -> None:
    held = award()
    made = reissued(held)
    page = text_of(client.get(f"/verify/{held.code}/"))
    assert "This certificate was replaced" in page
    assert f"/verify/{made.code}/" in page
    assert "Amara" not in page
    new = text_of(client.get(f"/verify/{made.code}/"))
    assert "This award is valid" in new
    assert RIGHT in new
    assert held.code not in new


def test_a_holder_may_want_nobody_to_learn_the_new_name_by_the_old_code(client: Client) -> None:
    held = award()
    made = reissued(held, linked=False)
    page = text_of(client.get(f"/verify/{held.code}/"))
    assert "Ask its holder for the new certificate" in page
    assert made.code not in page
    assert "Amara" not in page


# --- lists and files ----------------------------------------------------------------------------------------
def test_the_file_for_the_qualification_body_has_the_award_once_as_it_is_now() -> None:
    held = award()
    made = reissued(held)
    oda = signed_in(office())

    def rows(query: str = "") -> list[dict[str, str]]:
        body = b"".join(oda.get(f"/office/awards/awards.csv{query}").streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(body)))

    for query in ("", "?state=valid"):
        (row,) = rows(query)
        assert (row["code"], row["holder"], row["state"]) == (made.code, RIGHT, "valid")
        assert (row["replaces the code"], row["awarded on"]) == (held.code, held.awarded_on.isoformat())
    assert rows("?state=revoked") == []
    assert [(row["code"], row["state"]) for row in rows("?state=replaced")] == [(held.code, "replaced")]
    page = text_of(oda.get("/office/awards/"))
    assert "Replaced" in page
    assert "Revoked</span>" not in page


def test_pages_about_names_ask_the_database_twelve_times_at_most() -> None:
    held = award()
    asks(held)
    change = propose(held)
    oda, mine = signed_in(office()), signed_in(held.outcome.enrolment.user)
    for client, path in (
        (oda, address_of(held)),
        (oda, f"/office/windows/changes/{change.pk}/"),
        (oda, "/office/windows/changes/?show=names"),
        (mine, MINE),
        (mine, "/my/award/"),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        assert len(asked) <= 12, path


def test_nobody_of_the_office_sees_forms_about_their_own_award() -> None:
    held = award()
    teaching.hold(held.outcome.enrolment.user, "office")
    page = text_of(signed_in(held.outcome.enrolment.user).get(address_of(held)))
    assert "This is about yourself" in page
    assert "Propose to issue it again" not in page
