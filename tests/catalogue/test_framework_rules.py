"""Sources, variants, the same statement elsewhere, differences: the pure rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pytest

from goldenthread.catalogue.framework_rules import (
    difference,
    marked,
    matches,
    origin_of,
    source_warning,
)
from goldenthread.catalogue.variants import choose_variant, context_of, phase_of_school, place_text


@dataclass(frozen=True)
class Put:
    text: str
    context: str = ""
    locality: str = ""
    phase: str = ""
    version: int = 1
    effective_from: date = date(2024, 9, 1)


ON = date(2025, 4, 2)


@pytest.mark.requirement("S2-21")
@pytest.mark.parametrize(
    ("kind", "sources", "warned"),
    [
        ("learn_that", ["guidance"], True),
        ("learn_that", ["guidance", "guidance"], True),
        ("learn_that", ["guidance", "review"], False),
        ("learn_that", ["meta_analysis"], False),
        ("learn_that", [], False),
        ("learn_how_to", ["guidance"], False),
    ],
)
def test_guidance_alone_supports_practice_only(kind: str, sources: list[str], warned: bool) -> None:
    assert bool(source_warning(kind, sources)) is warned


def test_the_origin_follows_from_the_country() -> None:
    assert [origin_of(country) for country in ("uk", "us", "other")] == ["UK", "overseas", "overseas"]


def test_the_readers_context_comes_before_the_core_and_another_context_is_not_shown() -> None:
    abroad, england = Put("abroad", context="international"), Put("england", context="england")
    assert choose_variant([abroad, england], on=ON, context="international").first == abroad
    assert choose_variant([england], on=ON, context="international").first is None
    assert choose_variant([abroad, england], on=ON).first is None
    dubai = Put("dubai", context="locality", locality="Dubai")
    choice = choose_variant([abroad, dubai], on=ON, context="international", locality=" dubai ")
    assert choice.first == dubai
    assert choose_variant([abroad, dubai], on=ON, context="international", locality="Doha").first == abroad


def test_the_readers_phase_comes_first_and_other_phases_are_optional() -> None:
    primary, secondary = Put("small", phase="primary"), Put("tall", phase="secondary")
    choice = choose_variant([secondary, primary], on=ON, phase="primary")
    assert (choice.first, choice.optional) == (primary, (secondary,))
    special = choose_variant([secondary, primary], on=ON, phase="special")
    assert (special.first, special.optional) == (None, (primary, secondary))
    both = Put("both", phase="primary", context="international")
    assert choose_variant([primary, both], on=ON, phase="primary", context="international").first == both


@pytest.mark.parametrize(
    ("on", "text"),
    [(date(2024, 8, 31), None), (date(2025, 3, 31), "v1"), (date(2025, 4, 1), "v2"), (ON, "v2")],
)
def test_the_version_in_effect_on_the_day_counts(on: date, text: str | None) -> None:
    one = Put("v1", phase="primary")
    two = Put("v2", phase="primary", version=2, effective_from=date(2025, 4, 1))
    found = choose_variant([two, one], on=on, phase="primary").first
    assert (found.text if found else None) == text


@pytest.mark.requirement("S2-31")
def test_five_exact_matches_and_one_near_one_are_proposed() -> None:
    own = {
        1: "Good lessons shape a pupil’s life for long, above all where homes offer little.",
        2: "What a teacher expects is what a teacher gets; aims that stretch pupils matter.",
        3: "Clear rules carry values that the whole school shares with every class.",
        4: "Teachers can lift the mood, the will and the conduct of their pupils.",
        5: "Teachers are watched, and pupils copy the values that they see in them.",
        6: "Success that means something lets pupils believe that they can do more.",
        7: "A climate of trust and respect between colleagues supports working relationships.",
    }
    foreign = {
        11: own[4],
        12: own[5].upper(),
        13: own[2].replace(";", ","),
        14: own[3],
        15: own[7].replace("between colleagues ", ""),
        16: own[1].replace("’", "'"),
    }
    found = {(match.other, match.one): match.kind for match in matches(own, foreign)}
    assert found == {
        (11, 4): "same",
        (12, 5): "same",
        (13, 2): "same",
        (14, 3): "same",
        (16, 1): "same",
        (15, 7): "near",
    }


@pytest.mark.parametrize(
    ("own", "foreign", "kinds"),
    [
        ({1: "Air moves through halls."}, {2: "Water stands in wells."}, []),
        ({1: "Air moves."}, {2: "Air moves!", 3: "Air, moves"}, ["same", "same"]),
        ({}, {2: "Air moves."}, []),
        ({1: "a b c d e f g h i j"}, {2: "a b c d e f g h i x", 3: "a b c d e f g h i j"}, ["same"]),
    ],
)
def test_what_is_alike(own: Mapping[int, str], foreign: Mapping[int, str], kinds: list[str]) -> None:
    assert [match.kind for match in matches(own, foreign)] == kinds


def test_differences_name_the_place_and_mark_the_words() -> None:
    before = {("as", "learn_that", 1): "Air moves.", ("as", "learn_that", 2): "Air  stays."}
    after = {
        ("as", "learn_that", 2): "Air stays.",
        ("as", "learn_that", 3): "Air rests.",
        ("as", "learn_that", 1): "Air runs.",
    }
    found = [(one.what, one.place) for one in difference(before, after, {"as": "Assessment"})]
    assert found == [("added", "Assessment, learn that 3"), ("changed", "Assessment, learn that 1")]
    assert difference(after, before, {})[-1].what == "removed"
    assert marked("Air moves slowly.", "Air runs slowly.") == [
        ("same", "Air"),
        ("gone", "moves"),
        ("new", "runs"),
        ("same", "slowly."),
    ]
    assert marked("Air moves.", "Water stands in deep wells.") == [
        ("gone", "Air moves."),
        ("new", "Water stands in deep wells."),
    ]
    assert marked("", "Air moves.") == [("new", "Air moves.")]
    assert marked("Air moves.", "") == [("gone", "Air moves.")]


@pytest.mark.parametrize(
    ("phase", "kind", "known"),
    [
        ("Primary", "Community school", "primary"),
        ("Middle deemed secondary", "Community school", "secondary"),
        ("Nursery", "Local authority nursery school", "early_years"),
        ("Not applicable", "Community special school", "special"),
        ("16 plus", "Further education", "other"),
        ("All-through", "Free schools", ""),
        ("", "", ""),
    ],
)
def test_the_phase_of_a_school_as_variants_know_it(phase: str, kind: str, known: str) -> None:
    assert phase_of_school(phase, kind) == known


@pytest.mark.parametrize(
    ("market", "country", "known"),
    [
        ("international", "England", "international"),  # the version's market comes first
        ("England", "United Arab Emirates", "england"),
        ("Wales", "England", "england"),
        ("Wales", "Qatar", "international"),
        ("locality", "", ""),  # no market
        ("", "", ""),
    ],
)
def test_the_context_is_the_market_or_follows_from_the_country(market: str, country: str, known: str) -> None:
    assert context_of(market, country) == known


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (("", "", ""), ""),
        (("england", "", "primary"), "primary, England"),
        (("locality", " New  Cairo ", ""), "New Cairo"),
        (("international", "", ""), "international"),
    ],
)
def test_for_whom_a_variant_is_in_words(place: tuple[str, str, str], text: str) -> None:
    assert place_text(*place) == text
