"""A script that a moderator has begun and can't decide on any more is taken over, and their marks stay on record."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Script
from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking_actions
from goldenthread.marking import conflicts
from goldenthread.marking.models import Marking
from goldenthread.marking.rules import FIRST_REMARK
from goldenthread.moderation import actions, batches, queries
from goldenthread.moderation.models import EarlierLook, Round, Sampled
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Membership, Role, User
from tests import by_hand, factories, factories_web
from tests import factories_marking as make
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
OWN = {f"point_{n}": 2 for n in range(1, 6)}


@pytest.fixture
def chidi() -> User:
    return factories.member(Role.MODERATOR, "Chidi Moderator")


@pytest.fixture
def mo() -> User:
    return factories.member(Role.MODERATOR, "Mo Moderator")


@pytest.fixture
def sampled(chidi: User) -> Sampled:
    """The one script of a round, for which Chidi has entered blind marks."""
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window, [make.POOR])
    opened = actions.open_round(window=window, by=chidi, at=AT, seed="seed")
    return actions.mark_blind(sampled=opened.sample.get(), marks=make.FAIR, by=chidi, at=AT)


def role_over(sampled: Sampled) -> None:
    Membership.objects.filter(user=sampled.marked_by).update(ends_on=AT.date() - timedelta(days=1))


def account_closed(sampled: Sampled) -> None:
    User.objects.filter(pk=sampled.marked_by_id).update(is_active=False)


def in_conflict(sampled: Sampled) -> None:
    Pairing.objects.create(
        enrolment=sampled.script.sitting.enrolment, coach=sampled.marked_by, since=factories.AT
    )


@pytest.mark.parametrize("gone", [role_over, account_closed, in_conflict])
def test_somebody_else_begins_anew_and_decides(
    gone: Callable[[Sampled], None], sampled: Sampled, chidi: User, mo: User
) -> None:
    with pytest.raises(Refused, match="Chidi Moderator is moderating this script already"):
        actions.mark_blind(sampled=sampled, marks=make.POOR, by=mo, at=AT)
    gone(sampled)
    assert queries.markings_seen_by(sampled, viewer_of(mo, on=AT.date())) == []
    taken = actions.mark_blind(sampled=sampled, marks=make.POOR, by=mo, at=AT)
    assert (taken.marked_by, set(taken.marks.values())) == (mo, {1})
    kept = EarlierLook.objects.get()
    assert (kept.sampled, kept.marked_by, kept.taken_over_by, kept.at) == (sampled, chidi, mo, AT)
    assert set(kept.marks.values()) == {3}
    assert AuditEvent.objects.get(verb="moderation.taken_over").details == {"was": chidi.pk}
    actions.decide(sampled=taken, decision="confirmed", note="It holds.", by=mo, at=AT)
    signed = actions.sign_off(round=Round.objects.get(), by=mo, at=AT)
    assert signed.signed_off_by == mo
    [line] = {one.difference for one in batches.compared_in(signed)}
    assert line == 0  # against the marks of who decided


def test_what_was_kept_can_neither_be_changed_nor_removed(sampled: Sampled, mo: User) -> None:
    role_over(sampled)
    actions.mark_blind(sampled=sampled, marks=make.POOR, by=mo, at=AT)
    for change in (lambda: EarlierLook.objects.update(marks={}), lambda: EarlierLook.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_decided_script_is_nobodys_to_take(sampled: Sampled, chidi: User, mo: User) -> None:
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=chidi, at=AT)
    role_over(sampled)
    with pytest.raises(Refused) as refused:
        actions.mark_blind(sampled=sampled, marks=make.POOR, by=mo, at=AT)
    assert refused.value.code == "moderation.taken"
    assert not EarlierLook.objects.exists()


def test_pages_offer_it_and_show_the_earlier_marks_after_ones_own(sampled: Sampled, mo: User) -> None:
    address, sample = f"/moderate/scripts/{sampled.pk}/", f"/moderate/rounds/{sampled.round_id}/"
    olu = factories.member(Role.OFFICE, "Olu Office")
    client = client_of(mo)
    with time_machine.travel(AT, tick=False):
        assert "Chidi Moderator is moderating this script already" in text_of(client.get(address))
        assert "left by a moderator" not in text_of(client_of(olu).get("/office/"))
        role_over(sampled)
        assert "1 sampled script of" in text_of(client_of(olu).get("/office/"))
        found = text_of(client.get(sample))
        assert "To take over" in found
        assert f"Moderate {sampled.script.sitting.code}" in found
        blind = text_of(client.get(address))
        assert "Chidi Moderator began with this script" in blind
        assert "Moderator before" not in blind
        client.post(address, OWN)
        assert "Moderator before" in text_of(client.get(address))


def test_a_round_says_of_what_somebody_began_who_knows_its_author_now_that_it_is_to_be_taken_over(
    sampled: Sampled, chidi: User, mo: User, django_assert_max_num_queries: Any
) -> None:
    page, olu = f"/moderate/rounds/{sampled.round_id}/", factories.member(Role.OFFICE, "Olu Office")
    with time_machine.travel(AT, tick=False):
        assert "Marked, to decide" in text_of(client_of(chidi).get(page))
        in_conflict(sampled)
        said = {
            chidi: "another moderator takes it over", mo: "can't go on with it; open it to take it over",
            olu: "can't go on with it<",
        }  # fmt: skip
        for reader, words in said.items():
            client = client_of(reader)
            client.get(page)
            with django_assert_max_num_queries(12):
                found = text_of(client.get(page))
            assert "Marked, to decide" not in found
            assert "To take over" in found
            assert words in found
        actions.mark_blind(sampled=sampled, marks=make.POOR, by=mo, at=AT)
        assert "Marked, to decide" in text_of(client_of(mo).get(page))


# --- a re-mark is blind ------------------------------------------------------------------------------
def took_over(sampled: Sampled, user: User, mo: User) -> None:
    """This user was the first to moderate the script; Mo took it over."""
    by_hand.alter(Sampled.objects.filter(pk=sampled.pk), marked_by=user)
    Membership.objects.filter(user=user, role=Role.MODERATOR).update(ends_on=AT.date() - timedelta(days=1))
    actions.mark_blind(sampled=sampled, marks=make.POOR, by=mo, at=AT)


def looked_on(sampled: Sampled, user: User, mo: User) -> None:
    """Somebody else decided on the script, and this user opened its markings."""
    actions.decide(sampled=sampled, decision="confirmed", note="It holds.", by=sampled.marked_by, at=AT)
    assert actions.record_look(sampled=Sampled.objects.get(pk=sampled.pk), by=user, at=AT)


@pytest.mark.parametrize("seen", [took_over, looked_on])
def test_who_may_have_seen_the_marks_never_gets_the_script(
    seen: Callable[[Sampled, User, User], None], sampled: Sampled, chidi: User, mo: User
) -> None:
    user = factories.member(Role.MARKER, "Bo Marker")
    factories_web.give(user, user.memberships.get().organisation, Role.MODERATOR)
    seen(sampled, user, mo)
    script = sampled.script
    other = make.script(script.sitting.window, name="Somebody Else")
    scripts = Script.objects.filter(pk__in=[script.pk, other.pk])
    with CaptureQueriesContext(connection) as asked:
        found = conflicts.not_to_meet(scripts, [user.pk])
    assert (found, len(asked)) == ({(script.pk, user.pk)}, 2)
    assert conflicts.conflicts_of(scripts, [user.pk]) == set()  # it doesn't keep them from moderating
    remark = {"script": script, "position": FIRST_REMARK, "by": chidi, "at": AT}
    assert marking_actions.appoint_remark(**remark) is None
    bim = factories.member(Role.MARKER, "Bim Marker")
    given = marking_actions.appoint_remark(**remark)
    assert given is not None
    assert given.marker == bim
    with pytest.raises(Refused, match="saw its marks") as refused:
        marking_actions.reassign(marking=given, to=user, reason="Ill", by=chidi, at=AT)
    assert refused.value.code == "reassign.conflict"
    assert not Marking.objects.filter(marker=user).exists()
