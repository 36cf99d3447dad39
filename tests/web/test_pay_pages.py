"""Pages of workload and pay: the office's of a window, with its file, and a marker's own statement."""

import csv
import io
import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Window
from goldenthread.common.models import AuditEvent
from goldenthread.marking import actions, pay_queries, paying
from goldenthread.marking.models import Marking, SetAside
from goldenthread.marking.pay_models import PayEntry, PayRate, PayRun, PayWord
from goldenthread.marking.pay_queries import Line
from goldenthread.marking.pay_rules import Done, Rate, Work
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests import factories_pay as money
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED


@pytest.fixture
def window() -> Window:
    """Three scripts, marked by Ben and Bea."""
    found = make.window()
    make.markers(2)
    for _ in range(3):
        make.sitting(found)
    make.mark_all(found)
    return found


@pytest.fixture
def address(window: Window) -> str:
    return f"/office/windows/{window.pk}/marking/pay/"


def person(name: str) -> User:
    return User.objects.get(name=name)


RATE = {"from_on": "01/10/2025", "marking": "£6.05", "further": "9", "practice": "0", "reason": "As agreed."}


# --- the office --------------------------------------------------------------------------------------------------
def test_two_of_the_office_set_a_rate_and_pay(window: Window, address: str) -> None:
    olu, nia = client_of(window.created_by), client_of(money.second_person())
    assert "6 pieces of work without a rate" in text_of(olu.get(address))
    said = {**RATE, "form_key": str(uuid.uuid4())}
    for _ in range(2):
        assert olu.post(f"{address}rates/", said).status_code == 302
    rate = PayRate.objects.get()
    assert (rate.marking, rate.further, rate.practice) == (605, 900, 0)
    assert "Approve this rate" not in text_of(olu.get(f"{address}rates/"))
    assert "1 rate to approve" in text_of(olu.get(address))
    assert "rate or payment run of markers for a second person" in text_of(nia.get("/office/"))
    assert "from Wed 1 Oct 2025" in text_of(nia.get("/office/pay/"))
    olu.post(f"{address}rates/", {"step": "approve", "rate": rate.pk})
    assert "£0" in text_of(olu.get(address))
    nia.post(f"{address}rates/", {"step": "approve", "rate": rate.pk})
    assert "£36.30" in text_of(olu.get(address))
    key = {"form_key": str(uuid.uuid4())}
    for _ in range(2):
        made = olu.post(address, key)
        assert made["Location"] == f"{address}runs/1/"
    assert "Approve and pay" not in text_of(olu.get(f"{address}runs/1/"))
    assert "Yes, pay £36.30" in text_of(nia.get(f"{address}runs/1/"))
    for _ in range(2):
        nia.post(f"{address}runs/1/", {"step": "approve"})
    assert sorted(PayEntry.objects.values_list("marker__name", "pence")) == [
        ("Bea Marker", 1815),
        ("Ben Marker", 1815),
    ]
    assert "Make a payment run" not in text_of(olu.get(address))


@pytest.mark.parametrize("wrong", ["x", "-1", "500.01", "7.255", "", "1e9", "NaN", "7,50"])
def test_amounts_that_are_none_are_refused_at_their_field(window: Window, address: str, wrong: str) -> None:
    said = {**RATE, "marking": wrong, "form_key": str(uuid.uuid4())}
    found = client_of(window.created_by).post(f"{address}rates/", said)
    assert found.status_code == 422
    assert "such as 7 or 7.25" in text_of(found)
    assert not PayRate.objects.exists()


def test_numbers_that_are_none_do_nothing(window: Window, address: str) -> None:
    money.propose(window)
    client = client_of(money.second_person())
    assert client.post(address, {"form_key": "x"}).status_code == 302
    for rate in ("", "x", "999999"):
        assert client.post(f"{address}rates/", {"step": "approve", "rate": rate}).status_code == 302
    assert client.get(f"{address}runs/7/").status_code == 404
    assert client.get("/office/payments/999999/correct/").status_code == 404
    assert not PayRun.objects.exists()


def test_rate_of_another_window_is_not_approved_here(window: Window, address: str) -> None:
    other = make.window(window.intake, opens_on=make.OPENS - timedelta(days=30), case_study=window.case_study)
    theirs = money.propose(other)
    client_of(money.second_person()).post(f"{address}rates/", {"step": "approve", "rate": theirs.pk})
    assert not PayRate.objects.filter(decision__isnull=False).exists()


