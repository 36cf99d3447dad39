"""What the catalogue answers, with a bounded number of queries."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import Http404

from goldenthread.catalogue import actions, queries
from goldenthread.catalogue.models import Statement

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded(db: None) -> None:
    actions.load(by=None, at=datetime(2024, 9, 2, tzinfo=UTC))


def test_a_version_by_its_key(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert queries.get_version("npqh-legacy-england").programme.code == "NPQH"
    with pytest.raises(Http404):
        queries.get_version("npqh")


@pytest.mark.requirement("S0-02")
def test_markets_are_not_mixed(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = [version.key for version in queries.published_versions("international")]
    assert found == [
        f"{code}-reformed-international" for code in ("npqlt", "npqltd", "npqlbc", "npqsl", "npqh", "npqel")
    ]
    npqsl = queries.get_version("npqsl-reformed-international").specification
    assert [fee.pence.value for fee in npqsl.fees] == [155_000]
    assert [version.key for version in queries.published_versions("england")] == ["npqlt-reformed-england"]
    assert len(queries.published_versions()) == 7
    assert queries.published_versions("Mars") == []


@pytest.mark.requirement("S0-03")
def test_six_programmes_in_two_families(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        families = {
            family: [(programme.code, len(programme.versions.all())) for programme in programmes]
            for family, programmes in queries.by_family().items()
        }
    assert families == {
        "specialist": [("NPQLT", 2), ("NPQLTD", 1), ("NPQLBC", 1)],
        "leadership": [("NPQSL", 2), ("NPQH", 2), ("NPQEL", 1)],
    }


def test_reformed_versions_come_before_legacy_ones() -> None:
    npqsl = queries.by_family()["leadership"][0]
    assert [version.edition for version in npqsl.versions.all()] == ["reformed", "legacy"]


@pytest.mark.parametrize(("code", "areas"), [("NPQLT", 9), ("NPQLTD", 4), ("NPQLBC", 6), ("NPQEL", 10)])
def test_statements_of_a_programme(django_assert_max_num_queries: Any, code: str, areas: int) -> None:
    with django_assert_max_num_queries(3):
        found = queries.statements_for(code)
        kinds = [[statement.kind for statement in area.statements.all()] for area in found]
    assert [area.number for area in found] == list(range(1, areas + 1))
    assert all(one[0] == "learn_that" and one[-1] == "learn_how_to" for one in kinds)


def test_no_statements_where_there_is_no_framework() -> None:
    assert queries.statements_for("NPQML") == []
    assert queries.statements_for("NPQSL", "legacy") == []


def test_fragments_can_not_be_cited(django_assert_num_queries: Any) -> None:
    Statement.objects.filter(code="NPQLT-CU-LT1").update(complete=False)
    with django_assert_num_queries(1):
        found = queries.complete_statements("NPQLT")
    codes = [statement.code for statement in found]
    assert "NPQLT-CU-LT1" not in codes
    assert "NPQLT-AT-LT4" in codes
    assert codes[0] == "NPQLT-TE-LT1"
