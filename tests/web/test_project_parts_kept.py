"""The parts of a project: what is sent signed out is there again, and what is locked shows no button without effect."""

import re
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.actions import project
from goldenthread.assessment.project_models import (
    ActionItem,
    BoardRecord,
    Challenge,
    Placement,
    PlacementDay,
    Project,
    ProjectLink,
)
from goldenthread.assessment.rules import projects as rules
from tests import factories
from tests import factories_projects as make
from tests.web.test_participant_projects import PLAN, page, send, sent, signed_in

pytestmark = pytest.mark.django_db
SENT: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "project_plan": (
        "task-1",
        {**PLAN, "name_3": "Attendance", "before_3": "91 %"},
        ("Daily reading", "2019-02-04", "91 %"),
    ),
    "project_board": (
        "task-1",
        {"board": "The seven", "presented_on": "2019-01-29", "feedback": "Go on."},
        ("The seven", "2019-01-29", "Go on."),
    ),
    "project_placement": (
        "task-2",
        {"school": "Seaside", "statement": "By the sea.", "host_name": "Hal"},
        ("Seaside", "By the sea."),
    ),
    "project_challenges": (
        "task-2",
        {"kind": "capability", "horizon": "projected", "text": "Two retire.", "action": "Train two."},
        ("Two retire.", "Train two."),
    ),
}


@pytest.mark.parametrize("name", SENT)
def test_what_is_sent_signed_out_stands_in_the_form_again(name: str) -> None:
    task, sent, texts = SENT[name]
    amara = make.candidate(make.NPQH)
    make.opened(amara, task)
    if task == "task-2":
        make.asked_placement(amara, task, dimensions=["geography"])
    bea = make.candidate(make.NPQH, name="Bea Before", to=amara.intake)
    make.opened(bea, task)
    address = reverse(f"participant:{name}", args=[task])
    said = {**sent, "enrolment": amara.reference, "person": amara.user_id}
    for person, there in ((bea.user, False), (amara.user, True)):
        client = Client()
        with time_machine.travel(make.SUMMER, tick=False):
            assert client.post(address, said).status_code == 302
            client.force_login(person)
        shown = page(client, name, task)
        assert [text in shown for text in texts] == [there] * len(texts)
        assert ("not saved yet" in shown) is there
    assert Project.objects.get(enrolment=amara, task=task).plan == {}
    assert not BoardRecord.objects.exists()
    assert not Placement.objects.filter(statement="By the sea.").exists()


def signed_out(person: Any, name: str, task: str, **said: Any) -> str:
    """What a person's page shows once they sign in again after having sent this form."""
    client = Client()
    with time_machine.travel(make.SUMMER, tick=False):
        sent = client.post(reverse(f"participant:{name}", args=[task]), {"person": person.pk, **said})
        assert sent.status_code == 302
        client.force_login(person)
    return page(client, name, task)


def checked(text: str) -> set[str]:
    """The values of what is ticked on a page."""
    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", text)
    return {re.search(r'value="([^"]*)"', box)[1] for box in boxes if " checked" in box}  # type: ignore[index]


@pytest.mark.parametrize(
    "ticked",
    [[], ["performance"], ["geography", "pupil profile"], ["performance", "pupil profile", "geography"]],
)
def test_the_dimensions_ticked_signed_out_are_ticked_again_and_no_others(ticked: list[str]) -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2", dimensions=["geography"])
    said = {"enrolment": amara.reference, "statement": "By the sea.", "dimensions": ticked}
    shown = signed_out(amara.user, "project_placement", "task-2", **said)
    assert checked(shown) == set(ticked)
    assert "not saved yet" in shown
    assert Placement.objects.get().dimensions == ["geography"]


@pytest.mark.parametrize("half", [True, False])
def test_a_day_sent_signed_out_stands_in_the_form_again(half: bool) -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    said = {"on": "2019-05-14", "note": "With the head", **({"half": "on"} if half else {})}
    shown = signed_out(amara.user, "project_days", "task-2", enrolment=amara.reference, **said)
    assert "2019-05-14" in shown
    assert "With the head" in shown
    assert bool(re.search(r'name="half"[^>]* checked', shown)) is half
    assert not PlacementDay.objects.exists()


def challenged(enrolment: Any, text: str) -> Challenge:
    need = rules.Challenge("capability", "projected", text, ())
    return project.add_challenge(
        enrolment=enrolment,
        task="task-2",
        challenge=need,
        form_key=uuid.uuid4(),
        by=enrolment.user,
        at=make.SUMMER,
    )


