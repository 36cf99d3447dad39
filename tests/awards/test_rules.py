"""Codes of awards: their shape, and what people make of them when typing."""

import re
import secrets
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.awards import rules
from goldenthread.catalogue.tables import PROGRAMME_CODE


def test_code_has_programme_year_and_fourteen_symbols() -> None:
    code = rules.new_code("NPQLT", 2027, lambda alphabet: alphabet[0])
    assert code == "NPQLT-2027-3333-3333-3333-33"
    assert len(rules.new_code("NPQMUSICAL", 2027, secrets.choice)) <= 40  # what a record holds


def test_alphabet_holds_nothing_that_looks_alike() -> None:
    for pair in ("0O", "1I", "5S", "2Z", "UV", "1L"):
        assert len(set(pair) & set(rules.ALPHABET)) == 0 or not set(pair) <= set(rules.ALPHABET)
    assert not set("01ILOS52ZUV") & set(rules.ALPHABET)


def test_codes_differ() -> None:
    assert len({rules.new_code("NPQH", 2026, secrets.choice) for _ in range(500)}) == 500


@pytest.mark.requirement("S1-08")
@pytest.mark.parametrize("typed", [
    "NPQLT-2027-7K3M-9QXD-4T",
    "npqlt-2027-7k3m-9qxd-4t",
    "  NPQLT 2027 7K3M 9QXD 4T ",
    "NPQLT20277K3M9QXD4T",
    "NPQLT–2027–7K3M–9QXD–4T",
    "NPQLT-2027-7K3M-9QXD-4T.",
    "ＮＰＱＬＴ-2027-7K3M-9QXD-4T",
])  # fmt: skip
def test_a_code_of_an_earlier_award_is_read_however_it_is_typed(typed: str) -> None:
    assert rules.canonical(typed) == "NPQLT-2027-7K3M-9QXD-4T"


@pytest.mark.requirement("S1-08")
@pytest.mark.parametrize("typed", [
    "NPQLT-2027-7K3M-9QXD-4TAB-C3",
    "npqlt-2027-7k3m-9qxd-4tab-c3",
    " NPQLT 2027 7K3M 9QXD 4TAB C3 ",
    "NPQLT20277K3M9QXD4TABC3",
    "NPQLT–2027–7K3M–9QXD–4TAB–C3.",
])  # fmt: skip
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert rules.canonical(typed) == "NPQLT-2027-7K3M-9QXD-4TAB-C3"


@pytest.mark.requirement("S1-08")
@pytest.mark.parametrize("code", ["AB", "NPQSL", "NPQLTD", "NPQEYLXY", "NPQMUSICAL"])
def test_every_code_that_a_programme_may_have_gives_codes_that_verify(code: str) -> None:
    assert re.fullmatch(PROGRAMME_CODE, code)
    made = rules.new_code(code, 2027, secrets.choice)
    assert rules.canonical(made) == made
    assert rules.canonical(made.replace("-", "").lower()) == made


@pytest.mark.parametrize(
    "typed",
    ["", "NPQLT", "2027", "NPQLT-2027-7K3M-9QXD-4", "NPQLT-2027-7K3M-9QXD-4TAB", "\x00", "É" * 300, "9" * 19],
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert rules.canonical(typed) is None


@pytest.mark.requirement("S1-08")
@pytest.mark.parametrize("unusual", ["NPQ2", "NPQ-LT", "NPQÉL", "2020", "NPQH2019", "A", "npqx"])
def test_a_code_of_a_programme_introduced_before_its_own_was_checked_is_read_as_it_is_spelt(
    unusual: str,
) -> None:
    for year, tail in ((2019, "7K3M-9QXD-4T"), (2027, "7K3M-9QXD-4TAB-C3")):
        code = f"{unusual.upper()}-{year}-{tail}"
        for typed in (code, code.lower(), code.replace("-", " "), code.replace("-", "").replace("É", "E")):
            meant = rules.read_code(typed, [unusual, "NPQ9"])
            assert code in (*meant.codes, *meant.earlier), typed
            assert meant.asks_paper == (tail.count("-") == 2)


def test_two_programmes_that_differ_in_a_hyphen_are_both_meant() -> None:
    meant = rules.read_code("NPQLT-2027-7K3M-9QXD-4T", ["NPQ-LT"])
    assert meant.earlier == ("NPQLT-2027-7K3M-9QXD-4T", "NPQ-LT-2027-7K3M-9QXD-4T")


@pytest.mark.parametrize(("typed", "asks"), [
    ("NPQLT-2027-7K3M-9QXD-4T", True),
    ("NPQLT-2027-7K3M-9QXD-4TAB-C3", False),
    ("nonsense", False),
    ("", False),
])  # fmt: skip
def test_only_a_code_of_ten_symbols_asks_for_what_else_is_on_the_paper(typed: str, asks: bool) -> None:
    assert rules.read_code(typed).asks_paper is asks


@pytest.mark.parametrize(("typed", "name"), [
    ("Siân Ŵyn", "Siân Ŵyn"),
    ("WYN, sian", "Siân Ŵyn"),
    ("anne marie oneill", "Anne-Marie O’Neill"),
    ("Soren Orsted", "Søren Ørsted"),
    ("Lukasz Strass", "Łukasz Straß"),
    ("Nguyen Van Duc", "Nguyễn Văn Đức"),
    ("", "李雷"),
    ("Li Lei", "李雷"),
    ("lei li", "Lei Li 李雷"),
    ("محمد", "محمد عبد"),
])  # fmt: skip
def test_a_name_is_read_from_the_paper_however_it_is_typed(typed: str, name: str) -> None:
    day = date(2024, 3, 9)
    assert rules.fits(rules.Paper(typed, day), name=name, day=day)
    assert not rules.fits(rules.Paper(typed, day), name=name, day=date(2024, 3, 10))


@pytest.mark.parametrize("typed", ["", "Siân", "Ŵyn", "Siân Wynn", "Sian Wyn Jones", "李雷"])
def test_another_name_or_a_part_of_it_is_not_what_is_on_the_paper(typed: str) -> None:
    day = date(2024, 3, 9)
    assert not rules.fits(rules.Paper(typed, day), name="Siân Ŵyn", day=day)


@given(st.text(max_size=300))
def test_nothing_typed_breaks_it(typed: str) -> None:
    found = rules.canonical(typed)
    assert found is None or rules.canonical(found) == found
