"""A candidate's pages of a project, from the closed plan to the receipt; links for people outside; the checklist."""

import re
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from goldenthread.assessment.actions import project_links
from goldenthread.assessment.models import Script
from goldenthread.assessment.project_models import BoardRecord, PlacementDay, Project, ProjectLink
from goldenthread.assessment.project_signatures import is_confirmed
from goldenthread.common import clock
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.learning import actions as learning
from goldenthread.outcomes import achieving
from tests import factories
from tests import factories_projects as make
from tests import factories_teaching as teaching

pytestmark = pytest.mark.django_db
NOW = make.SUMMER


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, name: str, *args: Any, status: int = 200, query: str = "") -> str:
    with time_machine.travel(NOW, tick=False):
        response = client.get(reverse(f"participant:{name}", args=args) + query)
    assert response.status_code == status, response.content.decode()[:500]
    return " ".join(response.content.decode().split())


def send(client: Client, name: str, /, *args: Any, status: int = 302, at: Any = NOW, **fields: Any) -> str:
    with time_machine.travel(at, tick=False):
        response = client.post(reverse(f"participant:{name}", args=args), fields)
    text = " ".join(response.content.decode().split())
    assert response.status_code == status, re.findall(r'class="gt-error"[^>]*>.*?</p>|gt-summary.*?</', text)[
        :5
    ]
    return str(response.get("Location", "")) if status == 302 else text


PLAN = {
    "revision": 0, "focus": "Reading", "baseline": "41 of 60", "change": "Daily reading", "aim_1": "Gaps close",
    "aim_2": "One routine", "starts_on": "2019-01-07", "implementation_on": "2019-02-04", "ends_on": "2019-07-19",
    "phase_plan": "Two steps", "phase_choose": "It fits", "phase_prepare": "Train", "phase_deliver": "Daily",
    "name_1": "Pupils who read well", "before_1": "41 of 60", "after_1": "53 of 60",
}  # fmt: skip


@pytest.mark.requirement("S0-12")
def test_a_reformed_version_lists_formative_work_and_case_study_and_has_no_project_form() -> None:
    reformed = factories.enrolment(to=factories.intake("npqsl-reformed-international"))
    client = signed_in(reformed.user)
    text = page(client, "assessment")
    assert "Your window is not set yet" in text
    assert "5,000" not in text
    assert "projects/" not in text
    assert "Summative assessment stage" in text
    for number in (1, 2, 3, 4):
        assert (
            f'href="{reverse("participant:task", args=[f"tasks-{number}"])}">Formative task {number}<' in text
        )
    assert "ormative task" in page(client, "learning")
    for name in ("project", "project_account", "project_plan", "project_evidence", "project_board"):
        page(client, name, "project", status=404)
    page(client, "achievement", status=404)


@pytest.mark.requirement("S0-12")
@pytest.mark.parametrize(
    ("key", "tasks"),
    [
        ("npqlt-reformed-international", 3),
        ("npqltd-reformed-international", 3),
        ("npqlbc-reformed-international", 3),
        ("npqsl-reformed-international", 4),
        ("npqh-reformed-international", 5),
        ("npqel-reformed-international", 6),
    ],
)
def test_each_version_lists_the_formative_tasks_of_its_own_plan_on_the_assessment_page(
    key: str, tasks: int
) -> None:
    one = factories.enrolment(to=factories.intake(key))
    assert one.plan.filter(kind="formative_task").count() == tasks
    text = page(signed_in(one.user), "assessment")
    listed = text[text.index('aria-label="Formative tasks"') :]
    listed = listed[: listed.index("</ul>")]
    assert re.findall(r'href="([^"]+)"', listed) == [
        reverse("participant:task", args=[activity.key])
        for activity in one.plan.filter(kind="formative_task").order_by("position")
    ]


@pytest.mark.requirement("S0-12")
def test_a_version_whose_sources_name_no_formative_tasks_says_so_and_lists_the_case_study_stage() -> None:
    one = factories.enrolment(to=factories.intake("npqlt-reformed-england"))
    text = page(signed_in(one.user), "assessment")
    assert "The sources of your programme name none." in text
    assert "Summative assessment stage" in text
    assert 'aria-label="Formative tasks"' not in text