def test_a_payment_is_corrected_with_a_reason_and_shown(window: Window, address: str) -> None:
    money.rate(window)
    money.pay(window)
    entry = PayEntry.objects.get(marker__name="Bea Marker")
    olu, bea = client_of(window.created_by), client_of(person("Bea Marker"))
    form = f"/office/payments/{entry.pk}/correct/"
    assert olu.post(form, {"reason": ""}).status_code == 422
    for _ in range(2):
        assert olu.post(form, {"reason": "Bank details were wrong."}).status_code == 302
    assert PayEntry.objects.count() == 3
    assert "−£21.75" in text_of(olu.get(f"{address}runs/1/"))
    assert "Corrected already" in text_of(olu.get(form))
    late = text_of(client_of(money.second_person()).post(form, {"reason": "Paid twice."}))
    assert "This was not kept" in late
    assert "Paid twice." in late
    correction = PayEntry.objects.get(corrects=entry)
    assert olu.get(f"/office/payments/{correction.pk}/correct/").status_code == 404
    found = text_of(bea.get("/mark/pay/"))
    assert "Bank details were wrong." in found
    assert "Bank details" not in text_of(client_of(person("Ben Marker")).get("/mark/pay/"))


def test_a_marker_reads_what_all_windows_come_to_and_who_pays(window: Window) -> None:
    money.rate(window)
    ben = client_of(person("Ben Marker"))
    alone = text_of(ben.get("/mark/pay/"))
    assert "All windows together" not in alone
    assert "the programme office prepares one, and a second person approves it" in alone
    assert "Ask the programme office" in alone
    money.pay(window)
    other = make.window(
        window.intake, case_study=window.case_study, opens_on=window.opens_on + timedelta(days=60)
    )
    make.sitting(other)
    make.mark_all(other)
    money.rate(other)
    both = text_of(ben.get("/mark/pay/"))
    figures = both.partition("All windows together")[2].partition("window from")[0]
    assert [f"£{pounds}" in figures for pounds in ("29", "21.75", "7.25")] == [True] * 3
    assert "Paid too much" not in figures


def test_what_was_paid_too_much_in_one_window_pays_for_nothing_in_another() -> None:
    rates = [Rate(money.FROM, 700, 0, 0)]
    done = [Done(Work.MARKING, AT.date())]
    paid = Line(1, 1, "Ben", done=done, rates=rates, entries=[PayEntry(pence=1000)])
    unpaid = Line(2, 1, "Ben", done=done, rates=rates)
    assert pay_queries.together([paid, unpaid]) == pay_queries.Together(1400, 1000, 700, 300)


def test_office_says_that_marks_set_aside_are_not_paid(window: Window, address: str) -> None:
    money.rate(window)
    one = Marking.objects.filter(marker__name="Ben Marker").order_by("pk")[0]
    moderation.set_aside(marking=one, reason="A mix-up.", by=window.created_by, at=AT)
    aside, client = SetAside.objects.get(), client_of(window.created_by)
    form = f"{address}set-aside/{aside.pk}/"
    assert form in client.get(address).content.decode()
    assert client.post(form, {"due": "0", "reason": ""}).status_code == 422
    assert client.post(form, {"due": "1", "reason": "Yes."}).status_code == 422  # they are paid already
    for _ in range(2):
        assert client.post(form, {"due": "0", "reason": "Given without reading."}).status_code == 302
    assert PayWord.objects.count() == 1
    seen = text_of(client_of(person("Ben Marker")).get("/mark/pay/"))
    assert f"{aside.code}: not paid. Given without reading." in seen
    assert "£14.50" in seen


def test_file_holds_every_marker_and_no_formula(window: Window, address: str) -> None:
    User.objects.filter(name="Bea Marker").update(name="=HYPERLINK(1)")
    money.rate(window)
    money.pay(window)
    one = Marking.objects.filter(marker__name="Ben Marker").order_by("pk")[0]
    moderation.set_aside(marking=one, reason="A mix-up.", by=window.created_by, at=AT)
    paying.say_due(aside=SetAside.objects.get(), due=False, reason="Unread.", by=window.created_by, at=AT)
    found = client_of(window.created_by).get(f"{address}file/")
    text = b"".join(found.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["marker"] for row in rows] == ["'=HYPERLINK(1)", "Ben Marker"]
    ben = rows[1]
    assert (ben["due in pence"], ben["paid in pence"], ben["left in pence"]) == ("1450", "2175", "-725")
    assert (ben["not paid"], ben["submitted"]) == ("1", "2")
    assert found["Cache-Control"] == "private, no-store"
    assert AuditEvent.objects.filter(verb="pay.exported").count() == 1


