"""Register interest, withdraw it, and be told of an intake that opens near."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail

from goldenthread.common import outbox
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.enquiries import jobs, queries
from goldenthread.enquiries.actions import interest
from goldenthread.enquiries.actions.prospects import Who, merge
from goldenthread.enquiries.models import IntakeNotice, Interest, Prospect
from goldenthread.people.models import Role
from tests import factories
from tests.enquiries import factories as made
from tests.enquiries.factories import AT

pytestmark = pytest.mark.django_db
WHO = Who("Amara Asks", "amara@example.org", "Head of year", "bs1 5jd", "Bristol")


def register(*codes: str, who: Who = WHO, confirmed: bool = True, **values: Any) -> list[Interest]:
    """Interest of Amara's, whose link is opened at once unless told."""
    programmes = [made.programme(code) for code in codes or ("NPQLT",)]
    fixed: dict[str, Any] = {"consent": True, "at": AT, "market": "international"}
    found = interest.register(programmes=programmes, who=who, **{**fixed, **values})
    if confirmed:
        at = values.get("at", AT)
        interest.confirm(prospect=found[0].prospect, codes=[one.code for one in programmes], at=at)
    return found


def letters(template: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template=template).order_by("pk"))


@pytest.mark.requirement("S0-66")
@pytest.mark.parametrize("code", ["NPQLBC", "NPQSL"])
def test_interest_is_stored_confirmed_and_updated_instead_of_doubled(code: str) -> None:
    made.postcodes()
    (one,) = register(code)
    assert (one.programme.code, one.market, one.prospect.email, one.consent_at) == (
        code,
        "international",
        "amara@example.org",
        AT,
    )
    assert one.prospect.latitude == made.PLACES["BS15JD"][0]
    (again,) = register(
        code,
        who=Who("Amara Asks", "Amara@Example.org", "Deputy head"),
        at=AT + timedelta(days=3),
        market="england",
    )
    assert (again.pk, again.market, again.prospect.role, again.prospect.postcode) == (
        one.pk,
        "england",
        "Deputy head",
        "BS15JD",
    )
    assert (Interest.objects.count(), Prospect.objects.count(), len(letters("interest_registered"))) == (
        1,
        1,
        2,
    )
    outbox.deliver_due(at=AT + timedelta(days=3))
    sent = django_mail.outbox[0]
    assert sent.to == ["amara@example.org"]
    token = sent.body.split("/interest/withdraw/")[1].split("/")[0]
    assert queries.prospect_of_token(token) == one.prospect
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.requirement("S0-66")
@pytest.mark.parametrize("consent", [True, False])
def test_without_consent_no_message_about_an_intake_is_queued(consent: bool) -> None:
    register(consent=consent)
    made.intake()
    jobs.tell_of_intakes(AT)
    assert len(letters("intake_open")) == int(consent)
    assert len(letters("interest_registered")) == 1


def test_the_same_form_sent_twice_is_confirmed_once_a_day() -> None:
    register("NPQLT", "NPQSL")
    register("NPQLT", "NPQSL", at=AT + timedelta(minutes=1))
    assert (Interest.objects.count(), len(letters("interest_registered"))) == (2, 1)


@pytest.mark.requirement("S4-21")
@pytest.mark.parametrize("codes", [("NPQLT", "NPQSL"), ("NPQEL", "NPQLBC", "NPQH")])
def test_interest_from_a_partners_page_is_one_person_and_the_partners_own(codes: tuple[str, ...]) -> None:
    hub, other = made.partner("Crystal Palace hub"), made.partner("Another hub")
    register(*codes, partner=hub)
    assert Prospect.objects.count() == 1
    assert {(one.programme.code, one.partner) for one in Interest.objects.all()} == {
        (code, hub) for code in codes
    }
    theirs = factories.seen(factories.member(Role.PARTNER_MANAGER, "Harriet Hub", of=hub))
    others = factories.seen(factories.member(Role.PARTNER_MANAGER, "Otto Other", of=other))
    assert queries.interests_for(theirs, "partner", on=AT.date()).count() == len(codes)
    assert queries.interests_for(others, "partner", on=AT.date()).count() == 0


def test_the_order_of_the_choice_makes_no_further_confirmation() -> None:
    register("NPQLT", "NPQSL")
    register("NPQSL", "NPQLT", at=AT + timedelta(minutes=1))
    assert len(letters("interest_registered")) == 1


def test_whoever_types_an_address_again_changes_no_name_and_the_person_is_told_of_the_new_place() -> None:
    made.postcodes()
    register()
    (one,) = register(who=Who("Somebody Else", WHO.email, postcode="EX4 4QJ"), at=AT + timedelta(days=1))
    assert (one.prospect.name, one.prospect.postcode) == ("Amara Asks", "EX44QJ")
    assert one.prospect.latitude == made.PLACES["EX44QJ"][0]
    outbox.deliver_due(at=AT + timedelta(days=1))
    assert "The place that we have noted: Bristol EX4 4QJ" in django_mail.outbox[-1].body
    assert "The place that we have noted: Bristol BS1 5JD" in django_mail.outbox[0].body


