"""Every contradiction of the sources is on the register, and stands where it belongs."""

from collections.abc import Callable

import pytest

from goldenthread.catalogue.checking import all_values
from goldenthread.catalogue.claims import read_claims
from goldenthread.catalogue.reading import Catalogue
from goldenthread.catalogue.rules import conflicts
from goldenthread.catalogue.sourced import State
from goldenthread.catalogue.specification import Specification
from goldenthread.commands.catalogue import run
from goldenthread.people.models import Organisation

Find = Callable[[str], Specification]
ALL = [f"C-{number:02d}" for number in range(1, 43)]
LEADERSHIP = ["npqsl-reformed-international", "npqh-reformed-international", "npqel-reformed-international"]
SPECIALIST = [
    "npqlt-reformed-international",
    "npqltd-reformed-international",
    "npqlbc-reformed-international",
]
NPQSL, NPQH, ENGLAND = "npqsl-legacy-international", "npqh-legacy-england", "npqlt-reformed-england"
NPQSL_NEW, NPQH_NEW = LEADERSHIP[:2]
REFORMED = [*SPECIALIST, *LEADERSHIP]
# Not about a version: numbers that providers claim, an organisation's telephone, an organisation's other names.
CLAIMED, OF_ORGANISATIONS = {"C-07"}, {"C-23", "C-26"}
TOUCHES = {
    "C-01": LEADERSHIP,
    "C-02": LEADERSHIP,
    "C-03": LEADERSHIP,
    "C-04": REFORMED,
    "C-05": REFORMED,
    "C-06": REFORMED,
    "C-08": [SPECIALIST[0], ENGLAND],
    "C-10": [ENGLAND],
    "C-11": [NPQSL, NPQSL_NEW],
    "C-12": [NPQH, NPQH_NEW],
    "C-13": [NPQSL, NPQH],
    "C-14": [NPQSL],
    "C-15": [NPQSL, NPQH],
    "C-16": [NPQSL, NPQH, NPQH_NEW],
    "C-17": [NPQSL],
    "C-18": [NPQSL, NPQH],
    "C-19": [NPQSL, NPQH],
    "C-20": [NPQSL, NPQH],
    "C-21": [NPQSL, NPQH],
    "C-22": [NPQSL, NPQH],
    "C-24": [NPQSL, NPQH],
    "C-25": [*REFORMED, NPQSL, NPQH, ENGLAND],
    "C-27": [*REFORMED, NPQSL, NPQH, ENGLAND],
    "C-28": [SPECIALIST[0], SPECIALIST[2]],
    "C-29": [NPQSL, NPQH, ENGLAND],
    "C-30": [NPQSL, NPQH],
    "C-31": [NPQH_NEW],
    "C-32": SPECIALIST,
    "C-36": SPECIALIST,
    "C-37": [NPQSL, NPQH],
    "C-38": [NPQSL],
    "C-39": [NPQH],
    "C-40": [NPQSL, NPQH],
    "C-41": LEADERSHIP,
    "C-42": [ENGLAND],
}


def test_the_register_holds_every_contradiction_once_in_order_with_its_sources(shipped: Catalogue) -> None:
    assert [note.id for note in shipped.conflicts] == ALL
    for note in shipped.conflicts:
        assert note.what.endswith(".")
        assert note.resolution.endswith(".")
        assert len(note.source) >= 1, note.id


def test_each_contradiction_is_named_by_a_version_or_belongs_outside_of_them(shipped: Catalogue) -> None:
    named = {note.id for version in shipped.versions for note in version.specification.conflict_notes}
    claimed = {value.conflict for claim in read_claims().claims for value in claim.value.values} - {""}
    assert claimed == CLAIMED
    assert set(ALL) - named == CLAIMED | OF_ORGANISATIONS
    columns = {field.name for field in Organisation._meta.get_fields()}
    assert {"phone", "aliases"} <= columns  # where C-23 and C-26 are kept


@pytest.mark.parametrize("conflict", TOUCHES)
def test_the_versions_that_a_contradiction_touches_name_it(spec: Find, conflict: str) -> None:
    for key in TOUCHES[conflict]:
        assert conflict in [note.id for note in spec(key).conflict_notes], key


def test_every_value_of_a_contradiction_names_one_of_its_version(shipped: Catalogue) -> None:
    for version in shipped.versions:
        specification = version.specification
        noted = {note.id for note in specification.conflict_notes}
        used = {value.conflict for value in all_values(specification)} - {""}
        assert used <= noted, specification.id


@pytest.mark.parametrize("key", LEADERSHIP)
def test_where_a_wrong_choice_would_harm_none_is_in_force_until_a_person_chooses(
    spec: Find, key: str
) -> None:
    limit = spec(key).assessment.max_words
    assert (limit.values.value, limit.must_be_chosen) == (None, True)
    assert {(value.value, value.state) for value in limit.values.values} == {
        (2500, State.ALTERNATIVE),
        (1500, State.ALTERNATIVE),
    }


@pytest.mark.parametrize("key", LEADERSHIP)
def test_two_hours_of_induction_are_in_force_and_the_other_reading_is_kept(spec: Find, key: str) -> None:
    hours = spec(key).stage("induction").hours
    assert [(value.value, value.state) for value in hours.values] == [
        (120, State.IN_FORCE),
        (60, State.ALTERNATIVE),
    ]
    parts = [spec(key).component(name).minutes for name in ("induction", "needs-analysis")]
    assert parts == [60, 60]


def test_only_the_word_limit_waits_for_a_choice(shipped: Catalogue) -> None:
    waiting = {
        (version.specification.id, conflict.id)
        for version in shipped.versions
        for conflict in conflicts(version.specification)
        if conflict.must_be_chosen
    }
    assert waiting == {(key, "C-01") for key in LEADERSHIP}


def test_the_check_lists_every_contradiction_with_what_is_in_force(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["check"]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines() if line.startswith("  C-")] == ALL
