"""Which programme fits: the table tests/scenarios/finder.csv, row by row, and what the finder asks."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from goldenthread.catalogue import finder_rules
from goldenthread.catalogue.finder_rules import NOT_SURE, Answers, Guide, Question
from goldenthread.catalogue.reading import Catalogue
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import ReleaseState

Find = Callable[[str], Specification]
SCENARIOS = list(csv.DictReader((Path(__file__).parent.parent / "scenarios/finder.csv").open(newline="")))


@pytest.fixture
def shelf(shipped: Catalogue) -> Guide:
    return finder_rules.guide([version.specification for version in shipped.versions], shipped.programmes)


def answers(row: dict[str, str]) -> Answers:
    return Answers(
        post=row["post"],
        status=row["status"],
        scopes=tuple(part.strip() for part in row["scopes"].split(";") if part.strip()),
        schools=int(row["schools"]) if row["schools"] else None,
        horizon=row["horizon"],
    )


@pytest.mark.requirement("S1-03")
@pytest.mark.parametrize("row", SCENARIOS, ids=lambda row: row["why"])
def test_finder_scenario(shelf: Guide, row: dict[str, str]) -> None:
    given = answers(row)
    assert finder_rules.known_answers(shelf, given) == given
    assert finder_rules.questions(shelf, given) == tuple(Question(name) for name in row["asked"].split())
    assert finder_rules.next_question(shelf, given) is None
    result = finder_rules.suggest(shelf, given)
    assert [one.programme for one in result.suggested] == row["suggested"].split()
    if row["suggested"]:
        assert row["reason"] in " ".join(result.suggested[0].reasons)
    (out,) = [one for one in result.left_out if one.programme == row["left_out"]]
    assert row["because"] in " ".join(out.reasons)


def test_every_open_programme_is_either_suggested_or_left_out_with_a_reason(shelf: Guide) -> None:
    codes = {spec.programme for spec in shelf.versions}
    for row in SCENARIOS:
        result = finder_rules.suggest(shelf, answers(row))
        found = [*result.suggested, *result.left_out]
        assert sorted(one.programme for one in found) == sorted(codes)
        assert all(one.reasons and all(one.reasons) for one in found)


def test_a_programme_with_versions_of_two_markets_is_suggested_once_with_both(shelf: Guide) -> None:
    result = finder_rules.suggest(shelf, Answers(post="middle", status="in role", scopes=("phase",)))
    (one,) = result.suggested
    assert set(one.versions) == {"npqlt-reformed-international", "npqlt-reformed-england"}


def test_closed_versions_are_no_answer_though_their_steps_still_count(shelf: Guide) -> None:
    assert {spec.edition for spec in shelf.versions} == {"reformed"}
    assert [(step.programme, step.to, step.within_years) for step in shelf.steps] == [("NPQSL", "NPQH", 3)]


def test_questions_come_one_at_a_time(shelf: Guide) -> None:
    asked = []
    given = Answers()
    for name, value in (
        ("post", "senior"),
        ("status", "in role"),
        ("scopes", ("across a school",)),
        ("horizon", "no"),
    ):
        asked.append(finder_rules.next_question(shelf, given))
        given = replace(given, **{name: value})
    assert asked == [Question.POST, Question.STATUS, Question.SCOPE, Question.HORIZON]
    assert finder_rules.next_question(shelf, given) is None


def test_scopes_that_go_with_the_post_come_first(shelf: Guide) -> None:
    given = Answers(post="middle", status="in role")
    found = finder_rules.choices(shelf, Question.SCOPE, given)
    assert [choice.value for choice in found if choice.likely][:2] == ["subject", "year group"]
    assert [choice.value for choice in found if not choice.likely] == [
        "across a school",
        "whole school",
        "more than one school",
        NOT_SURE,
    ]


def test_nothing_in_an_address_is_taken_on_trust(shelf: Guide) -> None:
    wild = Answers(post="king", status="retired", scopes=("everything", "phase"), schools=-3, horizon="never")
    assert finder_rules.known_answers(shelf, wild) == Answers(scopes=("phase",))
    assert finder_rules.known_answers(shelf, Answers(schools=10**12)) == Answers()
    both = Answers(scopes=("phase", NOT_SURE))
    assert finder_rules.known_answers(shelf, both).scopes == (NOT_SURE,)


def test_a_new_qualification_is_found_without_code(shipped: Catalogue, spec: Find) -> None:
    music = replace(
        spec("npqltd"),
        id="npqmus",
        programme="NPQMUS",
        programme_name="National Professional Qualification for Leading Music",
        audience=replace(spec("npqltd").audience, scopes=("music",)),
    )
    specs = [version.specification for version in shipped.versions]
    shelf = finder_rules.guide([*specs, music], shipped.programmes)
    given = Answers(post="other", status="aspiring", scopes=("music",))
    assert "music" in [choice.value for choice in finder_rules.choices(shelf, Question.SCOPE, given)]
    assert [one.name for one in finder_rules.suggest(shelf, given).suggested] == ["Leading Music"]
    draft = finder_rules.guide([*specs, replace(music, state=ReleaseState.DRAFT)], shipped.programmes)
    assert "music" not in draft.scopes
