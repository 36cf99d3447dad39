"""A release planned for an instant to come: the worker carries it out once, or stops it and tells the office."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from goldenthread.assessment.models import Script, Window, WindowState
from goldenthread.awards import actions as awards
from goldenthread.awards.jobs import release_planned
from goldenthread.awards.models import Award
from goldenthread.common import audit, mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.integrity import actions as integrity
from goldenthread.moderation.models import Round
from goldenthread.outcomes import planning, queries
from goldenthread.outcomes.models import Outcome, PlannedRelease, PlanState
from goldenthread.people.models import Membership, Role, User
from tests import by_hand, factories
from tests import factories_marking as make
from tests.outcomes.test_beforehand import ENOUGH, SHORT, credit, hear_the_board, interrupted, moderated
from tests.races import at_once

pytestmark = pytest.mark.django_db
NOW = make.CLOSED
THEN = NOW + timedelta(days=3)


def office(name: str = "Olu Office") -> User:
    return factories.member(Role.OFFICE, name)


def planned(window: Window, by: User, *, release_at: datetime = THEN, at: datetime = NOW) -> PlannedRelease:
    seen = queries.preview(window).fingerprint
    return planning.plan(window=window, release_at=release_at, seen=seen, by=by, at=at)


def verbs(window: Window) -> list[str]:
    chain = AuditEvent.objects.filter(subject=audit.subject_key(window)).order_by("sequence")
    return [one for one in chain.values_list("verb", flat=True) if one.startswith(("release.", "results."))]


@pytest.mark.requirement("S0-40")
def test_the_worker_releases_at_the_planned_instant_in_the_name_of_who_planned_it() -> None:
    window, _ = moderated(SHORT, ENOUGH)
    olu = office()
    one = planned(window, olu)
    assert release_planned(THEN - timedelta(seconds=1)) == "0 released as planned, 0 not"
    assert not Outcome.objects.exists()
    assert release_planned(THEN) == "1 released as planned, 0 not"
    assert set(Outcome.objects.values_list("released_by", "released_at")) == {(olu.pk, THEN)}
    assert Award.objects.count() == 1
    one.refresh_from_db()
    assert (one.state, one.ended_at) == (PlanState.RELEASED, THEN)
    assert release_planned(THEN + timedelta(hours=1)) == "0 released as planned, 0 not"
    assert Outcome.objects.count() == 2
    letter = OutboxMessage.objects.get(payload__template="release_carried_out")
    assert letter.recipient == olu.email
    shown = mail.render(letter)
    assert shown.subject == f"Results were released as planned: {window.intake}"
    assert "2 results." in " ".join(shown.text.split())
    assert "You have nothing to do now." in shown.text
    for person in Outcome.objects.select_related("enrolment__user"):
        assert person.enrolment.user.name not in shown.text + shown.html
    assert verbs(window) == ["release.planned", "results.released"]
    said = AuditEvent.objects.get(verb="results.released").details
    assert (said["plan"], said["by_plan"]) == (one.pk, True)
    assert list(audit.verify()) == []


def test_a_worker_that_comes_late_releases_once_and_says_when_it_was() -> None:
    window, _ = moderated(ENOUGH)
    planned(window, office())
    late = THEN + timedelta(days=2)
    release_planned(late)
    release_planned(late)
    assert Outcome.objects.get().released_at == late


@pytest.mark.parametrize(
    ("release_at", "code"),
    [
        (NOW, "plan.past"),
        (NOW - timedelta(days=1), "plan.past"),
        (NOW + timedelta(days=366, seconds=1), "plan.far"),
    ],
)
def test_instants_in_the_past_and_far_ahead_are_refused(release_at: datetime, code: str) -> None:
    window, _ = moderated(ENOUGH)
    with pytest.raises(Refused) as refused:
        planned(window, office(), release_at=release_at)
    assert refused.value.code == code
    assert not PlannedRelease.objects.exists()


def test_what_was_not_looked_at_or_can_not_be_released_now_is_not_planned() -> None:
    window, _ = moderated(ENOUGH)
    olu = office()
    for seen, code in (("", "plan.unseen"), ("9-9-", "outcomes.changed")):
        with pytest.raises(Refused) as refused:
            planning.plan(window=window, release_at=THEN, seen=seen, by=olu, at=NOW)
        assert refused.value.code == code
    seen = queries.preview(window).fingerprint
    hear_the_board(window)
    with pytest.raises(Refused) as refused:
        planning.plan(window=window, release_at=THEN, seen=seen, by=olu, at=NOW)
    assert refused.value.code == "outcomes.board"


def test_a_plan_is_changed_by_another_who_releases_then_and_the_same_again_is_one() -> None:
    window, _ = moderated(ENOUGH)
    olu, osa = office(), office("Osa Second")
    first = planned(window, olu)
    assert planned(window, olu).pk == first.pk
    sooner = NOW + timedelta(days=1)
    assert planned(window, osa, release_at=sooner).pk == first.pk
    assert verbs(window) == ["release.planned", "release.plan_changed"]
    said = AuditEvent.objects.get(verb="release.plan_changed").details
    assert (said["was"], said["planned_by"]) == (THEN.isoformat(), olu.pk)
    release_planned(sooner)
    assert Outcome.objects.get().released_by == osa


def test_a_plan_that_was_taken_back_releases_nothing_and_can_be_planned_anew() -> None:
    window, _ = moderated(ENOUGH)
    olu = office()
    planned(window, olu)
    for _ in range(2):
        planning.take_back(window=window, by=olu, at=NOW)
    assert planning.last_plan(window) is None
    assert release_planned(THEN) == "0 released as planned, 0 not"
    assert verbs(window) == ["release.planned", "release.plan_taken_back"]
    planned(window, olu)
    assert PlannedRelease.objects.count() == 2
    release_planned(THEN)
    assert Outcome.objects.count() == 1


def reopen(window: Window) -> None:
    by_hand.alter(Round.objects.filter(window=window), signed_off_at=None, signed_off_by=None)


def leave(window: Window) -> None:
    Membership.objects.filter(user__name="Olu Office").update(ends_on=NOW.date())


FAULTS: dict[str, tuple[Callable[[Window], Any], str]] = {
    "credit": (lambda window: credit(window.sittings.get().enrolment), "Results have changed"),
    "moderation": (reopen, "Moderation of this window isn't finished"),
    "board": (hear_the_board, "board decided that these results wait"),
    "gone": (leave, "isn't of the programme office any more"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_can_not_be_released_as_it_was_looked_at_is_stopped_and_the_office_told(fault: str) -> None:
    window, _ = moderated(SHORT)
    other, olu = office("Osa Second"), office()
    planned(window, olu)
    change, why = FAULTS[fault]
    change(window)
    assert release_planned(THEN) == "0 released as planned, 1 not"
    assert not Outcome.objects.exists()
    stopped = planning.last_plan(window)
    assert stopped is not None
    assert stopped.state == PlanState.STOPPED
    assert why in stopped.why
    letters = OutboxMessage.objects.filter(payload__template="release_stopped")
    told = {other.email, olu.email} | (set() if fault == "gone" else {window.created_by.email})
    assert set(letters.values_list("recipient", flat=True)) == told
    assert why in letters[0].payload["context"]["why"]
    assert release_planned(THEN + timedelta(hours=1)) == "0 released as planned, 0 not"
    assert verbs(window) == ["release.planned", "release.plan_stopped"]
    planning.take_back(window=window, by=other, at=THEN)
    assert planning.last_plan(window) is None


def test_the_mail_says_how_many_a_question_holds() -> None:
    window, people = moderated(ENOUGH, ENOUGH)
    script = Script.objects.get(sitting__enrolment=people[0])
    integrity.raise_concern(script=script, note="Another voice.", by=office("Ida Office"), at=NOW)
    planned(window, office())
    release_planned(THEN)
    shown = mail.render(OutboxMessage.objects.get(payload__template="release_carried_out"))
    assert "1 further result is held by a question" in shown.text
    assert "1 result." in " ".join(shown.text.split())


def test_who_planned_it_and_left_the_office_is_told_without_the_way_to_the_results() -> None:
    window, _ = moderated(SHORT)
    olu, other = office(), office("Osa Second")
    planned(window, olu)
    Membership.objects.filter(user=olu).update(ends_on=NOW.date())
    assert release_planned(THEN) == "0 released as planned, 1 not"
    letters = OutboxMessage.objects.filter(payload__template="release_stopped")
    own, theirs = (mail.render(letters.get(recipient=one.email)) for one in (olu, other))
    assert "because you planned this release" in " ".join(own.text.split())
    assert "You have nothing to do" in own.text
    assert "/office/" not in own.text + own.html
    assert "because you are of the programme office" in " ".join(theirs.text.split())
    assert "/office/" in theirs.text


def test_what_is_released_by_hand_meanwhile_ends_the_plan() -> None:
    window, _ = moderated(ENOUGH)
    one = planned(window, office())
    awards.release(window=window, by=window.created_by, at=NOW)
    one.refresh_from_db()
    assert one.state == PlanState.RELEASED
    assert AuditEvent.objects.get(verb="results.released").details["by_plan"] is False
    assert not OutboxMessage.objects.filter(payload__template="release_carried_out").exists()
    assert release_planned(THEN) == "0 released as planned, 0 not"
    assert Outcome.objects.get().released_at == NOW
    with pytest.raises(Refused) as refused:
        planned(window, window.created_by)
    assert refused.value.code == "plan.released"


def test_a_plan_that_is_taken_back_while_it_is_carried_out_releases_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, _ = moderated(ENOUGH)
    olu = office()
    planned(window, olu)
    interrupted(
        monkeypatch, lambda call: planning.take_back(window=window, by=olu, at=THEN) if call == 1 else None
    )
    assert release_planned(THEN) == "0 released as planned, 1 not"
    assert not Outcome.objects.exists()
    assert PlannedRelease.objects.get().state == PlanState.TAKEN_BACK
    assert not OutboxMessage.objects.filter(payload__template="release_stopped").exists()


def test_an_error_stops_no_other_plan_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = moderated(ENOUGH)
    second, _ = moderated(ENOUGH, key="npqltd-reformed-international")
    olu = office()
    planned(first, olu)
    planned(second, olu)
    release = awards.release

    def fails_once(*, window: Window, **options: Any) -> Any:
        if window.pk == first.pk:
            raise OSError("the disk is full")
        return release(window=window, **options)

    with monkeypatch.context() as patched:
        patched.setattr(awards, "release", fails_once)
        assert release_planned(THEN) == "1 released as planned, 0 not, 1 failed"
    assert release_planned(THEN + timedelta(minutes=1)) == "1 released as planned, 0 not"
    assert set(Window.objects.values_list("state", flat=True)) == {WindowState.RELEASED}


def test_a_window_has_one_plan_at_a_time() -> None:
    window, _ = moderated(ENOUGH)
    one = planned(window, office())
    again = {"window": window, "at": THEN, "seen": one.seen, "planned_by": one.planned_by, "planned_at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedRelease.objects.create(**again)
    for wrong in ({"state": "stopped", "ended_at": NOW}, {"state": "taken_back"}, {"ended_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlannedRelease.objects.filter(pk=one.pk).update(**wrong)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_release_once_and_tell_nobody_that_it_failed() -> None:
    window, _ = moderated(SHORT, ENOUGH)
    planned(window, office())
    at_once(lambda: release_planned(THEN), lambda: release_planned(THEN))
    assert Outcome.objects.count() == 2
    assert AuditEvent.objects.filter(verb="results.released").count() == 1
    assert not OutboxMessage.objects.filter(payload__template="release_stopped").exists()
    assert OutboxMessage.objects.filter(payload__template="result_released").count() == 2
    assert OutboxMessage.objects.filter(payload__template="release_carried_out").count() == 1
    assert PlannedRelease.objects.get().state == PlanState.RELEASED
    assert list(audit.verify()) == []
