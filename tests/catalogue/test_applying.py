"""The rules of a version in plain words: read from its specification, with sources by their titles (S0-74)."""

import pytest

from goldenthread.catalogue.applying import conflicts_of, places_of, rules_of
from goldenthread.catalogue.reading import read_catalogue
from goldenthread.catalogue.specification import Specification

pytestmark = pytest.mark.requirement("S0-74")
SPECIFICATIONS = {one.specification.id: one.specification for one in read_catalogue().versions}
SLIDES = "International NPQs: introduction to six reformed programmes (slides)"


@pytest.mark.parametrize("spec", SPECIFICATIONS.values(), ids=SPECIFICATIONS.keys())
def test_every_version_says_its_own_figures_and_nothing_that_it_does_not_have(spec: Specification) -> None:
    rules = {rule.key: rule for rule in rules_of(spec)}
    assert len(rules) == len(rules_of(spec))
    policy, final = spec.engagement, spec.assessment
    assert (f"At least {policy.threshold_percent.value} %" in rules["engagement"].text) if policy else True
    assert ("No share" in rules["engagement"].text) == (policy is None)
    assert ("months" in rules) == (final.kind == "case_study")
    assert ("pass_within" in rules) == (spec.achievement is not None)
    for part in final.parts:
        assert part.title in rules["parts"].text
    for rule in rules.values():
        assert rule.text.endswith(".")
        assert set(rule.sources) <= {
            source for figure in rule.figures for source in figure.sourced.sources
        } | set(rule.sources if not rule.figures else ())
        for place in places_of(rule.sources, spec.documents):
            assert place.startswith(tuple(title for _, title in spec.documents))


@pytest.mark.parametrize(
    ("key", "conflicts"),
    [
        ("npqlt-reformed-international", {"engagement": ["C-05", "C-06"], "words": ["C-32"], "months": ["C-36"]}),
        ("npqsl-reformed-international", {"engagement": ["C-05", "C-06"], "words": ["C-01"]}),
        ("npqh-reformed-international", {"engagement": ["C-05", "C-06"], "words": ["C-01"],
                                         "development": ["C-41"], "summative": ["C-41"]}),
        ("npqh-legacy-england", {"pass_within": ["C-37"]}),
        ("npqlt-reformed-england", {}),
    ],
)  # fmt: skip
def test_a_rule_names_the_conflicts_that_it_rests_on_and_no_others(
    key: str, conflicts: dict[str, list[str]]
) -> None:
    spec = SPECIFICATIONS[key]
    found = {rule.key: [note.id for note in conflicts_of(spec, rule)] for rule in rules_of(spec)}
    assert {key: ids for key, ids in found.items() if ids} == conflicts


@pytest.mark.parametrize(
    ("sources", "places"),
    [
        (["000:91"], [f"{SLIDES}, line 91"]),
        (["000:162", "000:91"], [f"{SLIDES}, lines 91 and 162"]),
        (["000:5-7"], [f"{SLIDES}, lines 5 to 7"]),
        (
            ["000:1", "000:1", "x:2", "office:2026-11-28"],
            [f"{SLIDES}, line 1", "Office, 2026-11-28", "x, line 2"],
        ),
        (["office", "000:²"], [f"{SLIDES}, ²", "Office"]),
        ([], []),
    ],
)
def test_sources_are_named_by_the_title_of_their_document(sources: list[str], places: list[str]) -> None:
    assert places_of(sources, [("000", SLIDES), ("office", "Office")]) == places