@pytest.mark.requirement("S0-12")
def test_the_formative_tasks_stand_on_the_assessment_page_with_their_states() -> None:
    one = teaching.placed(
        factories.enrolment(to=factories.intake("npqsl-reformed-international")),
        teaching.group(of=factories.intake("npqsl-reformed-international")),
    )
    teaching.content(one)
    tara = teaching.staffed(one.group_places.get().group, "tutor", "Tara Tutor")
    when = datetime(2024, 11, 27, 12, tzinfo=UTC)

    def states(at: datetime = when) -> list[str]:
        with time_machine.travel(at, tick=False):
            text = " ".join(
                signed_in(one.user).get(reverse("participant:assessment")).content.decode().split()
            )
        listed = text[text.index('aria-label="Formative tasks"') :]
        tags = re.findall(r'<span class="gt-tag[^>]*>(.*?)</span>\s*</li>', listed[: listed.index("</ul>")])
        return [re.sub(r"<[^>]+>", "", tag).strip() for tag in tags]

    assert states() == ["To do"] * 4
    assert states(datetime(2026, 2, 1, tzinfo=UTC))[0] == "Overdue"
    response = teaching.handed_in(one, "tasks-1")
    assert states() == ["With your tutor", "To do", "To do", "To do"]
    said: dict[str, Any] = {"strength": "a", "next_step": "b", "revision": 1, "by": tara, "at": when}
    learning.decide(response=response, accept=False, **said)
    learning.decide(response=teaching.handed_in(one, "tasks-2"), accept=True, **said)
    assert states() == ["To improve", "Accepted", "To do", "To do"]


@pytest.mark.requirement("S0-12")
def test_a_legacy_version_lists_its_project_and_no_formative_tasks() -> None:
    for candidate in (make.candidate(), make.candidate("npqh-legacy-england", "Cora Candidate")):
        text = page(signed_in(candidate.user), "assessment")
        assert 'aria-label="Project tasks"' in text
        assert "ormative task" not in text
        assert "ase study" not in text


def test_before_event_1_the_plan_is_visible_as_closed() -> None:
    amara = make.candidate()
    client = signed_in(amara.user)
    assert "Opens at event 1" in page(client, "assessment")
    text = page(client, "project", "project")
    assert "This plan opens at Event 1" in text
    assert "At least 2 terms" in text
    assert "textarea" not in page(client, "project_plan", "project")
    refused = send(client, "project_plan", "project", status=422, **PLAN)
    assert "opens at Event 1" in refused
    assert not Project.objects.exists()


def test_from_plan_to_receipt_on_the_pages() -> None:
    amara = make.candidate()
    make.opened(amara)
    make.days(amara.intake, "project")
    client = signed_in(amara.user)
    short = {**PLAN, "ends_on": "2019-04-05"}
    send(client, "project_plan", "project", **short)
    listed = page(client, "project", "project")
    assert "1 of 2 terms" in listed
    assert "Design, Implementation, Evaluation missing" in listed
    texts = {
        "text_1": "We planned.",
        "text_2": "We did.",
        "text_3": "It worked.",
        "revision": 0,
        "own_work": "on",
        "ai_use": "none",
    }
    key = {"form_key": uuid.uuid4().hex}
    refused = send(client, "project_account", "project", status=422, hand_in="1", **texts, **key)
    assert "1 of 2 terms" in refused
    assert "We planned." in refused
    send(client, "project_plan", "project", **{**PLAN, "revision": 1})
    assert "Hand in your project" in page(client, "project", "project")
    evidence = SimpleUploadedFile("minutes.txt", b"Minutes of the governors")
    send(client, "project_evidence", "project", file=evidence)
    assert "minutes.txt" in page(client, "project_evidence", "project")
    final = {**texts, **key, "revision": 1, "hand_in": "1"}
    place = send(client, "project_account", "project", **final)
    assert send(client, "project_account", "project", **final) == place  # a double click
    script = Script.objects.get()
    with time_machine.travel(NOW, tick=False):
        receipt = " ".join(client.get(place).content.decode().split())
    assert f"Receipt {amara.reference}/project/1" in receipt
    assert script.sha256 in receipt
    assert "minutes.txt" in receipt
    assert "6 of 5,000 words" in receipt
    assert "Handed in" in page(client, "assessment")
    page(signed_in(factories.user()), "project_receipt", script.sitting_id, 1, status=404)


def test_phases_that_are_open_and_measures_without_a_name_are_said() -> None:
    amara = make.candidate()
    make.opened(amara)
    client = signed_in(amara.user)
    unnamed = send(client, "project_plan", "project", status=422, **{**PLAN, "name_1": ""})
    assert "Name what is measured" in unnamed
    send(client, "project_plan", "project", **PLAN)
    assert "4 of 5 phases" in page(client, "project", "project")
    old_tab = send(client, "project_plan", "project", status=409, **{**PLAN, "focus": "Other"})
    assert "What was saved elsewhere" in old_tab
    assert "Other" in old_tab


