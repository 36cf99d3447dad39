"""Framework text comes in by two people of the office: proposed by one, put in force or declined by another."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue.models import Framework, FrameworkProposal
from goldenthread.common.models import StoredFile
from goldenthread.people.models import Role
from tests import factories
from tests.catalogue.framework_sample import text_of_npqlt
from tests.catalogue.test_framework_import import take_in
from tests.factories_web import client_of, text_of
from tests.web.test_office_frameworks import send, verbs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.member(Role.OFFICE, "Olu Office"))
    return client


SAID = {"source_url": "https://example.org/lt", "source_date": "2020-10-13", "licence": "OGL"}


def proposed(office: Client, text: str = "", **said: str) -> FrameworkProposal:
    there = send(office, (text or text_of_npqlt()).encode())["Location"]
    done = office.post(there, said)
    made = FrameworkProposal.objects.latest("pk")
    assert done["Location"] == reverse("office:framework_proposal", args=[made.pk])
    return made


def accepted(code: str = "NPQLT") -> dict[str, str]:
    """What the button sends: that the text was seen beside the revision in force now."""
    now = Framework.objects.filter(programme__code=code, edition="reformed").latest("revision")
    return {"accept": "1", "compared": str(now.pk)}


def second() -> Client:
    return client_of(factories.member(Role.OFFICE, "Otto Office"))


def words_of(page: Any) -> str:
    """What is to be read on a page, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def test_a_text_is_reported_first_proposed_once_and_put_in_force_by_a_second_person(office: Client) -> None:
    before = Framework.objects.count()
    there = send(office, text_of_npqlt().encode())
    assert there.status_code == 302
    page = office.get(there["Location"])
    assert "this heading names NPQLTD" in text_of(page)
    assert [area.missing for area in page.context["text"].areas][1] == (2, 3, 4, 5, 6)
    for _ in range(2):
        done = office.post(there["Location"], SAID)
    made = FrameworkProposal.objects.get()
    assert done["Location"] == reverse("office:framework_proposal", args=[made.pk])
    assert Framework.objects.count() == before  # nothing of it can be seen, found or cited
    assert "Waiting for a second person" in text_of(office.get(reverse("office:frameworks")))
    assert "1 framework text waits for a second person" in text_of(office.get(reverse("office:desk")))
    other = second()
    assert "Put it in force" in text_of(other.get(done["Location"]))
    for _ in range(2):
        there = other.post(done["Location"], accepted())
        framework = Framework.objects.get(programme__code="NPQLT", revision=2)
        assert there["Location"] == reverse("office:framework", args=[framework.pk])
    assert (framework.source_url, framework.licence, framework.imported_by.name) == (
        "https://example.org/lt",
        "OGL",
        "Otto Office",
    )
    assert framework.file.sha256 == StoredFile.objects.get(kind="framework").sha256
    assert [verb for verb in verbs() if verb.startswith("framework.")] == [
        "framework.proposed",
        "framework.imported",
        "framework.in_force",
    ]
    assert "Fragment" in text_of(other.get(there["Location"]))
    assert "Waiting for a second person" not in text_of(office.get(reverse("office:frameworks")))


def test_who_proposed_a_text_does_not_put_it_in_force_but_may_take_it_back(office: Client) -> None:
    made = proposed(office)
    there = reverse("office:framework_proposal", args=[made.pk])
    assert "Put it in force" not in text_of(office.get(there))
    refused = office.post(there, accepted(), follow=True)
    assert "ask somebody else of the office" in text_of(refused)
    assert not Framework.objects.filter(programme__code="NPQLT", revision=2).exists()
    assert "Say why" in text_of(office.post(there, {"decline": "1", "reason": " "}))
    assert office.post(there, {"decline": "1", "reason": "The wrong file"}).status_code == 302
    assert "The wrong file" in text_of(office.get(there))
    late = second().post(there, accepted(), follow=True)
    assert "This text was declined" in text_of(late)
    again = proposed(office)  # what was declined can be proposed again
    assert again.pk != made.pk


