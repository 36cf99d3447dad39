"""Planning a release on the page of results: in the window's zone and one's own, changed, taken back, on the desk."""

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.assessment.models import Window
from goldenthread.awards.jobs import release_planned
from goldenthread.common import mail
from goldenthread.common.models import OutboxMessage
from goldenthread.outcomes.models import Outcome, PlannedRelease, PlanState
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of
from tests.outcomes.test_beforehand import ENOUGH, SHORT, credit, hear_the_board, moderated

pytestmark = pytest.mark.django_db
NOW = make.CLOSED


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def results(user: User, window: Window) -> Any:
    return client_of(user).get(reverse("office:outcomes", args=[window.pk]))


def said(response: Any) -> str:
    return html.unescape(text_of(response))


def send(user: User, window: Window, days: int = 3, start: str = "09:00", **other: Any) -> Any:
    seen = results(user, window).context["plan_form"]["seen"].value()
    day = (NOW + timedelta(days=days)).strftime("%d/%m/%Y")
    address = reverse("office:release_plan", args=[window.pk])
    return client_of(user).post(address, {"day": day, "start": start, "seen": seen, **other}, follow=True)


def desk_of(user: User) -> list[Any]:
    decisions = client_of(user).get(reverse("office:desk")).context["desk"].decisions
    return [one for one in decisions if one.desk == "Results"]


def test_a_release_is_planned_from_the_preview_and_shown_in_both_zones(olu: User) -> None:
    window, _ = moderated(SHORT, ENOUGH)
    User.objects.filter(pk=olu.pk).update(zone="Asia/Dubai")
    olu.refresh_from_db()
    assert "In UK time, the window's." in said(results(olu, window))
    done = send(olu, window)
    one = PlannedRelease.objects.get()
    assert (one.state, one.planned_by) == (PlanState.PLANNED, olu)
    text = said(done)
    assert "09:00 (UK time), in your name." in text
    assert "The release is planned for" in text
    assert "Where you are that is" in text
    assert "(Dubai time)" in text
    (line,) = desk_of(olu)
    assert "will be released on" in line.text
    assert not line.late
    release_planned(one.at)
    assert Outcome.objects.count() == 2
    assert desk_of(olu) == []


def test_faults_are_told_at_their_fields_and_nothing_is_planned(olu: User) -> None:
    window, _ = moderated(ENOUGH)
    past = send(olu, window, days=-1)
    assert past.status_code == 422
    assert "This is in the past" in said(past)
    assert "Say on which day." in said(send(olu, window, day=""))
    assert "Enter a time, such as 09:00." in said(send(olu, window, start="soon"))
    gap = send(olu, window, day="29/03/2026", start="01:30")
    assert "the clocks go forward" in said(gap)
    again = send(olu, window, seen="9-9-")
    assert "Results have changed since you looked" in said(again)
    assert "Look at the results first" in said(send(olu, window, seen=""))
    assert not PlannedRelease.objects.exists()


def test_a_plan_is_changed_and_taken_back_on_the_page(olu: User) -> None:
    window, _ = moderated(ENOUGH)
    send(olu, window)
    page = results(olu, window)
    assert "Change when they are released" in said(page)
    assert page.context["plan_form"]["start"].value().strftime("%H:%M") == "09:00"
    send(olu, window, start="10:30")
    assert "10:30 (UK time)" in said(results(olu, window))
    back = client_of(olu).post(reverse("office:release_plan_take_back", args=[window.pk]), follow=True)
    assert "No release of these results is planned now." in said(back)
    assert "Release them later" in said(back)
    assert PlannedRelease.objects.get().state == PlanState.TAKEN_BACK
    assert [one.text for one in desk_of(olu)] == [
        one.text for one in desk_of(olu) if "can be released" in one.text
    ]


def test_the_page_says_beforehand_that_a_plan_would_be_stopped(olu: User) -> None:
    window, (person,) = moderated(SHORT)
    send(olu, window)
    credit(person)
    assert "Results have changed since: as it stands nothing will be released then." in said(
        results(olu, window)
    )
    hear_the_board(window)
    assert "As things stand nothing will be released then" in said(results(olu, window))


def test_a_stopped_plan_is_on_the_desk_and_in_the_mail_until_somebody_answers_it(olu: User) -> None:
    window, (person,) = moderated(SHORT)
    send(olu, window)
    credit(person)
    one = PlannedRelease.objects.get()
    release_planned(one.at)
    assert not Outcome.objects.exists()
    stopped = next(row for row in desk_of(olu) if "did not happen" in row.text)
    assert stopped.late
    text = said(results(olu, window))
    assert "did not happen" in text
    assert "Results have changed since you looked at them" in text
    letter = mail.render(OutboxMessage.objects.get(payload__template="release_stopped", recipient=olu.email))
    assert letter.subject.startswith("Results were not released as planned: ")
    assert "Results have changed since you looked at them" in letter.text
    assert reverse("office:outcomes", args=[window.pk]) in letter.text
    assert "Nothing was released" in letter.html
    send(olu, window)
    assert not [row for row in desk_of(olu) if "did not happen" in row.text]
    release_planned(one.at)
    assert Outcome.objects.get().result == "passed"


def test_an_overdue_plan_says_that_no_worker_runs(olu: User) -> None:
    window, _ = moderated(ENOUGH)
    send(olu, window)
    with time_machine.travel(PlannedRelease.objects.get().at + timedelta(minutes=11), tick=False):
        (line,) = desk_of(olu)
        assert (line.late, "is overdue" in line.text) == (True, True)
        assert "most likely because no worker runs" in said(results(olu, window))


def test_a_plan_takes_no_further_statement_on_the_page_nor_on_the_desk(olu: User) -> None:
    window, _ = moderated(SHORT, ENOUGH)
    client = client_of(olu)
    addresses = [reverse("office:outcomes", args=[window.pk]), reverse("office:desk")]

    def statements() -> list[int]:
        found = []
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            found.append(len(asked))
        return found

    before = statements()
    send(olu, window)
    assert statements() == before
    assert before[1] <= 12


def test_the_desk_says_so_where_a_plan_would_be_stopped(olu: User) -> None:
    window, _ = moderated(ENOUGH)
    send(olu, window)
    (line,) = desk_of(olu)
    assert "will be released on" in line.text
    hear_the_board(window)
    (line,) = desk_of(olu)
    assert "won't happen as things stand" in line.text
    assert line.late
    assert "nothing is left to do" not in line.note


def test_a_plan_that_is_taken_back_after_the_release_is_said_to_be_over(olu: User) -> None:
    window, _ = moderated(ENOUGH)
    send(olu, window)
    release_planned(PlannedRelease.objects.get().at)
    back = client_of(olu).post(reverse("office:release_plan_take_back", args=[window.pk]), follow=True)
    assert "These results are released already" in said(back)
    assert "No release of these results is planned now." not in said(back)
    assert PlannedRelease.objects.get().state == PlanState.RELEASED
    chidi = User.objects.get(pk=window.moderation.signed_off_by_id)
    page = client_of(chidi).get(reverse("assessor:round", args=[window.moderation.pk]))
    assert "The results are released." in said(page)
    assert "once nothing holds them" not in said(page)
