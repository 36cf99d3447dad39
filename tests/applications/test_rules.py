"""States, answers, places and reasons."""

from dataclasses import replace
from datetime import date

import pytest

from goldenthread.applications import rules
from goldenthread.applications.models import ApplicationState
from goldenthread.common.refused import Refused

TODAY = date(2025, 6, 10)
GOOD = rules.Answers(
    name="Amara Applicant",
    email="amara@example.org",
    delivery_model="blended",
    role_status="aspiring",
    school_text="Somewhere School",
    scopes=("key stage",),
    conduct_accepted=True,
)


def check(**changes):
    return rules.check_answers(replace(GOOD, **changes), delivery_models=["blended"], today=TODAY)


def test_every_state_has_transitions_and_an_owner():
    assert set(rules.TRANSITIONS) == set(rules.OWNERS) == set(ApplicationState.values)
    after = {state for verbs in rules.TRANSITIONS.values() for state in verbs.values()}
    assert after <= set(rules.TRANSITIONS)


@pytest.mark.parametrize(
    ("verb", "state"), [("accept", "accepted"), ("decline", "declined"), ("withdraw", "withdrawn")]
)
def test_a_waiting_application_is_decided_once(verb, state):
    assert rules.move("submitted", verb) == state
    for other in ("accept", "decline", "withdraw"):
        with pytest.raises(Refused, match=state):
            rules.move(state, other)


def test_names_and_addresses_are_kept_clean():
    clean = check(name="  Amara\n Ñandú ", email=" Amara@Example.ORG ")
    assert (clean.name, clean.email) == ("Amara Ñandú", "amara@example.org")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"email": "amara"}, "email"),
        ({"zone": "Mars"}, "zone"),
        ({"school_text": "\0 "}, "school"),
        ({"delivery_model": "by post"}, "delivery_model"),
        ({"discussed": rules.Discussion("headteacher", "J. Khan", "2025-06-11")}, "discussed_on"),
        ({"discussed": rules.Discussion("headteacher", "J. Khan", "yesterday")}, "discussed_on"),
        ({"discussed": rules.Discussion("headteacher", "J. Khan", "", "khan")}, "discussed_email"),
    ],
)
def test_what_is_missing_or_impossible_is_refused_at_its_field(changes, field):
    with pytest.raises(Refused) as refusal:
        check(**changes)
    assert refusal.value.field == field


def test_the_professional_conduct_must_be_acknowledged():
    with pytest.raises(Refused, match="conduct"):
        check(conduct_accepted=False)


def test_a_listed_school_takes_the_place_of_a_written_one():
    assert check(school_id=7).school_text == ""


@pytest.mark.requirement("S0-65")
def test_a_discussion_in_school_is_kept_and_its_absence_is_a_warning_only():
    told = check(discussed=rules.Discussion("headteacher", "J. Khan", "2025-06-03")).further()
    assert told["discussed"] == {"role": "headteacher", "name": "J. Khan", "on": "2025-06-03"}
    assert rules.warnings(details=told, school_listed=True) == []
    silent = check().further()
    assert "discussed" not in silent
    assert len(rules.warnings(details=silent, school_listed=True)) == 1


def test_places_are_taken_up_to_the_last_one():
    rules.check_places(places=2, taken=1)
    rules.check_places(places=None, taken=10_000)
    with pytest.raises(Refused, match="All 2 places"):
        rules.check_places(places=2, taken=2)


@pytest.mark.parametrize("reason", ["", "  \n", "\0"])
def test_a_decision_against_needs_a_reason(reason):
    with pytest.raises(Refused, match="why you decline"):
        rules.check_reason(reason, purpose="decline")


def test_a_reason_keeps_its_lines_and_has_an_end():
    assert (
        rules.check_reason(" No role\tyet.\nApply in May. ", purpose="decline")
        == "No role yet.\nApply in May."
    )
    with pytest.raises(Refused, match="2,000"):
        rules.check_reason("x" * 2001, purpose="decline")


@pytest.mark.requirement("S3-05")
def test_a_gateway_must_be_passed_before_acceptance():
    needed = [rules.Needed("gateway", "Gateway assessment")]
    with pytest.raises(Refused, match="Gateway assessment missing"):
        rules.check_entry_checks(needed, {}, on=date(2018, 7, 3))
    with pytest.raises(Refused, match="not passed"):
        rules.check_entry_checks(
            needed, {"gateway": {"passed": False, "on": "2018-07-01"}}, on=date(2018, 7, 3)
        )
    passed = {"gateway": {"passed": True, "on": "2018-07-02"}}
    rules.check_entry_checks(needed, passed, on=date(2018, 7, 3))
    with pytest.raises(Refused, match="after this acceptance"):
        rules.check_entry_checks(needed, passed, on=date(2018, 7, 1))


def test_references_have_no_signs_that_can_be_mixed_up():
    assert not set(rules.REFERENCE_SIGNS) & set("01OILSU")
