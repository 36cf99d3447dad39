"""What the office decides stands beside a document: no source is lost, and nothing else changes."""

from copy import deepcopy
from datetime import date

from goldenthread.catalogue.building import build
from goldenthread.catalogue.deciding import decided_document, figure_at
from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.specification import Specification
from tests import shipped

CATALOGUE = shipped.catalogue()
NPQSL = CATALOGUE.version("npqsl-reformed-international")


def decided(decisions: dict[str, object]) -> Specification:
    assert NPQSL is not None
    return build(decided_document(NPQSL.document, decisions), Problems("test"))


def test_a_chosen_value_is_in_force_and_the_other_stays_with_its_source() -> None:
    chosen = {"value": 1500, "source": ["000:162"]}
    limit = decided({"figures": {"assessment.max_words": chosen}}).assessment.max_words.values
    assert limit.value == 1500
    assert [(v.value, v.state.value, v.source) for v in limit.values] == [
        (2500, "alternative", ("000:91",)),
        (1500, "in_force", ("000:162",)),
    ]


def test_the_document_itself_stays_as_it_was() -> None:
    assert NPQSL is not None
    before = deepcopy(NPQSL.document)
    decided({"figures": {"assessment.max_words": {"value": 2500, "source": "000:91"}}})
    assert NPQSL.document == before


def test_a_decision_whose_value_is_gone_has_no_effect() -> None:
    limit = decided(
        {"figures": {"assessment.max_words": {"value": 9, "source": "000:1"}}}
    ).assessment.max_words
    assert limit.must_be_chosen


def test_closing_ends_the_intakes_on_a_day_and_says_who_decided() -> None:
    spec = decided({"closed_to_intakes_from": "2027-01-01", "closed_on": "2026-11-28"})
    assert spec.closed_to_intakes_from.value == date(2027, 1, 1)
    assert spec.closed_to_intakes_from.sources == ("office:2026-11-28",)
    assert dict(spec.documents)["office"] == "Decided by the programme office"


def test_a_path_finds_what_a_reader_calls_by_it() -> None:
    assert NPQSL is not None
    document = NPQSL.document
    assert figure_at(document, "component[events].hours")["value"] == 24
    assert figure_at(document, "fee[1].pounds")["value"] == 1550
    assert figure_at(document, "stage[induction].hours")[0]["value"] == 2
    for nowhere in ("component[nothing].hours", "nothing", "purpose.value", "fee[9].pounds"):
        assert figure_at(document, nowhere) is None