@pytest.mark.parametrize("which", [0, 1])
def test_an_action_sent_signed_out_stands_at_its_challenge_again(which: int) -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    both = [challenged(amara, "Two heads retire."), challenged(amara, "No deputy is there.")]
    said = {
        "enrolment": amara.reference, "challenge": both[which].pk, "action-text": "Train two.", "action-owner": "Hal",
        "action-due_on": "2019-09-02", "action-form_key": str(uuid.uuid4()),
    }  # fmt: skip
    shown = signed_out(amara.user, "project_challenges", "task-2", **said)
    here = shown.split('<section class="gt-panel"')[1:3]
    assert ["Train two." in one for one in here] == [which == 0, which == 1]
    assert ['<details class="gt-explain" open>' in one for one in here] == [which == 0, which == 1]
    assert 'value="Hal"' in here[which]
    assert 'value="2019-09-02"' in here[which]
    assert said["action-form_key"] in here[which]  # so that it is one action, however often it is sent
    assert len(set(re.findall(r' id="([^"]+)"', shown))) == len(re.findall(r' id="([^"]+)"', shown))
    assert not ActionItem.objects.exists()
    send(signed_in(amara.user), "project_challenges", "task-2", **said)
    assert ActionItem.objects.get().challenge == both[which]


def test_an_action_for_a_challenge_that_is_gone_is_shown_to_be_copied() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    gone = challenged(amara, "Two heads retire.")
    number = gone.pk
    project.remove_challenge(challenge=gone, by=amara.user, at=make.SUMMER)
    said = {"enrolment": amara.reference, "challenge": number, "action-text": "Train <two>."}
    shown = signed_out(amara.user, "project_challenges", "task-2", **said)
    assert "isn&#x27;t in your plan any more: “Train &lt;two&gt;.”" in shown


@pytest.mark.parametrize(
    ("purpose", "back"),
    [("host", "project_days"), ("board", "project_board"), ("sponsor", "project_sponsor")],
)
def test_who_sent_a_link_signed_out_reads_that_it_was_not_sent(purpose: str, back: str) -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    client, address = Client(), reverse("participant:project_link", args=["task-2"])
    said = {"purpose": purpose, "name": "Hal", "email": "hal@example.org"}
    with time_machine.travel(make.SUMMER, tick=False):
        client.post(address, {"person": amara.user_id, "enrolment": amara.reference, **said})
        client.force_login(amara.user)
        shown = client.get(address, follow=True)
    assert shown.redirect_chain == [(reverse(f"participant:{back}", args=["task-2"]), 302)]
    assert "The link to Hal hal@example.org was not sent" in shown.content.decode()
    assert not ProjectLink.objects.exists()


def came_to(user: Any, address: str, **said: Any) -> tuple[str, str]:
    """Where somebody ends who opens an address, or sends a form to it, and what they read there."""
    client = signed_in(user)
    with time_machine.travel(make.SUMMER, tick=False):
        shown = client.post(address, said, follow=True) if said else client.get(address, follow=True)
    return shown.redirect_chain[-1][0], shown.content.decode()


def test_opening_the_address_of_a_link_claims_nothing() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    there, text = came_to(amara.user, reverse("participant:project_link", args=["task-2"]))
    assert there == reverse("participant:project", args=["task-2"])
    assert "Opening this address sends nothing" in text
    assert "signed out" not in text


def test_who_comes_to_take_a_link_back_without_pressing_reads_how_it_is() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    link = sent(amara, "task-2", "host")
    address = reverse("participant:project_link_revoke", args=["task-2", link.pk])
    there, text = came_to(amara.user, address)
    assert there == reverse("participant:project_days", args=["task-2"])
    assert f"The link to {link.email} was not taken back" in text
    assert "signed out" not in text
    assert ProjectLink.objects.get().revoked_at is None
    assert "The link no longer counts" in came_to(amara.user, address, press="1")[1]
    assert f"The link to {link.email} was taken back Mon 5 Aug 2019" in came_to(amara.user, address)[1]
    assert came_to_nothing(make.candidate(make.NPQH, name="Dot Stranger").user, address)


def came_to_nothing(user: Any, address: str) -> bool:
    with time_machine.travel(make.SUMMER, tick=False):
        return signed_in(user).get(address).status_code == 404


