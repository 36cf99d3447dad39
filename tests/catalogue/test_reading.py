"""Malformed files are refused with file, key and reason, all problems at once."""

import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.catalogue.building import build
from goldenthread.catalogue.problems import Problems, SpecificationError
from goldenthread.catalogue.programmes import read_programmes
from goldenthread.catalogue.reading import read_catalogue, read_specification
from goldenthread.catalogue.resolving import Surroundings, resolve
from goldenthread.common.refused import Refused
from tests.catalogue.texts import MADE_UP, spoilt


def refusal(source: Path | str) -> str:
    with pytest.raises(SpecificationError) as no:
        read_specification(source)
    return "\n".join(str(problem) for problem in no.value.problems)


def test_the_made_up_text_is_fine() -> None:
    spec = read_specification(MADE_UP)
    assert (spec.id, spec.programme, spec.family) == ("npqmus-2030-scotland", "NPQMUS", "arts")
    assert spec.content_areas == ("Listening", "Ensemble")
    assert dict(spec.documents) == {"M1": "A paper that doesn't exist"}


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ('purpose = "For', 'purpse = "For', "purpse", "is “purpose” meant?"),
        ('purpose = "For people who lead music."', "", "purpose", "is missing"),
        ('purpose = "For people who lead music."', 'purpose = "  "', "purpose", "must not be empty"),
        ('purpose = "For people who lead music."', "purpose = 7", "purpose", "must be a text"),
        ('purpose = "For', 'purpose = "\\u0007For', "purpose", "control character"),
        ("value = 21.5", "value = -3", "component[events].hours.value", "must not be negative"),
        ("value = 21.5", 'value = "18"', "component[events].hours.value", "must be a number of hours"),
        ("value = 21.5", "value = true", "component[events].hours.value", "must be a number of hours"),
        ("value = 21.5", "value = 0.001", "component[events].hours.value", "whole minutes"),
        ("value = 21.5", "value = 1e9", "component[events].hours.value", "at most 10,000 hours"),
        ("value = 21.5, source", "value = 21.5, sauce", "component[events].hours.sauce", "source"),
        (
            '{ value = 21.5, source = "M1:5" }',
            "21.5",
            "component[events].hours",
            "{ value = ..., source = ... }",
        ),
        ('value = 21.5, source = "M1:5"', "value = 21.5", "component[events].hours.source", "is missing"),
        ('source = "M1:5"', 'source = "M9:5"', "component[events].hours.source", "names the document M9"),
        ('source = "M1:5"', 'source = "page 5"', "component[events].hours.source", "must name a document"),
        ('kind = "event"', 'kind = "party"', "component[events].kind", "is not one of"),
        ('kind = "study"', 'kind = "case_study"', "component[study].hours", "no guided learning hours"),
        ('key = "study"', 'key = "events"', "component", "“events” stands there twice"),
        ('key = "study"', 'key = "Study!"', "component[Study!].key", "lower-case"),
        ('lane = "self-directed"', 'lane = "fast"', "component[study].lane", "is not one of"),
        ('stage = "development"', 'stage = "nowhere"', "component[events].stage", "is not a stage"),
        ("value = [10, 12]", "value = [12, 10]", "assessment.window_months.value", "is reversed"),
        ("value = [10, 12]", "value = [10]", "assessment.window_months.value", "must be two months"),
        ("value = [10, 12]", "value = [10, 12.5]", "assessment.window_months.value", "whole number"),
        ("2030-08-01", '"2030-02-31"', "effective_from.value", "must be a day of the calendar"),
        ("2030-08-01", "2030-08-01T09:00:00Z", "effective_from.value", "without a time of day"),
        ("2030-08-01", "0900-08-01", "effective_from.value", "between 1990 and 2200"),
        ("value = 10, source", "value = 0, source", "duration_months.value", "must be from 1"),
        ("tolerance_marks = 1", "tolerance_marks = -1", "marking.tolerance_marks", "must not be negative"),
        ("markers = 2", "markers = 9", "marking.markers", "from 1 to 3"),
        ("blind = true", 'blind = "yes"', "marking.blind", "must be true or false"),
        ('role_status = ["in role", "aspiring"]', "role_status = []", "audience.role_status", "is empty"),
        ('["in role", "aspiring"]', '["in role", "in role"]', "audience.role_status[2]", "twice"),
        ('currency = "GBP"', 'currency = "XAU"', "fee[1].currency", "is not one of"),
        ('pounds = "unknown"', 'pounds = { value = 9, source = "M1:1" }', "fee[1].valid_from", "is missing"),
        ('pounds = "unknown"', 'pounds = "free"', "fee[1].pounds", 'must be "unknown"'),
        ('programme = "NPQMUS"', 'programme = "NPQLT"', "introduces", "is in programmes.toml already"),
        ('programme = "NPQMUS"', 'programme = "NPQML"', "introduces", "is in programmes.toml already"),
        ('programme = "NPQMUS"', 'programme = "NPQMUSICALLY"', "programme", "longer than 10"),
        ('programme = "NPQMUS"', 'programme = "NPQ-MUS"', "programme", "2 to 10 capital letters"),
        ('programme = "NPQMUS"', 'programme = "NPQ2"', "programme", "2 to 10 capital letters"),
        ('programme = "NPQMUS"', 'programme = "NPQÉ"', "programme", "2 to 10 capital letters"),
        ('programme = "NPQMUS"', 'programme = "npqmus"', "programme", "2 to 10 capital letters"),
        ('programme = "NPQMUS"', 'programme = "N"', "programme", "2 to 10 capital letters"),
        (
            'edition = "2030"',
            'edition = "2030"\nsame_as = "nothing"',
            "same_as",
            "no specification “nothing”",
        ),
        ('edition = "2030"', 'edition = "2030"\nconflicts = ["C-99"]', "conflicts", "not in conflicts.toml"),
        ('edition = "2030"', 'edition = "2030"\nrevision = 0', "revision", "from 1"),
        (
            'key = "blended"',
            'key = "blended"\nrequires = ["coaching"]',
            "delivery_model[blended].requires",
            "coaching",
        ),
        ("[[delivery_model]]", "[[deliverymodel]]", "delivery_model", "is missing"),
        ("[marking]", "[marker]", "marking", "is missing"),
        ("[audience]", "[audiences]", "audience", "is missing"),
    ],
)
def test_a_malformed_file_is_refused(old: str, new: str, path: str, reason: str) -> None:
    lines = refusal(spoilt(old, new)).splitlines()
    assert any(line.startswith(f"text: {path}: ") and reason in line for line in lines), lines


