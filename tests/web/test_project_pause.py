"""After the deadline of a project nothing of it changes, while a document that arrived in time may be handed in."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.actions import evidence, project, project_links
from goldenthread.assessment.models import Script, Sitting
from goldenthread.assessment.project_models import BoardRecord, Project
from goldenthread.common.refused import Refused
from tests import factories_projects as make
from tests.web.test_participant_account_upload import content
from tests.web.test_participant_projects import answer, sent, signed_in

pytestmark = pytest.mark.django_db
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def amara() -> Enrolment:
    """Everything but the account, with a file of evidence and a board's record."""
    one = make.candidate()
    make.planned(one)
    make.boarded(one, "project", "home")
    make.days(one.intake, "project")
    make.add_file(one, "annex.txt", b"An annex.")
    return one


def deadline(of: Enrolment) -> datetime:
    return Sitting.objects.get(enrolment=of).closes_at


def upload(client: Any, sent: dict[str, Any], at: datetime) -> Any:
    with time_machine.travel(at, tick=False):
        return client.post(reverse("participant:account_upload", args=["project"]), sent)


def add(of: Enrolment, at: datetime) -> None:
    evidence.add_file(
        enrolment=of, task="project", file=io.BytesIO(b"Written later."), name="later.txt", size_limit=1000,
        by=of.user, at=at,
    )  # fmt: skip


def remove(of: Enrolment, at: datetime) -> None:
    number = Project.objects.get(enrolment=of).files.order_by("pk")[0].pk
    evidence.remove_file(enrolment=of, task="project", file_id=number, by=of.user, at=at)


def plan(of: Enrolment, at: datetime) -> None:
    later = replace(make.PLAN, aims=("Another one", "And another"))
    known = Project.objects.get(enrolment=of)
    project.save_plan(enrolment=of, task="project", plan=later, revision=known.revision, by=of.user, at=at)


def board(of: Enrolment, at: datetime) -> None:
    project.record_board(
        enrolment=of, task="project", school="home", presented_on=date(2019, 1, 30), board="Governors",
        feedback="Said later.", by=of.user, at=at,
    )  # fmt: skip


CHANGES = (add, remove, plan, board)


@pytest.mark.parametrize("first", [False, True], ids=["document alone", "text handed in first"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_goes_in_with_a_document_that_came_in_time_stays_from_the_deadline(
    amara: Enrolment, change: Any, first: bool
) -> None:
    closes, client = deadline(amara), signed_in(amara.user)
    if first:
        make.hand_in(amara)
    document = SimpleUploadedFile("account.docx", content(amara, "project"))
    looked = upload(client, {"file": document}, closes - SECOND)
    for at in (closes + SECOND, closes + HOUR):
        with pytest.raises(Refused) as caught:
            change(amara, at)
        assert caught.value.code == ("project.locked" if first else "project.paused")
    if not first:
        assert "can be handed in as it is until Sun 1 Sep 2019, 01:00 (UK time)" in caught.value.message
    seen = {"seen": "1"} if first else {}
    agreed = {**looked.context["final"].initial, "own_work": "on", "ai_use": "none", **seen}
    assert upload(client, agreed, closes + HOUR - SECOND).status_code == 302
    script = Script.objects.get(current=True)
    assert (script.file_name, script.received_at) == ("account.docx", closes - SECOND)
    assert [one.name for one in script.evidence.all()] == ["annex.txt"]


@pytest.mark.parametrize("change", CHANGES)
def test_until_the_last_instant_a_project_changes(amara: Enrolment, change: Any) -> None:
    change(amara, deadline(amara))


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_handed_in_nothing_goes_on_after_the_hour(amara: Enrolment, change: Any) -> None:
    change(amara, deadline(amara) + HOUR + SECOND)


def test_the_page_says_until_when_nothing_changes(amara: Enrolment) -> None:
    closes, client = deadline(amara), signed_in(amara.user)
    title = "The hand-in days are over"
    for at, said in ((closes, False), (closes + SECOND, True), (closes + HOUR + SECOND, False)):
        with time_machine.travel(at, tick=False):
            address = reverse("participant:project_evidence", args=["project"])
            assert (title in client.get(address).content.decode()) is said


def test_a_board_that_answers_in_that_hour_keeps_its_words_and_sends_them_again() -> None:
    amara = make.candidate(make.NPQH)
    make.planned(amara, "task-1", plan=replace(make.PLAN, aims=("Progress rises",)))
    make.days(amara.intake, "task-1")
    make.boarded(amara, "task-1", "home")
    link, closes = sent(amara, "task-1", "board"), deadline(amara)
    told = answer(link, 422, at=closes + SECOND, text="Go on with it.")
    assert "send your answer again after that" in told
    assert "Go on with it." in told
    with pytest.raises(Refused) as caught:
        project_links.answer_link(link=link, confirmed=[], text="Go on with it.", at=closes + HOUR)
    assert caught.value.code == "link.paused"
    assert BoardRecord.objects.get().feedback == "Go ahead."
    answer(link, 302, at=closes + HOUR + SECOND, text="Go on with it.")
    assert BoardRecord.objects.get().feedback == "Go ahead.\n\nGo on with it."
