"""Entries beyond the months of a version: asked by one of the office, decided by another."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import Http404
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions, late_entries
from goldenthread.assessment.late_entry_models import LateEntry
from goldenthread.assessment.models import CaseAccess, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.rules import late_entries as rules
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_assessment as made
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
AT = datetime(2025, 12, 20, 9, 0, tzinfo=UTC)  # Amara's fifteen months are over on 2 December
NEXT = date(2026, 2, 2)


def named(name: str) -> User:
    return User.objects.filter(name=name).first() or factories.member(Role.OFFICE, name)


def olu() -> User:
    return named("Olu Office")


def oda() -> User:
    return named("Oda Office")


def beyond(opens_on: date = NEXT, **fields: Any) -> Window:
    """A window of a later intake of the same version, with nobody in it."""
    fields.setdefault("case", made.case_study(title=f"Case {opens_on}"))
    return made.window(factories.intake(starts_on=date(2025, 1, 13)), opens_on=opens_on, book=False, **fields)


def ask(person: Enrolment, window: Window, **said: Any) -> LateEntry:
    given = {"reason": "Long illness", "form_key": str(uuid.uuid4()), "by": olu(), "at": AT, **said}
    return actions.ask_late_entry(enrolment=person, window=window, **given)


def decide(entry: LateEntry, *, approve: bool = True, **said: Any) -> LateEntry:
    given = {"reason": "I read the letter", "by": oda(), "at": AT, **said}
    return actions.decide_late_entry(entry=entry, approve=approve, **given)


# --- asked and decided ---------------------------------------------------------------------------------
@pytest.mark.requirement("S0-33")
def test_one_asks_another_approves_and_the_person_is_entered_and_told() -> None:
    person, window = made.ready(), beyond()
    entry = ask(person, window)
    assert not Sitting.objects.exists()
    assert late_entries.waiting_of(person) == entry
    decide(entry)
    sitting = Sitting.objects.get(enrolment=person)
    assert (sitting.window, sitting.state) == (window, SittingState.BOOKED)
    assert OutboxMessage.objects.filter(key=f"mail:window_set:{sitting.pk}").count() == 1
    trail = AuditEvent.objects.filter(subject=f"enrolment:{person.pk}", verb__startswith="late_entry")
    assert [(one.verb, one.actor_name, one.details["reason"]) for one in trail.order_by("sequence")] == [
        ("late_entry.asked", "Olu Office", "Long illness"),
        ("late_entry.approved", "Oda Office", "I read the letter"),
    ]
    listed = late_entries.with_entries(window.sittings.all()).get()
    assert [vars(listed)[name] for name in ("late", "late_asked_by", "late_approved_by")] == [
        entry.pk, "Olu Office", "Oda Office",
    ]  # fmt: skip


def test_refused_it_changes_nothing_and_can_be_asked_again() -> None:
    person, window = made.ready(), beyond()
    entry = decide(ask(person, window), approve=False)
    assert (entry.state, Sitting.objects.count()) == ("refused", 0)
    decide(entry, approve=False)
    with pytest.raises(Refused) as no:
        decide(entry)
    assert no.value.code == "late_entry.decided"
    assert decide(ask(person, window)).state == "approved"


@pytest.mark.parametrize("approve", [True, False])
def test_whoever_asked_does_not_decide(approve: bool) -> None:
    entry = ask(made.ready(), beyond())
    with pytest.raises(Refused) as no:
        decide(entry, approve=approve, by=olu())
    assert no.value.code == "late_entry.own"
    assert not Sitting.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        LateEntry.objects.filter(pk=entry.pk).update(
            state="approved", decided_by=entry.asked_by, decided_at=AT, decision_reason="Mine"
        )


def test_nobody_asks_or_decides_about_themselves() -> None:
    person, window = made.ready(), beyond()
    with pytest.raises(Refused) as no:
        ask(person, window, by=person.user)
    assert no.value.code == "late_entry.own"
    entry = ask(person, window)
    with pytest.raises(Refused) as no:
        decide(entry, by=person.user)
    assert no.value.code == "late_entry.own"


def test_the_same_form_and_the_same_decision_twice_are_one() -> None:
    person, window, key = made.ready(), beyond(), str(uuid.uuid4())
    first = ask(person, window, form_key=key)
    assert ask(person, window, form_key=key) == first
    with pytest.raises(Refused) as no:
        ask(person, window)
    assert no.value.code == "late_entry.waits"
    decide(first)
    decide(first)
    assert Sitting.objects.count() == 1
    assert AuditEvent.objects.filter(verb="enrolment.entered_again").count() == 1


def test_it_is_taken_back_by_who_asked_while_nobody_decided() -> None:
    entry = ask(made.ready(), beyond())
    with pytest.raises(Refused) as no:
        actions.take_back_late_entry(entry=entry, by=oda(), at=AT)
    assert no.value.code == "late_entry.not_yours"
    for _ in range(2):
        assert actions.take_back_late_entry(entry=entry, by=olu(), at=AT).state == "taken_back"
    with pytest.raises(Refused) as no:
        decide(entry)
    assert no.value.code == "late_entry.decided"
    assert not Sitting.objects.exists()


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 1001])
def test_both_say_why(reason: str) -> None:
    person, window = made.ready(), beyond()
    with pytest.raises(Refused) as no:
        ask(person, window, reason=reason)
    assert no.value.code == "window.reason"
    entry = ask(person, window)
    with pytest.raises(Refused) as no:
        decide(entry, reason=reason)
    assert no.value.code == "window.reason"


# --- what it is for ------------------------------------------------------------------------------------
def test_it_is_for_windows_beyond_the_months_alone() -> None:
    person = made.ready()
    within = made.window(
        person.intake, opens_on=date(2025, 11, 24), book=False, case=made.case_study(title="In")
    )
    assert late_entries.windows_beyond(person, at=made.BEFORE) == []
    with pytest.raises(Refused) as no:
        ask(person, within, at=made.BEFORE)
    assert no.value.code == "late_entry.within"


def test_as_long_as_their_own_intake_can_have_a_window_nobody_needs_it() -> None:
    person, window = made.ready(), beyond()
    assert late_entries.windows_beyond(person, at=made.BEFORE) == []
    with pytest.raises(Refused) as no:
        ask(person, window, at=made.BEFORE)
    assert no.value.code == "late_entry.own_intake"
    with time_machine.travel(made.BEFORE, tick=False):
        address = reverse("office:late_entry_ask", args=[person.reference])
        page = client_of(olu()).get(address).content.decode()
    assert "A window of their own intake can still be set within the months" in page


def test_no_window_is_offered_with_a_case_study_that_they_had() -> None:
    person, window = made.ready(), beyond()
    again = beyond(date(2026, 3, 2))
    assert late_entries.windows_beyond(person, at=AT) == [window, again]
    CaseAccess.objects.create(
        case_study=window.case_study, user=person.user, at=made.BEFORE, capacity="author", revision=1
    )
    assert late_entries.windows_beyond(person, at=AT) == [again]
    with pytest.raises(Refused) as no:
        ask(person, window)
    assert no.value.code == "case.used"


@pytest.mark.parametrize(
    ("at", "over"),
    [
        (datetime(2025, 11, 24, 23, 59, tzinfo=UTC), False),  # 25 November to 2 December is the last window
        (datetime(2025, 11, 25, 0, 0, tzinfo=UTC), True),
    ],
)
def test_the_months_are_over_once_the_last_window_has_opened(at: datetime, over: bool) -> None:
    assert late_entries.months_are_over(made.ready(), at=at) is over


def test_whoever_deferred_may_ask_before_the_months_are_over_for_a_later_window() -> None:
    one = made.sitting()
    window = beyond()
    Sitting.objects.filter(pk=one.pk).update(state=SittingState.DEFERRED)
    assert late_entries.windows_beyond(one.enrolment, at=made.BEFORE) == [window]
    decide(ask(one.enrolment, window, at=made.BEFORE), at=made.BEFORE)
    assert Sitting.objects.get(enrolment=one.enrolment).window == window


def test_whoever_has_a_result_is_entered_as_always() -> None:
    one = made.sitting()
    window = beyond()
    Window.objects.filter(pk=one.window_id).update(state=WindowState.RELEASED)
    assert late_entries.windows_beyond(one.enrolment, at=AT) == []
    with pytest.raises(Refused) as no:
        ask(one.enrolment, window)
    assert no.value.code == "late_entry.within"


@pytest.mark.parametrize("how", ["booked", "withdrawn", "awarded", "opened", "cancelled", "version"])
def test_what_keeps_somebody_from_any_window_keeps_them_from_this(how: str) -> None:
    person, window, at = made.ready(), beyond(), AT
    entry = ask(person, window)
    if how == "booked":
        made.window(person.intake, opens_on=date(2025, 11, 3), case=made.case_study(title="Own"))
    elif how == "withdrawn":
        Enrolment.objects.filter(pk=person.pk).update(withdrawn_at=AT)
    elif how == "awarded":
        Enrolment.objects.filter(pk=person.pk).update(stage=Stage.AWARDED)
    elif how == "opened":
        at = datetime(2026, 2, 2, 0, 0, tzinfo=UTC)
    elif how == "cancelled":
        Window.objects.filter(pk=window.pk).update(state=WindowState.CANCELLED)
    else:
        Enrolment.objects.filter(pk=person.pk).update(
            version=factories.intake("npqh-reformed-international").version
        )
    with pytest.raises(Refused):
        decide(entry, at=at)
    entry.refresh_from_db()
    assert entry.state == "asked"
    assert not Sitting.objects.filter(window=window).exists()


@pytest.mark.parametrize(
    ("last_day", "months", "refused"),
    [
        (date(2026, 3, 2), 18, False),
        (date(2026, 3, 3), 18, True),
        (date(2030, 1, 1), 18, True),
        (date(2030, 1, 1), None, False),
    ],
)
def test_no_exception_reaches_beyond_the_months_of_the_pass(
    last_day: date, months: int | None, refused: bool
) -> None:
    if not refused:
        rules.check_pass_in_time(date(2024, 9, 2), last_day, months)
        return
    with pytest.raises(Refused, match="within 18 months of the start, which is Mon 2 Mar 2026") as no:
        rules.check_pass_in_time(date(2024, 9, 2), last_day, months)
    assert no.value.code == "late_entry.pass"


def test_a_version_that_says_when_it_is_passed_is_held_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    person, window, late = made.ready(), beyond(), beyond(date(2026, 3, 2))
    monkeypatch.setattr(late_entries, "pass_within", lambda _: 18)
    with pytest.raises(Refused) as no:
        ask(person, late)
    assert no.value.code == "late_entry.pass"
    assert late_entries.windows_beyond(person, at=AT) == [window]
    assert ask(person, window).window == window


# --- pages ---------------------------------------------------------------------------------------------
def test_from_the_persons_page_to_the_list_of_the_gate() -> None:
    person, window = made.ready(), beyond()
    office, second = client_of(olu()), client_of(oda())

    with time_machine.travel(AT, tick=False):
        page = office.get(reverse("office:person", args=[person.reference])).content.decode()
        address = reverse("office:late_entry_ask", args=[person.reference])
        assert address in page
        form = office.get(address)
        assert "a first attempt ends by <strong>" in form.content.decode()
        key = str(form.context["form"].initial["form_key"])
        said = {"window_id": window.pk, "reason": "Long illness", "form_key": key}
        assert office.post(address, {**said, "reason": ""}).status_code == 422
        assert office.post(address, said).status_code == 302
        entry = LateEntry.objects.get()
        assert "One waits already" in office.get(address).content.decode()
        assert "beyond the months" not in office.get(reverse("office:desk")).content.decode()
        assert "1 entry beyond the months" in second.get(reverse("office:desk")).content.decode()
        assert "Long illness" in second.get(reverse("office:late_entries")).content.decode()
        at = reverse("office:late_entry", args=[entry.pk])
        assert "a colleague decides" in office.get(at).content.decode()
        own = office.post(at, {"approve": "1", "reason": "Fine"})
        assert own.status_code == 422
        assert "You asked for this" in own.content.decode()
        assert second.post(at, {"approve": "1", "reason": "I read the letter"}).status_code == 302
        listed = second.get(reverse("office:window", args=[window.pk])).content.decode()
        assert "Beyond the months" in listed
        assert "asked by Olu Office, approved by Oda Office" in listed
        assert "Oda Office" in office.get(reverse("office:late_entries") + "?show=decided").content.decode()
        again = office.get(reverse("office:person", args=[person.reference])).content.decode()
        assert address not in again
        assert "Entry beyond the months approved by a second person: I read the letter" in again


def test_strangers_and_whom_it_is_about_find_nothing() -> None:
    person, window = made.ready(), beyond()
    entry = ask(person, window)
    for user in (person.user, factories.user("stranger@example.org")):
        with pytest.raises(Http404):
            late_entries.get_late_entry_for(viewer_of(user, on=AT.date()), entry.pk)
