"""What marking is paid: rates by two people, what is due, runs by two people, corrections, marks set aside."""

import uuid
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Window
from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, pay_queries, pay_rules, paying
from goldenthread.marking.models import Marking, SetAside
from goldenthread.marking.pay_models import PayDecision, PayEntry, PayRate, PayRun, PayWord
from goldenthread.marking.pay_rules import Done, Rate, Work
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests import factories_pay as money
from tests import factories_quality as quality

AT = make.CLOSED
DAY = AT.date()


def refused(code: str, call: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    assert caught.value.code == code
    return caught.value


# --- rules -------------------------------------------------------------------------------------------------------
def test_each_piece_of_work_brings_the_rate_of_its_own_day() -> None:
    rates = [Rate(date(2026, 3, 9), 500, 800, 0), Rate(date(2026, 3, 12), 650, 810, 2500)]
    done = [
        Done(Work.MARKING, date(2026, 3, 8)),  # before any rate
        Done(Work.MARKING, date(2026, 3, 9)),
        Done(Work.MARKING, date(2026, 3, 11)),
        Done(Work.MARKING, date(2026, 3, 12)),
        Done(Work.FURTHER, date(2026, 4, 30)),
        Done(Work.FURTHER, date(2026, 4, 30), due=False),
        Done(Work.PRACTICE, date(2026, 3, 10)),  # brings nothing, which is a rate all the same
    ]
    found = pay_rules.due(done, rates)
    assert found.pence == 500 + 500 + 650 + 810
    assert (found.unrated, found.withheld) == (1, 1)
    assert dict(found.counts) == {Work.MARKING: 4, Work.FURTHER: 2, Work.PRACTICE: 1}
    assert pay_rules.due([], rates).pence == 0


@pytest.mark.parametrize(
    ("position", "kind"), [(1, "marking"), (2, "marking"), (3, "further"), (7, "further")]
)
def test_third_markings_and_re_marks_are_further_ones(position: int, kind: str) -> None:
    assert pay_rules.kind_at(position) == kind


@pytest.mark.parametrize(
    ("amounts", "codes"),
    [
        ((0, 0, 0), ["rate.nothing"]),
        ((-1, 5, 5), ["rate.range"]),
        ((50_001, -2, 5), ["rate.range", "rate.range"]),
        ((50_000, 0, 0), []),
    ],
)
def test_amounts_have_a_range(amounts: tuple[int, int, int], codes: list[str]) -> None:
    assert [one.code for one in pay_rules.rate_faults(Rate(DAY, *amounts), "Why.")] == codes


@pytest.mark.parametrize(
    ("begins", "known", "code"),
    [
        (9, [], None),  # the first may begin in the past
        (30, [10], None),
        (20, [10], "rate.back"),  # today is the 20th
        (12, [10], "rate.back"),
        (10, [10], "rate.same_day"),
        (25, [10, 25], "rate.same_day"),
        (8, [10], None),  # covers days that had none
    ],
)
def test_no_rate_changes_what_was_done(begins: int, known: list[int], code: str | None) -> None:
    days = [date(2026, 6, day) for day in known]
    check = lambda: pay_rules.check_begins(date(2026, 6, begins), days, date(2026, 6, 20))  # noqa: E731
    if code is None:
        check()
    else:
        refused(code, check)


# --- with a window -----------------------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


@pytest.fixture
def window() -> Window:
    """Three scripts, marked by Ben and Bea."""
    found = make.window()
    make.markers(2)
    for _ in range(3):
        make.sitting(found)
    return found


def line(window: Window, name: str = "Ben Marker") -> pay_queries.Line:
    return next(one for one in pay_queries.lines_in([window.pk], day=DAY) if one.name == name)


def test_nothing_is_due_before_a_second_person_approves_the_rate(window: Window) -> None:
    make.mark_all(window)
    proposed = money.propose(window)
    assert (line(window).due.pence, line(window).due.unrated) == (0, 3)
    refused(
        "pay.second_person",
        lambda: paying.decide_rate(rate=proposed, approve=True, by=window.created_by, at=AT),
    )
    first = paying.decide_rate(rate=proposed, approve=True, by=money.second_person(), at=AT)
    assert (line(window).due.pence, line(window).due.unrated) == (3 * 725, 0)
    assert paying.decide_rate(rate=proposed, approve=True, by=money.second_person(), at=AT) == first
    refused(
        "pay.decided", lambda: paying.decide_rate(rate=proposed, approve=False, by=window.created_by, at=AT)
    )
    third = factories.member(Role.OFFICE, "Oda Third")
    said = refused("pay.decided", lambda: paying.decide_rate(rate=proposed, approve=True, by=third, at=AT))
    assert f"{money.second_person()} approved this on" in said.message
    assert AuditEvent.objects.filter(verb="pay_rate.approved").count() == 1


def test_a_rate_is_never_changed_and_a_new_one_leaves_what_was_done(window: Window) -> None:
    make.mark_all(window)
    money.rate(window)
    for change in (
        lambda: PayRate.objects.update(marking=9999),
        lambda: PayRate.objects.all().delete(),
        lambda: PayDecision.objects.update(approved=False),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    refused("rate.back", lambda: money.propose(window, from_on=DAY))
    money.rate(window, from_on=DAY + timedelta(days=1), marking=1)
    assert line(window).due.pence == 3 * 725


def test_a_rate_that_would_reach_back_by_the_time_of_its_approval_is_refused(window: Window) -> None:
    money.rate(window)
    later = money.propose(window, from_on=DAY + timedelta(days=2))
    approve = lambda days: paying.decide_rate(  # noqa: E731
        rate=later, approve=True, by=money.second_person(), at=AT + timedelta(days=days)
    )
    refused("rate.back", lambda: approve(2))
    approve(1)


def test_a_rate_taken_back_never_holds(window: Window) -> None:
    make.mark_all(window)
    proposed = money.propose(window)
    paying.decide_rate(rate=proposed, approve=False, by=window.created_by, at=AT)
    refused(
        "pay.decided",
        lambda: paying.decide_rate(rate=proposed, approve=True, by=money.second_person(), at=AT),
    )
    assert line(window).due.pence == 0
    money.rate(window, marking=610)  # the same day again
    assert line(window).due.pence == 3 * 610


def test_the_same_form_is_one_rate(window: Window) -> None:
    first = money.propose(window)
    said: dict[str, Any] = {"window": window, "reason": "Why.", "by": window.created_by, "at": AT}
    again = paying.propose_rate(rate=Rate(DAY, 1, 1, 1), form_key=str(first.form_key), **said)
    assert again == first
    assert PayRate.objects.count() == 1
    refused(
        "pay.reason",
        lambda: paying.propose_rate(
            rate=Rate(DAY, 1, 1, 1), form_key=str(uuid.uuid4()), **{**said, "reason": " "}
        ),
    )


def test_seeds_practice_and_third_markings_are_work() -> None:
    window = make.window()
    make.markers(2)
    for _ in range(4):
        make.sitting(window)
    quality.policy(window, standardised=True, seed_percent=50)
    quality.known_set(window, "seeds", (make.FAIR,) * 4)
    quality.known_set(window)
    for marker in User.objects.filter(name__in=["Ben Marker", "Bea Marker"]):
        quality.practise(window, marker)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    for one in Marking.objects.select_related("marker"):
        make.submit(one)
    money.rate(window)
    ben = line(window)
    assert ben.submitted == 4 + 2
    assert ben.counts == (6, 0, 1)
    assert ben.due.pence == 6 * 725 + 3000


def test_a_third_marking_brings_its_own_rate(window: Window) -> None:
    bo = factories.member(Role.MARKER, "Bo Marker")
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    script = window.sittings.order_by("code")[0].scripts.get()
    for one, marks in zip(
        script.markings.select_related("marker").order_by("position"), (make.GOOD, make.POOR)
    ):
        make.submit(one, marks)
    third = Marking.objects.select_related("marker").get(position=3)
    make.submit(third)
    money.rate(window)
    found = line(window, third.marker.name)
    assert found.counts[1] == 1
    assert found.due.pence - found.counts[0] * 725 == 1150
    assert bo


def test_workload_counts_open_late_and_the_median(window: Window) -> None:
    actions.allocate_window(window=window, by=window.created_by, at=AT, due_on=DAY + timedelta(days=3))
    mine = list(Marking.objects.filter(marker__name="Ben Marker").select_related("marker").order_by("pk"))
    for one, seconds in zip(mine, (100, 2000)):
        by_hand.alter(Marking.objects.filter(pk=one.pk), seconds=seconds)
        one.refresh_from_db()
        make.submit(one)
    times = dict(Marking.objects.values_list("pk", "seconds"))
    found = pay_queries.lines_in([window.pk], day=DAY + timedelta(days=4))
    ben = next(one for one in found if one.name == "Ben Marker")
    assert (ben.open, ben.late, ben.submitted) == (len(mine) - 2, len(mine) - 2, 2)
    assert ben.median_minutes == round((times[mine[0].pk] + times[mine[1].pk]) / 2 / 60)
    assert [one.late for one in pay_queries.lines_in([window.pk], day=DAY + timedelta(days=3))] == [0, 0]
    bea = line(window, "Bea Marker")
    assert bea.median_minutes is None


# --- paying ------------------------------------------------------------------------------------------------------
def test_paying_takes_two_people_and_pays_once(window: Window) -> None:
    make.mark_all(window)
    money.rate(window)
    made = money.run(window)
    assert not PayEntry.objects.exists()
    refused(
        "pay.second_person", lambda: paying.decide_run(run=made, approve=True, by=window.created_by, at=AT)
    )
    for _ in range(2):
        paying.decide_run(run=made, approve=True, by=money.second_person(), at=AT)
    assert [(one.marker.name, one.pence) for one in PayEntry.objects.order_by("marker__name")] == [
        ("Bea Marker", 2175),
        ("Ben Marker", 2175),
    ]
    assert (line(window).paid, line(window).left) == (2175, 0)
    assert AuditEvent.objects.filter(verb="pay_run.paid").count() == 1
    told = OutboxMessage.objects.filter(payload__template="marking_paid").order_by("recipient", "pk")
    people = User.objects.filter(name__in=["Bea Marker", "Ben Marker"]).order_by("email")
    assert [one.recipient for one in told] == [person.email for person in people]
    letter = mail.render(told[0])
    assert "/mark/pay/" in letter.text
    assert "21.75" not in letter.text + letter.html + letter.subject
    refused("run.nothing", lambda: money.run(window))


def test_the_same_form_is_one_run_and_one_waits_at_a_time(window: Window) -> None:
    make.mark_all(window)
    refused("run.nothing", lambda: money.run(window))  # no rate
    money.rate(window)
    made = money.run(window)
    assert money.run(window, key=str(made.form_key)) == made
    refused("run.waiting", lambda: money.run(window))
    paying.decide_run(run=made, approve=False, by=window.created_by, at=AT)
    refused("pay.decided", lambda: paying.decide_run(run=made, approve=True, by=money.second_person(), at=AT))
    assert money.run(window).number == 2
    assert not PayEntry.objects.exists()


def test_nobody_decides_about_their_own_pay(window: Window) -> None:
    make.mark_all(window)
    ben = User.objects.get(name="Ben Marker")
    money.rate(window)
    made = paying.make_run(window=window, form_key="0b8dfe4e-6d0f-4d39-9d0e-0d0d5fb0a001", by=ben, at=AT)
    assert [marker for marker, _ in made.lines] == [User.objects.get(name="Bea Marker").pk]
    bea = User.objects.get(name="Bea Marker")
    refused("pay.own", lambda: paying.decide_run(run=made, approve=True, by=bea, at=AT))
    paying.decide_run(run=made, approve=True, by=window.created_by, at=AT)
    entry = PayEntry.objects.get()
    refused("pay.own", lambda: paying.correct_payment(entry=entry, reason="Mine.", by=bea, at=AT))


def test_a_payment_is_corrected_by_its_opposite_and_paid_anew(window: Window) -> None:
    make.mark_all(window)
    money.rate(window)
    money.pay(window)
    entry = PayEntry.objects.get(marker__name="Ben Marker")
    refused("pay.reason", lambda: paying.correct_payment(entry=entry, reason="", by=window.created_by, at=AT))
    first = paying.correct_payment(entry=entry, reason="It came back.", by=window.created_by, at=AT)
    again = paying.correct_payment(entry=entry, reason="It came back.", by=window.created_by, at=AT)
    assert (first, first.pence, first.reason) == (again, -2175, "It came back.")
    for who, words in ((money.second_person(), "It came back."), (window.created_by, "In other words.")):
        said = refused(
            "entry.corrected", partial(paying.correct_payment, entry=entry, reason=words, by=who, at=AT)
        )
        assert "corrected this payment on" in said.message
        assert "What you sent was not kept." in said.message
    assert PayEntry.objects.filter(corrects=entry).count() == 1
    refused(
        "entry.correction",
        lambda: paying.correct_payment(entry=first, reason="No.", by=window.created_by, at=AT),
    )
    assert (line(window).paid, line(window).left) == (0, 2175)
    told = OutboxMessage.objects.get(payload__context__corrected=True)
    assert told.recipient == entry.marker.email
    assert "It came back." not in mail.render(told).text
    assert money.pay(window).lines == [[entry.marker_id, 2175]]
    assert line(window).left == 0
    for change in (lambda: PayEntry.objects.update(pence=1), lambda: PayRun.objects.update(number=9)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_database_takes_no_approval_by_the_maker_and_no_negative_payment(window: Window) -> None:
    proposed = money.propose(window)
    olu = window.created_by
    with pytest.raises(IntegrityError), transaction.atomic():
        PayDecision.objects.create(rate=proposed, approved=True, made_by=olu, by=olu, at=AT)
    make.mark_all(window)
    paying.decide_rate(rate=proposed, approve=True, by=money.second_person(), at=AT)
    made = money.run(window)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayEntry.objects.create(window=window, marker=olu, pence=-5, run=made, by=olu, at=AT)


# --- marks that were set aside -----------------------------------------------------------------------------------
def set_aside(window: Window) -> SetAside:
    one = Marking.objects.filter(marker__name="Ben Marker").select_related("marker").order_by("pk")[0]
    by_hand.alter(Marking.objects.filter(pk=one.pk), seconds=840)
    return moderation.set_aside(marking=one, reason="A mix-up of the office.", by=window.created_by, at=AT)


def test_marks_set_aside_stay_due_unless_the_office_says_otherwise(window: Window) -> None:
    make.mark_all(window)
    money.rate(window)
    aside = set_aside(window)
    ben = line(window)
    assert (ben.submitted, ben.due.pence, ben.due.withheld) == (2, 3 * 725, 0)
    assert aside.seconds == 840
    assert 840 in ben.seconds
    olu = window.created_by
    refused("pay.due_already", lambda: paying.say_due(aside=aside, due=True, reason="Yes.", by=olu, at=AT))
    refused("pay.reason", lambda: paying.say_due(aside=aside, due=False, reason=" ", by=olu, at=AT))
    ben_himself = User.objects.get(name="Ben Marker")
    refused("pay.own", lambda: paying.say_due(aside=aside, due=False, reason="No.", by=ben_himself, at=AT))
    for _ in range(2):
        paying.say_due(aside=aside, due=False, reason="Given without reading.", by=olu, at=AT)
    second = money.second_person()
    said = refused(
        "pay.said",
        lambda: paying.say_due(aside=aside, due=False, reason="I think so too.", by=second, at=AT),
    )
    assert f"{olu} said that these marks aren't paid on" in said.message
    assert PayWord.objects.count() == 1
    assert (line(window).due.pence, line(window).due.withheld) == (2 * 725, 1)
    paying.say_due(aside=aside, due=True, reason="They had read it.", by=money.second_person(), at=AT)
    assert line(window).due.pence == 3 * 725


def test_a_run_that_is_more_than_what_is_still_due_is_refused(window: Window) -> None:
    make.mark_all(window)
    money.rate(window)
    aside, made = set_aside(window), money.run(window)
    paying.say_due(aside=aside, due=False, reason="Given without reading.", by=window.created_by, at=AT)
    said = refused(
        "run.changed", lambda: paying.decide_run(run=made, approve=True, by=money.second_person(), at=AT)
    )
    assert "£21.75" in said.message
    assert "£14.50" in said.message
    assert not PayEntry.objects.exists()


def test_what_was_paid_too_much_is_taken_from_what_comes(window: Window) -> None:
    make.mark_all(window)
    money.rate(window)
    aside = set_aside(window)
    money.pay(window)
    paying.say_due(aside=aside, due=False, reason="Given without reading.", by=window.created_by, at=AT)
    assert line(window).left == -725
    refused("run.nothing", lambda: money.run(window))


def test_lines_take_five_queries_however_much_there_is() -> None:
    counts = []
    for scripts in (1, 3):
        window = make.window(opens_on=make.OPENS - timedelta(days=scripts))
        make.markers(2 * scripts)
        for _ in range(scripts):
            make.sitting(window)
        make.mark_all(window)
        money.rate(window)
        money.pay(window)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert pay_queries.lines_in([window.pk], day=DAY)
        counts.append(len(caught))
    assert counts == [5, 5]
