"""Evidence of a project by its pages: what may be added, what is said of names in it, and what markers get of it."""

from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.assessment.project_models import HandedInFile
from goldenthread.common.models import StoredFile
from tests import documents
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.common.test_evidence_types import workbook
from tests.common.test_unnamed import TELLING, photograph, portable_document, whole, word_document
from tests.outcomes import test_projects as road

pytestmark = pytest.mark.django_db


def add(candidate: Any, name: str, content: bytes) -> str:
    """Add a file by the page; gives the page that comes next, or the same one with the refusal."""
    client = Client()
    client.force_login(candidate.user)
    with time_machine.travel(make.SUMMER, tick=False):
        address = reverse("participant:project_evidence", args=["project"])
        answer = client.post(address, {"file": SimpleUploadedFile(name, content)}, follow=True)
    return " ".join(answer.content.decode().split())


@pytest.mark.requirement("S1-31")
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("docx", word_document()),
        ("pdf", portable_document()),
        ("jpg", photograph()),
        ("png", photograph(kind="PNG")),
    ],
)
def test_markers_get_evidence_without_what_programs_say_of_its_author(kind: str, content: bytes) -> None:
    amara = make.candidate()
    make.planned(amara)
    assert f"Okafor {kind}.{kind}" in add(amara, f"Okafor {kind}.{kind}", content)
    window = make.days(amara.intake, "project")
    script = make.hand_in(amara)
    marked.markers(2)
    road.marking.allocate_window(window=window, by=make.office(), at=road.MARKED)
    client = Client()
    client.force_login(script.markings.get(position=1).marker)
    with time_machine.travel(road.MARKED, tick=False):
        given = client.get(reverse("assessor:evidence", args=[script.evidence.get().pk]))
    assert given["Content-Disposition"] == f'attachment; filename="evidence-1.{kind}"'
    assert given["X-Content-Type-Options"] == "nosniff"
    own = Client()
    own.force_login(amara.user)
    with time_machine.travel(make.SUMMER, tick=False):
        kept = own.get(
            reverse("participant:project_file", args=["project", amara.projects.get().files.get().pk])
        )
    assert kept.content == content, "the candidate's own file is as it was added"
    if kind in ("jpg", "png"):
        assert not TELLING.search(given.content)
        assert len(given.content) < len(content)
    else:
        assert not TELLING.search(whole(given.content))


def test_evidence_of_before_that_cannot_be_copied_so_is_not_shown() -> None:
    amara = make.candidate()
    make.planned(amara)
    make.add_file(amara, "minutes.pdf", documents.pdf(20))
    window = make.days(amara.intake, "project")
    script = make.hand_in(amara)
    StoredFile.objects.filter(handed_in_files__script=script).update(kind="docx")  # which it isn't
    marked.markers(2)
    road.marking.allocate_window(window=window, by=make.office(), at=road.MARKED)
    client = Client()
    client.force_login(script.markings.get(position=1).marker)
    with time_machine.travel(road.MARKED, tick=False):
        given = client.get(reverse("assessor:evidence", args=[HandedInFile.objects.get().pk]))
    assert given.status_code == 409
    assert "Mark without it" in given.content.decode()


@pytest.mark.requirement("S1-29")
def test_pictures_scans_and_workbooks_are_evidence_and_have_no_words() -> None:
    amara = make.candidate()
    make.planned(amara)
    for name, content in (("display.jpg", photograph()), ("signed.pdf", documents.scanned_pdf())):
        assert name in add(amara, name, content)
    assert [one.words for one in amara.projects.get().files.all()] == [0, 0]
    assert [one.file.kind for one in amara.projects.get().files.order_by("pk")] == ["jpg", "pdf"]


@pytest.mark.parametrize("place", ["cell", "rich text", "sheet", "header", "drawing"])
def test_a_name_in_a_workbook_is_told_like_one_in_a_document(place: str) -> None:
    amara = make.candidate(name="Amara Applicant")
    make.planned(amara)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    name = "Amara Applicant"
    written = {
        "cell": ("xl/sharedStrings.xml", f'<sst xmlns="{main}"><si><t>By {name}</t></si></sst>'),
        "rich text": (
            "xl/sharedStrings.xml",
            f'<sst xmlns="{main}"><si><r><t>Amara App</t></r><r><t>licant</t></r></si></sst>',
        ),
        "sheet": (
            "xl/workbook.xml",
            f'<workbook xmlns="{main}"><sheets><sheet name="{name}"/></sheets></workbook>',
        ),
        "header": (
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><headerFooter><oddHeader>&amp;L {name}</oddHeader></headerFooter></worksheet>',
        ),
        "drawing": (
            "xl/drawings/drawing1.xml",
            f'<xdr:wsDr xmlns:xdr="urn:x" xmlns:a="urn:a"><a:p><a:t>{name}</a:t></a:p></xdr:wsDr>',
        ),
    }
    part, content = written[place]
    assert f"data.xlsx is added. In its text stands “{name}”" in add(
        amara, "data.xlsx", workbook(**{part: content})
    )
    assert "other.xlsx is added. </" in add(amara, "other.xlsx", workbook()).replace(".<", ". <")


def test_a_picture_that_cannot_be_taken_is_told_what_can() -> None:
    amara = make.candidate()
    make.planned(amara)
    said = add(amara, "display.gif", b"GIF89a" + bytes(99))
    assert "This file is a picture" in said
    assert "(JPEG or PNG): save another picture as one of these first" in said
    assert "Upload a Word document" not in said


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("display.png", photograph(), "This file is a picture, but its name says otherwise"),
        ("display.jpg", photograph()[:99], "cut short or damaged"),
        ("tool.exe", documents.program(), "a Windows program"),
        ("minutes.docx", word_document(**{"word/people.xml": "<a>"}), "can&#x27;t be read|Save it again"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_the_field(name: str, content: bytes, said: str) -> None:
    amara = make.candidate()
    make.planned(amara)
    page = add(amara, name, content)
    assert any(one in page for one in said.split("|"))
    assert not amara.projects.get().files.exists()


def test_names_in_the_text_of_a_file_are_told_to_who_adds_it() -> None:
    amara = make.candidate()
    make.planned(amara)
    text = f"Minutes. Present: {amara.user.name}, {amara.user.email}."
    page = add(amara, "minutes.txt", text.encode())
    assert amara.user.name in page
    assert "which tells markers whose it is" in page
    assert "which tells markers whose it is" not in add(
        amara, "plan.txt", b"Minutes. Present: the reading leads."
    )


def test_a_file_that_comes_after_the_hand_in_is_said_to_count_with_the_next_one() -> None:
    amara = make.candidate()
    make.planned(amara)
    make.days(amara.intake, "project")
    assert "hand in again" not in add(amara, "first.txt", b"The first file")
    make.hand_in(amara)
    said = add(amara, "second.txt", b"The second file")
    assert "Version 1 is handed in with the files of that moment" in said
    assert [one.name for one in HandedInFile.objects.all()] == ["first.txt"]
