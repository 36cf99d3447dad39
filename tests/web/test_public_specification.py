"""The specification as a PDF: its sections in the order of the published ones, what is blank for editors only."""

import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.web.shared import specification_pdf
from goldenthread.web.shared.specification_sections import sections
from goldenthread.web.shared.versions import versions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
DAY = date(2026, 9, 1)
SL, H = "npqsl-legacy-international", "npqh-legacy-england"


def titles(key: str, *, for_editors: bool = False) -> list[str]:
    specification = ProgrammeVersion.objects.get(key=key).specification
    found = sections(
        specification, on=DAY, office="o@example.org", address="https://x", for_editors=for_editors
    )
    return [section.title for section in found]


def text_of(client: Client, key: str) -> str:
    response = client.get(reverse("public:specification", args=[key]))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages).split()
    )


@pytest.mark.requirement("S1-01")
def test_legacy_senior_leadership_has_its_twelve_sections_in_order() -> None:
    assert titles(SL, for_editors=True) == [
        "About NPQSL",
        "Qualification components",
        "Qualification schedule",
        "Qualification content",
        "Qualification delivery",
        "Assessment",
        "Further information",
        "Contact us",
        "In order to achieve NPQSL",
        "What's next?",
        "Masters accreditation",
        "Course intakes",
    ]
    specification = ProgrammeVersion.objects.get(key=SL).specification
    made = sections(specification, on=DAY, office="o@example.org", address="https://x", for_editors=True)
    assert [section.note for section in made if section.note] == ["source blank (001:53-61)"]


@pytest.mark.requirement("S1-01")
def test_what_is_blank_in_the_source_is_hidden_from_the_public(client: Client) -> None:
    assert "Qualification schedule" not in titles(SL)
    text = text_of(client, SL)
    assert "Qualification schedule" not in text
    assert "source blank" not in text
    places = [
        text.index(title) for title in ("About NPQSL", "Qualification components", "Masters accreditation")
    ]
    assert places == sorted(places)


@pytest.mark.requirement("S3-01")
def test_sections_differ_between_versions(client: Client) -> None:
    assert "Delivery locations" in titles(H)
    headship, senior = text_of(client, H), text_of(client, SL)
    assert "Delivery locations" in headship
    assert "Regional training centre" not in headship
    assert "Regional training centre" in senior
    assert "Delivery locations" not in senior
    assert "9 h of 112 h are stated" in headship


def test_a_reformed_version_is_set_in_the_usual_order(client: Client) -> None:
    text = text_of(client, "npqel-reformed-international")
    for fact in ("116 h", "£5,950 (GBP, international)", "sources disagree", "Governance and accountability"):
        assert fact in text, fact
    assert "source blank" not in text


def test_the_document_is_accessible_and_names_its_language(client: Client) -> None:
    content = client.get(reverse("public:specification", args=[SL])).content
    catalog = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en-GB"
    assert b"pdfuaid" in content


def test_the_same_version_is_set_once_and_not_sent_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    real = specification_pdf.make
    monkeypatch.setattr(specification_pdf, "make", lambda text: made.append(text) or real(text))
    path = reverse("public:specification", args=[SL])
    first = client.get(path)
    assert client.get(path).content == first.content
    assert len(made) == 1
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(reverse("public:specification", args=[H]))
    assert other["ETag"] != first["ETag"]


def test_a_draft_has_no_public_document(client: Client) -> None:
    ProgrammeVersion.objects.filter(key=SL).update(state="draft")
    assert client.get(reverse("public:specification", args=[SL])).status_code == 404


def test_whoever_keeps_the_document_asks_again_whether_it_still_holds(client: Client) -> None:
    path = reverse("public:specification", args=[SL])
    first = client.get(path)
    assert first["Cache-Control"] == "public, max-age=0, s-maxage=60"
    ProgrammeVersion.objects.filter(key=SL).update(state="draft")
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 404


def test_nothing_in_a_specification_is_markup() -> None:
    (version,) = [one for one in versions().values() if one.key == SL]
    text = specification_pdf._data(version, on=DAY).replace("Pupils across", '#panic() \\"*Pupils* across')
    assert b"%PDF" in specification_pdf.make(text)[:8]
