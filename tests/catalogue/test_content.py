"""Content areas, frameworks, the pathway and claims."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goldenthread.catalogue.claims import read_claims
from goldenthread.catalogue.content_rules import area_matrix, check_content, pathway
from goldenthread.catalogue.framework_files import area_key, read_frameworks
from goldenthread.catalogue.problems import SpecificationError
from goldenthread.catalogue.programmes import read_programmes
from goldenthread.catalogue.reading import Catalogue, read_catalogue
from goldenthread.catalogue.specification import Specification
from tests.catalogue.texts import MADE_UP

Find = Callable[[str], Specification]
NPQSL, NPQH = "npqsl-legacy-international", "npqh-legacy-england"


@pytest.mark.requirement("S0-16")
def test_nine_areas_of_npqlt_in_order(spec: Find) -> None:
    assert spec("npqlt").content_areas == (
        "Teaching",
        "School Culture",
        "How Pupils Learn",
        "Subject and Curriculum",
        "Classroom Practice",
        "Adaptive Teaching",
        "Assessment",
        "Professional Development",
        "Implementation",
    )
    assert spec("npqlt").content_areas[4 - 1] == "Subject and Curriculum"


@pytest.mark.requirement("S0-17")
def test_four_areas_of_npqltd_in_order(spec: Find) -> None:
    areas = spec("npqltd").content_areas
    assert len(areas) == 4
    assert areas[4 - 1] == "Implementation"


@pytest.mark.requirement("S0-18")
def test_six_areas_of_npqlbc_without_governance(spec: Find) -> None:
    areas = spec("npqlbc").content_areas
    assert len(areas) == 6
    assert areas[2:4] == ("Enabling Conditions for Good Behaviour", "Complex Behavioural Needs")
    assert "Governance and accountability" not in areas


@pytest.mark.requirement("S0-19")
def test_ten_areas_of_the_leadership_programmes(spec: Find) -> None:
    lists = [spec(key).content_areas for key in ("npqsl", "npqh", "npqel")]
    assert lists[0] == lists[1] == lists[2]
    assert len(lists[0]) == 10
    assert (lists[0][0], lists[0][9]) == ("School Culture", "Governance and accountability")


@pytest.mark.requirement("S0-20")
def test_the_matrix_of_areas() -> None:
    matrix = area_matrix(read_programmes())
    assert sum(len(cells) for cells in matrix.values()) == 29
    assert len(matrix) == 19
    assert matrix["Implementation"] == {"NPQLT": 9, "NPQLTD": 4, "NPQLBC": 6, "leadership": 8}
    assert matrix["Teaching"] == {"NPQLT": 1, "NPQLTD": 1, "NPQLBC": 1, "leadership": 2}
    assert matrix["School Culture"] == {"NPQLT": 2, "NPQLBC": 2, "leadership": 1}
    assert matrix["Professional Development"] == {"NPQLT": 8, "NPQLBC": 5, "leadership": 6}


@pytest.mark.requirement("S1-16")
def test_a_framework_is_counted_against_its_version(spec: Find) -> None:
    areas = [f"area {number}" for number in range(6)]
    behaviours = {f"behaviour {number}": [1] for number in range(6)}
    assert check_content(spec(NPQSL), areas, behaviours) == ("7 behaviours expected, 6 found",)
    assert check_content(spec(NPQSL), areas, behaviours | {"one more": [3]}) == ()
    assert check_content(spec(NPQSL), areas[:5], behaviours | {"one more": [3]}) == (
        "6 areas expected, 5 found",
    )
    assert check_content(spec("npqlt"), ["anything"], {}) == ()


@pytest.mark.requirement("S3-16")
def test_a_behaviour_without_an_event_is_listed(spec: Find) -> None:
    areas = [f"area {number}" for number in range(6)]
    behaviours = {f"behaviour {number}": [number] for number in range(1, 6)} | {
        "sixth": [1, 5],
        "seventh": [],
    }
    assert check_content(spec(NPQH), areas, behaviours) == ("seventh is explored in no event",)
    assert check_content(spec(NPQH), areas, behaviours | {"seventh": [6]}) == (
        "seventh is explored in no event",
    )


# --- programmes and pathway -------------------------------------------------------------------------
def test_programmes_by_family() -> None:
    programmes = read_programmes()
    assert [p.code for p in programmes.of_family("specialist")] == ["NPQLT", "NPQLTD", "NPQLBC"]
    assert [p.code for p in programmes.of_family("leadership")] == ["NPQSL", "NPQH", "NPQEL"]


@pytest.mark.requirement("S4-03")
def test_npqml_is_closed_and_names_its_successors() -> None:
    npqml = read_programmes().get("NPQML")
    assert npqml is not None
    assert npqml.closed
    assert set(npqml.replaced_by) == {"NPQLT", "NPQLTD", "NPQLBC"}
    assert npqml.source == ("000:44", "004:5")


@pytest.mark.requirement("S4-02")
def test_three_editions_supersede_and_legacy_npqel_is_a_name_only(shipped: Catalogue) -> None:
    pairs = [(pair.programme, pair.newer, pair.older) for pair in shipped.programmes.supersessions]
    assert pairs == [(code, "reformed", "legacy") for code in ("NPQSL", "NPQH", "NPQEL")]
    described = {(v.specification.programme, v.specification.edition) for v in shipped.versions}
    assert ("NPQEL", "legacy") not in described
    assert {("NPQSL", "legacy"), ("NPQH", "legacy"), ("NPQEL", "reformed")} <= described


@pytest.mark.requirement("S0-04")
def test_the_pathway_shows_recorded_links_only() -> None:
    programmes = read_programmes()
    npqlt = pathway(programmes, "NPQLT")
    assert (npqlt.before, npqlt.after, npqlt.replaces) == ((), (), ("NPQML",))
    assert npqlt.editor_note == "source gives a heading only (000:26)"
    npqh = pathway(programmes, "NPQH")
    assert [step.programme for step in npqh.before] == ["NPQSL"]
    assert [step.to for step in npqh.after] == ["NPQEL"]
    assert pathway(programmes, "NPQML").replaced_by == ("NPQLTD", "NPQLT", "NPQLBC")


# --- frameworks -------------------------------------------------------------------------------------
def test_every_area_has_two_summaries_of_each_kind(shipped: Catalogue) -> None:
    reformed = [framework for framework in shipped.frameworks if framework.edition == "reformed"]
    assert {framework.programme for framework in reformed} == {
        "NPQLT",
        "NPQLTD",
        "NPQLBC",
        "NPQSL",
        "NPQH",
        "NPQEL",
    }
    for framework in reformed:
        assert not framework.official
        for area in framework.areas:
            kinds = [statement.kind for statement in area.statements]
            assert min(kinds.count("learn_that"), kinds.count("learn_how_to")) >= 2, area.name
            assert all(statement.summary and statement.complete for statement in area.statements)


def test_codes_name_programme_area_kind_and_number(shipped: Catalogue) -> None:
    codes = [s.code for framework in shipped.frameworks for area in framework.areas for s in area.statements]
    assert len(codes) == len(set(codes))
    assert {"NPQLT-AT-LT4", "NPQLT-AT-LH1", "NPQEL-GA-LT1"} <= set(codes)
    assert max(len(code) for code in codes) <= 30


def test_a_summary_is_one_sentence_and_none_is_told_twice_in_a_programme(shipped: Catalogue) -> None:
    for framework in shipped.frameworks:
        texts = [statement.text for area in framework.areas for statement in area.statements]
        assert len(texts) == len(set(texts))
        for text in texts:
            assert text.endswith("."), text
            assert ". " not in text
            assert len(text) < 160, text


def test_legacy_frameworks_are_kept_without_names(shipped: Catalogue) -> None:
    legacy = [framework for framework in shipped.frameworks if framework.edition == "legacy"]
    assert [(framework.programme, framework.areas) for framework in legacy] == [("NPQSL", ()), ("NPQH", ())]


def test_an_area_has_one_key_in_every_programme(shipped: Catalogue) -> None:
    assert area_key("Curriculum & Assessment") == "curriculum-assessment"
    keys: dict[str, set[str]] = {}
    for framework in shipped.frameworks:
        for area in framework.areas:
            keys.setdefault(area.name, set()).add(area.key)
    assert {len(found) for found in keys.values()} == {1}


FRAMEWORK = """
programmes = ["NPQMUS"]
edition = "2030"
title = "{programme}"