def test_who_saw_a_text_beside_an_older_revision_looks_again(office: Client) -> None:
    made, other = proposed(office), second()
    there = reverse("office:framework_proposal", args=[made.pk])
    old = accepted()
    assert f'value="{old["compared"]}"' in other.get(there).content.decode()
    newer = take_in(text_of_npqlt().replace("Lamps are hot.", "Lamps are warm.")).framework
    for sent in (old, {"accept": "1"}, {"accept": "1", "compared": "9" * 40}):
        assert "look again" in text_of(other.post(there, sent, follow=True))
    assert Framework.objects.filter(programme__code="NPQLT").latest("revision") == newer
    assert other.post(there, accepted()).status_code == 302


def test_what_would_be_lost_is_named_before_anybody_decides(office: Client) -> None:
    small = "NPQLT\nClassroom Practice | |\nLearn that… |\n1. Calm helps. |\n"
    made = proposed(office, small)
    page = text_of(second().get(reverse("office:framework_proposal", args=[made.pk])))
    lost = Framework.objects.get(programme__code="NPQLT", revision=1).areas.exclude(kind="other")
    names = [area.name for area in lost.exclude(name="Classroom Practice")]
    assert len(names) > 5
    assert f"{len(names)} areas of which this text holds nothing" in page
    assert all(name in page for name in names)


def test_a_text_that_is_in_force_already_is_not_proposed(office: Client) -> None:
    made = proposed(office)
    there = reverse("office:framework_proposal", args=[made.pk])
    other = second()
    assert other.post(there, accepted()).status_code == 302
    assert "There is nothing to propose" in text_of(
        office.post(send(office, text_of_npqlt().encode())["Location"], {})
    )
    assert "is in force" in text_of(other.post(there, {"decline": "1", "reason": "Too late"}, follow=True))


def test_a_text_that_names_nobody_is_taken_in_under_the_version_that_is_said(office: Client) -> None:
    text = "Governance and accountability | |\nLearn that… |\n1. Boards ask. |\n".encode()
    there = send(office, text)["Location"]
    assert "Say for which version" in text_of(office.post(there, {}))
    there = send(office, text, version="npqh-reformed-international")["Location"]
    there = office.post(there, {})["Location"]
    assert second().post(there, accepted("NPQH")).status_code == 302
    assert Framework.objects.get(programme__code="NPQH", edition="reformed", revision=2).official


# --- what the page shows ------------------------------------------------------------------------------------
def test_the_words_themselves_are_shown_with_what_is_cut_off_and_what_is_missing(office: Client) -> None:
    there = send(office, text_of_npqlt().encode())["Location"]
    pages = [
        office.get(there),
        second().get(reverse("office:framework_proposal", args=[proposed(office).pk])),
    ]
    for page in pages:
        text = words_of(page)
        assert "Choirs must allow for it." in text  # a statement, whole
        assert "Singers who know the aim of an hour need Fragment" in text
        assert "2 to 6: nothing is in the text" in text
        assert "0 whole, 2 fragments, 2 to 6 missing; 2 practice headings" in text
        assert "Help colleagues to plan a carefully built, varied Cut off" in text
        assert "Choose pieces by: Title only" in text
        assert "Mix sure and unsure singers" in text
        assert "Of another framework" in text
        source = page.content.decode()
        assert source.count("<details") > len(page.context["previews"]) == 7
        assert '<li value="7">Shoulders' in source
        assert "differences from revision 1" in text


def test_a_proposed_text_is_compared_with_the_one_in_force(office: Client) -> None:
    take_in(text_of_npqlt())
    made = proposed(office, text_of_npqlt().replace("Lamps are hot.", "Lamps are warm."))
    page = second().get(reverse("office:framework_proposal", args=[made.pk]))
    (changed,) = page.context["changes"]
    assert (changed.change.place, changed.change.what) == ("Adaptive Teaching, learn that 2", "changed")
    assert "<del>hot.</del>" in page.content.decode()
    assert "1 difference from revision 2" in text_of(page)