def test_nobody_else_gets_the_pages(window: Window, address: str) -> None:
    money.rate(window)
    money.pay(window)
    for who in (person("Ben Marker"), window.sittings.order_by("pk")[0].enrolment.user, factories.user()):
        for page in (address, f"{address}rates/", f"{address}file/", f"{address}runs/1/", "/office/pay/"):
            assert client_of(who).get(page).status_code == 404
        assert client_of(who).post(address, {"form_key": str(uuid.uuid4())}).status_code == 404
    assert client_of(factories.user()).get("/mark/pay/").status_code == 404


# --- the marker --------------------------------------------------------------------------------------------------
def test_statement_does_not_tell_seeds_from_scripts() -> None:
    window = make.window()
    make.markers(2)
    for _ in range(4):
        make.sitting(window)
    quality.policy(window, seed_percent=50)
    quality.known_set(window, "seeds", (make.FAIR,) * 4)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    for one in Marking.objects.select_related("marker"):
        make.submit(one)
    money.rate(window)
    client = client_of(person("Ben Marker"))
    assert Marking.objects.filter(marker__name="Ben Marker", seed__isnull=False).count() == 2
    page = client.get("/mark/pay/").content.decode()
    queue = client.get("/mark/").content.decode()
    scripts = len(re.findall(r'href="/mark/\d+/"', queue))
    assert scripts == 6
    assert "£43.50" in page
    assert f">{scripts}</td>" in page
    assert "seed" not in page.lower()
    assert f"{scripts} scripts marked" in text_of(
        client.get("/mark/reliability/")
    )  # no count tells how many are seeds


def test_statement_shows_time_open_scripts_and_two_rates(window: Window) -> None:
    ben = person("Ben Marker")
    by_hand.alter(Marking.objects.filter(marker=ben), seconds=1800)
    money.rate(window)
    money.rate(window, from_on=AT.date() + timedelta(days=1), marking=800)
    found = text_of(client_of(ben).get("/mark/pay/"))
    assert "1 h 30 min" in found
    assert "£7.25 from Wed 1 Oct 2025; £8 from Wed 15 Oct 2025" in found
    assert "£21.75" in found
    assert "Bea Marker" not in found


def test_markers_without_work_see_an_empty_statement_and_former_ones_still_see_theirs(window: Window) -> None:
    new = factories.member(Role.MARKER, "New Marker")
    assert "Nothing submitted yet" in text_of(client_of(new).get("/mark/pay/"))
    ben = person("Ben Marker")
    ben.memberships.update(ends_on=make.OPENS)
    money.rate(window)
    assert "£21.75" in text_of(client_of(ben).get("/mark/pay/"))


def test_statement_takes_no_more_queries_for_three_windows_than_for_one(window: Window) -> None:
    ben = person("Ben Marker")
    money.rate(window)
    client = client_of(ben)
    client.get("/mark/pay/")
    with CaptureQueriesContext(connection) as one:
        client.get("/mark/pay/")
    for days in (30, 60):
        more = make.window(
            window.intake, opens_on=make.OPENS - timedelta(days=days), case_study=window.case_study
        )
        for _ in range(3):
            make.sitting(more)
        make.mark_all(more)
        money.rate(more)
        money.pay(more)
    with CaptureQueriesContext(connection) as three:
        found = client.get("/mark/pay/")
    assert found.content.decode().count("gt-panel") == 3
    assert len(three) == len(one)


def test_pages_of_the_office_ask_the_database_at_most_twelve_times_however_much_there_is() -> None:
    counts = []
    for scripts in (1, 3):
        window = make.window(opens_on=make.OPENS - timedelta(days=30 * scripts))
        make.markers(2 * scripts)
        for _ in range(scripts):
            make.sitting(window)
        make.mark_all(window)
        for place in range(scripts):
            money.rate(window, from_on=AT.date() + timedelta(days=place - 20 if place == 0 else place))
        for one in Marking.objects.filter(script__sitting__window=window, position=1):
            moderation.set_aside(marking=one, reason="A mix-up.", by=window.created_by, at=AT)
        money.pay(window)
        money.propose(window, from_on=AT.date() + timedelta(days=40))
        base = f"/office/windows/{window.pk}/marking/pay/"
        client = client_of(window.created_by)
        found = []
        for page in (base, f"{base}rates/", f"{base}runs/1/", f"{base}file/", "/office/pay/"):
            with CaptureQueriesContext(connection) as caught:
                assert client.get(page).status_code == 200
            found.append(len(caught))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 12
