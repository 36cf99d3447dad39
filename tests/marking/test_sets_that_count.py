"""What makes a practice set count: that its marks are right and unknown to who is measured, and how often one tries."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from goldenthread.assessment.models import Script, Window
from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, quality_queries, reliability_queries, standardising
from goldenthread.marking.models import Marking
from goldenthread.marking.quality_models import Clearance, KnownScript, KnownSet, Seed, Stop
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture
def window() -> Window:
    found = make.window()
    make.sitting(found)
    quality.policy(found, standardised=True, each=2, altogether=3, attempts=1)
    return found


@pytest.fixture
def ben(window: Window) -> User:
    return make.markers(2)[0]


def qualified(window: Window, marker: User) -> bool:
    return marker.pk in quality_queries.qualified_for(window, [marker.pk])


def withdraw(
    made: KnownSet, window: Window, reason: str = "Point 2 is marked by the old scheme."
) -> KnownSet:
    return standardising.withdraw_set(
        set=made, reason=reason, by=window.created_by, at=AT + timedelta(hours=5)
    )


def grant(window: Window, marker: User, *, hours: int = 1) -> Clearance:
    return standardising.clear(
        window=window, marker=marker, qualified=False, again=True, reason="We went through it together.",
        by=window.created_by, at=AT + timedelta(hours=hours),
    )  # fmt: skip


# --- trying again ------------------------------------------------------------------------------------------------
def test_the_office_grants_another_attempt_and_the_set_decides(window: Window, ben: User) -> None:
    quality.known_set(window)
    quality.known_set(window)
    assert not quality.practise(window, ben, [make.GOOD]).qualified
    with pytest.raises(Refused) as refused:
        standardising.begin_attempt(window=window, marker=ben, at=AT)
    assert refused.value.code == "practice.no_attempt"
    grant(window, ben)
    assert grant(window, ben).pk == Clearance.objects.get().pk, "a second click grants no second attempt"
    assert not qualified(window, ben)
    assert quality.practise(window, ben, at=AT + timedelta(hours=2)).qualified
    assert qualified(window, ben)
    assert AuditEvent.objects.get(verb="marker.try_again").details["marker"] == ben.pk
    with pytest.raises(Refused) as refused:
        grant(window, ben, hours=3)
    assert refused.value.code == "clear.qualified"


def test_each_grant_is_one_attempt(window: Window, ben: User) -> None:
    for _ in range(3):
        quality.known_set(window)
    quality.practise(window, ben, [make.GOOD])
    grant(window, ben)
    quality.practise(window, ben, [make.GOOD], at=AT + timedelta(hours=2))
    with pytest.raises(Refused):
        standardising.begin_attempt(window=window, marker=ben, at=AT)
    grant(window, ben, hours=3)
    assert quality.practise(window, ben, at=AT + timedelta(hours=4)).qualified


def test_the_database_grants_no_attempt_to_who_may_mark(window: Window, ben: User) -> None:
    grant(window, ben)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clearance.objects.update(qualified=True)


# --- a set whose marks are wrong -----------------------------------------------------------------------------
def test_nothing_counts_by_a_set_that_is_withdrawn(window: Window, ben: User) -> None:
    bea = User.objects.get(name="Bea Marker")
    made = quality.known_set(window)
    quality.known_set(window)
    assert quality.practise(window, ben).qualified
    assert not quality.practise(window, bea, [make.GOOD]).qualified
    assert withdraw(made, window) == withdraw(made, window)
    with pytest.raises(Refused, match="You withdrew this set on") as late:
        withdraw(made, window, "Other words.")
    assert late.value.code == "known.withdrawn"
    address, sent = (
        f"/office/windows/{window.pk}/marking/sets/{made.pk}/",
        {"step": "withdraw", "reason": "Too old."},
    )
    shown = text_of(client_of(factories.member(Role.OFFICE, "Oda Office")).post(address, sent))
    assert "This was not kept" in shown
    assert "Too old." in shown
    made.refresh_from_db()
    assert made.withdrawn_because == "Point 2 is marked by the old scheme."
    assert not qualified(window, ben)
    assert AuditEvent.objects.filter(verb="known_set.withdrawn").count() == 1
    for marker in (ben, bea):
        assert [one.pk for one in quality_queries.to_practise(marker, at=AT)] == [window.pk]
        attempt = quality.practise(window, marker, at=AT + timedelta(hours=6))
        assert (attempt.set.number, attempt.qualified) == (2, True)
    page = text_of(client_of(ben).get(reverse("assessor:practice", args=[window.pk])))
    assert "Set 1 was withdrawn" in page


def test_who_had_qualified_by_a_set_is_told_once_that_it_counts_no_more(window: Window, ben: User) -> None:
    bea = User.objects.get(name="Bea Marker")
    bo = factories.member(Role.MARKER, "Bo Marker")
    gone = factories.member(Role.MARKER, "Gia Gone")
    made = quality.known_set(window)
    quality.known_set(window)
    for marker in (ben, bo, gone):
        assert quality.practise(window, marker).qualified
    quality.practise(window, bea, [make.GOOD])
    later = AT + timedelta(hours=1)
    standardising.clear(
        window=window, marker=bo, qualified=True, reason="Long with us.", by=window.created_by, at=later
    )
    gone.memberships.update(ends_on=AT.date() - timedelta(days=1))
    withdraw(made, window)
    withdraw(made, window)
    found = OutboxMessage.objects.filter(payload__template="practice_set_withdrawn")
    letters = {one.recipient: mail.render(one) for one in found}
    assert len(found) == len(letters)
    assert set(letters) == {ben.email, bo.email}
    assert "You aren’t qualified by it any more." in letters[ben.email].text
    assert "You stay qualified" in letters[bo.email].text
    assert letters[ben.email].subject == "NPQLT: standardisation set 1 counts no more"
    for letter in letters.values():
        assert "Point 2" not in letter.text + letter.html
        assert "old scheme" not in letter.text + letter.html


def test_nobody_is_told_of_seeds_that_are_withdrawn(window: Window, ben: User) -> None:
    withdraw(quality.known_set(window, use="seeds"), window)
    assert not OutboxMessage.objects.filter(payload__template="practice_set_withdrawn").exists()


def test_an_attempt_under_way_ends_with_its_set(window: Window, ben: User) -> None:
    made = quality.known_set(window)
    quality.known_set(window)
    attempt = standardising.begin_attempt(window=window, marker=ben, at=AT)
    withdraw(made, window)
    script = quality_queries.scripts_in(attempt)[0][0]
    with pytest.raises(Refused) as refused:
        standardising.practise(attempt=attempt, script=script, marks=make.FAIR, by=ben, at=AT)
    assert refused.value.code == "practice.withdrawn"
    assert standardising.begin_attempt(window=window, marker=ben, at=AT).set.number == 2


def test_the_office_s_word_stands_when_a_set_is_withdrawn(window: Window, ben: User) -> None:
    made = quality.known_set(window)
    standardising.clear(
        window=window, marker=ben, qualified=True, reason="Long with us.", by=window.created_by, at=AT
    )
    withdraw(made, window)
    assert qualified(window, ben)


def test_a_set_is_withdrawn_with_a_reason_and_once_it_is_in_use(window: Window) -> None:
    made = quality.known_set(window, agreed=False)
    for target, reason, code in ((made, "Wrong.", "known.not_agreed"), (None, " ", "quality.reason")):
        with pytest.raises(Refused) as refused:
            withdraw(target or quality.known_set(window), window, reason)
        assert refused.value.code == code
    with pytest.raises(IntegrityError), transaction.atomic():
        KnownSet.objects.filter(pk=made.pk).update(withdrawn_at=AT)


def test_seeds_of_a_withdrawn_set_are_drawn_no_more_and_stop_nobody() -> None:
    window = make.window()
    ben, _ = make.markers(2)
    for _ in range(4):
        make.sitting(window)
    quality.policy(window, seed_percent=50, seed_tolerance=1, stop_count=2, stop_of=5)
    made = quality.known_set(window, "seeds", (make.POOR,) * 2)
    assert quality_queries.seed_scripts(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    first, second = Marking.objects.filter(seed__isnull=False, marker=ben).select_related("marker")
    make.submit(first)
    withdraw(made, window)
    make.submit(second, at=AT + timedelta(hours=6))
    assert Seed.objects.filter(marker=ben, beyond=True).count() == 2
    assert not Stop.objects.exists()
    assert quality_queries.seed_scripts(window) == []
    compared = reliability_queries.reliability_in(window)
    assert not any(one.seeds for one in compared)
    assert sum(one.markings for one in compared) == 2, "they stay in the count, which would tell them else"


# --- what somebody knows --------------------------------------------------------------------------------------
def add(made: KnownSet, window: Window, former: Script, **fields: Any) -> KnownScript:
    given = {"texts": {"": quality.KNOWN_TEXT}, "reasons": {}, "reason": "So.", "form_key": str(uuid.uuid4())}
    return standardising.add_known(
        set=made, window=window, marks=make.FAIR, taken_from=former, by=window.created_by, at=AT,
        **{**given, **fields},
    )  # fmt: skip


def test_a_set_with_a_former_script_that_somebody_marked_does_not_measure_them(
    window: Window, ben: User
) -> None:
    old = make.script(window)
    Marking.objects.create(script=old, position=1, marker=ben, allocated_at=AT, due_on=AT.date())
    made = quality.known_set(window, marks=(), agreed=False)
    add(made, window, old)
    standardising.agree_set(set=made, by=factories.member(Role.OFFICE, "Nia Second"), at=AT)
    with pytest.raises(Refused) as refused:
        standardising.begin_attempt(window=window, marker=ben, at=AT)
    assert refused.value.code == "practice.own"
    bea = User.objects.get(name="Bea Marker")
    assert standardising.begin_attempt(window=window, marker=bea, at=AT).set == made
    second = quality.known_set(window)
    assert standardising.begin_attempt(window=window, marker=ben, at=AT).set == second


def test_a_former_script_is_in_one_set_alone(window: Window) -> None:
    old = make.script(window)
    first = quality.known_set(window, marks=(), agreed=False)
    add(first, window, old)
    seeds = quality.known_set(window, "seeds", (), agreed=False)
    with pytest.raises(Refused) as refused:
        add(seeds, window, old)
    assert (refused.value.code, refused.value.field) == ("known.there", "former")
    standardising.agree_set(set=first, by=factories.member(Role.OFFICE, "Nia Second"), at=AT)
    withdraw(first, window)
    assert add(seeds, window, old).taken_from == old, "with marks that are right now"


# --- pages ---------------------------------------------------------------------------------------------------------
def test_office_withdraws_a_set_and_grants_an_attempt_by_its_pages(window: Window, ben: User) -> None:
    made = quality.known_set(window)
    quality.known_set(window)
    quality.practise(window, ben, [make.GOOD])
    client = client_of(window.created_by)
    page, overview = (
        reverse("office:known_set", args=[window.pk, made.pk]),
        reverse("office:standardisation", args=[window.pk]),
    )
    assert client.post(page, {"step": "withdraw", "reason": ""}).status_code == 422
    done = text_of(client.post(page, {"step": "withdraw", "reason": "Old scheme."}, follow=True))
    assert "Withdrawn by Olu Office" in done
    assert "Old scheme." in done
    assert "Its marks are wrong" not in done
    assert "Withdrawn" in text_of(client.get(overview))
    quality.practise(window, ben, [make.GOOD], at=AT + timedelta(hours=6))
    said = {"marker": ben.pk, "qualified": "again", "reason": "We talked."}
    assert "May try one more set" in text_of(client.post(overview, said, follow=True))
    seen = text_of(client_of(ben).get(reverse("assessor:practice", args=[window.pk])))
    assert "may try one more set before you mark" in seen