def test_the_account_is_kept_and_an_older_page_shows_both_texts() -> None:
    amara = make.candidate()
    make.planned(amara)
    client = signed_in(amara.user)
    texts = {"text_1": "First.", "text_2": "", "text_3": "", "form_key": "k", "revision": 0, "save": "1"}
    send(client, "project_account", "project", **texts)
    clash = send(client, "project_account", "project", status=409, **{**texts, "text_1": "Other."})
    assert "First." in clash
    assert "Other." in clash
    send(client, "project_account", "project", copy_plan="1")
    assert "Daily reading aloud" in page(client, "project_account", "project")


# --- a placement on the pages ------------------------------------------------------------------------------
def test_a_placement_with_days_challenges_and_links_on_the_pages() -> None:
    home, seaside = factories.school("Hillside School"), factories.school("Seaside School")
    amara = make.candidate(make.NPQH, school=home)
    make.opened(amara, "task-2")
    client = signed_in(amara.user)
    own = send(client, "project_placement", "task-2", status=422, school="Hillside School", ask="1")
    assert "This is your own school" in own
    said = {
        "school": str(seaside.urn),
        "statement": "By the sea.",
        "host_name": "Hal",
        "host_email": "hal@example.org",
    }
    none = send(client, "project_placement", "task-2", status=422, ask="1", **said)
    assert "Say how it contrasts" in none
    send(client, "project_placement", "task-2", ask="1", dimensions="geography", **said)
    assert "With the programme office" in page(client, "project_placement", "task-2")
    send(client, "project_days", "task-2", on="2019-05-14", note="Met the head")
    send(client, "project_days", "task-2", on="2019-05-11")
    listed = page(client, "project_days", "task-2")
    assert "1 of 9" in listed
    assert "No working day there" in listed
    send(client, "project_days", "task-2", remove="2019-05-11")
    send(client, "project_days", "task-2", on="2019-05-14", note="Met the head")
    again = send(client, "project_days", "task-2", status=422, on="2019-05-14")
    assert "Tue 14 May 2019 is logged already" in again
    assert PlacementDay.objects.get().note == "Met the head"
    opened = page(client, "project_days", "task-2", query="?day=2019-05-14")
    assert "Change what is logged" in opened
    assert 'value="Met the head"' in opened
    assert "Change what is logged" not in page(client, "project_days", "task-2", query="?day=soon")
    send(client, "project_days", "task-2", on="2019-05-14", note="Met the board", change="1")
    assert PlacementDay.objects.get().note == "Met the board"
    send(client, "project_challenges", "task-2", kind="capability", horizon="projected", text="Two heads retire.",
         action="Train two.", form_key=str(uuid.uuid4()))  # fmt: skip
    text = page(client, "project_challenges", "task-2")
    assert "Projected capability challenge" in text
    assert "Train two." in text
    send(client, "project_challenges", "task-2", kind="resource", horizon="current", text="No library.",
         form_key=str(uuid.uuid4()))  # fmt: skip
    empty = page(client, "project_challenges", "task-2").split("No library.")[1].split("</section>")[0]
    assert "None yet: write at least one" in empty
    assert "<ol>" not in empty  # nothing is no first one
    send(client, "project_link", "task-2", purpose="host", name="Hal Host", email="hal@example.org")
    assert ProjectLink.objects.get().email == "hal@example.org"


def answer(link: ProjectLink, status: int = 302, *, at: Any = NOW, **fields: Any) -> str:
    path = reverse("public:project_link", args=[project_links.token_of(link)])
    with time_machine.travel(at, tick=False):
        response = Client().get(path)
        if fields:
            seen = re.search(r'name="seen" value="(\w+)"', response.content.decode())
            response = Client().post(path, {"seen": seen[1] if seen else "", **fields})
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def sent(enrolment: Any, task: str, purpose: str, email: str = "hal@example.org") -> ProjectLink:
    return project_links.send_link(
        enrolment=enrolment,
        task=task,
        purpose=purpose,
        name="Hal Host",
        email=email,
        by=enrolment.user,
        at=NOW,
    )