def test_a_link_is_taken_back_and_missed_on_the_page_of_the_enrolment_that_it_is_of() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2")
    link = sent(amara, "task-2", "host")
    to = make.intake(make.NPQH, starts_on=make.START.replace(month=2))
    later = make.candidate(make.NPQH, name="Amara Again", to=to)  # which is shown unless another is asked for
    make.opened(later, "task-2")
    Enrolment.objects.filter(pk=later.pk).update(user=amara.user)
    days = f"{reverse('participant:project_days', args=['task-2'])}?enrolment={amara.reference}"
    address = reverse("participant:project_link_revoke", args=["task-2", link.pk])
    assert came_to(amara.user, address)[0] == days
    assert came_to(amara.user, address, enrolment=later.reference)[0] == days
    assert ProjectLink.objects.get().revoked_at is not None
    said = {"purpose": "host", "name": "Hal", "email": "hal@example.org", "enrolment": amara.reference}
    client, address = Client(), reverse("participant:project_link", args=["task-2"])
    with time_machine.travel(make.SUMMER, tick=False):
        client.post(address, {"person": amara.user_id, **said})
        client.force_login(amara.user)
        shown = client.get(address, follow=True)
    assert shown.redirect_chain[-1][0] == days
    assert "The link to Hal hal@example.org was not sent" in shown.content.decode()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("project_placement", {"dimensions": ["performance"]}),
        ("project_days", {"on": "2019-05-14", "half": "on", "note": "By Bea"}),
        ("project_challenges", {"challenge": "1", "action-text": "By Bea"}),
    ],
)
def test_nobody_else_in_the_same_browser_gets_any_of_it(name: str, said: dict[str, Any]) -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.asked_placement(amara, "task-2", dimensions=["geography"])
    client = Client()
    with time_machine.travel(make.SUMMER, tick=False):
        client.post(
            reverse(f"participant:{name}", args=["task-2"]),
            {"person": amara.user_id + 1, "enrolment": amara.reference, **said},
        )
        client.force_login(amara.user)
    shown = page(client, name, "task-2")
    assert "not saved yet" not in shown
    assert "By Bea" not in shown
    assert checked(shown) <= {"geography"}


@pytest.mark.parametrize("name", ["project_plan", "project_board", "project_account", "project_evidence"])
def test_once_it_is_with_the_markers_a_part_is_shown_without_a_button_that_does_nothing(name: str) -> None:
    amara = make.candidate(make.NPQH, school=factories.school("Hillside School"))
    make.planned(amara, "task-1")
    make.boarded(amara, "task-1", "home")
    make.days(amara.intake, "task-1")
    make.hand_in(amara, "task-1")
    client = signed_in(amara.user)
    with time_machine.travel(make.AFTER, tick=False):
        shown = client.get(reverse(f"participant:{name}", args=["task-1"])).content.decode()
    body = shown.split("<main")[1].split("</main")[0]
    assert "With the markers" in body
    assert 'type="submit"' not in body
    expected = {
        "project_plan": "41 of 60 read well",
        "project_board": "Tue 29 Jan 2019",
        "project_account": "in two terms",
    }
    assert expected.get(name, "") in body


def test_what_an_old_page_sends_once_it_is_locked_is_refused_and_stays_to_be_copied() -> None:
    amara = make.candidate()
    make.planned(amara)
    make.days(amara.intake, "project")
    make.hand_in(amara)
    refused = send(signed_in(amara.user), "project_plan", "project", status=422, at=make.AFTER, **PLAN)
    assert "This project is with the markers" in refused
    assert "41 of 60" in refused


def test_a_link_that_cannot_be_sent_comes_back_as_it_was_entered_with_its_fault() -> None:
    amara = make.candidate()
    make.opened(amara)
    client = signed_in(amara.user)
    send(client, "project_plan", "project", **PLAN)
    said = {"purpose": "sponsor", "name": "Sue Sponsor", "email": "sue at example"}
    send(client, "project_link", "project", **said)
    text = page(client, "project_sponsor", "project")
    assert "The link was not sent" in text
    assert 'value="Sue Sponsor"' in text
    assert 'value="sue at example"' in text
    assert "Their e-mail address: enter a valid email address." in text
    assert 'value="sue at example"' not in page(client, "project_sponsor", "project")  # once
    send(client, "project_link", "project", **{**said, "email": amara.user.email})
    text = page(client, "project_sponsor", "project")
    assert "This is your own address" in text
    assert f'value="{amara.user.email}"' in text
    assert not ProjectLink.objects.exists()