# --- the example -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", ["txt", "docx"])
def test_exactly_the_example_of_the_page_is_taken_in(office: Client, ending: str) -> None:
    url = reverse("office:framework_example", args=[ending])
    assert url in office.get(reverse("office:framework_import")).content.decode()
    file = office.get(url)
    assert file["Content-Disposition"] == f'attachment; filename="framework-example.{ending}"'
    sent = send(office, file.content, name=f"framework-example.{ending}")
    report = office.get(sent["Location"])
    assert "Programme NPQLT, reformed" in words_of(report)
    assert not any(note.line for note in report.context["text"].warnings)
    office.post(sent["Location"], {})
    made = FrameworkProposal.objects.get()
    second().post(reverse("office:framework_proposal", args=[made.pk]), accepted())
    framework = Framework.objects.get(programme__code="NPQLT", revision=2)
    held = framework.areas.exclude(statements=None).order_by("number").distinct()
    assert [area.name for area in held] == ["School Culture", "Implementation"]
    assert {one.complete for area in held for one in area.statements.all()} == {True}
    other = "docx" if ending == "txt" else "txt"
    again = send(office, office.get(reverse("office:framework_example", args=[other])).content)
    assert "in force already" in text_of(office.post(again["Location"], {}))  # the other file says the same


def test_there_is_no_example_of_another_kind_and_none_for_strangers(office: Client) -> None:
    assert office.get("/office/frameworks/import/example.pdf").status_code == 404
    stranger = client_of(factories.member(Role.AUTHOR, "Ada Author"))
    assert stranger.get(reverse("office:framework_example", args=["txt"])).status_code == 404


# --- back to an earlier revision ----------------------------------------------------------------------------------
def test_an_earlier_revision_is_put_back_by_two_people(office: Client) -> None:
    official = take_in(text_of_npqlt()).framework
    summary = Framework.objects.get(programme__code="NPQLT", revision=1)
    here = reverse("office:framework", args=[summary.pk])
    assert "Propose to put it back" in text_of(office.get(here))
    assert "Put it back in force" not in text_of(office.get(reverse("office:framework", args=[official.pk])))
    back = reverse("office:framework_put_back", args=[summary.pk])
    assert office.get(back).status_code == 405
    for _ in range(2):
        there = office.post(back)["Location"]
    made = FrameworkProposal.objects.get()
    assert there == reverse("office:framework_proposal", args=[made.pk])
    assert "Its words wait for a second person" in text_of(office.get(here))
    assert "NPQLT reformed from revision 1" in text_of(office.get(reverse("office:frameworks")))
    assert "Put it in force" not in text_of(office.get(there))
    assert "ask somebody else" in text_of(office.post(there, accepted(), follow=True))
    other = second()
    page = other.get(there)
    assert "Back to revision 1?" in text_of(page)
    assert page.context["changes"]
    assert "<ins>" in page.content.decode()
    for _ in range(2):
        done = other.post(there, accepted())
    restored = Framework.objects.get(programme__code="NPQLT", revision=3)
    assert done["Location"] == reverse("office:framework", args=[restored.pk])
    assert not restored.official
    assert "in force" in text_of(other.get(done["Location"]))
    assert "says the same word for word" in text_of(office.get(here))
    assert "says the same word for word" in text_of(office.post(back, follow=True))
    assert FrameworkProposal.objects.count() == 1


def test_a_proposal_that_can_not_come_back_any_more_says_why_and_can_be_declined(office: Client) -> None:
    take_in(text_of_npqlt())
    summary = Framework.objects.get(programme__code="NPQLT", revision=1)
    there = office.post(reverse("office:framework_put_back", args=[summary.pk]))["Location"]
    summary.areas.filter(name="Assessment").update(name="Handwriting")
    other = second()
    page = text_of(other.get(there))
    assert "Handwriting is no area of NPQLT any more" in page
    assert "Put it in force" not in page
    assert "Handwriting" in text_of(other.post(there, accepted(), follow=True))
    assert other.post(there, {"decline": "1", "reason": "Too old"}).status_code == 302
    assert "Too old" in text_of(other.get(there))


def test_strangers_put_nothing_back() -> None:
    take_in(text_of_npqlt())
    summary = Framework.objects.get(programme__code="NPQLT", revision=1)
    url = reverse("office:framework_put_back", args=[summary.pk])
    for person in (factories.user(), factories.member(Role.AUTHOR, "Ada Author")):
        assert client_of(person).post(url).status_code == 404
    assert not FrameworkProposal.objects.exists()
