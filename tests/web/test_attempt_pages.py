"""Pages of attempts: what the office sees on entering somebody again, and the participant with their result."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions
from goldenthread.assessment.late_entry_models import LateEntry
from goldenthread.assessment.models import Sitting, Window
from goldenthread.common import clock
from goldenthread.outcomes import actions as outcomes
from goldenthread.people.models import Role, User
from tests import factories, factories_marking
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db


def not_passed() -> Enrolment:
    """Somebody whose result is released and no pass."""
    window = factories_marking.window()
    factories_marking.markers(2)
    factories_marking.sitting(window, factories.enrolment("Ned Not", to=window.intake))
    factories_marking.mark_all(window)
    factories_marking.moderated(window)
    outcomes.release(window=window, by=window.created_by, at=factories_marking.CLOSED)
    return Enrolment.objects.get(user__name="Ned Not")


def ahead() -> Window:
    intake = factories.intake(starts_on=factories.intake().starts_on + timedelta(days=140))
    return factories_marking.window(
        intake, opens_on=clock.day_of(clock.now()) + timedelta(days=30), case_study=None
    )


def once(person: Enrolment, by: User) -> None:
    """From ten days on the case study may be sat once."""
    now = clock.now()
    actions.decide_policy(
        version=person.version, kind="attempts", table={"most": 1}, from_day=clock.day_of(now) + timedelta(days=10),
        reason="The board", by=by, at=now,
    )  # fmt: skip


def read(user: User, name: str, *args: Any) -> str:
    return " ".join(client_of(user).get(reverse(name, args=args)).content.decode().split())


@pytest.mark.requirement("S0-38")
def test_the_office_sees_on_entering_what_is_left_and_two_of_it_allow_one_more(catalogue: None) -> None:
    olu, oda = factories.member(Role.OFFICE, "Olu Office"), factories.member(Role.OFFICE, "Oda Office")
    person, window = not_passed(), ahead()
    assert "The programme lead decides within" not in read(olu, "office:person", person.reference)
    once(person, olu)
    opened = window.opens_on
    shown = read(olu, "office:person", person.reference)
    assert "1 of 1 attempt used, none left." in shown
    assert "No attempt is left: nobody can be entered here." in shown
    assert reverse("office:late_entry_ask", args=[person.reference]) in shown
    asked = read(olu, "office:late_entry_ask", person.reference)
    assert ("A further attempt for Ned Not" in asked, "1 of 1 attempt used, none left." in asked) == (
        True,
        True,
    )
    refused = client_of(olu).post(
        reverse("office:enter_again", args=[person.reference]), {"window_id": window.pk, "reason": "Agreed"}
    )
    assert refused.status_code == 422
    sent = {"window_id": window.pk, "reason": "Bereaved", "form_key": str(uuid.uuid4())}
    client_of(olu).post(reverse("office:late_entry_ask", args=[person.reference]), sent)
    entry = LateEntry.objects.get()
    assert "1 of 1 attempt used, none left." in read(oda, "office:late_entry", entry.pk)
    decision = {"approve": "1", "reason": "I read the letter"}
    client_of(oda).post(reverse("office:late_entry", args=[entry.pk]), decision)
    assert Sitting.objects.get(enrolment=person, window__opens_on=opened).window == window
    assert "A further attempt" in read(oda, "office:window", window.pk)
    assert "A further attempt approved by a second person" in read(oda, "office:person", person.reference)


def test_a_participant_reads_beside_the_result_how_many_are_left(catalogue: None) -> None:
    person, olu = not_passed(), factories.member(Role.OFFICE, "Olu Office")
    assert "used, " not in read(person.user, "participant:result")
    now = clock.now()
    actions.decide_policy(
        version=person.version, kind="attempts", table={"most": 2}, from_day=clock.day_of(now), reason="The board",
        by=olu, at=now - timedelta(days=1),
    )  # fmt: skip
    page = read(person.user, "participant:result")
    assert "1 of 2 attempts used, 1 left. The programme office enters you for a further window" in page


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"most": "2", "unlimited": "on"}, "unlimited", "Leave both figures empty, or untick this"),
        ({}, "most", "Say how often, or within how many months, or tick that there is no limit."),
    ],
)
def test_a_limit_and_none_at_once_is_told_at_its_field_in_words_of_the_page(
    catalogue: None, said: dict[str, str], field: str, words: str
) -> None:
    version = factories.intake().version
    sent = {"kind": "attempts", "attempts-reason": "The board", "attempts-from_day": "2099-01-04"}
    answer = client_of(factories.member(Role.OFFICE)).post(
        f"/office/catalogue/{version.key}/policies/",
        {**sent, **{f"attempts-{name}": one for name, one in said.items()}},
    )
    found = answer.content.decode()
    assert answer.status_code == 422
    assert words in found
    assert f'id="id_attempts-{field}_error"' in found
    assert "give how often" not in found


def test_where_a_policy_begins_later_the_office_is_led_to_it(catalogue: None) -> None:
    olu = factories.member(Role.OFFICE, "Olu Office")
    person = not_passed()
    once(person, olu)
    shown = read(olu, "office:person", person.reference)
    assert "that holds by now says how often or when somebody may sit again" in shown
    policies = reverse("office:version_policies", args=[person.version.key])
    assert policies in shown
    assert "How often it is sat" in read(olu, "office:version_policies", person.version.key)
