"""Badge, transcript and credit on the participant's pages; the badge for verifiers; the office's list of awards."""

import csv
import html
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from goldenthread.awards import actions, badges, credential, credits
from goldenthread.awards.models import Award, Badge, CreditRequest
from goldenthread.common.models import Allowance, AuditEvent
from goldenthread.people.models import Organisation, Role
from goldenthread.web.shared import limits
from tests import by_hand, factories
from tests import factories_marking as make
from tests.awards.test_actions import award, released
from tests.awards.test_credits import agreement, graduate

pytestmark = pytest.mark.django_db
AT = make.CLOSED
FILE = "/verify/file/"


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> None:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"


def text_of(response: Any) -> str:
    return html.unescape(" ".join(response.content.decode().split()))


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def office() -> Client:
    return signed_in(factories.member(Role.OFFICE))


# --- badge --------------------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-08")
def test_the_holder_downloads_the_badge_as_file_and_as_picture() -> None:
    made = award()
    mine = signed_in(made.outcome.enrolment.user)
    page = text_of(mine.get("/my/award/"))
    for ending in ("json", "png", "svg"):
        assert f"/my/award/badge.{ending}" in page
        response = mine.get(f"/my/award/badge.{ending}")
        assert response["Content-Disposition"] == f'attachment; filename="badge-NPQLT.{ending}"'
        assert response["Cache-Control"] == "private, no-store"
        assert badges.verified(response.content) == made
    assert mine.get("/my/award/badge.exe").status_code == 404


def test_without_an_award_or_with_a_revoked_one_there_is_no_badge() -> None:
    made = award()
    mine = signed_in(made.outcome.enrolment.user)
    assert signed_in(factories.enrolment("Dot").user).get("/my/award/badge.json").status_code == 404
    actions.revoke(award=made, reason="Error.", by=None, at=AT)
    assert mine.get("/my/award/badge.json").status_code == 404
    assert mine.post("/my/award/badge/shown/", {"shown": "yes"}).status_code == 404


def test_the_page_that_verifies_links_to_the_badge_only_while_the_holder_offers_it(client: Client) -> None:
    made = award()
    mine = signed_in(made.outcome.enrolment.user)
    mine.get("/my/award/badge.json")
    address = reverse("public:shown_badge", args=[Badge.objects.get().uuid])
    verify = f"/verify/{made.code}/"
    assert address not in text_of(client.get(verify))
    assert client.get(address).status_code == 404
    assert mine.post("/my/award/badge/shown/", {"shown": "yes"}).status_code == 302
    assert address in text_of(client.get(verify))
    assert badges.verified(client.get(address).content) == made
    mine.post("/my/award/badge/shown/", {"shown": "no"})
    assert address not in text_of(client.get(verify))
    assert client.get(address).status_code == 404
    mine.post("/my/award/badge/shown/", {"shown": "yes"})
    actions.revoke(award=made, reason="Error.", by=None, at=AT)
    assert address not in text_of(client.get(verify))
    assert client.get(address).status_code == 404


def test_a_badge_that_is_not_offered_and_one_that_is_not_there_look_the_same(client: Client) -> None:
    made = award()
    hidden = client.get(reverse("public:shown_badge", args=[badges.badge_of(made, at=AT).uuid]))
    none = client.get("/credentials/00000000-0000-4000-8000-000000000000/")
    assert (hidden.status_code, none.status_code) == (404, 404)


# --- for verifiers ------------------------------------------------------------------------------------------
def test_keys_and_lists_are_there_for_programs_of_other_sites_without_a_cookie(client: Client) -> None:
    made = award()
    doc = badges.signed_badge(award=made, at=AT)
    for address, kind in (
        ("/.well-known/did.json", "application/did+json"),
        ("/credentials/status/1/", "application/vc"),
    ):
        response = client.get(address)
        assert response.status_code == 200
        assert response["Content-Type"] == kind
        assert response["Access-Control-Allow-Origin"] == "*"
        assert not response.cookies
    did = client.get("/.well-known/did.json").json()
    assert doc["proof"]["verificationMethod"] in did["assertionMethod"]
    assert (
        json.loads(client.get("/credentials/status/1/").content)["id"]
        == doc["credentialStatus"]["statusListCredential"]
    )
    assert client.get("/credentials/status/9/").status_code == 404