IN_FORCE = '{ value = 9, state = "in_force", source = "M1:9" }'
ALTERNATIVE = '{ value = 8, state = "alternative", source = "M1:9" }'


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ("[]", "holds no value"),
        ('[{ value = 9, source = "M1:9" }, { value = 8, source = "M1:9" }]', "says what it counts for"),
        (f"[{IN_FORCE}, {IN_FORCE}]", "more than one value in force"),
        ('{ value = 9, state = "unknown" }', "must not stand beside"),
        ('{ value = 9, state = "alternative", source = "M1:9" }', "an alternative to what?"),
        (
            '["unknown", { value = 9, state = "in_force", source = "M1:9" }]',
            "can't be unknown and have a value",
        ),
        (f"[{IN_FORCE}, {ALTERNATIVE}]", "names no conflict"),
    ],
)
def test_states_of_values_must_fit_together(states: str, reason: str) -> None:
    assert reason in refusal(spoilt('{ value = 41.5, source = "M1:9" }', states))


def test_a_closed_programme_gets_no_version() -> None:
    head, _, tail = MADE_UP.replace('"NPQMUS"', '"NPQML"').partition("[introduces]")
    assert "programme: NPQML is closed" in refusal(head + tail[tail.index("[audience]") :])


def test_a_strange_programme_has_to_be_introduced() -> None:
    head, _, tail = MADE_UP.partition("[introduces]")
    assert "“NPQMUS” is not in programmes.toml" in refusal(head + tail[tail.index("[audience]") :])


def test_all_problems_are_reported_at_once() -> None:
    text = (
        spoilt("value = 21.5", "value = -1")
        .replace("markers = 2", "markers = 9")
        .replace("[10, 12]", "[12, 10]")
    )
    assert len(refusal(text).splitlines()) == 3


def test_a_refusal_is_a_refusal() -> None:
    with pytest.raises(Refused) as no:
        read_specification("id = 1")
    assert no.value.code == "catalogue.malformed"
    assert "text: id: must be a text" in no.value.message


def test_what_is_not_toml_is_refused() -> None:
    assert "not valid TOML" in refusal("id = ")
    assert "not valid TOML" in refusal('id = "a"\nid = "b"')
    assert refusal("x = " + "[" * 5000 + "]" * 5000)
    assert refusal("x = " + "9" * 5000)
    assert "too large a number" in refusal("x = 9999999999999")
    assert "finite" in refusal("x = nan")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.toml"
    path.write_bytes(b"#" * (256 * 1024 + 1))
    assert refusal(path) == "huge.toml: is larger than 256 KiB"
    assert "larger" in refusal("#" * (256 * 1024 + 1))


def test_what_is_not_utf_8_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'id = "a"\n# caf\xe9\n')
    assert refusal(path) == "latin.toml: is not UTF-8: see line 2"


