"""Differences from the audit trail on the office's desk and on their pages."""

import html
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from goldenthread.reports import jobs
from goldenthread.reports.finding_models import Finding
from tests import by_hand, factories
from tests import factories_marking as make
from tests.factories_web import client_of, queries_of, text_of
from tests.outcomes.test_penalties import released, window_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED + timedelta(days=1)
LIST = "/office/windows/differences/"
WHY = "The server was restored from a wrong copy; the row is put back."


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def changed() -> list[Finding]:
    """Two released results that somebody changes past the guards."""
    released(window_of((1500, make.FAIR), (1400, make.FAIR)))
    jobs.compare_with_trail(make.CLOSED)
    by_hand.alter(Outcome.objects.all(), half_marks_off=3)
    jobs.compare_with_trail(AT)
    return list(Finding.objects.order_by("pk"))


def desk_of(user: User) -> list[Any]:
    with time_machine.travel(AT, tick=False):
        decisions = client_of(user).get(reverse("office:desk")).context["desk"].decisions
    return [one for one in decisions if one.desk == "Audit trail"]


def said(response: Any) -> str:
    return html.unescape(text_of(response))


def test_the_desk_says_which_kind_of_row_whose_and_since_when(olu: User) -> None:
    assert desk_of(olu) == []
    first, second = changed()
    (line,) = desk_of(olu)
    least = min(first.label, second.label)
    assert line.text == f"2 results not what the audit trail says: {least} and 1 more"
    assert line.note.startswith("found Wed 15 Oct 2025")
    assert (line.late, line.url) == (True, LIST)


def test_whoever_marks_or_moderates_reads_nothing_of_it(olu: User) -> None:
    (first, _) = changed()
    moderator = factories.member(Role.MODERATOR, "Mo Moderator").memberships.get()
    moderator.pk, moderator.user = None, olu
    moderator.save(force_insert=True)
    assert desk_of(olu) == []
    assert client_of(olu).get(LIST).status_code == 404
    assert LIST not in text_of(client_of(olu).get(reverse("office:windows")))
    assert client_of(olu).get(f"{LIST}{first.pk}/").status_code == 404
    assert client_of(olu).post(f"{LIST}{first.pk}/", {"reason": WHY}).status_code == 404


def test_what_was_found_out_takes_it_from_the_desk_and_stays_on_the_page(olu: User) -> None:
    first, second = changed()
    client = client_of(olu)
    page = said(client.get(LIST))
    for one in (first, second):
        assert one.label.capitalize()[:9] in page
    assert "What to do next" in page
    shown = said(client.get(f"{LIST}{first.pk}/"))
    for part in (
        "is not what was released",
        "Not yet so",
        "correct the result on their page",
        "See enrolment",
    ):
        assert part in shown
    empty = client.post(f"{LIST}{first.pk}/", {"reason": "ok"})
    assert (empty.status_code, "Say what you looked at" in said(empty)) == (422, True)
    done = said(client.post(f"{LIST}{first.pk}/", {"reason": WHY}, follow=True))
    assert "It is kept with your name" in done
    (line,) = desk_of(olu)
    assert line.text == f"1 result not what the audit trail says: {second.label}"
    looked = said(client.get(f"{LIST}?show=looked"))
    assert "Looked into" in looked
    assert WHY in said(client.get(f"{LIST}{first.pk}/"))
    client.post(f"{LIST}{second.pk}/", {"reason": WHY})
    assert desk_of(olu) == []
    assert "Nothing to look into" in said(client.get(LIST))
    assert f'href="{LIST}"' in text_of(client.get(reverse("office:windows")))


def test_whoever_comes_second_reads_who_was_first_and_what_they_sent(olu: User) -> None:
    first, _ = changed()
    client_of(olu).post(f"{LIST}{first.pk}/", {"reason": WHY})
    oda = factories.member(Role.OFFICE, "Oda Office")
    late = client_of(oda).post(f"{LIST}{first.pk}/", {"reason": "Another thing that I found"})
    assert late.status_code == 422
    page = said(late)
    assert "Olu Office recorded what was found" in page
    assert "Another thing that I found" in page
    assert Finding.objects.get(pk=first.pk).reason == WHY


def test_the_pages_ask_twelve_times_at_most_and_the_desk_no_more_than_without(olu: User) -> None:
    with time_machine.travel(AT, tick=False):
        before = queries_of(olu, reverse("office:desk"))
        first, _ = changed()
        assert queries_of(olu, reverse("office:desk")) <= max(before, 12)
        assert queries_of(olu, LIST) <= 12
        assert queries_of(olu, f"{LIST}{first.pk}/") <= 12