@pytest.mark.requirement("S1-08")
def test_a_badge_as_a_file_is_verified_on_our_page_too(client: Client) -> None:
    made = award()
    text = credential.as_text(badges.signed_badge(award=made, at=AT)).encode()

    def sent(data: bytes) -> Any:
        return client.post(FILE, {"file": SimpleUploadedFile("badge.json", data)})

    good = sent(text)
    assert good.status_code == 200
    assert "This badge is valid" in text_of(good)
    assert "for Leading Teaching" in text_of(good)
    for hidden in ("Siân", made.code):
        assert hidden not in text_of(good)
    assert not good.cookies
    changed = sent(text.replace(b"NPQLT", b"NPQEL"))
    assert changed.status_code == 422
    assert "altered" in text_of(changed)
    assert sent(b"no badge").status_code == 422
    assert "Choose the file first" in text_of(client.post(FILE, {}))
    actions.revoke(award=made, reason="Error.", by=None, at=AT)
    gone = sent(text)
    assert "This award was revoked" in text_of(gone)
    assert "Error." not in text_of(gone)


def test_in_a_demonstration_a_badge_says_specimen(client: Client, settings: Any) -> None:
    text = json.dumps(badges.signed_badge(award=award(), at=AT)).encode()
    settings.MODE = "demonstration"
    found = text_of(client.post(FILE, {"file": SimpleUploadedFile("badge.json", text)}))
    assert "SPECIMEN: this badge is made up" in found
    assert "This badge is valid" not in found


