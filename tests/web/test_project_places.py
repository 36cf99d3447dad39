"""Who can hand in a project task by the pages: whoever came after the days were set, and nobody who has passed it."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.actions import account, places
from goldenthread.assessment.jobs import give_places
from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.awards import actions as awards
from goldenthread.common import jobs
from goldenthread.common.models import OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import achieving
from goldenthread.outcomes.achievement import TaskState
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.outcomes import test_projects as results
from tests.web.test_participant_projects import page, send, signed_in

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2019, 11, 5, 9, 0, tzinfo=UTC)
DECEMBER = datetime(2019, 12, 10, 9, 0, tzinfo=UTC)
ACCOUNT = {
    "text_1": "We planned.",
    "text_2": "We did.",
    "text_3": "It worked.",
    "revision": 0,
    "own_work": "on",
    "ai_use": "none",
}


def told(enrolment: Enrolment) -> int:
    """How many mails about hand-in days somebody has got."""
    mails = OutboxMessage.objects.filter(payload__template="hand_in_days")
    return mails.filter(payload__to=enrolment.user.email).count()


def further(enrolment: Enrolment) -> Window:
    """Days in autumn, after those of the summer were released."""
    days = {"opens_on": date(2019, 10, 1), "closes_on": date(2019, 12, 1), "at": results.MARKED}
    return make.days(enrolment.intake, "project", **days)


def passed(enrolment: Enrolment, marks: Any = results.ENOUGH) -> Window:
    """The released result of somebody's task."""
    window = results.handed_in(enrolment, "project")
    marked.markers(2)
    results.mark(window, marks)
    results.sign_off(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    results.released(window)
    return window


def shown(client: Client, name: str, at: datetime = NOVEMBER) -> str:
    with time_machine.travel(at, tick=False):
        args = [] if name == "home" else ["project"]
        answer = client.get(reverse(f"participant:{name}", args=args), follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# --- whoever comes later -----------------------------------------------------------------------------------
@pytest.mark.parametrize("came", ["before the job", "after the job"])
def test_whoever_is_enrolled_after_the_days_were_set_hands_in_by_the_page(came: str) -> None:
    make.days(make.intake(), "project")  # 1 February to 31 August
    lea = make.candidate(name="Lea Late")
    make.planned(lea)
    if came == "after the job":
        assert "places in hand-in days" in jobs.run_due(at=make.SUMMER)
        assert told(lea) == 1
    client = signed_in(lea.user)
    task = page(client, "project", "project")
    assert "<dt>Hand in</dt><dd>Fri 1 Feb 2019, 00:00" in task
    text = page(client, "project_account", "project")
    assert 'name="hand_in"' in text
    assert reverse("participant:account_upload", args=["project"]) in text
    assert "has not set the hand-in days" not in text
    sent = {**ACCOUNT, "form_key": uuid.uuid4().hex, "hand_in": "1"}
    send(client, "project_account", "project", **sent)
    assert Script.objects.get().sitting.enrolment == lea
    assert told(lea) == 1
    give_places(at=make.SUMMER)
    assert (told(lea), lea.sittings.count()) == (1, 1)


def test_the_upload_page_gives_a_place_too() -> None:
    make.days(make.intake(), "project")
    lea = make.candidate(name="Lea Late")
    make.planned(lea)
    assert "Hand in your account as a document" in page(signed_in(lea.user), "account_upload", "project")
    assert (told(lea), lea.sittings.count()) == (1, 1)


def test_everybody_gets_one_place_and_one_mail_and_some_get_none() -> None:
    window = make.days(make.intake(), "project")
    lea, gone, stranger = (make.candidate(name=name) for name in ("Lea Late", "Gil Gone", "Una Under"))
    Enrolment.objects.filter(pk=gone.pk).update(withdrawn_at=make.BEGIN)
    other = factories.intake(make.NPQSL, starts_on=date(2019, 9, 2))
    Enrolment.objects.filter(pk=stranger.pk).update(intake=other)
    assert (give_places(at=make.SUMMER), give_places(at=make.SUMMER)) == (1, 0)
    assert [one.enrolment for one in window.sittings.all()] == [lea]
    Enrolment.objects.filter(pk=gone.pk).update(withdrawn_at=None)  # back from a deferral
    Enrolment.objects.filter(pk=stranger.pk).update(intake=window.intake)  # of another intake until today
    assert give_places(at=make.SUMMER) == 2
    assert [told(one) for one in (lea, gone, stranger)] == [1, 1, 1]
    last = make.candidate(name="Tom Tardy")
    assert give_places(at=make.AFTER) == 0  # the days are over
    make.planned(last)
    with pytest.raises(Refused) as caught:
        account.account_sitting(enrolment=last, task="project", by=last.user, at=make.AFTER)
    assert caught.value.code == "window.closed"
    assert (last.sittings.count(), told(last)) == (0, 0)


def test_cancelled_days_and_days_of_the_past_give_no_place() -> None:
    window = make.days(make.intake(), "project")
    Window.objects.filter(pk=window.pk).update(state="cancelled")
    lea = make.candidate(name="Lea Late")
    make.planned(lea)
    assert give_places(at=make.SUMMER) == 0
    assert "The programme office sets the days" in page(signed_in(lea.user), "project", "project")


# --- a task that is passed -----------------------------------------------------------------------------------
def test_whoever_has_passed_the_task_hands_nothing_in_by_any_address() -> None:
    amara = make.candidate()
    make.candidate(name="Bea Before")  # for whom the further days are
    first = passed(amara)
    window = further(amara)
    client = signed_in(amara.user)
    for name in ("account_upload", "project", "project_account"):
        text = shown(client, name)
        assert "You have passed this task" in text
        assert 'name="hand_in"' not in text
        assert "Hand in your project" not in text
    assert "Handed in: receipt" in shown(client, "project")  # what passed stays in view
    assert not window.sittings.filter(enrolment=amara).exists()
    sent = {**ACCOUNT, "revision": 1, "form_key": uuid.uuid4().hex, "hand_in": "1"}
    refused = send(client, "project_account", "project", status=422, at=NOVEMBER, **sent)
    assert "You have passed this task" in refused
    for act in (
        lambda: make.hand_in(amara, at=NOVEMBER),
        lambda: account.account_sitting(enrolment=amara, task="project", by=amara.user, at=NOVEMBER),
        lambda: places.give_place(window=window, enrolment=amara, at=NOVEMBER),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "project.passed"
    assert give_places(at=NOVEMBER) == 0
    assert list(Script.objects.values_list("sitting__window", "number")) == [(first.pk, 1)]


def test_a_place_from_before_takes_no_document_of_who_has_passed() -> None:
    amara = make.candidate()
    first = passed(amara)
    window = further(make.candidate(name="Bea Before"))
    place = Sitting.objects.get(enrolment=amara, window=first)
    place.pk, place.window, place.code, place.state = None, window, "OLD-1", "booked"
    place.opens_at, place.closes_at = NOVEMBER, DECEMBER
    place.released_at = NOVEMBER
    place.save()
    client = signed_in(amara.user)
    assert "Hand in “" not in shown(client, "home")
    assert "You have passed this task" in shown(client, "account_upload")
    assert 'name="hand_in"' not in shown(client, "project_account")
    with time_machine.travel(NOVEMBER, tick=False):
        url = reverse("participant:upload_begin", args=[place.pk])
        begun = client.post(url, {"name": "a.txt", "size": 1, "sha256": "0" * 64})
    assert begun.status_code != 200
    assert not place.uploads.exists()


def test_a_later_attempt_that_a_marker_has_from_before_takes_no_pass_away() -> None:
    amara = make.candidate()
    first = passed(amara)
    window = further(make.candidate(name="Bea Before"))
    Outcome.objects.create(
        enrolment=amara, window=window, task="project", result="not_passed", conditions=[],
        computed_at=DECEMBER, released_at=DECEMBER, released_by=make.office(),
    )  # fmt: skip
    (found,) = achieving.task_results(amara)
    assert (found.state, found.sitting) == (TaskState.PASSED, first.sittings.get(enrolment=amara).pk)
    with pytest.raises(Refused) as caught:
        make.hand_in(amara, at=NOVEMBER)
    assert caught.value.code == "project.passed"


@pytest.mark.parametrize(("half_marks", "needs"), [(10, True), (30, False)])
def test_a_pass_that_was_corrected_to_a_fail_gets_a_place_in_further_days(
    half_marks: int, needs: bool
) -> None:
    amara = make.candidate()
    passed(amara)
    task = Outcome.objects.get(task="project")
    awards.correct(
        outcome=task, reason="Marks of another script", by=make.office(), at=results.MARKED,
        half_marks=Totals(0, half_marks),
    )  # fmt: skip
    window = further(amara)
    assert window.sittings.filter(enrolment=amara).exists() is needs
    text = shown(signed_in(amara.user), "project_account")
    assert ('name="hand_in"' in text) is needs


def test_a_correction_during_the_further_days_gives_a_place_and_takes_it_no_more() -> None:
    amara = make.candidate()
    passed(amara)
    window = further(make.candidate(name="Bea Before"))
    task = Outcome.objects.get(task="project")
    awards.correct(
        outcome=task, reason="Marks of another script", by=make.office(), at=results.MARKED,
        half_marks=Totals(0, 10),
    )  # fmt: skip
    assert give_places(at=NOVEMBER) == 1
    again = Outcome.objects.filter(task="project").order_by("number").last()
    awards.correct(
        outcome=again, reason="They were right", by=make.office(), at=NOVEMBER, half_marks=Totals(0, 24)
    )  # fmt: skip
    assert window.sittings.filter(enrolment=amara).exists()
    with pytest.raises(Refused) as caught:
        make.hand_in(amara, at=NOVEMBER)
    assert caught.value.code == "project.passed"


def test_whoever_has_failed_hands_in_again() -> None:
    amara = make.candidate()
    passed(amara, results.SHORT)
    window = further(amara)
    client = signed_in(amara.user)
    assert 'name="hand_in"' in shown(client, "project_account")
    assert make.hand_in(amara, at=NOVEMBER).sitting.window == window


def test_the_first_page_offers_to_hand_in_again_only_to_who_has_not_passed() -> None:
    amara = make.candidate()
    passed(amara, results.SHORT)
    further(amara)
    assert "Hand in “" in shown(signed_in(amara.user), "home")
