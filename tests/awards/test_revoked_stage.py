"""After an award is revoked by itself every place says so, since when, and what to do."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.awards import actions
from goldenthread.awards.models import Award
from goldenthread.awards.queries import verify
from goldenthread.awards.transcript import award_rows, transcript_of
from goldenthread.common import clock, mail
from goldenthread.common.days import day_text
from goldenthread.common.models import OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import attempts
from goldenthread.people.models import Role
from goldenthread.reports import measures
from goldenthread.templatetags.gt import day
from goldenthread.web.shared import accompany, journeys
from tests import factories
from tests import factories_marking as make
from tests.awards.test_actions import released
from tests.factories_web import client_of, text_of
from tests.outcomes import test_further_window as further
from tests.outcomes.test_which_attempt import LATER, correct, of, person, two_windows

pytestmark = pytest.mark.django_db
AT = make.CLOSED
SINCE = AT + timedelta(days=3)
PASS, FAIL = Totals(18, 12), Totals(8, 4)


def revoked(*, days: int = 3) -> Award:
    """An award that was taken back so many days after its release."""
    released()
    return actions.revoke(
        award=Award.objects.get(), reason="Two were mixed up.", by=None, at=AT + timedelta(days=days)
    )


def stage_of(award: Award) -> str:
    return Enrolment.objects.get(pk=award.outcome.enrolment_id).stage


@pytest.mark.parametrize("days", [0, 3, 40])
def test_stage_list_transcript_rate_and_verification_say_revoked_and_since_when(days: int) -> None:
    award = revoked(days=days)
    since = day(AT + timedelta(days=days))
    one = accompany.with_dates(Enrolment.objects.all(), at=AT + timedelta(days=50)).get()
    assert one.stage == Stage.REVOKED
    assert journeys.stage_text(one) == f"Award revoked on {since}"
    assert journeys.stage_kind(one) == "problem"
    last = journeys.thread_of(one)[-1]
    assert (last["label"], last["state"], last["note"]) == ("Award revoked", "done", f"on {since}")
    rows = award_rows(transcript_of(one, at=AT + timedelta(days=50)))
    assert rows[0][0] == "Award"
    assert rows[0][1].startswith("revoked on ")
    rate = measures.pass_rate()
    assert (rate.assessed, rate.passed) == (1, 0)
    assert verify(award.code).verdict == "revoked"


def test_the_participant_reads_since_when_and_how_to_appeal_wherever_they_look() -> None:
    award = revoked()
    client = client_of(award.outcome.enrolment.user)
    home = text_of(client.get("/my/"))
    assert "Your award was revoked" in home
    assert day_text(clock.day_of(SINCE)) in home
    assert "You have passed" not in home
    result = text_of(client.get("/my/result/"))
    assert f"Your award was revoked on {day(SINCE)}" in result
    assert "how to appeal" in result
    told = text_of(client.get("/my/award/"))
    assert "/my/award/appeal/" in told
    assert f"Its code {award.code}" in told
    (letter,) = OutboxMessage.objects.filter(key__contains=f"award-revoked:{award.pk}")
    written = mail.render(letter)
    for said in (written.text, written.html):
        assert f"/my/award/appeal/?enrolment={award.outcome.enrolment.reference}" in said


def test_the_lists_and_pages_of_the_office_say_it() -> None:
    award = revoked()
    client, reference = client_of(factories.member(Role.OFFICE)), award.outcome.enrolment.reference
    said = f"Award revoked on {day(SINCE)}"
    assert said in text_of(client.get("/office/people/", {"stage": "revoked"}))
    assert said in text_of(client.get(f"/office/people/{reference}/"))
    assert reference not in text_of(client.get("/office/people/", {"stage": "awarded"}))
    desk = text_of(client.get("/office/"))
    assert "Award revoked" in desk
    assert "1 revoked" in text_of(client.get("/office/intakes/"))


def test_without_a_revoked_award_nothing_speaks_of_one() -> None:
    released()
    client = client_of(factories.member(Role.OFFICE))
    for address in ("/office/", "/office/intakes/"):
        assert "revoked" not in text_of(client.get(address))
    assert measures.pass_rate().passed == 1


def test_a_correction_from_pass_to_pass_leaves_it_revoked_and_one_after_a_fail_puts_it_right() -> None:
    award = revoked()
    outcome = award.outcome
    again = correct(outcome, PASS)
    assert (stage_of(award), measures.pass_rate().passed) == (Stage.REVOKED, 0)
    fell = correct(again, FAIL)
    assert stage_of(award) == Stage.NOT_ACHIEVED
    correct(fell, PASS)
    assert (stage_of(award), measures.pass_rate().passed) == (Stage.AWARDED, 1)
    assert Award.objects.filter(revoked_at__isnull=True).count() == 1


def test_with_two_passes_the_revoked_award_is_not_hidden_by_the_other_pass() -> None:
    first, second = two_windows()
    correct(of(first), PASS)
    noor = person("Noor Not")
    award = Award.objects.get(outcome__enrolment=noor)
    actions.revoke(award=award, reason="Error.", by=None, at=LATER + timedelta(days=1))
    assert stage_of(award) == Stage.REVOKED
    correct(of(second), FAIL, at=LATER + timedelta(days=2))
    assert stage_of(award) == Stage.REVOKED
    correct(of(first), FAIL, at=LATER + timedelta(days=3))
    assert stage_of(award) == Stage.NOT_ACHIEVED


def test_whoever_is_revoked_is_entered_for_nothing_and_waited_for_by_nobody() -> None:
    award = revoked()
    enrolment = award.outcome.enrolment
    assert list(attempts.last_attempts()) == []
    window = make.window(enrolment.intake, opens_on=further.SECOND_OPENS)
    with pytest.raises(Refused, match="over"):
        further.actions.enter_again(
            enrolment=enrolment, window=window, reason="Why not", by=None, at=further.BETWEEN
        )
    client = client_of(factories.member(Role.OFFICE))
    assert "What comes next" not in text_of(client.get(f"/office/people/{enrolment.reference}/"))


def test_the_migration_says_revoked_of_those_who_are_and_of_nobody_else() -> None:
    award = revoked()
    move = import_module("goldenthread.migrations.0047_revoked_and_early_support")
    other = factories.enrolment("Ola Other")
    Enrolment.objects.update(stage=Stage.AWARDED)
    move.say_what_is_revoked(apps, None)
    assert stage_of(award) == Stage.REVOKED
    assert Enrolment.objects.get(pk=other.pk).stage == Stage.AWARDED
    move.say_awarded(apps, None)
    assert stage_of(award) == Stage.AWARDED


@pytest.mark.parametrize("fell", [True, False])
def test_the_holder_is_told_whether_the_result_fell_or_stays(fell: bool) -> None:
    """By mail and on the page."""
    released()
    award = Award.objects.get()
    if fell:
        correct(award.outcome, FAIL, at=SINCE)
    else:
        actions.revoke(award=award, reason="Two were mixed up.", by=None, at=SINCE)
    told = mail.render(OutboxMessage.objects.get(payload__template="award_revoked"))
    shown = text_of(client_of(award.outcome.enrolment.user).get("/my/award/"))
    corrected, stays = "Your result was corrected", "Your result stays what it was"
    for text in (told.text, told.html, shown):
        assert (corrected in text, stays in text) == (fell, not fell)
