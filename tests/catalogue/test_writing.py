"""A version written as a file reads back into the very same version."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.catalogue.programmes import shipped_programmes
from goldenthread.catalogue.reading import conflict_register, read_version
from goldenthread.catalogue.toml_files import read_toml
from goldenthread.catalogue.writing import file_data, toml_text
from tests import shipped
from tests.catalogue.texts import MADE_UP

SHIPPED = {version.specification.id: version for version in shipped.catalogue().versions}


def written(document: dict[str, Any]) -> str:
    return toml_text(file_data(document, shipped_programmes(), conflict_register()))


@pytest.mark.parametrize("key", sorted(SHIPPED))
def test_every_shipped_version_makes_the_round_trip(key: str) -> None:
    version = SHIPPED[key]
    text = written(version.document)
    back = read_version(text)
    assert back.sha256 == version.sha256
    assert back.specification == version.specification
    assert written(back.document) == text


def test_the_file_names_conflicts_and_leaves_out_what_other_files_hold() -> None:
    text = written(SHIPPED["npqsl-reformed-international"].document)
    assert read_toml(text)["conflicts"][:2] == ["C-01", "C-02"]
    assert "[[conflict]]" not in text
    assert "programme_name" not in text
    assert "[documents]" not in text
    assert "effective_from = { value = 2021-09-01," in text


def test_a_programme_of_its_own_makes_the_round_trip_with_its_introduction_and_documents() -> None:
    first = read_version(MADE_UP)
    text = written(first.document)
    assert "[introduces]" in text
    assert 'M1 = "A paper that doesn\'t exist"' in text
    assert read_version(text).sha256 == first.sha256


keys = st.text('abcdefghij-_ ."\\ü', min_size=1, max_size=6)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
plain = st.one_of(
    texts,
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates().map(lambda day: day.isoformat()),
)
data = st.dictionaries(
    keys,
    st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)


@given(data)
@settings(max_examples=60)
def test_any_plain_data_reads_back(found: dict[str, Any]) -> None:
    assert read_toml(toml_text(found)) == found
