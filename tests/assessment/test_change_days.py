"""Hand-in days that were set are changed or cancelled with a reason; nothing that was handed in is undone by it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.assessment.actions import change_days as actions
from goldenthread.assessment.actions import policy
from goldenthread.assessment.models import Sitting, Window
from goldenthread.assessment.rules.policies import declarations_in
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.outcomes.models import Extension
from goldenthread.outcomes.useful_days import beyond_useful
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.factories_projects import AFTER, SUMMER

pytestmark = pytest.mark.django_db
OPENS, CLOSES = date(2019, 2, 1), date(2019, 8, 31)


def change(
    window: Window, opens_on: date, closes_on: date, *, reason: str = "Late exams.", at: datetime = SUMMER
) -> Window:
    return actions.change_hand_in_days(
        window=window, opens_on=opens_on, closes_on=closes_on, reason=reason, by=make.office(), at=at
    )


def cancel(window: Window, *, reason: str = "No moderator.", at: datetime = SUMMER) -> Window:
    return actions.cancel_hand_in_days(window=window, reason=reason, by=make.office(), at=at)


def code_of(action: Any, *args: Any, **sent: Any) -> str:
    with pytest.raises(Refused) as caught:
        action(*args, **sent)
    return caught.value.code


def letters(template: str) -> list[str]:
    found = OutboxMessage.objects.filter(payload__template=template).order_by("pk")
    return [one.payload["to"] for one in found]


def test_other_days_move_every_place_keep_what_was_granted_and_are_told_with_the_reason() -> None:
    amara = make.candidate()
    bilal = make.candidate(name="Bilal Baker", to=amara.intake)
    window = make.days(amara.intake, "project")
    Sitting.objects.filter(enrolment=bilal).update(extra_days=7)
    changed = change(window, OPENS, date(2019, 9, 14))
    assert (changed.opens_on, changed.days) == (OPENS, 226)
    places = {one.enrolment_id: one for one in window.sittings.all()}
    assert places[amara.pk].last_day == date(2019, 9, 14)
    assert places[bilal.pk].last_day == date(2019, 9, 21)
    assert set(letters("hand_in_days_changed")) == {one.enrolment.user.email for one in window.sittings.all()}
    told = OutboxMessage.objects.filter(payload__template="hand_in_days_changed")[0].payload["context"]
    assert told["reason"] == "Late exams."
    event = AuditEvent.objects.get(verb="hand_in_days.changed")
    assert (event.details["before_days"], event.details["reason"]) == (212, "Late exams.")
    change(window, OPENS, date(2019, 9, 14))
    assert AuditEvent.objects.filter(verb="hand_in_days.changed").count() == 1


def test_once_handing_in_has_opened_the_first_day_stays() -> None:
    amara = make.candidate()
    make.planned(amara)
    window = make.days(amara.intake, "project")
    early = datetime(2019, 1, 31, 9, 0, tzinfo=UTC)
    assert change(window, date(2019, 2, 2), CLOSES, at=early).opens_on == date(2019, 2, 2)
    assert change(window, OPENS, CLOSES, at=early).opens_on == OPENS
    for other in (date(2019, 1, 31), date(2019, 8, 6), date(2020, 5, 1)):
        assert code_of(change, window, other, date(2020, 6, 1)) == "days.begun"
    make.hand_in(amara)
    assert code_of(cancel, window) == "days.receipts"
    assert Sitting.objects.get().state == "handed_in"


def test_the_last_day_comes_earlier_with_two_weeks_notice_only() -> None:
    window = make.days(make.candidate().intake, "project")  # SUMMER is 5 August
    assert code_of(change, window, OPENS, date(2019, 8, 18)) == "days.notice"
    assert change(window, OPENS, date(2019, 8, 19)).days == 200
    assert change(window, OPENS, date(2019, 8, 20)).days == 201  # later is always possible


def test_the_page_says_whose_last_useful_day_is_over_before_it_changes_the_days(time_machine: Any) -> None:
    time_machine.move_to(SUMMER, tick=False)
    amara = make.candidate()
    make.candidate(name="Bilal Baker", to=amara.intake)
    window = make.days(amara.intake, "project")
    useful = beyond_useful(window, date(2030, 1, 1))
    assert {one.user.name for one, _ in useful} == {"Amara Applicant", "Bilal Baker"}
    day = useful[0][1]
    assert beyond_useful(window, day) == []
    client, url = Client(), reverse("office:hand_in_change", args=[window.pk])
    client.force_login(make.office())
    sent = {
        "opens_on": "2019-02-01",
        "closes_on": (day + timedelta(days=1)).isoformat(),
        "reason": "Late exams.",
    }
    warned = client.post(url, sent)
    assert warned.status_code == 422
    assert "after the last useful day" in warned.content.decode()
    window.refresh_from_db()
    assert window.days == 212
    Extension.objects.create(
        enrolment=amara, until=date(2030, 1, 1), reason="Ill.", decided_by=make.office(), decided_at=SUMMER
    )
    assert [one.user.name for one, _ in beyond_useful(window, day + timedelta(days=1))] == ["Bilal Baker"]
    assert client.post(url, {**sent, "seen": sent["closes_on"]}).status_code == 302
    window.refresh_from_db()
    assert window.days > 212


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "reason", "code"),
    [
        (OPENS, date(2019, 9, 1), " ", "days.reason"),
        (CLOSES, OPENS, "x", "days.order"),
        (OPENS, date(2019, 8, 4), "x", "days.over"),
    ],
)
def test_days_need_a_reason_an_order_and_a_future(
    opens_on: date, closes_on: date, reason: str, code: str
) -> None:
    window = make.days(make.candidate().intake, "project")
    assert code_of(change, window, opens_on, closes_on, reason=reason) == code
    window.refresh_from_db()
    assert (window.opens_on, window.days) == (OPENS, 212)


def test_once_a_marker_has_a_script_the_days_stay() -> None:
    amara = make.candidate()
    make.planned(amara)
    window = make.days(amara.intake, "project")
    make.hand_in(amara)
    assert change(window, OPENS, date(2019, 9, 1)).days == 213
    marked.markers(2)
    marking.allocate_window(window=window, by=make.office(), at=AFTER + timedelta(days=1))
    assert code_of(change, window, OPENS, date(2019, 12, 1), at=AFTER) == "days.marking"
    assert code_of(cancel, window, at=AFTER) == "days.marking"


def test_cancelled_days_take_nothing_and_make_room_for_others() -> None:
    amara = make.candidate()
    make.planned(amara)
    window = make.days(amara.intake, "project")
    assert code_of(cancel, window, reason="") == "days.reason"
    cancel(window)
    cancel(window)
    assert letters("hand_in_days_cancelled") == [amara.user.email]
    assert code_of(change, window, OPENS, date(2019, 9, 14)) == "days.closed"
    with pytest.raises(Refused):
        make.hand_in(amara)
    other = make.days(amara.intake, "project", at=SUMMER)
    assert other.pk != window.pk
    assert make.hand_in(amara).sitting.window_id == other.pk


def test_the_office_changes_and_cancels_on_a_page_and_nobody_else_finds_it(time_machine: Any) -> None:
    time_machine.move_to(SUMMER, tick=False)
    amara = make.candidate()
    window = make.days(amara.intake, "project")
    url = reverse("office:hand_in_change", args=[window.pk])
    client, hers = Client(), Client()
    client.force_login(make.office())
    hers.force_login(amara.user)
    assert hers.get(url).status_code == 404
    assert url in client.get(reverse("office:hand_in", args=[window.pk])).content.decode()
    sent = {"opens_on": "2019-02-01", "closes_on": "2019-09-14"}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert client.post(url, {**sent, "reason": "Late exams."}).status_code == 302
    assert "14 Sep 2019" in client.get(reverse("office:hand_in", args=[window.pk])).content.decode()
    project = hers.get(reverse("participant:project", args=["project"])).content.decode()
    assert "14 Sep 2019" in project
    empty = client.post(url, {"cancel": "1", "cancel-reason": ""})
    assert empty.status_code == 422
    done = client.post(url, {"cancel": "1", "cancel-reason": "No moderator."})
    assert done.url == reverse("office:projects")
    assert "They were cancelled" in client.get(url).content.decode()
    assert (
        "These days are cancelled" in client.get(reverse("office:hand_in", args=[window.pk])).content.decode()
    )
    assert (
        "The programme office sets the days"
        in hers.get(reverse("participant:project", args=["project"])).content.decode()
    )


def test_days_that_are_moved_state_what_was_decided_for_their_new_first_day() -> None:
    amara = make.candidate()
    window = make.days(amara.intake, "project")
    early = datetime(2019, 1, 15, 9, 0, tzinfo=UTC)
    assert declarations_in(window.policies).ai.version == "ai-1"
    own_words = window.policies["own_work"]
    policy.decide_policy(
        version=amara.version,
        kind="ai",
        table={"use": "forbidden", "version": "ai-9", "statement": "I have used no AI."},
        from_day=date(2019, 3, 1),
        reason="The regulator asks for it.",
        by=make.office(),
        at=early,
    )
    window.refresh_from_db()
    assert declarations_in(window.policies).ai.version == "ai-1"  # they begin before it
    moved = change(window, date(2019, 3, 1), CLOSES, at=early)
    moved.refresh_from_db()
    assert declarations_in(moved.policies).ai.version == "ai-9"
    assert moved.policies["own_work"] == own_words
    told = OutboxMessage.objects.get(payload__template="hand_in_days_changed").payload["context"]
    assert len(told["states"]) == 1
    assert "AI" in told["states"][0]
    event = AuditEvent.objects.get(verb="window.policies_changed")
    assert event.details["now"]["ai"]["version"] == "ai-9"
    longer = change(moved, date(2019, 3, 1), date(2019, 9, 14), at=early)
    assert AuditEvent.objects.filter(verb="window.policies_changed").count() == 1
    back = change(longer, OPENS, CLOSES, at=early)
    back.refresh_from_db()
    assert back.policies == window.policies