def test_a_host_confirms_days_by_a_link_without_an_account() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    client = signed_in(amara.user)
    send(client, "project_days", "task-2", on="2019-05-14")
    link = sent(amara, "task-2", "host")
    text = answer(link, 200)
    assert "A question for Hal Host" in text
    assert "Amara Applicant" in text
    assert "Tue 14 May 2019" in text
    assert "the programme office reads it" in answer(link, 422, text="none")  # not the one who is asked about
    answer(link, 302, days="2019-05-14", contrast="yes")
    day = PlacementDay.objects.get()
    assert day.confirmed_as == "Hal Host <hal@example.org>"
    told = AuditEvent.objects.get(verb="project.link_answered")
    assert told.actor == f"link:{link.pk}"
    assert told.details["email"] == "hal@example.org"
    assert "Thank you" in answer(link, 200)
    send(client, "project_days", "task-2", on="2019-05-15")
    assert "Days that were logged since" in answer(link, 200)


def test_a_board_signs_what_it_was_shown_and_only_once() -> None:
    amara = make.candidate(make.NPQH)
    make.planned(amara, "task-1", plan=make.PLAN)
    make.boarded(amara, "task-1", "home", feedback="")
    link = sent(amara, "task-1", "board")
    assert "Tue 29 Jan 2019" in answer(link, 200)
    answer(link, 302, text="Go ahead, and watch the budget.")
    record = BoardRecord.objects.get()
    assert record.feedback == "Go ahead, and watch the budget."
    assert is_confirmed(record, ProjectLink.objects.all())
    answer(link, 302, text="Go ahead, and watch the budget.")  # the back button
    assert "that answer stands" in answer(link, 422, text="Something else")
    make.boarded(amara, "task-1", "home", on=date(2019, 1, 30), feedback=record.feedback)
    assert not is_confirmed(
        BoardRecord.objects.get(), ProjectLink.objects.all()
    )  # another day than they signed


@pytest.mark.requirement("S3-23")
def test_a_board_that_answers_after_the_hand_in_changes_nothing_of_it() -> None:
    amara = make.candidate(make.NPQH)
    make.planned(amara, "task-1", plan=replace(make.PLAN, aims=("Progress rises",)))
    make.days(amara.intake, "task-1")
    make.boarded(amara, "task-1", "home")
    link, second = sent(amara, "task-1", "board"), sent(amara, "task-1", "board", "bea@example.org")
    make.hand_in(amara, "task-1")
    last = datetime(2019, 8, 31, 22, 59, 59, tzinfo=UTC)  # of the hand-in days
    answer(second, 302, at=last, text="Yes.")  # until then the account may be handed in again
    assert "is with the markers: nothing more is asked of you" in answer(link, 410, at=make.AFTER)
    assert "is with the markers" in answer(link, 410, at=make.AFTER, text="We said no.")
    with pytest.raises(Refused) as caught:
        project_links.answer_link(link=link, confirmed=[], text="We said no.", at=make.AFTER)
    assert caught.value.code == "link.locked"
    record = BoardRecord.objects.get()
    assert record.feedback == "Go ahead.\n\nYes."
    assert is_confirmed(record, ProjectLink.objects.filter(pk=second.pk))
    assert not is_confirmed(record, ProjectLink.objects.filter(pk=link.pk))
    assert "Thank you: your answer is kept" in answer(second, 200, at=make.AFTER)
    answer(second, 302, at=make.AFTER, text="Yes.")  # the same answer again


def test_a_host_and_a_sponsor_after_the_hand_in() -> None:
    amara = make.candidate(make.NPQH)
    make.placed(amara, "task-2")
    make.days(amara.intake, "task-2")
    Project.objects.filter(enrolment=amara).update(plan={"focus": "Reading"})
    host, sponsor = sent(amara, "task-2", "host"), sent(amara, "task-2", "sponsor", "sue@example.org")
    make.hand_in(amara, "task-2")
    assert "nothing more is asked of you" in answer(host, 410, at=make.AFTER)
    answer(sponsor, 302, at=make.AFTER, text="Well done.")  # is no part of what was handed in


def test_a_link_is_of_one_purpose_runs_out_and_can_be_taken_back() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    client = signed_in(amara.user)
    first = sent(amara, "task-2", "host")
    second = sent(amara, "task-2", "host")
    assert "taken back" in answer(first, 410)  # a new one takes its place
    ProjectLink.objects.filter(pk=second.pk).update(purpose="sponsor")
    answer(second, 404)  # signed for another purpose
    ProjectLink.objects.filter(pk=second.pk).update(purpose="host")
    assert "counted until" in answer(second, 410, at=second.expires_at + timedelta(seconds=1))
    dot = signed_in(make.candidate(make.NPQH, "Dot Other").user)
    send(dot, "project_link_revoke", "task-2", second.pk, status=404)
    send(client, "project_link_revoke", "task-2", second.pk, back="project_days")
    assert "taken back" in answer(second, 410)
    with time_machine.travel(NOW, tick=False):
        cut = Client().get(reverse("public:project_link", args=["nonsense"]))
    assert cut.status_code == 404
    assert "It may have been cut off on its way." in cut.content.decode()
    Project.objects.filter(enrolment=amara).update(plan={"focus": "Reading"})
    third = sent(amara, "task-2", "sponsor")
    codes = [refused(third) for _ in range(32)]
    assert codes == ["link.empty"] * 30 + ["link.often"] * 2


