"""How often somebody may sit again: a policy from a day on, what counts as an attempt, and one more by two people."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions, attempts, entering, late_entries
from goldenthread.assessment.late_entry_models import LateEntry
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.policy_models import PolicyDecision
from goldenthread.assessment.rules import attempts as rules
from goldenthread.catalogue.terms import Attempts
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_assessment as made
from tests import factories_projects as projects
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
FROM = date(2025, 11, 3)
NEXT = date(2026, 2, 2)
AFTER = datetime(2025, 10, 20, 9, 0, tzinfo=UTC)  # the first window, 6 to 13 October, is released


def named(name: str) -> User:
    return User.objects.filter(name=name).first() or factories.member(Role.OFFICE, name)


def decide(table: dict[str, Any], *, from_day: date = FROM, **said: Any) -> PolicyDecision:
    given = {"reason": "The board of March", "by": made.office(), "at": made.BEFORE, **said}
    return actions.decide_policy(
        version=factories.intake().version, kind="attempts", table=table, from_day=from_day, **given
    )


def tried(state: str = SittingState.BOOKED) -> Enrolment:
    """Somebody whose first window is released, without a pass."""
    one = made.sitting()
    Window.objects.filter(pk=one.window_id).update(state=WindowState.RELEASED)
    Sitting.everything.filter(pk=one.pk).update(state=state)
    Enrolment.objects.filter(pk=one.enrolment_id).update(stage=Stage.NOT_ACHIEVED)
    return Enrolment.objects.get(pk=one.enrolment_id)


def window_of(opens_on: date = NEXT) -> Window:
    case = made.case_study(title=f"Case {opens_on}")
    starts_on = date(2025, 1, 13) if opens_on >= NEXT else date(2024, 11, 11)
    return made.window(factories.intake(starts_on=starts_on), opens_on=opens_on, book=False, case=case)


def enter(person: Enrolment, window: Window, *, at: datetime = AFTER) -> Sitting:
    return actions.enter_again(enrolment=person, window=window, reason="Agreed", by=made.office(), at=at)


# --- the rule ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("policy", "times", "last_day", "no"),
    [
        (None, 9, date(2030, 1, 1), ""),
        (Attempts(most=None, within_months=None), 9, date(2030, 1, 1), ""),
        (Attempts(most=2, within_months=None), 1, date(2030, 1, 1), ""),
        (Attempts(most=2, within_months=None), 2, NEXT, "2 attempts of 2 are used"),
        (Attempts(most=1, within_months=None), 1, NEXT, "1 attempt of 1 is used"),
        (Attempts(most=1, within_months=12), 0, NEXT, ""),
        (Attempts(most=None, within_months=4), 1, date(2026, 2, 13), ""),
        (Attempts(most=None, within_months=4), 1, date(2026, 2, 14), "ends by Fri 13 Feb 2026"),
    ],
)
def test_how_often_and_until_when(policy: Attempts | None, times: int, last_day: date, no: str) -> None:
    found = rules.standing(policy, rules.Tried(times, date(2025, 10, 13) if times else None))
    if not no:
        rules.check_further(found, last_day)
        return
    with pytest.raises(Refused, match=no) as refused:
        rules.check_further(found, last_day)
    assert (refused.value.code, refused.value.field) == ("attempts.beyond", "window")
    assert "Ask on the person's page for a further attempt" in refused.value.message


@pytest.mark.parametrize(
    "table",
    [{}, {"most": 0}, {"most": 21}, {"within_months": 121}, {"most": 2, "unlimited": True}, {"free": 1}],
)
def test_a_policy_that_says_nothing_or_nonsense_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(Refused) as no:
        decide(table)
    assert no.value.code == "policy.table"


def test_a_version_with_projects_has_no_policy_of_attempts() -> None:
    version = projects.intake().version
    with pytest.raises(Refused, match="has projects") as no:
        actions.decide_policy(
            version=version, kind="attempts", table={"most": 2}, from_day=FROM, reason="So", by=made.office(),
            at=made.BEFORE,
        )  # fmt: skip
    assert no.value.code == "policy.projects"


# --- entering ------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-38")
def test_without_a_policy_staff_decide_as_ever() -> None:
    person, window = tried(), window_of()
    assert entering.windows_to_enter(person, at=AFTER) == [window]
    assert enter(person, window).state == SittingState.BOOKED


@pytest.mark.requirement("S0-38")
def test_an_entry_beyond_the_policy_is_refused_with_what_to_do() -> None:
    person, window = tried(), window_of()
    decide({"most": 1})
    person = Enrolment.objects.get(pk=person.pk)
    assert entering.windows_to_enter(person, at=AFTER) == []
    with pytest.raises(Refused, match="1 attempt of 1 is used") as no:
        enter(person, window)
    assert no.value.code == "attempts.beyond"
    assert not Sitting.objects.filter(window=window).exists()


def test_it_counts_for_windows_from_its_day_on_and_can_be_lifted() -> None:
    person, before, after, lifted = (
        tried(),
        window_of(date(2025, 11, 20)),
        window_of(),
        window_of(date(2026, 3, 2)),
    )
    decide({"most": 1}, from_day=NEXT)
    decide({"unlimited": True}, from_day=date(2026, 3, 1))
    person = Enrolment.objects.get(pk=person.pk)
    assert entering.windows_to_enter(person, at=AFTER) == [before, lifted]
    with pytest.raises(Refused):
        enter(person, after)
    assert enter(person, before).window == before


def test_whoever_is_entered_already_stays() -> None:
    person, window = tried(), window_of()
    sitting = enter(person, window)
    decide({"most": 1}, from_day=date(2026, 1, 5))
    assert enter(person, window).pk == sitting.pk


@pytest.mark.parametrize("state", [SittingState.HELD_BACK, SittingState.DEFERRED])
def test_who_was_held_back_or_deferred_has_used_none(state: str) -> None:
    person, window = tried(state), window_of(date(2025, 11, 20))
    decide({"most": 1})
    person = Enrolment.objects.get(pk=person.pk)
    assert attempts.tried_by(person).times == 0
    assert entering.windows_to_enter(person, at=AFTER) == [window]
    assert enter(person, window).window == window


def test_a_cancelled_window_is_none() -> None:
    one = made.sitting()
    actions.cancel_window(window=one.window, reason="Exams", by=made.office(), at=made.BEFORE)
    assert attempts.tried_by(one.enrolment) == rules.Tried(0, None)


# --- one more, by two people ---------------------------------------------------------------------------
def ask(person: Enrolment, window: Window, **said: Any) -> LateEntry:
    given = {
        "reason": "Bereaved",
        "form_key": str(uuid.uuid4()),
        "by": named("Olu Office"),
        "at": AFTER,
        **said,
    }
    return actions.ask_late_entry(enrolment=person, window=window, **given)


@pytest.mark.requirement("S0-38")
def test_two_people_allow_one_more_and_it_is_in_the_trail() -> None:
    person, window = tried(), window_of()
    decide({"most": 1})
    person = Enrolment.objects.get(pk=person.pk)
    assert late_entries.windows_beyond(person, at=AFTER) == [window]
    entry = ask(person, window)
    assert entry.beyond == "attempts"
    said = {"entry": entry, "approve": True, "reason": "I read it", "at": AFTER}
    with pytest.raises(Refused) as no:
        actions.decide_late_entry(**said, by=named("Olu Office"))
    assert no.value.code == "late_entry.own"
    actions.decide_late_entry(**said, by=named("Oda Office"))
    assert Sitting.objects.get(window=window).enrolment_id == person.pk
    trail = AuditEvent.objects.filter(subject=f"enrolment:{person.pk}", verb__startswith="late_entry")
    assert [one.details["beyond"] for one in trail] == ["attempts", "attempts"]


def test_an_exception_within_the_policy_is_not_needed() -> None:
    person, window = tried(), window_of()
    decide({"most": 2})
    person = Enrolment.objects.get(pk=person.pk)
    assert late_entries.windows_beyond(person, at=AFTER) == []
    with pytest.raises(Refused, match="enter them on their own page") as no:
        ask(person, window)
    assert no.value.code == "late_entry.within"


# --- pages ---------------------------------------------------------------------------------------------
def test_the_office_decides_it_on_the_page_of_policies() -> None:
    key = factories.intake().version.key
    client, address = client_of(made.office()), reverse("office:version_policies", args=[key])
    with time_machine.travel(made.BEFORE, tick=False):
        assert "staff decide each case" in client.get(address).content.decode()
        sent = {"kind": "attempts", "attempts-from_day": "2025-11-03", "attempts-reason": "The board"}
        assert client.post(address, sent).status_code == 422
        sent |= {"attempts-most": "2", "attempts-within_months": "18"}
        assert client.post(address, sent).status_code == 302
        page = client.get(address).content.decode()
    assert PolicyDecision.objects.get().table == {"most": 2, "within_months": 18}
    assert "may be sat at most 2 times. A further window ends within 18 months" in page


def test_the_participant_sees_how_many_are_left() -> None:
    person = tried()
    decide({"most": 3, "within_months": 24})
    with time_machine.travel(datetime(2025, 11, 10, 9, tzinfo=UTC), tick=False):
        client = client_of(person.user)
        page = client.get(reverse("participant:assessment")).content.decode()
        rules_page = client.get(reverse("participant:rules")).content.decode()
    assert "1 of 3 attempts used, 2 left; a further window ends by" in page
    assert "Wed 13 Oct 2027" in page
    assert "The case study may be sat at most 3 times." in rules_page
    assert "The board of March" in rules_page
