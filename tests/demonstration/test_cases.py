"""The demonstration's case studies: no two cohorts have the same, and answers are about their own case."""

from random import Random

import pytest

from goldenthread.demonstration.cases import BY_SCENE, BY_TITLE, FEDERATION, READING
from goldenthread.demonstration.intakes import SCENES
from goldenthread.demonstration.texts import script_text


def test_every_cohort_that_sits_has_a_case_study_of_its_own() -> None:
    sitting = [scene.key for scene in SCENES if scene.ends not in {"applying", "learning"}]
    assert set(sitting) <= set(BY_SCENE)
    assert len({case.title for case in BY_SCENE.values()}) == len(BY_SCENE) == len(BY_TITLE)
    assert len({case.body for case in BY_SCENE.values()}) == len(BY_SCENE)


def test_leadership_and_specialists_have_different_ones() -> None:
    versions = {scene.key: scene.version.split("-")[0] for scene in SCENES}
    by_programme: dict[str, set[str]] = {}
    for key, case in BY_SCENE.items():
        by_programme.setdefault(versions[key], set()).add(case.title)
    assert set(by_programme) == {"npqlt", "npqltd", "npqlbc", "npqsl"}
    titles = [title for found in by_programme.values() for title in found]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("title", sorted(BY_TITLE))
def test_a_case_is_short_and_says_what_is_asked(title: str) -> None:
    case = BY_TITLE[title]
    assert 120 <= len(case.body.split()) <= 260
    assert len(case.question) > 100


def test_an_answer_has_exactly_so_many_words_and_is_about_its_own_case() -> None:
    text = script_text(Random(1), 500, FEDERATION)
    assert len(text.split()) == 500
    assert "Park" in text
    assert not any(sentence in text for sentence in READING.sentences)