# --- guessing codes -------------------------------------------------------------------------------------------
def test_a_crowd_that_guesses_is_slowed_down_and_a_person_is_still_answered(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = award()
    monkeypatch.setattr(limits, "WRONG_CODES", limits.Limit("verify.wrong", 20, timedelta(minutes=10)))
    with travel(AT, tick=False):
        for number in range(20):
            assert client.get("/verify/nonsense/", REMOTE_ADDR=f"192.0.2.{number}").status_code == 404
        one = [client.get("/verify/nonsense/", REMOTE_ADDR="198.51.100.1").status_code for _ in range(4)]
        assert one == [404, 404, 404, 429]
        found = client.get(f"/verify/{made.code}/", REMOTE_ADDR="203.0.113.5")
        assert found.status_code == 200
    with travel(AT + timedelta(minutes=11), tick=False):
        later = [client.get("/verify/nonsense/", REMOTE_ADDR="198.51.100.1").status_code for _ in range(4)]
        assert later == [404] * 4


def test_right_codes_never_count_as_guesses(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = award()
    monkeypatch.setattr(limits, "WRONG_CODES", limits.Limit("verify.wrong", 2, timedelta(minutes=10)))
    with travel(AT, tick=False):
        answers = [client.get(f"/verify/{made.code}/").status_code for _ in range(10)]
    assert answers == [200] * 10
    assert Allowance.objects.count() == 1  # of the caller; nothing is counted everywhere


def test_whoever_has_a_block_of_ipv6_addresses_is_one_caller(client: Client) -> None:
    with travel(AT, tick=False):
        answers = [
            client.get("/verify/nonsense/", REMOTE_ADDR=f"2001:db8:1:2::{number:x}").status_code
            for number in range(31)
        ]
        assert answers == [404] * 30 + [429]
        assert client.get("/verify/nonsense/", REMOTE_ADDR="2001:db8:1:3::1").status_code == 404


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_who_counts_as_one_caller(address: str, network: str) -> None:
    assert limits.network(address) == network


def test_every_wrong_code_costs_the_same_queries(client: Client) -> None:
    made = award()
    near = made.code[:-1] + ("3" if made.code[-1] != "3" else "4")
    counts = []
    for code in (near, "NPQLT-2025-3333-3333-3333-33", "NPQXX-1999-3333-3333-3333-33"):
        client.get(f"/verify/{code}/")
        with CaptureQueriesContext(connection) as taken:
            client.get(f"/verify/{code}/")
        counts.append(len(taken))
    assert len(set(counts)) == 1


# --- transcript -------------------------------------------------------------------------------------------------
def test_the_transcript_is_its_holders_and_the_offices_and_nobody_elses(client: Client) -> None:
    made = award()
    enrolment = made.outcome.enrolment
    mine = signed_in(enrolment.user)
    page = text_of(mine.get("/my/transcript/"))
    for part in ("Siân Ŵyn", "66 h 36 min", made.code, "Areas studied", "9 of 12 marks"):
        assert part in page
    pdf = mine.get("/my/transcript.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Content-Disposition"] == f'attachment; filename="transcript-{enrolment.reference}.pdf"'
    theirs = office()
    for address in (f"/office/people/{enrolment.reference}/transcript",):
        assert "Siân Ŵyn" in text_of(theirs.get(f"{address}/"))
        assert theirs.get(f"{address}.pdf").content.startswith(b"%PDF")
        for role in (Role.MARKER, Role.PARTNER_MANAGER, Role.HEAD_TEACHER, Role.UNIVERSITY):
            other = signed_in(factories.member(role))
            assert other.get(f"{address}/").status_code == other.get(f"{address}.pdf").status_code == 404
        assert client.get(f"{address}/").status_code == 302
    stranger = signed_in(factories.enrolment("Dot Stranger").user)
    assert "Siân" not in text_of(stranger.get("/my/transcript/", {"enrolment": enrolment.reference}))


def test_a_transcript_that_cannot_be_printed_says_why() -> None:
    made = award()
    by_hand.alter(Award.objects.all(), holder_name="\U00014400 Smith")
    mine = signed_in(made.outcome.enrolment.user)
    assert "lacks a font" in text_of(mine.get("/my/transcript.pdf", follow=True))
    answer = office().get(f"/office/people/{made.outcome.enrolment.reference}/transcript.pdf", follow=True)
    assert "lacks a font" in text_of(answer)


# --- the office's list ------------------------------------------------------------------------------------------
def test_the_list_of_awards_is_found_by_name_code_programme_day_and_state() -> None:
    released(3996, 4000)
    one, other = Award.objects.order_by("pk")
    by_hand.alter(Award.objects.filter(pk=other.pk), holder_name="王小明", programme_code="NPQH")
    actions.revoke(award=one, reason="Error.", by=None, at=AT)
    olu = office()
    found = {
        query: [row.pk for row in olu.get(f"/office/awards/?{query}").context["page"].object_list]
        for query in (
            "",
            "q=siân",
            f"q={one.code.lower()}",
            "q=王",
            "programme=NPQH",
            "state=revoked",
            "state=valid",
            "first=2025-10-15",
            "last=2025-10-14",
            "first=nonsense",
            "q=nobody",
        )
    }
    both = [other.pk, one.pk]
    assert found[""] == found["last=2025-10-14"] == found["first=nonsense"] == both
    assert found[f"q={one.code.lower()}"] == found["state=revoked"] == [one.pk]
    assert found["q=王"] == found["programme=NPQH"] == found["state=valid"] == [other.pk]
    assert found["first=2025-10-15"] == found["q=nobody"] == []
    assert signed_in(one.outcome.enrolment.user).get("/office/awards/").status_code == 404


def test_the_file_for_the_qualification_body_holds_no_formula_and_leaves_a_trace() -> None:
    made = award()
    by_hand.alter(Award.objects.all(), holder_name='=HYPERLINK("http://evil")', provider="@SUM(1)")
    actions.revoke(award=made, reason="-1+1", by=None, at=AT)
    response = office().get("/office/awards/awards.csv", {"state": "revoked"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, row = csv.reader(io.StringIO(text))
    cells = dict(zip(head, row, strict=True))
    assert cells["holder"] == '\'=HYPERLINK("http://evil")'
    assert cells["provider"] == "'@SUM(1)"
    assert cells["why revoked"] == "'-1+1"
    assert (cells["code"], cells["state"], cells["awarded on"]) == (made.code, "revoked", "2025-10-14")
    event = AuditEvent.objects.get(verb="awards.exported")
    assert event.details["filters"] == {"state": "revoked"}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), "2026-06-30"),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), "2026-07-01"),  # midnight in London
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "2026-12-31"),
    ],
)
def test_the_file_has_the_providers_day_of_a_revocation(at: datetime, day: str) -> None:
    actions.revoke(award=award(), reason="Error.", by=None, at=at)
    response = office().get("/office/awards/awards.csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, row = csv.reader(io.StringIO(text))
    assert dict(zip(head, row, strict=True))["revoked on"] == day


# --- credit ---------------------------------------------------------------------------------------------------------
def asking(mine: Client) -> dict[str, Any]:
    """What the form on the page sends."""
    page = mine.get("/my/award/credit/")
    (offer,) = page.context["offers"]
    assert offer["consent"] in text_of(page)
    return {"agreement": offer["agreement"].pk, "text": offer["text"]}


@pytest.mark.requirement("S1-37")
def test_from_the_request_to_the_universitys_answer_and_the_withdrawal() -> None:
    person, by = graduate(), agreement()
    mine, una = signed_in(person.user), signed_in(factories.member(Role.UNIVERSITY, "Una", of=by.university))
    assert "Credit towards a master's degree" in text_of(mine.get("/my/award/"))
    page = text_of(mine.get("/my/award/credit/"))
    assert "how many credits that is, the agreement doesn't say" in page.lower()
    said = asking(mine)
    assert "Tick that you agree" in text_of(mine.post("/my/award/credit/", said))
    assert mine.post("/my/award/credit/", {**said, "text": "another", "agrees": "on"}).status_code == 422
    assert not CreditRequest.objects.exists()
    assert mine.post("/my/award/credit/", {**said, "agrees": "on"}).status_code == 302
    made = CreditRequest.objects.get()
    assert mine.get(f"/my/award/credit/{made.reference}/statement.pdf").content.startswith(b"%PDF")

    listed = text_of(una.get("/university/"))
    assert "Siân Ŵyn" in listed
    assert "1 waits for your answer" in listed
    address = f"/university/requests/{made.reference}/"
    shown = text_of(una.get(address))
    assert person.user.email in shown
    assert person.reference not in shown
    assert una.get(f"{address}statement.pdf").content.startswith(b"%PDF")
    assert una.post(address, {"answer": "declined"}).status_code == 422
    assert una.post(address, {"answer": "accepted", "note": "60 credits."}).status_code == 302
    assert "60 credits." in text_of(una.get(address))
    assert "60 credits." in text_of(mine.get("/my/award/credit/"))

    assert mine.post(f"/my/award/credit/{made.reference}/withdraw/").status_code == 302
    assert una.get(address).status_code == una.get(f"{address}statement.pdf").status_code == 404
    assert "No requests" in text_of(una.get("/university/"))
    assert "You took your agreement back" in text_of(mine.get("/my/award/credit/"))


@pytest.mark.requirement("S3-33")
def test_who_has_no_agreement_is_told_so_and_cannot_send_the_form() -> None:
    by = agreement()
    mine = signed_in(graduate("npqh-reformed-international").user)
    assert "Credit towards" not in text_of(mine.get("/my/award/"))
    assert "No agreement for your version" in text_of(mine.get("/my/award/credit/"))
    sent = {"agreement": by.pk, "text": "x", "agrees": "on"}
    assert mine.post("/my/award/credit/", sent).status_code == 404


def test_the_university_of_another_agreement_finds_nothing() -> None:
    person, by = graduate(), agreement()
    mine = signed_in(person.user)
    mine.post("/my/award/credit/", {**asking(mine), "agrees": "on"})
    made = CreditRequest.objects.get()
    lark = signed_in(factories.member(Role.UNIVERSITY, of=factories.organisation("Larkhill University")))
    for address in (
        f"/university/requests/{made.reference}/",
        f"/university/requests/{made.reference}/statement.pdf",
    ):
        assert lark.get(address).status_code == 404
        assert lark.post(address, {"answer": "accepted"}).status_code in (404, 405)
    assert office().get("/university/").status_code == 404
    dot = signed_in(factories.enrolment("Dot Stranger").user)
    for verb in ("withdraw/", "statement/"):
        assert dot.post(f"/my/award/credit/{made.reference}/{verb}").status_code == 404
    assert dot.get(f"/my/award/credit/{made.reference}/statement.pdf").status_code == 404
    assert by.requests.get().withdrawn_at is None


def test_the_office_records_an_agreement_sets_its_credits_and_ends_it() -> None:
    olu = office()
    version = factories.version("npqsl-legacy-international")
    assert "First add the university" in text_of(olu.get("/office/awards/credit/"))
    university = Organisation.objects.create(name="Chester University")
    university.roles.create(role="university", starts_on="2017-01-01")
    sent = {
        "university": university.pk, "award_title": "MA in Educational Leadership", "level": "7", "credits": "",
        "versions": [version.pk], "valid_from": "2017-09-01", "valid_to": "",
    }  # fmt: skip
    assert olu.post("/office/awards/credit/", {**sent, "credits": "0"}).status_code == 422
    assert olu.post("/office/awards/credit/", sent).status_code == 302
    made = university.credit_agreements.get()
    page = f"/office/awards/credit/{made.pk}/"
    assert "not known, so no number is printed anywhere" in text_of(olu.get(page))
    assert olu.post(f"{page}credits/", {"credits": "60"}).status_code == 422
    assert olu.post(f"{page}credits/", {"credits": "60", "reason": "Letter."}).status_code == 302
    assert olu.post(f"{page}end/", {"on": "2010-01-01"}).status_code == 422
    assert olu.post(f"{page}end/", {"on": "2030-01-01"}).status_code == 302
    made.refresh_from_db()
    assert (made.credits, str(made.valid_to)) == (60, "2030-01-01")
    others = signed_in(factories.member(Role.UNIVERSITY, of=university))
    for address in ("/office/awards/credit/", page):
        assert others.get(address).status_code == 404


def test_the_lists_take_as_many_queries_for_one_request_as_for_three() -> None:
    by = agreement()
    released(3996, 4000, 4100)
    una = signed_in(factories.member(Role.UNIVERSITY, of=by.university))
    olu = office()
    counts = []
    for made in Award.objects.select_related("outcome__enrolment__version").order_by("pk"):
        CreditRequest.objects.create(
            reference=f"C-{made.pk}", award=made, agreement=by, version=made.outcome.enrolment.version,
            consent_text="Yes.", consented_at=AT, statement_at=AT,
        )  # fmt: skip
        taken = []
        for client, address in (
            (una, "/university/"),
            (olu, "/office/awards/"),
            (olu, "/office/awards/credit/"),
            (olu, f"/office/awards/credit/{by.pk}/"),
        ):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            taken.append(len(queries))
        counts.append(taken)
    assert counts[0] == counts[2]
    assert max(counts[0]) <= 12
    assert credits.stated_versions()