def test_a_consent_that_has_run_out_counts_no_more_where_people_look() -> None:
    register()
    register(who=Who("Ben", "ben@example.org"), consent=False)
    seen = factories.seen(factories.member(Role.OFFICE))
    last = Interest.objects.get(prospect__email=WHO.email).consent_until
    assert last is not None
    for on, yes in ((last, 1), (last + timedelta(days=1), 0)):
        assert queries.interests_for(seen, "office", on=on, consent="yes").count() == yes
        assert queries.interests_for(seen, "office", on=on, consent="no").count() == 2 - yes
        (row,) = queries.interest_counts(queries.interests_for(seen, "office", on=on), on=on)
        assert (row["people"], row["may_hear"]) == (2, yes)


def test_interest_needs_a_programme_and_an_address() -> None:
    with pytest.raises(Refused, match="at least one programme"):
        interest.register(programmes=[], who=WHO, consent=True, at=AT)
    with pytest.raises(Refused, match="e-mail address"):
        register(who=Who("Amara", "not an address"))
    assert Interest.objects.count() == 0


# --- withdrawing -------------------------------------------------------------------------------------
def test_withdrawing_ends_every_consent_and_a_new_one_brings_it_back() -> None:
    (one, _) = register("NPQLT", "NPQSL")
    assert interest.withdraw(prospect=one.prospect, at=AT + timedelta(days=1)) == 2
    assert interest.withdraw(prospect=one.prospect, at=AT + timedelta(days=2)) == 0
    made.intake()
    jobs.tell_of_intakes(AT + timedelta(days=1))
    assert letters("intake_open") == []
    assert AuditEvent.objects.filter(verb="interest.withdrawn").count() == 2
    register("NPQLT", at=AT + timedelta(days=4), consent=False)
    assert Interest.objects.get(programme__code="NPQLT").withdrawn_at is not None
    register("NPQLT", at=AT + timedelta(days=5))
    assert Interest.objects.get(programme__code="NPQLT").withdrawn_at is None


def test_a_link_for_withdrawing_is_nobody_elses() -> None:
    (one,) = register()
    token = queries.prospect_token(one.prospect)
    assert queries.prospect_of_token(token) == one.prospect
    assert queries.prospect_of_token(token[:-2]) is None
    assert queries.prospect_of_token("1") is None


# --- telling -----------------------------------------------------------------------------------------
def test_everybody_near_is_told_once_and_those_far_away_when_a_place_near_them_is_named() -> None:
    made.postcodes()
    register(who=WHO)
    register(who=Who("Ben", "ben@example.org", postcode="AB10 1AB"))
    register(who=Who("Dot", "dot@example.org", place="Lagos"))
    register("NPQSL", who=Who("Eve", "eve@example.org"))
    intake = made.intake()
    made.group(made.partner("Bristol partner"), "College, Bristol BS1 5JD", to=intake)
    assert jobs.tell_of_intakes(AT) == "told 2 people"
    assert jobs.tell_of_intakes(AT + timedelta(hours=1)) == "told 0 people"
    assert {one.recipient for one in letters("intake_open")} == {"amara@example.org", "dot@example.org"}
    made.group(made.partner("Aberdeen partner"), "Hall, Aberdeen AB10 1AB", to=intake)
    assert jobs.tell_of_intakes(AT + timedelta(hours=2)) == "told 1 people"
    assert IntakeNotice.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"event_mode": "virtual"}, 1),
        ({"applications_open_on": (AT + timedelta(days=2)).date()}, 0),
        ({"applications_close_on": (AT - timedelta(days=1)).date()}, 0),
    ],
)
def test_only_intakes_that_take_applications_are_told_of_and_online_is_near(
    change: dict[str, Any], told: int
) -> None:
    made.postcodes()
    register(who=Who("Ben", "ben@example.org", postcode="AB10 1AB"))
    made.group(made.partner("Bristol partner"), "Bristol BS1 5JD", to=made.intake(**change))
    assert jobs.tell_of_intakes(AT) == f"told {told} people"


def test_nobody_is_told_after_their_consent_has_ended_or_of_another_market() -> None:
    register(market="england")
    made.intake()
    assert jobs.tell_of_intakes(AT) == "told 0 people"
    Interest.objects.update(market="International", consent_until=(AT - timedelta(days=1)).date())
    assert jobs.tell_of_intakes(AT) == "told 0 people"
    Interest.objects.update(consent_until=AT.date())
    assert jobs.tell_of_intakes(AT) == "told 1 people"


def test_merged_people_are_told_and_counted_once() -> None:
    (one,) = register()
    (two,) = register(who=Who("Amara Asks", "amara@school.example"))
    office = factories.member(Role.OFFICE)
    merge(duplicate=two.prospect, into=one.prospect, by=office, at=AT)
    made.intake()
    assert jobs.tell_of_intakes(AT) == "told 1 people"
    assert letters("intake_open")[0].recipient == "amara@example.org"
    on = AT.date()
    (row,) = queries.interest_counts(queries.interests_for(factories.seen(office), "office", on=on), on=on)
    assert (row["programme__code"], row["people"], row["may_hear"]) == ("NPQLT", 1, 1)
