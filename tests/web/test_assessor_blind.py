"""Nothing that reaches a marker or a moderator says who wrote a script, whatever the uploaded document knows."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import URLPattern

from goldenthread.assessment import actions as assessment
from goldenthread.assessment.models import Script, Sitting
from goldenthread.common.models import OutboxMessage
from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role
from goldenthread.web.assessor import urls
from tests import documents, factories
from tests import factories_assessment as sat
from tests import factories_marking as make
from tests.factories_assessment import NO_AI
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
NAME, SCHOOL, EMAIL = "Amara Yusuf", "Hillside Primary School", "amara.yusuf@hillside.example.org"
SECRETS = ("Amara", "Yusuf", "Hillside", "yusuf.docx", "ayusuf")
PROPERTIES = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Amara Yusuf</dc:creator>'
    "<cp:lastModifiedBy>ayusuf</cp:lastModifiedBy><dc:title>Hillside plan</dc:title></cp:coreProperties>"
)
META = (
    '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:creator>Amara Yusuf</dc:creator>'
    "</office:meta></office:document-meta>"
)
WRITTEN = [f"{NAME}, {SCHOOL}", "I would read aloud daily.", f"Write to {EMAIL}. YUSUF, AMARA"]


def docx() -> bytes:
    return documents.docx(
        paragraphs=WRITTEN,
        headers=[f"{NAME} – {SCHOOL}"],
        comments=["Amara: check this"],
        xml=documents.deleted("My name is Amara. "),
        entries={"docProps/core.xml": PROPERTIES},
    )


def odt() -> bytes:
    return documents.odt(paragraphs=WRITTEN, headers=[NAME], entries={"meta.xml": META})


def pdf() -> bytes:
    return documents.pdf(words=900, paragraphs=WRITTEN, header=f"{NAME} – {SCHOOL}")


def txt() -> bytes:
    return "\n\n".join(WRITTEN).encode()


def upload(sitting: Sitting, made: bytes, kind: str) -> Script:
    response = assessment.prepare_upload(
        sitting=sitting, file=io.BytesIO(made), name=f"yusuf.{kind}", size_limit=10_000_000, at=sat.INSIDE
    )
    return assessment.submit_script(
        sitting=sitting,
        response=response,
        key="k",
        own_work=True,
        ai=NO_AI,
        by=sitting.enrolment.user,
        at=sat.INSIDE,
    )


def handed_in(made: Callable[[], bytes]) -> Script:
    school = factories.school(SCHOOL)
    person = sat.ready(NAME, email=EMAIL, school=school)
    sitting = sat.sitting(person)
    return upload(sitting, made(), made.__name__)


def said(response: Any) -> str:
    """All that a browser gets: status, headers, body."""
    headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{headers} {response.content.decode()}"


def leaks(response: Any) -> list[str]:
    return [secret for secret in SECRETS if re.search(secret, said(response), re.IGNORECASE)]


@pytest.mark.parametrize("made", [docx, odt, pdf, txt])
def test_no_page_of_marking_or_moderation_names_the_author(made: Callable[[], bytes]) -> None:
    script = handed_in(made)
    window = script.sitting.window
    make.markers(2)
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    pages = []
    for marking in Marking.objects.select_related("marker"):
        client, address = client_of(marking.marker), f"/mark/{marking.pk}/"
        pages += [client.get("/mark/"), client.get(address), client.get(f"{address}declare/")]
        assert "I would read aloud daily." in pages[-2].content.decode()
        assert "[covered]" in pages[-2].content.decode()
        pages += [client.post(address, {"submit": "1"}), client.post(f"{address}save/", {})]
        given = {point: min(point, 2) for point in (1, 2, 3)}
        actions.submit_marks(
            marking=marking, entered=actions.Entered(given, "", make.FEEDBACK), by=marking.marker,
            at=make.CLOSED,
        )  # fmt: skip
        pages.append(client.get(address))
    opened = moderation.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=100)
    client, address = client_of(chidi), f"/moderate/scripts/{opened.sample.get().pk}/"
    pages += [client.get("/moderate/"), client.get(f"/moderate/rounds/{opened.pk}/"), client.get(address)]
    assert "I would read aloud daily." in pages[-1].content.decode()
    pages.append(client.get(f"{address}declare/"))
    client.post(address, {"point_1": 1, "point_2": 1, "point_3": 1})
    pages.append(client.get(address))
    assert "Decide on" in pages[-1].content.decode()
    client.post(address, {"decision": "confirmed"})
    pages.append(client.get(address))
    assert [leaks(page) for page in pages] == [[]] * len(pages)


def test_mail_to_markers_names_no_author() -> None:
    script = handed_in(docx)
    window = script.sitting.window
    markers = {person.email for person in make.markers(2)}
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    sent = [message.payload for message in OutboxMessage.objects.order_by("pk")]
    to_markers = [payload for payload in sent if payload.get("to") in markers]
    assert len(to_markers) == 2
    assert not [secret for secret in SECRETS if secret.lower() in str(to_markers).lower()]


def test_the_file_itself_is_out_of_their_reach() -> None:
    script = handed_in(docx)
    window = script.sitting.window
    make.markers(2)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    marking = Marking.objects.select_related("marker").first()
    assert marking is not None
    client = client_of(marking.marker)
    for page in ("script/1/", "script/1/file/", "receipt/1/", "scripts/1/", "scripts/1/file/", ""):
        assert client.get(f"/my/assessment/{script.sitting_id}/{page}").status_code == 404
    assert "href" in client.get(f"/mark/{marking.pk}/").content.decode()
    assert "/my/" not in client.get(f"/mark/{marking.pk}/").content.decode()


def test_addresses_are_numbers_of_markings_and_never_of_people() -> None:
    known = {
        "marking_id",
        "place",
        "sampled_id",
        "round_id",
        "window_id",
        "file_id",  # of a script's evidence
        "batch_id",
        "shift_id",
        "discussion_id",
        "set_number",  # of a practice set, and which of its scripts
        "number",
    }
    patterns = [pattern for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)]
    assert {name for pattern in patterns for name in pattern.pattern.converters} == known


def test_another_persons_name_in_a_script_stays() -> None:
    script = handed_in(docx)
    Script.objects.filter(pk=script.pk).update(text="As Mary Kennedy writes, Amara Yusuf reads.", parts={})
    window = script.sitting.window
    make.markers(2)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    marking = Marking.objects.select_related("marker").first()
    assert marking is not None
    page = client_of(marking.marker).get(f"/mark/{marking.pk}/").content.decode()
    assert "As Mary Kennedy writes, [covered] reads." in page
    assert "covered in 1 place:" in page