[[area]]
name = "Listening"
code = "LI"
learn_that = ["Ears tire.", { number = 9, text = "Silence is", complete = false }]
learn_how_to = []

[[area]]
name = "Ensemble"
code = "EN"

[[behaviour]]
name = "Patience"
code = "PA"
"""


def test_a_fragment_keeps_its_number_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(FRAMEWORK)
    (framework,) = read_frameworks(path)
    assert [(s.code, s.complete) for s in framework.areas[0].statements] == [
        ("NPQMUS-LI-LT1", True),
        ("NPQMUS-LI-LT9", False),
    ]
    assert [(area.kind, area.number) for area in framework.areas] == [
        ("area", 1),
        ("area", 2),
        ("behaviour", 1),
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('code = "LI"', 'code = "li"', "capital letters"),
        ("number = 9", "number = 1", "1 stands there twice"),
        ('name = "Ensemble"', 'name = "Listening"', "stands there twice"),
        ('"Ears tire."', "3", "must be a text"),
        ('edition = "2030"', 'edition = "2030"\nofficial = 1', "must be true or false"),
        ('programmes = ["NPQMUS"]', "programmes = []", "is empty"),
    ],
)
def test_malformed_frameworks_are_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(FRAMEWORK.replace(old, new, 1))
    with pytest.raises(SpecificationError, match=reason):
        read_frameworks(path)


def test_a_framework_must_have_the_areas_of_its_version(tmp_path: Path) -> None:
    (tmp_path / "music.toml").write_text(MADE_UP)
    (tmp_path / "frameworks").mkdir()
    (tmp_path / "frameworks/music.toml").write_text(FRAMEWORK)
    assert read_catalogue([tmp_path]).version("npqmus-2030-scotland")
    (tmp_path / "frameworks/music.toml").write_text(FRAMEWORK.replace("Ensemble", "Solo"))
    with pytest.raises(SpecificationError, match="not those of npqmus-2030-scotland"):
        read_catalogue([tmp_path])


# --- claims -----------------------------------------------------------------------------------------
def test_claims_have_figures_and_sources() -> None:
    claims = read_claims()
    assert {claim.key: claim.value.value for claim in claims.claims} == {
        "partners": 160,
        "network-members": 165,
        "participants-three-years": 14_000,
        "satisfaction": 98,
        "pass-rate": 95,
        "since": 2012,
    }
    assert claims.get("partners").value.values[0].conflict == "C-07"
    assert all(claim.value.sources for claim in claims.claims)
    assert len(claims.aims) == 2
    assert claims.grades[0].source == ("000:190-191",)
    assert len(claims.other_provision) == 5


def test_a_claim_without_a_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    path.write_text('[[grade]]\ntext = "Best"\n')
    with pytest.raises(SpecificationError, match="source: is missing"):
        read_claims(path)
