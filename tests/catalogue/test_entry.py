"""Who may enter which version: the table tests/scenarios/entry.csv, row by row."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from goldenthread.catalogue.rules import EntryDetails, check_entry
from goldenthread.catalogue.specification import Specification
from goldenthread.common.refused import Refused

Find = Callable[[str], Specification]
SCENARIOS = list(csv.DictReader((Path(__file__).parent.parent / "scenarios/entry.csv").open(newline="")))


def details(row: dict[str, str]) -> EntryDetails:
    return EntryDetails(
        role_status=row["role_status"],
        scopes=tuple(part.strip() for part in row["scopes"].split(";") if part.strip()),
        role=row["role"],
        role_description=row["description"],
        schools=int(row["schools"]) if row["schools"] else None,
        confirmed=frozenset([row["confirmed"]] if row["confirmed"] else []),
    )


@pytest.mark.requirement("S0-05", "S0-06", "S0-07", "S0-08", "S0-10", "S1-04", "S3-04")
@pytest.mark.parametrize("row", SCENARIOS, ids=lambda row: f"{row['version']}: {row['why']}")
def test_entry_scenario(spec: Find, row: dict[str, str]) -> None:
    if row["result"] == "refused":
        with pytest.raises(Refused) as no:
            check_entry(spec(row["version"]), details(row))
        assert no.value.code == row["code"]
        assert no.value.field
    else:
        decision = check_entry(spec(row["version"]), details(row))
        assert (decision.result, decision.code) == (row["result"], row["code"])


@pytest.mark.requirement("S0-05")
def test_an_empty_scope_is_refused_with_the_four(spec: Find) -> None:
    with pytest.raises(Refused, match="subject, year group, key stage, phase"):
        check_entry(spec("npqlt"), EntryDetails(role_status="aspiring"))


@pytest.mark.requirement("S0-10")
def test_one_school_is_referred_with_the_reason(spec: Find) -> None:
    decision = check_entry(spec("npqel"), EntryDetails(role_status="in role", schools=1))
    assert not decision.eligible
    assert [reason.text for reason in decision.reasons] == ["more than one school not met"]


def test_every_point_that_is_not_met_is_named(spec: Find) -> None:
    decision = check_entry(
        spec("npqsl-legacy-international"), EntryDetails(role_status="in role", role="head of boarding")
    )
    assert [reason.code for reason in decision.reasons] == ["audience.role_other", "audience.not_confirmed"]


def test_reformed_npqh_asks_no_gateway(spec: Find) -> None:
    assert spec("npqh").entry_checks == ()
    (gateway,) = spec("npqh-legacy-england").entry_checks
    assert (gateway.key, gateway.before, len(gateway.judgements)) == ("gateway", "acceptance", 4)
    (declaration,) = spec("npqsl-legacy-international").entry_checks
    assert declaration.key == "headteacher-declaration"


def test_the_way_in_belongs_to_the_family(spec: Find) -> None:
    assert [spec(key).admission for key in ("npqlt", "npqltd", "npqlbc")] == ["enrol"] * 3
    assert [spec(key).admission for key in ("npqsl", "npqh", "npqel")] == ["apply"] * 3