def test_what_can_not_be_opened_is_refused(tmp_path: Path) -> None:
    assert "can't be read" in refusal(tmp_path / "absent.toml")
    (tmp_path / "folder.toml").mkdir()
    assert "can't be read" in refusal(tmp_path / "folder.toml")


def test_same_as_leans_on_one_complete_file_only(tmp_path: Path) -> None:
    (tmp_path / "first.toml").write_text(MADE_UP)
    second = 'same_as = "npqmus-2030-scotland"\nid = "second"\nprogramme = "NPQMUS"\n'
    second += (
        '[introduces]\nname = "National Professional Qualification for Leading Music"\nfamily = "arts"\n'
    )
    second += (
        'content_areas = ["Listening", "Ensemble"]\n[[component]]\nkey = "study"\nname = "More scores"\n'
    )
    (tmp_path / "second.toml").write_text(second)
    spec = read_specification(tmp_path / "second.toml")
    assert [component.name for component in spec.components] == [
        "Rehearsal days",
        "More scores",
        "Case study",
    ]
    assert spec.component("study").minutes == 20 * 60
    third = second.replace('"npqmus-2030-scotland"', '"second"').replace('id = "second"', 'id = "third"')
    (tmp_path / "third.toml").write_text(third)
    assert "leans on another file itself" in refusal(tmp_path / "third.toml")


def test_the_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(spoilt("markers = 2", "markers = 0"))
    (tmp_path / "two.toml").write_text("not toml")
    with pytest.raises(SpecificationError) as no:
        read_catalogue([tmp_path])
    assert {problem.file for problem in no.value.problems} >= {"two.toml"}
    (tmp_path / "two.toml").write_text(spoilt("value = [10, 12]", "value = [3, 1]"))
    with pytest.raises(SpecificationError) as no:
        read_catalogue([tmp_path])
    assert {problem.file for problem in no.value.problems} == {"one.toml", "two.toml"}


def test_files_must_fit_each_other(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(MADE_UP)
    (tmp_path / "two.toml").write_text(MADE_UP)
    with pytest.raises(SpecificationError, match=r"is the id of one\.toml already"):
        read_catalogue([tmp_path])
    other = MADE_UP.replace('id = "npqmus-2030-scotland"', 'id = "other"').replace(
        "Leading Music", "Leading Sound"
    )
    (tmp_path / "two.toml").write_text(other.replace('market = "Scotland"', 'market = "Wales"'))
    with pytest.raises(SpecificationError, match="introduces NPQMUS differently"):
        read_catalogue([tmp_path])
    (tmp_path / "two.toml").write_text(spoilt('id = "npq', 'supersedes = "ghost"\nid = "other-npq'))
    with pytest.raises(SpecificationError, match="there is no version “ghost”"):
        read_catalogue([tmp_path])


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="is not a folder"):
        read_catalogue([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[programme]]\ncode = "A"', "programme[A].name: is missing"),
        (
            '[[leads_to]]\nfrom = "A"\nto = "B"\nstated_for = "x"\nsource = "D:1"\n[documents]\nD = "d"',
            "A is not a",
        ),
        ("documents = 3", "documents: must be a table"),
        ("surprise = 1", "surprise: is not a key"),
    ],
)
def test_malformed_programmes_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "programmes.toml"
    path.write_text(text)
    with pytest.raises(SpecificationError) as no:
        read_programmes(path)
    assert reason in no.value.message


LINES = MADE_UP.splitlines()
KEYS = [
    *("id", "programme", "audience", "component", "stage", "assessment", "fee", "conflict", "content"),
    *(
        "documents",
        "introduces",
        "conflicts",
        "marking",
        "other_table",
        "event",
        "course",
        "same_as",
        "market",
    ),
    *(
        "unknown",
        "total_hours",
        "closed_to_intakes_from",
        "delivery_model",
        "section",
        "highlight",
        "masters",
    ),
]


@settings(max_examples=150)
@given(
    st.integers(0, len(LINES) - 1),
    st.sampled_from(
        ["", "x = 1", "key = []", "[[component]]", "hours = { }", "audience = 3", "component = 3", "=", "]"]
    ),
)
def test_whatever_is_put_in_place_of_a_line_is_read_or_refused_never_a_crash(place: int, line: str) -> None:
    with suppress(SpecificationError):
        read_specification("\n".join([*LINES[:place], line, *LINES[place + 1 :]]))


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(KEYS),
)
def test_any_value_under_any_key_is_read_or_refused_never_a_crash(value: object, key: str) -> None:
    data = tomllib.loads(MADE_UP.replace("2030-08-01", '"2030-08-01"')) | {key: value}
    problems = Problems("x")
    with suppress(SpecificationError):
        build(resolve(data, Surroundings(read_programmes(), {}, lambda name: None), problems), problems)
