"""The alert of a pass rate under 95 %: raised with the release, on the desk, until it is back or acknowledged."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Sitting, SittingState, Window
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.common.writes import Writes
from goldenthread.outcomes import actions as outcomes
from goldenthread.outcomes.following import follow
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from goldenthread.reports import alerts, jobs
from goldenthread.reports.models import PassAlert
from tests import by_hand, factories
from tests import factories_marking as make
from tests.factories_web import client_of, page, queries_of, text_of
from tests.reports.test_measures import AT, held_back, many, release

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-56")]
SL = "npqsl-reformed-international"


@pytest.fixture
def olu(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def released(passed: int, assessed: int, *, key: str = factories.NPQLT, prefix: str = "a") -> Window:
    """A window of an intake of its own, whose results are released and followed as a release does it."""
    window = make.window(factories.intake(key))
    people = many(window.intake, assessed, prefix=prefix)
    release(window, people, passed=passed)
    follow(window.outcomes.all(), by=window.created_by, at=AT)
    return window


def on_the_desk(user: User) -> list[str]:
    desk = page(user, reverse("office:desk")).context["desk"]
    return [row.text for _, rows in desk.desks for row in rows if row.text.startswith("Pass rate")]


def correct(window: Window, people: list[Enrolment], *, passed: bool) -> None:
    release(window, people, passed=len(people) if passed else 0, number=2, at=AT + timedelta(days=1))
    follow(window.outcomes.filter(number=2), by=window.created_by, at=AT + timedelta(days=1))


@pytest.mark.parametrize(
    ("passed", "assessed", "said"),
    [
        (18, 20, "18/20 = 90.0 %"),
        (0, 1, "0/1 = 0.0 %"),
        (94, 99, "94/99 = 94.9 %"),  # 94.949…
        (19, 20, ""),
        (20, 20, ""),
    ],
)
def test_an_alert_stands_on_the_desk_with_programme_intake_and_figures(
    olu: User, passed: int, assessed: int, said: str
) -> None:
    window = released(passed, assessed)
    name = f"NPQLT {window.intake.name}"
    assert on_the_desk(olu) == ([f"Pass rate of {name} is under 95.0 %: {said}"] if said else [])
    shown = page(olu, reverse("office:reports"))
    assert ('id="alerts"' in text_of(shown)) is bool(said)
    if said:
        (row,) = [
            r
            for _, rows in page(olu, reverse("office:desk")).context["desk"].desks
            for r in rows
            if said in r.text
        ]
        assert row.url == f"{reverse('office:reports')}#alerts"
        assert f"{said}</td>" in text_of(shown)


def test_a_release_raises_it_in_its_own_transaction(olu: User) -> None:
    window = make.window(factories.intake())
    make.markers(2)
    make.sitting(window, factories.enrolment("Ned Not", to=window.intake))
    make.script(window, name="Cat Sends")
    make.mark_all(window)
    make.moderated(window)
    outcomes.release(window=window, by=window.created_by, at=make.CLOSED)
    row = PassAlert.objects.get()
    assert (row.intake, row.assessed - row.passed >= 1, row.raised_at) == (window.intake, True, make.CLOSED)


def test_whoever_was_held_back_raises_no_alert(olu: User) -> None:
    window = released(19, 19)
    held_back(window, many(window.intake, 3, prefix="h"))
    follow(Outcome.objects.filter(result="not_passed"), by=olu, at=AT)
    assert (on_the_desk(olu), PassAlert.objects.count()) == ([], 0)


def test_it_goes_when_the_rate_is_back_and_says_so_in_the_trail(olu: User) -> None:
    window = released(18, 20)
    failed = list(Enrolment.objects.filter(outcomes__result="not_passed").order_by("pk"))
    correct(window, failed[:1], passed=True)
    assert (on_the_desk(olu), PassAlert.objects.count()) == ([], 0)  # 19 of 20 are 95 %
    verbs = AuditEvent.objects.filter(subject=f"intake:{window.intake_id}", verb__startswith="pass_alert.")
    assert list(verbs.order_by("sequence").values_list("verb", flat=True)) == [
        "pass_alert.raised",
        "pass_alert.over",
    ]


def test_somebody_acknowledges_it_with_a_note_and_it_leaves_the_desk_but_not_the_report(olu: User) -> None:
    window = released(18, 20)
    client, address = client_of(olu), reverse("office:pass_alert", args=[window.intake_id])
    told = {"passed": "18", "assessed": "20"}
    assert client.post(address, {"note": " ", **told}).status_code == 422
    assert len(on_the_desk(olu)) == 1
    assert client.post(address, {"note": "Two were ill; both sit again in May.", **told}).status_code == 302
    assert on_the_desk(olu) == []
    assert "Olu Office" in text_of(page(olu, reverse("office:reports")))
    assert "Two were ill; both sit again in May." in text_of(page(olu, reverse("office:reports")))
    event = AuditEvent.objects.get(verb="pass_alert.acknowledged")
    assert (event.actor_name, event.details["note"]) == ("Olu Office", "Two were ill; both sit again in May.")
    again = client.post(address, {"note": "Another", **told}, follow=True)
    assert again.status_code == 200
    assert PassAlert.objects.get().note == "Two were ill; both sit again in May."
    assert AuditEvent.objects.filter(verb="pass_alert.acknowledged").count() == 1


def test_an_acknowledgement_holds_for_its_figures_alone(olu: User) -> None:
    window = released(18, 20)
    said = {"intake": window.intake, "note": "Known", "by": olu, "at": AT}
    with pytest.raises(Refused, match=r"changed since you looked: 18/20 = 90\.0 %"):
        alerts.acknowledge(passed=17, assessed=20, **said)
    alerts.acknowledge(passed=18, assessed=20, **said)
    release(window, many(window.intake, 5, prefix="b"), passed=4)
    follow(Outcome.objects.all(), by=olu, at=AT)
    assert on_the_desk(olu) == [f"Pass rate of NPQLT {window.intake.name} is under 95.0 %: 22/25 = 88.0 %"]
    assert PassAlert.objects.get().acknowledged_at is None


def test_an_old_page_says_what_has_changed_and_keeps_the_note(olu: User) -> None:
    window = released(18, 20)
    client, address = client_of(olu), reverse("office:pass_alert", args=[window.intake_id])
    answer = client.post(address, {"note": "Known since May", "passed": "17", "assessed": "20"})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "The figures have changed since you looked" in shown
    assert "Known since May" in shown
    assert client.post(address, {"note": "Known", "passed": "18", "assessed": "20"}).status_code == 302


def test_where_nothing_is_too_low_there_is_nothing_to_acknowledge(olu: User) -> None:
    window = released(20, 20)
    address = reverse("office:pass_alert", args=[window.intake_id])
    assert "Nothing to acknowledge" in text_of(page(olu, address))
    with pytest.raises(Refused, match="no longer too low"):
        alerts.acknowledge(intake=window.intake, passed=1, assessed=2, note="x", by=olu, at=AT)


def test_the_nightly_job_finds_what_no_release_has_told(olu: User) -> None:
    window = make.window(factories.intake())
    people = many(window.intake, 4, prefix="n")
    release(window, people, passed=2)  # results from before there were alerts
    assert on_the_desk(olu) == []
    jobs.keep_alerts(AT)
    assert len(on_the_desk(olu)) == 1
    assert jobs.keep_alerts(AT) == "0 alerts of pass rates changed"
    by_hand.alter(Outcome.objects.all(), result="passed")
    jobs.keep_alerts(AT)
    assert on_the_desk(olu) == []


def test_a_project_task_alone_raises_nothing_and_asks_nothing(
    olu: User, django_assert_num_queries: Any
) -> None:
    window = make.window(factories.intake())
    Outcome.objects.bulk_create(
        Outcome(enrolment=one, window=window, task="t", result="not_passed", conditions=[], computed_at=AT)
        for one in many(window.intake, 2, prefix="p")
    )
    writes = Writes()
    with django_assert_num_queries(0):
        alerts.follow(outcomes=list(Outcome.objects.none()), by=olu, at=AT, writes=writes)
        writes.write()
    alerts.follow(outcomes=list(Outcome.objects.all()), by=olu, at=AT, writes=writes)
    writes.write()
    assert not PassAlert.objects.exists()


def test_the_desk_takes_no_further_statement_for_alerts(olu: User) -> None:
    before = queries_of(olu, reverse("office:desk"))
    released(18, 20)
    released(1, 2, key=SL, prefix="s")
    assert len(on_the_desk(olu)) == 2
    assert queries_of(olu, reverse("office:desk")) <= max(before, 12)
    one = queries_of(olu, reverse("office:reports"))
    released(1, 2, key="npqh-reformed-international", prefix="t")
    assert queries_of(olu, reverse("office:reports")) == one


def test_a_pass_rate_counts_held_back_only_by_its_own_window(olu: User) -> None:
    window = released(1, 2)
    one = Enrolment.objects.get(outcomes__result="not_passed")
    other = make.window(factories.intake(starts_on=date(2025, 9, 1)))
    Sitting.objects.create(
        window=other, enrolment=one, code="OTHER", opens_at=AT, closes_at=AT + timedelta(days=8),
        zone="Europe/London", state=SittingState.HELD_BACK,
    )  # fmt: skip
    assert alerts.differing() == set()
    assert PassAlert.objects.get().intake == window.intake
