"""What a text is found by, and what comes first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.search import rules


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Siân Ŵyn, Ŷn", "sian wyn yn"),
        ("Behaviour & Culture", "behaviour culture"),
        ("classes boxes churches wishes", "classes class boxes box churches church wishes wish"),
        ("studies, ties, bus, analysis, process", "studies study ties tie bus analysis process"),
        ("pupils' pupil’s", "pupils pupil"),
        ("360° NPQ-LT 3.5", "360 npq lt 3 5"),
        ("Straße Łódź", "strasse lodz"),
        ("обр", "u43eu431u440"),
        ("  \0 … ", ""),
    ],
)
def test_words_lose_capitals_accents_and_plural(text: str, words: str) -> None:
    assert rules.index_words(text) == words


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("How do I apply for a programme?", ("apply", "programme")),
        ("how to", ("how", "to")),
        ("HEADS heads head", ("head",)),
        ('"learn" OR title:NEAR(* )', ("learn", "title", "near")),
        ("' ; DROP TABLE x --", ("drop", "table", "x")),
        ("\0", ()),
        ("", ()),
    ],
)
def test_a_query_asks_for_its_telling_words(text: str, asked: tuple[str, ...]) -> None:
    assert rules.query_words(text) == asked


@given(st.text(max_size=400))
def test_no_text_asks_for_anything_but_letters_and_digits(text: str) -> None:
    asked = rules.query_words(text)
    assert len(asked) <= rules.MOST_WORDS
    assert all(word.isascii() and word.isalnum() and len(word) <= rules.LONGEST_WORD for word in asked)


@given(st.text(max_size=400), st.text(max_size=30))
def test_pieces_put_together_are_the_text(text: str, query: str) -> None:
    asked = rules.query_words(query)
    assert "".join(piece for piece, _ in rules.marked(text, asked)) == text
    shown = "".join(piece for piece, _ in rules.snippet(text, asked))
    assert len(shown) <= rules.SNIPPET + 4


@given(st.text(max_size=60))
def test_a_text_is_found_by_each_of_its_own_words(text: str) -> None:
    known = rules.index_words(text).split()
    asked = rules.query_words(text)
    assert all(any(word.startswith(one) for word in known) for one in asked)


def test_marks_words_that_begin_with_what_was_asked_for() -> None:
    assert rules.marked("Leaders and leadership", ("leader",)) == [
        ("Leaders", True),
        (" and ", False),
        ("leadership", True),
    ]
    assert rules.marked("a b", ("a",)) == [("a", True), (" b", False)]
    assert rules.marked("an apple", ("a",)) == [("an apple", False)]  # one letter is a word of its own


def test_a_snippet_lies_around_the_first_hit() -> None:
    text = "Nothing here. " * 20 + "Then safeguarding comes. " + "And more. " * 20
    shown = "".join(piece for piece, _ in rules.snippet(text, ("safeguarding",)))
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert "Then safeguarding comes." in shown
    assert "".join(piece for piece, _ in rules.snippet("short", ("x",))) == "short"


def order(asked: str, *texts: tuple[str, str]) -> list[int]:
    def candidate(place: int, title: str, text: str) -> rules.Candidate:
        words = [frozenset(rules.index_words(one).split()) for one in (title, f"{title} {text}")]
        return rules.Candidate(words[0], words[1], place)

    made = [candidate(place, *text) for place, text in enumerate(texts)]
    words = rules.query_words(asked)
    return [one.position for one in sorted(made, key=lambda one: rules.standing(one, words))]


@pytest.mark.parametrize(
    ("asked", "texts", "found"),
    [
        ("headship", [("About", "headship"), ("Headship", "")], [1, 0]),  # titles first
        ("head", [("Headship", ""), ("Head", "")], [1, 0]),  # whole words before beginnings
        ("coaching", [("Coaching and more words", ""), ("Coaching", "")], [1, 0]),  # short titles first
        ("adaptive teaching", [("Teaching", ""), ("Text", "adaptive teaching")], [1, 0]),  # all words first
        ("event", [("One", "event"), ("Two", "event")], [0, 1]),  # else the position
    ],
)
def test_what_fits_best_comes_first(asked: str, texts: list[tuple[str, str]], found: list[int]) -> None:
    assert order(asked, *texts) == found