def test_a_sponsor_is_asked_from_a_page_once_the_plan_has_a_focus_and_answers_once() -> None:
    amara = make.candidate()
    make.opened(amara)
    client = signed_in(amara.user)
    assert reverse("participant:project_sponsor", args=["project"]) in page(client, "project", "project")
    assert "Write the focus of your plan first" in page(client, "project_sponsor", "project")
    said = {"purpose": "sponsor", "name": "Sue Sponsor", "email": "sue@example.org"}
    own = reverse("participant:project_sponsor", args=["project"])
    assert send(client, "project_link", "project", **said) == own
    assert not ProjectLink.objects.exists()
    send(client, "project_plan", "project", **PLAN)
    assert "Ask your sponsor" in page(client, "project_sponsor", "project")
    assert send(client, "project_link", "project", **said) == own
    link = ProjectLink.objects.get()
    asked = answer(link, 200)
    assert "how will you support it?" in asked
    assert "Daily reading" in asked
    answer(link, 302, text="Two hours a week are yours.")
    assert "that answer stands" in answer(link, 422, text="Three hours.")
    assert "Two hours a week are yours." in page(client, "project_sponsor", "project")
    send(client, "project_link", "project", **{**said, "email": "sam@example.org"})
    second = ProjectLink.objects.get(email="sam@example.org")
    assert send(client, "project_link_revoke", "project", second.pk, back="project_sponsor") == own
    assert "taken back" in answer(second, 410)


def refused(link: ProjectLink) -> str:
    with pytest.raises(Refused) as caught:
        project_links.answer_link(link=link, confirmed=[], text=" ", at=NOW)
    return caught.value.code


# --- the checklist -------------------------------------------------------------------------------------------
def test_the_checklist_says_by_when_and_warns() -> None:
    amara = make.candidate()
    client = signed_in(amara.user)
    text = page(client, "achievement")
    assert "Tue 14 Jul 2020" in text
    assert "Tue 2 Jun 2020" in text
    assert "months have passed" not in text
    with time_machine.travel(make.BEGIN.replace(year=2020, month=4, day=14), tick=False):
        late = " ".join(client.get(reverse("participant:achievement")).content.decode().split())
    assert "15 months have passed" in late
    with time_machine.travel(make.BEGIN.replace(year=2024, month=5, day=1), tick=False):
        client = signed_in(amara.user)
        achieving.extend(
            enrolment=amara, until=date(2024, 12, 31), reason="Illness", by=make.office(), at=clock.now()
        )
        longer = " ".join(client.get(reverse("participant:achievement")).content.decode().split())
    assert "63 months have passed" in longer


@pytest.mark.parametrize("key", [make.NPQSL, "npqh-legacy-england"])
def test_what_is_missing_leads_to_where_it_is_done(key: str) -> None:
    amara = make.candidate(key)
    text = page(signed_in(amara.user), "achievement")
    tasks = [task.key for task in amara.version.specification.assessment.tasks]
    projects = [reverse("participant:project", args=[task]) for task in tasks]
    assert projects
    for place in ("/my/learning/", "/my/schedule/", *projects):
        assert f'class="gt-task-label" href="{place}?enrolment={amara.reference}"' in text, place


@pytest.mark.parametrize("name", ["sitting", "sitting_draft", "script_upload"])
def test_a_projects_place_is_no_sitting_of_a_case_study(name: str) -> None:
    amara = make.candidate()
    make.planned(amara)
    make.days(amara.intake, "project")
    script = make.hand_in(amara)
    client = signed_in(amara.user)
    page(client, name, script.sitting_id, status=404)
    fields = {
        "text_1": "Past every check",
        "own_work": "on",
        "ai_use": "none",
        "hand_in": "1",
        "form_key": str(uuid.uuid4()),
    }
    send(client, name, script.sitting_id, status=404, revision=0, **fields)
    for receipt in ("receipt", "receipt_text"):
        page(client, receipt, script.sitting_id, 1, status=404)
    assert "We have your project" in page(client, "project_receipt", script.sitting_id, 1)
    page(client, "script_file", script.sitting_id, 1)
    assert list(Script.objects.all()) == [script]
